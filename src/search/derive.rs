//! Values for queries, taken from a resource: what a search must find again.

use serde_json::Value;

use super::element::{text, values};
use super::parameter::{Kind, Parameter};
use super::string::{fold, main_texts};
use super::syntax::escape;
use super::table::find;
use super::token::codes;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Token: `system|code`, or `code` where the value has no system of its own.
    Token,
    /// Token: `code`.
    Code,
    /// Token: `system|code`; none without a system.
    SystemCode,
    /// Token: `system|`; none without a system.
    System,
    /// Token: `|code`; none with a system.
    NoSystem,
    /// Reference: as it stands, such as `Patient/23`.
    Reference,
    /// Reference: the id alone.
    Id,
    /// Date: as it stands; of a Period its start, or else its end.
    Date,
    /// Date: year, month and day of it; none where it has less.
    Day,
    /// Date: year and month of it; none where it has less.
    Month,
    /// Date: the year of it.
    Year,
    /// String: as it stands.
    String,
    /// String: its first three characters, or fewer.
    Start,
    /// String: without accents, in lower case.
    Folded,
    /// String: in upper case.
    Upper,
    /// URI: as it stands.
    Uri,
}

impl Form {
    /// The form in which values of a parameter's kind stand.
    #[must_use]
    pub fn own(resource_type: &str, name: &str) -> Self {
        match find(resource_type, name).map(Parameter::kind) {
            Some(Kind::Reference) => Self::Reference,
            Some(Kind::Date) => Self::Date,
            Some(Kind::String) => Self::String,
            Some(Kind::Uri) => Self::Uri,
            Some(Kind::Token) | None => Self::Token,
        }
    }
}

/// The first value of [`derive_all`].
#[must_use]
pub fn derive(resource_type: &str, name: &str, resource: &Value, form: Form) -> Option<String> {
    derive_all(resource_type, name, resource, form)
        .into_iter()
        .next()
}

/// Every value that the resource holds for a parameter, in the order of the resource, in this form
/// and with FHIR's escapes; not yet encoded for a URL. Empty where the parameter is unknown, the form
/// is of another kind, or the resource holds none.
#[must_use]
pub fn derive_all(resource_type: &str, name: &str, resource: &Value, form: Form) -> Vec<String> {
    let Some(parameter) = find(resource_type, name) else {
        return Vec::new();
    };
    let element_type = parameter.element.element_type;
    let mut derived: Vec<String> = Vec::new();
    for value in values(parameter, resource) {
        let found: Vec<String> = match parameter.kind() {
            Kind::Token => codes(element_type, value)
                .into_iter()
                .filter_map(|(system, code)| token(system, code, form))
                .collect(),
            Kind::Reference => reference(value, form).into_iter().collect(),
            Kind::Date => date(value, form).into_iter().collect(),
            Kind::String => main_texts(element_type, value)
                .into_iter()
                .filter_map(|text| string(text, form))
                .collect(),
            Kind::Uri => value
                .as_str()
                .filter(|_| form == Form::Uri)
                .map(escape)
                .into_iter()
                .collect(),
        };
        for text in found {
            if !derived.contains(&text) {
                derived.push(text);
            }
        }
    }
    derived
}

fn token(system: Option<&str>, code: &str, form: Form) -> Option<String> {
    let code = escape(code);
    let system = system.map(escape);
    match (form, system) {
        (Form::Token | Form::SystemCode, Some(system)) => Some(format!("{system}|{code}")),
        (Form::Token, None) | (Form::Code, _) => Some(code),
        (Form::System, Some(system)) => Some(format!("{system}|")),
        (Form::NoSystem, None) => Some(format!("|{code}")),
        _ => None,
    }
}

fn reference(value: &Value, form: Form) -> Option<String> {
    let reference = text(value, "reference").filter(|reference| !reference.starts_with('#'))?;
    match form {
        Form::Reference => Some(escape(reference)),
        Form::Id => {
            let resource = reference
                .split_once("/_history/")
                .map_or(reference, |(resource, _)| resource);
            resource.rsplit('/').next().map(escape)
        }
        _ => None,
    }
}

fn date(value: &Value, form: Form) -> Option<String> {
    let written = value
        .as_str()
        .or_else(|| text(value, "start"))
        .or_else(|| text(value, "end"))?;
    let cut = |length| {
        let day = written.split_once('T').map_or(written, |(day, _)| day);
        day.get(..length).map(str::to_owned)
    };
    match form {
        Form::Date => Some(written.to_owned()),
        Form::Day => cut(10),
        Form::Month => cut(7),
        Form::Year => cut(4),
        _ => None,
    }
}

fn string(text: &str, form: Form) -> Option<String> {
    match form {
        Form::String => Some(escape(text)),
        Form::Start => Some(escape(&text.chars().take(3).collect::<String>())),
        Form::Folded => Some(escape(&fold(text))),
        Form::Upper => Some(escape(&text.to_uppercase())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::search::{Context, Match, Query};

    #[test]
    fn each_form_is_written_as_fhir_does() {
        let patient = json!({
            "resourceType": "Patient", "id": "p", "birthDate": "1980-02-29",
            "identifier": [{"system": "urn:oid:1", "value": "a,b"}, {"value": "7"}],
            "name": [{"family": "Åberg", "given": ["Eva"]}],
        });
        let table: [(&str, Form, &[&str]); 12] = [
            ("identifier", Form::Token, &[r"urn:oid:1|a\,b", "7"]),
            ("identifier", Form::SystemCode, &[r"urn:oid:1|a\,b"]),
            ("identifier", Form::Code, &[r"a\,b", "7"]),
            ("identifier", Form::System, &["urn:oid:1|"]),
            ("identifier", Form::NoSystem, &["|7"]),
            ("birthdate", Form::Date, &["1980-02-29"]),
            ("birthdate", Form::Month, &["1980-02"]),
            ("family", Form::Folded, &["aberg"]),
            ("family", Form::Upper, &["ÅBERG"]),
            ("family", Form::Start, &["Åbe"]),
            ("name", Form::String, &["Åberg", "Eva"]),
            ("family", Form::Code, &[]),
        ];
        for (name, form, expected) in table {
            assert_eq!(
                derive_all("Patient", name, &patient, form),
                expected,
                "{name} {form:?}"
            );
        }
        assert_eq!(derive("Patient", "no-such", &patient, Form::Code), None);
        let claims = json!({ "meta": { "profile": ["http://h/p"] } });
        let profile = |form| derive("Patient", "_profile", &claims, form);
        assert_eq!(profile(Form::Uri).as_deref(), Some("http://h/p"));
        assert_eq!(profile(Form::String), None);
    }

    #[test]
    fn references_and_periods() {
        let encounter = json!({
            "resourceType": "Encounter", "subject": {"reference": "http://x/Patient/9/_history/2"},
            "period": {"start": "2020-05-06T10:00:00+02:00"},
        });
        let one = |name, form| derive("Encounter", name, &encounter, form);
        assert_eq!(one("patient", Form::Id).as_deref(), Some("9"));
        let whole = one("patient", Form::Reference);
        assert_eq!(whole.as_deref(), Some("http://x/Patient/9/_history/2"));
        assert_eq!(one("date", Form::Day).as_deref(), Some("2020-05-06"));
        assert_eq!(one("date", Form::Year).as_deref(), Some("2020"));
        let contained = json!({"subject": {"reference": "#p"}});
        assert_eq!(derive("Encounter", "patient", &contained, Form::Id), None);
    }

    #[test]
    fn what_was_derived_finds_the_resource_again() {
        let condition = json!({
            "resourceType": "Condition", "subject": {"reference": "Patient/1"},
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "38341003"}]},
        });
        for (name, form) in [("code", Form::Token), ("patient", Form::Id)] {
            let value = derive("Condition", name, &condition, form).expect(name);
            let query = Query::parse("Condition", &[(name, value)]).expect(name);
            assert_eq!(
                query.matches(&condition, &Context::new("", &())),
                Match::Must
            );
        }
    }
}
