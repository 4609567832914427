//! The named values of one test.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::patient::patient_of;
use crate::suite::{Template, TemplateError};

/// What a test's templates can insert: the row, given values, resources and what was captured.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    texts: BTreeMap<String, String>,
    resources: BTreeMap<String, Arc<Value>>,
}

impl Scope {
    /// A scope with the values of a row.
    pub fn new(row: &BTreeMap<String, String>) -> Self {
        Self {
            texts: row.clone(),
            resources: BTreeMap::new(),
        }
    }

    pub fn set_text(&mut self, name: &str, value: String) {
        self.texts.insert(name.to_owned(), value);
    }

    pub fn set_resource(&mut self, name: &str, resource: Arc<Value>) {
        self.resources.insert(name.to_owned(), resource);
    }

    /// The resource that a variable holds.
    pub fn resource(&self, name: &str) -> Option<&Arc<Value>> {
        self.resources.get(name)
    }

    /// The value of `name` or `name.field`.
    pub fn value(&self, name: &str) -> Option<String> {
        if let Some(text) = self.texts.get(name) {
            return Some(text.clone());
        }
        let (variable, field) = name.split_once('.').unwrap_or((name, "id"));
        field_of(self.resources.get(variable)?, field)
    }

    /// Fills the braces of a template.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn render(&self, template: &Template) -> Result<String, TemplateError> {
        template.render(&|name| self.value(name))
    }

    /// Fills the braces that have a value, and leaves the others.
    pub fn render_known(&self, template: &Template) -> String {
        template.render_known(&|name| self.value(name))
    }
}

/// A field of [`crate::suite::RESOURCE_FIELDS`].
fn field_of(resource: &Value, field: &str) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match field {
        "id" => text(&resource["id"]),
        "type" => text(&resource["resourceType"]),
        "patient" => patient_of(resource),
        "url" => text(&resource["content"][0]["attachment"]["url"]),
        "content-type" => text(&resource["content"][0]["attachment"]["contentType"]),
        "version" => text(&resource["meta"]["versionId"]),
        "last-modified" => http_date(resource["meta"]["lastUpdated"].as_str()?),
        _ => None,
    }
}

/// An instant as an HTTP date (RFC 9110 section 5.6.7), which has whole seconds.
fn http_date(instant: &str) -> Option<String> {
    let instant: Timestamp = instant.parse().ok()?;
    Some(instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_a_resource() {
        let mut scope = Scope::new(&BTreeMap::from([(
            "row.type".to_owned(),
            "Condition".to_owned(),
        )]));
        let seed = json!({
            "resourceType": "Condition", "id": "c1", "subject": { "reference": "Patient/p1" },
            "meta": { "versionId": "3", "lastUpdated": "2026-01-02T03:04:05.678+02:00" },
            "content": [{ "attachment": { "url": "Binary/1", "contentType": "text/plain" } }]
        });
        scope.set_resource("seed", Arc::new(seed));
        for (name, expected) in [
            ("row.type", Some("Condition")),
            ("seed", Some("c1")),
            ("seed.type", Some("Condition")),
            ("seed.patient", Some("p1")),
            ("seed.version", Some("3")),
            ("seed.last-modified", Some("Fri, 02 Jan 2026 01:04:05 GMT")),
            ("seed.url", Some("Binary/1")),
            ("seed.content-type", Some("text/plain")),
            ("seed.other", None),
            ("other", None),
        ] {
            assert_eq!(scope.value(name).as_deref(), expected, "{name}");
        }
    }
}
