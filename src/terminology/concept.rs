//! A concept of a code system, and how codes are compared.

use std::borrow::Cow;

use serde_json::Value;

/// What a code system says of a concept.
#[derive(Debug, Default)]
pub(super) struct Concept {
    pub(super) display: Option<String>,
    /// Displays in other languages or for other uses.
    pub(super) designations: Vec<String>,
    pub(super) parents: Vec<String>,
    pub(super) properties: Vec<(String, String)>,
}

/// The form in which codes of a system are compared.
pub(super) fn fold(code: &str, ignore_case: bool) -> Cow<'_, str> {
    if ignore_case {
        Cow::Owned(code.to_lowercase())
    } else {
        Cow::Borrowed(code)
    }
}

impl Concept {
    /// Takes up what one mention of the concept says.
    pub(super) fn learn(&mut self, mention: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.display = self.display.take().or_else(|| text(&mention["display"]));
        let list = |member: &str| mention[member].as_array().into_iter().flatten();
        self.designations
            .extend(list("designation").filter_map(|designation| text(&designation["value"])));
        self.properties
            .extend(list("property").filter_map(property));
    }

    /// The values of a property.
    pub(super) fn values(&self, property: &str) -> Vec<&str> {
        self.properties
            .iter()
            .filter(|(name, _)| name == property)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

fn property(property: &Value) -> Option<(String, String)> {
    let name = property["code"].as_str()?.to_owned();
    let value = property
        .as_object()?
        .iter()
        .find_map(|(member, value)| member.starts_with("value").then_some(value))?;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(coding) => coding.get("code")?.as_str()?.to_owned(),
        other => other.to_string(),
    };
    Some((name, text))
}
