//! The values of elements in a resource.

use serde_json::Value;

use super::parameter::Parameter;

/// All values that a parameter looks at, in the order of the resource; lists are taken apart.
pub(super) fn values<'r>(parameter: &Parameter, resource: &'r Value) -> Vec<&'r Value> {
    parameter
        .element
        .paths
        .iter()
        .flat_map(|path| at(resource, path))
        .collect()
}

/// The values at a path of member names joined by dots.
pub(super) fn at<'r>(root: &'r Value, path: &str) -> Vec<&'r Value> {
    let mut found = vec![root];
    for name in path.split('.') {
        found = found
            .into_iter()
            .filter_map(|value| value.get(name))
            .flat_map(items)
            .collect();
    }
    found
}

/// The items of a list, or the value itself; null is no value.
fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).collect(),
        Value::Null => Vec::new(),
        single => vec![single],
    }
}

/// A text member.
pub(super) fn text<'r>(value: &'r Value, name: &str) -> Option<&'r str> {
    value.get(name).and_then(Value::as_str)
}
