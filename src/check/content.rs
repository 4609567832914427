//! `same-as`: a resource reads the same as it was shown before.

use serde_json::Value;

use super::{Finding, View};

/// Differences that are named in a message at most.
const NAMED: usize = 5;

pub(super) fn check(variable: &str, view: &View<'_>) -> Finding {
    let (Some(answer), Some(before)) = (view.answer, view.scope.resource(variable)) else {
        return Finding::blocked("there is nothing to compare with");
    };
    let expected = "the same content as the search showed";
    let now = match answer.body() {
        Ok(body) => body,
        Err(problem) => return Finding::fail(expected, problem),
    };
    let mut differences = Vec::new();
    compare(
        &without_bookkeeping(before),
        &without_bookkeeping(now),
        String::new(),
        &mut differences,
    );
    if differences.is_empty() {
        return Finding::pass(expected, "the same");
    }
    let count = differences.len();
    differences.truncate(NAMED);
    let more = if count > NAMED {
        format!(" and {} more", count - NAMED)
    } else {
        String::new()
    };
    Finding::fail(
        expected,
        format!("different at {}{more}", differences.join(", ")),
    )
    .fix("build the answers of read and search from the same stored resource")
}

/// A resource without what may rightly differ between two ways to it.
pub(super) fn without_bookkeeping(resource: &Value) -> Value {
    let mut copy = resource.clone();
    if let Some(members) = copy.as_object_mut() {
        members.retain(|name, _| name != "meta" && name != "text");
    }
    copy
}

pub(super) fn compare(before: &Value, now: &Value, path: String, differences: &mut Vec<String>) {
    match (before, now) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                let path = format!("{path}/{name}");
                match right.get(name) {
                    Some(other) => compare(value, other, path, differences),
                    None => differences.push(format!("{path} (now missing)")),
                }
            }
            let added = right.keys().filter(|name| !left.contains_key(*name));
            differences.extend(added.map(|name| format!("{path}/{name} (added)")));
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (value, other)) in left.iter().zip(right).enumerate() {
                compare(value, other, format!("{path}/{index}"), differences);
            }
        }
        _ if before == now => {}
        _ => differences.push(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_named_by_their_place() {
        let before =
            json!({ "id": "1", "meta": { "versionId": "1" }, "a": [1, { "b": 2 }], "gone": 1 });
        let now =
            json!({ "id": "1", "meta": { "versionId": "2" }, "a": [1, { "b": 3 }], "new": 1 });
        let mut found = Vec::new();
        compare(
            &without_bookkeeping(&before),
            &without_bookkeeping(&now),
            String::new(),
            &mut found,
        );
        assert_eq!(found, ["/a/1/b", "/gone (now missing)", "/new (added)"]);
    }
}
