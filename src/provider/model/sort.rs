//! The order of matches (FHIR R4 search, `_sort`): by the time of their last change.

use jiff::Timestamp;
use serde_json::Value;

/// An order that this server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Sort {
    OldestFirst,
    NewestFirst,
}

impl Sort {
    /// The order that a value of `_sort` asks for; none where it is not known here.
    pub(in crate::provider) fn read(value: &str) -> Option<Self> {
        match value {
            "_lastUpdated" => Some(Self::OldestFirst),
            "-_lastUpdated" => Some(Self::NewestFirst),
            _ => None,
        }
    }

    /// Puts resources in order; those that changed at once stay as they are.
    pub(in crate::provider) fn order(self, resources: &mut [&Value]) {
        resources.sort_by_key(|resource| changed(resource));
        if self == Self::NewestFirst {
            resources.reverse();
        }
    }
}

fn changed(resource: &Value) -> Option<Timestamp> {
    resource["meta"]["lastUpdated"].as_str()?.parse().ok()
}
