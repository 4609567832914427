//! JSON value → XML text, by the definitions of its types.

use serde_json::{Map, Value};

use super::place::Place;
use super::syntax::{FHIR, MAX_DEPTH, is_allowed};
use super::tree;
use super::types::{Kind, Member, Type, Types};

/// Why a value cannot be written as FHIR XML; `place` is a FHIRPath expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    #[error("{place}: `{name}` is no resource type of FHIR R4")]
    Type { place: String, name: String },
    #[error("{place}: `{name}` is no element of its type; remove it")]
    Member { place: String, name: String },
    #[error("{place}: the value is not {wanted}")]
    Value { place: String, wanted: &'static str },
    #[error("{place}: U+{character:04X} cannot stand in XML; remove it")]
    Character { place: String, character: u32 },
    #[error("{place}: the narrative cannot stand in XML: {reason}")]
    Narrative { place: String, reason: String },
    #[error("{place}: elements are nested more than {MAX_DEPTH} deep")]
    Depth { place: String },
}

/// Writes a resource with the declaration of XML.
pub(super) fn document(types: &Types, resource: &Value) -> Result<String, WriteError> {
    let mut writing = Writing {
        types,
        out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned(),
    };
    let name = type_of(resource).unwrap_or("Resource");
    writing.resource(resource, &Place::root(name), &format!(" xmlns=\"{FHIR}\""))?;
    Ok(writing.out)
}

fn type_of(resource: &Value) -> Option<&str> {
    resource.get("resourceType")?.as_str()
}

struct Writing<'w> {
    types: &'w Types,
    out: String,
}

impl Writing<'_> {
    fn resource(
        &mut self,
        resource: &Value,
        place: &Place<'_>,
        declaration: &str,
    ) -> Result<(), WriteError> {
        let name = type_of(resource).unwrap_or_default();
        let known = self.types.get(name).filter(|known| known.is_resource);
        let (Some(known), Some(members)) = (known, resource.as_object()) else {
            return Err(WriteError::Type {
                place: place.expression(),
                name: name.to_owned(),
            });
        };
        self.object(name, declaration, members, &known, place)
    }

    /// An element with the attributes and elements that its type has.
    fn object(
        &mut self,
        name: &str,
        declaration: &str,
        members: &Map<String, Value>,
        known: &Type,
        place: &Place<'_>,
    ) -> Result<(), WriteError> {
        if place.depth() > MAX_DEPTH {
            return Err(WriteError::Depth {
                place: place.expression(),
            });
        }
        check_names(members, known, place)?;
        self.open(name);
        self.out.push_str(declaration);
        let attributes = known
            .members
            .iter()
            .filter(|member| member.kind == Kind::Attribute);
        for member in attributes {
            if let Some(value) = members.get(&member.name) {
                let value = value.as_str().ok_or_else(|| wrong(place, "text"))?;
                self.attribute(&member.name, value, place)?;
            }
        }
        let start = self.content();
        for member in &known.members {
            self.member(member, members, place)?;
        }
        self.close(name, start);
        Ok(())
    }

    fn member(
        &mut self,
        member: &Member,
        members: &Map<String, Value>,
        place: &Place<'_>,
    ) -> Result<(), WriteError> {
        if member.kind == Kind::Attribute {
            return Ok(());
        }
        let values = items(member, members.get(&member.name), place)?;
        let extras = match member.kind {
            Kind::Primitive(_) => items(member, members.get(&format!("_{}", member.name)), place)?,
            _ => &[],
        };
        for at in 0..values.len().max(extras.len()) {
            let place = place.below(&member.name, member.is_list.then_some(at));
            let value = values.get(at).unwrap_or(&Value::Null);
            match &member.kind {
                Kind::Primitive(_) => {
                    let extras = extras.get(at).unwrap_or(&Value::Null);
                    self.primitive(&member.name, value, extras, &place)?;
                }
                Kind::Narrative => self.narrative(value, &place)?,
                Kind::Resource => {
                    self.open(&member.name);
                    let start = self.content();
                    self.resource(value, &place, "")?;
                    self.close(&member.name, start);
                }
                Kind::Complex(name) => {
                    let known = self.types.get(name).unwrap_or_default();
                    let members = value
                        .as_object()
                        .ok_or_else(|| wrong(&place, "an object"))?;
                    self.object(&member.name, "", members, &known, &place)?;
                }
                Kind::Attribute => {}
            }
        }
        Ok(())
    }

    fn primitive(
        &mut self,
        name: &str,
        value: &Value,
        extras: &Value,
        place: &Place<'_>,
    ) -> Result<(), WriteError> {
        let text = match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            Value::Array(_) | Value::Object(_) => return Err(wrong(place, "a primitive value")),
        };
        let known = self.types.get("Element").unwrap_or_default();
        let none = Map::new();
        let extras = match extras {
            Value::Null => &none,
            Value::Object(extras) => extras,
            _ => return Err(wrong(place, "an object beside a primitive value")),
        };
        check_names(extras, &known, place)?;
        self.open(name);
        if let Some(id) = extras.get("id") {
            let id = id.as_str().ok_or_else(|| wrong(place, "text"))?;
            self.attribute("id", id, place)?;
        }
        if let Some(text) = text {
            self.attribute("value", &text, place)?;
        }
        let start = self.content();
        for member in &known.members {
            self.member(member, extras, place)?;
        }
        self.close(name, start);
        Ok(())
    }

    fn narrative(&mut self, value: &Value, place: &Place<'_>) -> Result<(), WriteError> {
        let div = value.as_str().ok_or_else(|| wrong(place, "text"))?;
        if let Some(reason) = narrative_fault(div) {
            return Err(WriteError::Narrative {
                place: place.expression(),
                reason,
            });
        }
        self.out.push_str(div.trim());
        Ok(())
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
    }

    /// Ends a tag; where its content begins.
    fn content(&mut self) -> usize {
        self.out.push('>');
        self.out.len()
    }

    /// Closes an element; one without content becomes a single tag.
    fn close(&mut self, name: &str, start: usize) {
        if self.out.len() == start {
            self.out.pop();
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    /// White space other than a blank is escaped, since XML would make blanks of it.
    fn attribute(&mut self, name: &str, value: &str, place: &Place<'_>) -> Result<(), WriteError> {
        self.out.push_str(&format!(" {name}=\""));
        for letter in value.chars() {
            match letter {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' | '\n' | '\r' => self.out.push_str(&format!("&#{};", u32::from(letter))),
                _ if is_allowed(letter) => self.out.push(letter),
                _ => {
                    return Err(WriteError::Character {
                        place: place.expression(),
                        character: u32::from(letter),
                    });
                }
            }
        }
        self.out.push('"');
        Ok(())
    }
}

fn wrong(place: &Place<'_>, wanted: &'static str) -> WriteError {
    WriteError::Value {
        place: place.expression(),
        wanted,
    }
}

/// The values of a member: those of its list, or the one that is there.
fn items<'v>(
    member: &Member,
    value: Option<&'v Value>,
    place: &Place<'_>,
) -> Result<&'v [Value], WriteError> {
    match (value, member.is_list) {
        (None, _) => Ok(&[]),
        (Some(Value::Array(items)), true) if !items.is_empty() => Ok(items),
        (Some(Value::Array(_)), false) => Err(wrong(&place.below(&member.name, None), "one value")),
        (Some(_), true) => Err(wrong(
            &place.below(&member.name, None),
            "a list with something in it",
        )),
        (Some(value), false) => Ok(std::slice::from_ref(value)),
    }
}

/// Refuses members that the type does not have: they would be lost.
fn check_names(
    members: &Map<String, Value>,
    known: &Type,
    place: &Place<'_>,
) -> Result<(), WriteError> {
    let is_known = |name: &str| {
        known.member(name).is_some()
            || name == "resourceType" && known.is_resource
            || name.strip_prefix('_').is_some_and(|name| {
                let found = known.member(name);
                found.is_some_and(|(_, member)| matches!(member.kind, Kind::Primitive(_)))
            })
    };
    match members.keys().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(WriteError::Member {
            place: place.expression(),
            name: name.clone(),
        }),
    }
}

/// Why a `div` from JSON cannot stand in XML; `None` where it can.
fn narrative_fault(div: &str) -> Option<String> {
    let element = match tree::parse(div) {
        Ok(element) => element,
        Err(trouble) => return Some(trouble.message),
    };
    (element.narrative.is_none() || element.name != "div")
        .then(|| "its root is no `div` in the XHTML namespace".to_owned())
}
