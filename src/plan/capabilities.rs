//! CapabilityStatement → what the target declares.

use serde_json::Value;

use crate::config::{DeclaredCapabilities, DeclaredType};

/// What a server's CapabilityStatement (FHIR R4 capabilitystatement, `rest` of mode server)
/// declares. Parts that are not as they should be are passed over.
///
/// None where the body is no CapabilityStatement or declares nothing as a server.
#[must_use]
pub fn declared_capabilities(statement: &Value) -> Option<DeclaredCapabilities> {
    if text(statement, "resourceType") != Some("CapabilityStatement") {
        return None;
    }
    let mut declared = DeclaredCapabilities {
        statement: Some(statement.clone()),
        ..DeclaredCapabilities::default()
    };
    let claims = list(statement, "instantiates").filter_map(Value::as_str);
    add(
        &mut declared.instantiates,
        claims.map(|url| url.split('|').next().unwrap_or(url)),
    );
    let servers = list(statement, "rest").filter(|rest| text(rest, "mode") == Some("server"));
    for rest in servers {
        for resource in list(rest, "resource") {
            let Some(name) = text(resource, "type") else {
                continue;
            };
            let found = declared.types.entry(name.to_owned()).or_default();
            add_resource(found, resource);
            // Declared for all types (FHIR R4, CapabilityStatement.rest.searchParam).
            add(
                &mut found.search_parameters,
                names(rest, "searchParam", "name"),
            );
        }
    }
    (!declared.types.is_empty()).then_some(declared)
}

fn add_resource(declared: &mut DeclaredType, resource: &Value) {
    add(
        &mut declared.interactions,
        names(resource, "interaction", "code"),
    );
    add(
        &mut declared.search_parameters,
        names(resource, "searchParam", "name"),
    );
    let operations = names(resource, "operation", "name");
    add(
        &mut declared.operations,
        operations.map(|name| name.trim_start_matches('$')),
    );
    let includes = list(resource, "searchInclude").chain(list(resource, "searchRevInclude"));
    add(&mut declared.includes, includes.filter_map(Value::as_str));
    let supported = list(resource, "supportedProfile").filter_map(Value::as_str);
    add(
        &mut declared.profiles,
        text(resource, "profile").into_iter().chain(supported),
    );
}

fn add<'v>(to: &mut Vec<String>, names: impl Iterator<Item = &'v str>) {
    for name in names {
        if !to.iter().any(|known| known == name) {
            to.push(name.to_owned());
        }
    }
}

fn names<'v>(value: &'v Value, list_name: &str, key: &'v str) -> impl Iterator<Item = &'v str> {
    list(value, list_name).filter_map(move |member| text(member, key))
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_statement_is_read_by_type() {
        let declared = declared_capabilities(&json!({
            "resourceType": "CapabilityStatement",
            "instantiates": [ "http://c/1|2.0", 7 ],
            "rest": [
                { "mode": "client", "resource": [ { "type": "Basic" } ] },
                {
                    "mode": "server",
                    "searchParam": [ { "name": "_id" } ],
                    "resource": [ {
                        "type": "Patient",
                        "profile": "http://p/1",
                        "supportedProfile": [ "http://p/2", "http://p/1" ],
                        "interaction": [ { "code": "read" }, { "code": "search-type" } ],
                        "searchParam": [ { "name": "_id" }, { "name": "identifier" } ],
                        "operation": [ { "name": "$match" }, { "name": "everything" } ],
                    }, { "type": "Condition" } ],
                },
            ],
        }))
        .unwrap();
        assert_eq!(
            declared.types.keys().collect::<Vec<_>>(),
            ["Condition", "Patient"]
        );
        assert_eq!(declared.instantiates, ["http://c/1"]);
        let patient = &declared.types["Patient"];
        assert_eq!(patient.interactions, ["read", "search-type"]);
        assert_eq!(patient.search_parameters, ["_id", "identifier"]);
        assert_eq!(patient.operations, ["match", "everything"]);
        assert_eq!(patient.profiles, ["http://p/1", "http://p/2"]);
        assert_eq!(declared.types["Condition"].search_parameters, ["_id"]);
    }

    #[test]
    fn garbage_is_passed_over() {
        for nothing in [
            json!(null),
            json!([]),
            json!({ "resourceType": "Patient" }),
            json!({ "resourceType": "CapabilityStatement" }),
            json!({ "resourceType": "CapabilityStatement", "rest": { "mode": "server" } }),
            json!({ "resourceType": "CapabilityStatement", "rest": [ 1, { "mode": "server", "resource": [ {}, 5, { "type": 1 } ] } ] }),
        ] {
            assert_eq!(declared_capabilities(&nothing), None, "{nothing}");
        }
        let declared = declared_capabilities(&json!({
            "resourceType": "CapabilityStatement",
            "rest": [ { "mode": "server", "resource": [ { "type": "Patient", "interaction": [ 5, { "code": [] }, { "code": "read" } ], "searchParam": "none", "profile": 1 } ] } ],
        }))
        .unwrap();
        assert_eq!(declared.types["Patient"].interactions, ["read"]);
        assert_eq!(
            declared.types["Patient"].search_parameters,
            Vec::<String>::new()
        );
    }
}
