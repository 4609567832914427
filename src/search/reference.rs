//! Reference parameters (FHIR R4 search, reference): `id`, `Type/id`, or an absolute URL.

use serde_json::Value;

use super::context::Context;
use super::element::text;
use super::matching::{Match, rule};

/// A reference as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReferenceQuery {
    /// `id` alone: of the parameter's target type, on this server.
    Id(String),
    /// `Type/id` on this server.
    Local(String),
    Absolute(String),
}

impl ReferenceQuery {
    /// Reads one alternative; none where it is no reference.
    pub(super) fn parse(value: &str) -> Option<Self> {
        if value.contains("://") || value.starts_with("urn:") {
            return Some(Self::Absolute(value.to_owned()));
        }
        match value.split_once('/') {
            None => is_id(value).then(|| Self::Id(value.to_owned())),
            Some((resource_type, id)) => {
                (is_type(resource_type) && is_id(id)).then(|| Self::Local(value.to_owned()))
            }
        }
    }

    /// Whether a Reference refers to this, as a resource of the target type: the parameter `patient`
    /// looks only at subjects that are Patients.
    pub(super) fn matches(&self, target: &str, value: &Value, context: &Context<'_>) -> Match {
        let Some(reference) = text(value, "reference") else {
            return Match::MustNot;
        };
        let (resource, version) = match context.local(reference).split_once("/_history/") {
            Some((resource, version)) => (resource, Some(version)),
            None => (context.local(reference), None),
        };
        if type_of(resource).is_some_and(|held| held != target) {
            return Match::MustNot;
        }
        let found = match self {
            Self::Id(id) => same(resource, &format!("{target}/{id}"), context),
            Self::Local(local) => same(resource, local, context),
            Self::Absolute(url) => same(resource, context.local(url), context),
        };
        match (found, version) {
            (Match::Must, Some(_)) => Match::May(rule::VERSIONED_REFERENCE),
            (found, _) => found,
        }
    }
}

/// The type in `Type/id` or in a URL that ends so.
fn type_of(reference: &str) -> Option<&str> {
    let (rest, _) = reference.rsplit_once('/')?;
    let last = rest.rsplit('/').next().unwrap_or(rest);
    is_type(last).then_some(last)
}

/// Compares two references; where the server's base URL is not known, an absolute one may be local.
fn same(held: &str, asked: &str, context: &Context<'_>) -> Match {
    let ends_with = |long: &str, short: &str| {
        long.contains("://")
            && long
                .strip_suffix(short)
                .is_some_and(|base| base.ends_with('/'))
    };
    let may_be = context.base.is_empty() && (ends_with(held, asked) || ends_with(asked, held));
    Match::graded(held == asked, may_be, rule::UNRESOLVED)
}

/// FHIR R4 datatypes, id.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn is_type(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn where_the_base_is_not_known_an_absolute_reference_may_be_local() {
        let may = Match::May(rule::UNRESOLVED);
        for (held, asked, expected) in [
            ("Patient/1", "Patient/1", Match::Must),
            ("http://h/fhir/Patient/1", "Patient/1", may),
            ("Patient/1", "http://h/fhir/Patient/1", may),
            ("http://h/fhir/Patient/1", "Patient/2", Match::MustNot),
            ("http://h/Patient/1", "http://i/Patient/1", Match::MustNot),
        ] {
            let value = json!({ "reference": held });
            let query = ReferenceQuery::parse(asked).expect("a reference");
            let found = query.matches("Patient", &value, &Context::new("", &()));
            assert_eq!(found, expected, "{held} {asked}");
        }
    }
}
