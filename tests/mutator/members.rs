//! Which JSON members an element has.

use fhir_assay::profile::snapshot::tree::{Node, capitalised};

/// True for the name of a primitive type.
pub fn is_primitive(type_name: &str) -> bool {
    type_name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// JSON members of an element with their types; a backbone element's type is its path.
pub fn members(node: &Node) -> Vec<(String, String)> {
    if let Some(stem) = node.name.strip_suffix("[x]") {
        let types = node.element.types.iter();
        return types
            .map(|kind| {
                (
                    format!("{stem}{}", capitalised(&kind.code)),
                    kind.code.clone(),
                )
            })
            .collect();
    }
    let type_name = match (node.element.types.first(), node.children.is_empty()) {
        (Some(kind), true) => kind.code.clone(),
        _ => node.element.path.clone(),
    };
    vec![(node.name.clone(), type_name)]
}
