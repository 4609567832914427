//! What a CapabilityStatement says beyond types, interactions and parameters: asked by FHIRPath.

use std::sync::LazyLock;

use crate::config::DeclaredCapabilities;
use crate::fhirpath::{Engine, Focus};

/// Its types do not matter: a statement has them as JSON has them.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::untyped);

/// Whether the expression is true of the statement; not where there is none, or it cannot be told.
pub(super) fn holds(declared: &DeclaredCapabilities, expression: &str) -> bool {
    declared.statement.as_ref().is_some_and(|statement| {
        ENGINE
            .holds(expression, statement, Focus::of(statement))
            .unwrap_or(false)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_statement_is_asked() {
        let declared = DeclaredCapabilities {
            statement: Some(json!({ "resourceType": "CapabilityStatement", "format": ["xml"] })),
            ..DeclaredCapabilities::default()
        };
        assert!(holds(&declared, "format.where($this = 'xml').exists()"));
        assert!(!holds(&declared, "format.where($this = 'json').exists()"));
        assert!(!holds(&declared, "not an ( expression"));
        assert!(!holds(&DeclaredCapabilities::default(), "true"));
    }
}
