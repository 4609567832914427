//! What FHIR's definitions say of each type's elements, as far as XML needs it.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use serde_json::Value;

use crate::definition::Definitions;

/// Most names that are remembered, wrong ones among them: they come from content.
const MAX_KNOWN: usize = 10_000;

/// All types, each read when it is first asked for.
pub(super) struct Types {
    definitions: Definitions,
    known: RwLock<HashMap<String, Option<Arc<Type>>>>,
}

/// A type, or a backbone element by its path.
#[derive(Debug, Default)]
pub(super) struct Type {
    pub(super) is_resource: bool,
    /// In the order of the definition; each type of a choice is one.
    pub(super) members: Vec<Member>,
    by_name: HashMap<String, usize>,
}

/// An element.
#[derive(Debug)]
pub(super) struct Member {
    /// Name in XML and JSON, such as `valueQuantity`.
    pub(super) name: String,
    /// Place in the order; that of all types of a choice is the same.
    pub(super) order: usize,
    pub(super) kind: Kind,
    pub(super) is_list: bool,
}

/// How an element is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// As an attribute: `id` of elements, `url` of extensions.
    Attribute,
    Primitive(Form),
    /// With elements of its own: those of this type, or of this backbone element.
    Complex(String),
    /// With a whole resource in it.
    Resource,
    /// As XHTML.
    Narrative,
}

/// How JSON has a primitive value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Boolean,
    Number,
    Text,
}

impl Types {
    pub(super) fn new(definitions: Definitions) -> Self {
        Self {
            definitions,
            known: RwLock::default(),
        }
    }

    /// A type by name, or a backbone element by its path.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Type>> {
        if let Ok(known) = self.known.read()
            && let Some(found) = known.get(name)
        {
            return found.clone();
        }
        let head = name.split('.').next().unwrap_or(name);
        let read = self
            .definitions
            .type_definition(head)
            .filter(|definition| definition["type"] == head)
            .map(|definition| read(&definition))
            .unwrap_or_default();
        let mut known = self.known.write().ok()?;
        if read.is_empty() && known.len() < MAX_KNOWN {
            known.insert(name.to_owned(), None);
        }
        known.extend(
            read.into_iter()
                .map(|(path, one)| (path, Some(Arc::new(one)))),
        );
        known.get(name).cloned().flatten()
    }
}

impl Type {
    /// The element of this name and its place among the members.
    pub(super) fn member(&self, name: &str) -> Option<(usize, &Member)> {
        let at = *self.by_name.get(name)?;
        Some((at, self.members.get(at)?))
    }

    /// True where it has this attribute.
    pub(super) fn has_attribute(&self, name: &str) -> bool {
        self.member(name)
            .is_some_and(|(_, member)| member.kind == Kind::Attribute)
    }

    fn add(&mut self, member: Member) {
        self.by_name.insert(member.name.clone(), self.members.len());
        self.members.push(member);
    }
}

/// The type and its backbone elements, by path.
fn read(definition: &Value) -> HashMap<String, Type> {
    let is_resource = definition["kind"] == "resource";
    let elements: Vec<&Value> = definition
        .pointer("/snapshot/element")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|element| element.get("sliceName").is_none())
        .collect();
    let mut types: HashMap<String, Type> = HashMap::new();
    for (order, element) in elements.iter().enumerate() {
        let path = element["path"].as_str().unwrap_or_default();
        let Some((parent, name)) = path.rsplit_once('.') else {
            types.entry(path.to_owned()).or_default().is_resource = is_resource;
            continue;
        };
        let in_resource = is_resource && !parent.contains('.');
        let has_children = elements.get(order + 1).is_some_and(|next| {
            let next = next["path"].as_str().unwrap_or_default();
            next.strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        let owner = types.entry(parent.to_owned()).or_default();
        for (name, code) in names(element, name) {
            owner.add(Member {
                kind: kind(element, path, &name, &code, in_resource, has_children),
                name,
                order,
                is_list: !matches!(element["max"].as_str(), Some("0" | "1")),
            });
        }
    }
    types
}

/// Names of an element, for each type of a choice, with the type.
fn names(element: &Value, name: &str) -> Vec<(String, String)> {
    let codes = element["type"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|allowed| allowed["code"].as_str());
    match name.strip_suffix("[x]") {
        Some(stem) => codes
            .map(|code| (format!("{stem}{}", capitalised(code)), code.to_owned()))
            .collect(),
        None => vec![(name.to_owned(), codes.take(1).collect())],
    }
}

fn capitalised(code: &str) -> String {
    let mut letters = code.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

fn kind(
    element: &Value,
    path: &str,
    name: &str,
    code: &str,
    in_resource: bool,
    has_children: bool,
) -> Kind {
    if let Some(reference) = element["contentReference"].as_str() {
        let target = reference.rsplit('#').next().unwrap_or_default();
        return Kind::Complex(target.to_owned());
    }
    if path == "Extension.url" || name == "id" && !in_resource {
        return Kind::Attribute;
    }
    if has_children {
        return Kind::Complex(path.to_owned());
    }
    match code {
        "Resource" => Kind::Resource,
        "xhtml" => Kind::Narrative,
        "boolean" => Kind::Primitive(Form::Boolean),
        "decimal" | "integer" | "positiveInt" | "unsignedInt" => Kind::Primitive(Form::Number),
        // FHIR's names of primitive types, and the URLs that stand for them, begin in lower case.
        _ if code.starts_with(|first: char| first.is_ascii_lowercase()) => {
            Kind::Primitive(Form::Text)
        }
        _ => Kind::Complex(code.to_owned()),
    }
}
