//! What a terminology server says, read with distrust.

use serde_json::Value;

/// Kinds of issue that terminology servers state beside a result (HL7 terminology ecosystem).
const ISSUE_TYPES: &str = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type";
/// These mean that the server lacks something.
const LACKING: [&str; 4] = ["not-found", "vs-invalid", "invalid-data", "cannot-infer"];
/// These mean that it knows the code not to be in the value set, or in its system.
const DECIDED: [&str; 3] = ["not-in-vs", "this-code-not-in-vs", "invalid-code"];
/// Parameters that name a code system that the server lacks.
const UNKNOWN_SYSTEM: [&str; 2] = ["x-unknown-system", "x-caused-by-unknown-system"];

/// What an answer to `$validate-code` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Member,
    /// The server states that it knows this.
    NotMember,
    /// A bare "no", which may have other reasons.
    No,
    Undecided(String),
}

/// Reads the Parameters that `$validate-code` returns (FHIR R4, ValueSet/$validate-code).
pub(super) fn read_parameters(body: &[u8]) -> Said {
    let undecided = |why: &str| Said::Undecided(why.to_owned());
    let Ok(parameters) = serde_json::from_slice::<Value>(body) else {
        return undecided("its answer is no JSON");
    };
    if parameters["resourceType"] != "Parameters" {
        return undecided("its answer is no Parameters resource");
    }
    let named = |name: &'static str| {
        let all = items(&parameters["parameter"]);
        all.filter(move |parameter| parameter["name"] == *name)
    };
    let Some(result) = named("result").find_map(|result| result["valueBoolean"].as_bool()) else {
        return undecided("its answer has no result");
    };
    if result {
        return Said::Member;
    }
    let kinds: Vec<&str> = named("issues")
        .flat_map(|issues| items(&issues["resource"]["issue"]))
        .flat_map(|issue| items(&issue["details"]["coding"]))
        .filter(|coding| coding["system"] == ISSUE_TYPES)
        .filter_map(|coding| coding["code"].as_str())
        .collect();
    let lacks_system = UNKNOWN_SYSTEM
        .iter()
        .any(|name| named(name).next().is_some());
    if lacks_system || kinds.iter().any(|kind| LACKING.contains(kind)) {
        undecided("it lacks the value set or the code system")
    } else if kinds.iter().any(|kind| DECIDED.contains(kind)) {
        Said::NotMember
    } else {
        Said::No
    }
}

/// Whether a search for a code system found one that holds its codes.
pub(super) fn system_is_known(body: &[u8], system: &str) -> bool {
    let bundle: Value = serde_json::from_slice(body).unwrap_or_default();
    items(&bundle["entry"])
        .map(|entry| &entry["resource"])
        .any(|found| found["url"] == *system && found["content"] == "complete")
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(more: &Value) -> Said {
        let mut parameters = vec![json!({ "name": "result", "valueBoolean": false })];
        parameters.extend(items(more).cloned());
        let body = json!({ "resourceType": "Parameters", "parameter": parameters });
        read_parameters(body.to_string().as_bytes())
    }

    fn issue(kind: &str) -> Value {
        let coding = json!([{ "system": ISSUE_TYPES, "code": kind }]);
        let outcome = json!({ "resourceType": "OperationOutcome", "issue": [{ "details": { "coding": coding } }] });
        json!([{ "name": "issues", "resource": outcome }])
    }

    #[test]
    fn a_no_counts_only_where_the_server_knows() {
        assert_eq!(said(&json!([])), Said::No);
        assert_eq!(said(&issue("not-in-vs")), Said::NotMember);
        assert_eq!(said(&issue("invalid-code")), Said::NotMember);
        assert!(matches!(said(&issue("not-found")), Said::Undecided(_)));
        let unknown = json!([{ "name": "x-unknown-system", "valueCanonical": "http://e/s" }]);
        assert!(matches!(said(&unknown), Said::Undecided(_)));
    }

    #[test]
    fn what_is_no_answer_decides_nothing() {
        for body in [
            "",
            "<html>",
            "{}",
            "[]",
            r#"{"resourceType":"OperationOutcome"}"#,
            r#"{"resourceType":"Parameters"}"#,
            r#"{"resourceType":"Parameters","parameter":[{"name":"result","valueString":"true"}]}"#,
        ] {
            let said = read_parameters(body.as_bytes());
            assert!(matches!(said, Said::Undecided(_)), "{body}: {said:?}");
        }
    }

    #[test]
    fn a_stub_of_a_code_system_holds_no_codes() {
        let found = |content: &str| {
            let entry = json!([{ "resource": { "url": "http://e/s", "content": content } }]);
            let bundle = json!({ "resourceType": "Bundle", "entry": entry }).to_string();
            system_is_known(bundle.as_bytes(), "http://e/s")
        };
        assert!(found("complete") && !found("not-present") && !found("fragment"));
        assert!(!system_is_known(b"", "http://e/s"));
    }
}
