//! What a report has to say of spoilt content.

use serde_json::Value;

/// The issue by which a spoilt resource is to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedIssue {
    /// FHIRPath of the element, from the resource's type, without indexes.
    pub expression: &'static str,
    /// Kind of the rule, or key of the constraint.
    pub rule: &'static str,
}

impl ExpectedIssue {
    /// Whether the resource is of the type that the issue is about.
    pub(super) fn is_about(&self, resource: &Value) -> bool {
        let about = self.expression.split('.').next();
        resource["resourceType"].as_str() == about
    }
}
