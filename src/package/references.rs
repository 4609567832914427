//! What the definitions of a package refer to by canonical URL.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Kind, Package};

impl Package {
    /// The profiles, extensions and value sets that definitions of this package refer to, each with
    /// the kind that it is of.
    pub fn references(&self) -> BTreeSet<(Kind, String)> {
        let mut found = BTreeSet::new();
        for resource in &self.resources {
            // What does not parse refers to nothing.
            let definition: Value = serde_json::from_slice(&resource.json).unwrap_or_default();
            match resource.entry.kind {
                // No resource is of a logical model.
                Kind::StructureDefinition if definition["kind"] == "logical" => {}
                Kind::StructureDefinition => of_structure(&definition, &mut found),
                Kind::ValueSet => of_value_set(&definition, &mut found),
                Kind::CodeSystem | Kind::SearchParameter | Kind::ImplementationGuide => {}
            }
        }
        found
    }
}

fn of_structure(definition: &Value, found: &mut BTreeSet<(Kind, String)>) {
    let structures = |value: &Value, found: &mut BTreeSet<_>| {
        add(Kind::StructureDefinition, value, found);
    };
    structures(&definition["baseDefinition"], found);
    for element in items(&definition["differential"]["element"]) {
        for kind in items(&element["type"]) {
            let profiles = items(&kind["profile"]).chain(items(&kind["targetProfile"]));
            profiles.for_each(|profile| structures(profile, found));
        }
        add(Kind::ValueSet, &element["binding"]["valueSet"], found);
    }
}

fn of_value_set(definition: &Value, found: &mut BTreeSet<(Kind, String)>) {
    let compose = &definition["compose"];
    for part in items(&compose["include"]).chain(items(&compose["exclude"])) {
        for value_set in items(&part["valueSet"]) {
            add(Kind::ValueSet, value_set, found);
        }
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Adds an absolute canonical; what begins with `#` is inside the definition.
fn add(kind: Kind, value: &Value, found: &mut BTreeSet<(Kind, String)>) {
    if let Some(canonical) = value.as_str().filter(|text| text.contains(':')) {
        found.insert((kind, canonical.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    #[test]
    fn profiles_extensions_and_value_sets_are_found() {
        let structure = json!({
            "resourceType": "StructureDefinition", "url": "http://e/p", "baseDefinition": "http://e/base",
            "differential": { "element": [
                { "type": [{ "code": "Reference", "targetProfile": ["http://e/target|1.0"] }] },
                { "type": [{ "code": "Extension", "profile": ["http://e/extension"] }, 7] },
                { "binding": { "valueSet": "http://e/codes" }, "contentReference": "#x" },
                "nonsense",
            ] },
        });
        let value_set = json!({
            "resourceType": "ValueSet", "url": "http://e/v",
            "compose": { "include": [{ "valueSet": ["http://e/other", "#inside"] }] },
        });
        let file = |name: &str, value: &Value| {
            (name.to_owned(), Cow::Owned(value.to_string().into_bytes()))
        };
        let files = [file("p.json", &structure), file("v.json", &value_set)];
        let found = Package::from_files("e", files).unwrap().references();
        let expected = [
            (Kind::StructureDefinition, "http://e/base"),
            (Kind::StructureDefinition, "http://e/extension"),
            (Kind::StructureDefinition, "http://e/target|1.0"),
            (Kind::ValueSet, "http://e/codes"),
            (Kind::ValueSet, "http://e/other"),
        ];
        assert!(
            found
                .iter()
                .map(|(kind, url)| (*kind, url.as_str()))
                .eq(expected),
            "{found:?}"
        );
    }
}
