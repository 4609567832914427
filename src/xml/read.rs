//! Elements → JSON value, by the definitions of their types.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Number, Value};

use super::place::Place;
use super::syntax::Trouble;
use super::tree::Element;
use super::types::{Form, Kind, Member, Type, Types};
use crate::fhir::{Issue, IssueCode, Lines, Location, Severity};

/// Most issues of one document: after so many nobody reads on.
const MAX_ISSUES: usize = 1_000;

/// Name of the rule that a value is of the kind that its type has.
const VALUE_RULE: &str = "xml-value";

/// JSON pointer → offset of the element's tag, in bytes.
pub(super) type Starts = HashMap<String, usize>;

/// A resource that was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// The resource as JSON has it, as far as it could be understood.
    pub value: Value,
    /// What is wrong with the text as FHIR XML, with line and column.
    pub issues: Vec<Issue>,
}

/// Reads the resource that a document holds; `starts` takes where its elements begin.
///
/// # Errors
/// Where it is no resource of FHIR R4.
pub(super) fn document(
    types: &Types,
    text: &str,
    root: Element,
    starts: Option<&mut Starts>,
) -> Result<Document, Trouble> {
    if !root.is_fhir {
        return Err(Trouble::new(
            root.start,
            format!("`<{}>` is not in FHIR's namespace", root.name),
            "declare xmlns=\"http://hl7.org/fhir\" on the root element",
        ));
    }
    let mut reading = Reading {
        types,
        lines: Lines::new(text),
        issues: Vec::new(),
        starts,
    };
    let place = Place::root(&root.name);
    let value = reading.resource(&root, &place)?;
    Ok(Document {
        value,
        issues: reading.issues,
    })
}

/// Where the element begins that a pointer names, or the nearest one around it.
pub(super) fn nearest(starts: &Starts, pointer: &str) -> Option<usize> {
    // The extensions of a primitive stand in its own element.
    let mut pointer = pointer.replace("/_", "/");
    loop {
        if let Some(start) = starts.get(&pointer) {
            return Some(*start);
        }
        let end = pointer.rfind('/')?;
        pointer.truncate(end);
    }
}

/// Values of one element of the JSON model, so far.
#[derive(Default)]
struct Slot {
    values: Vec<Value>,
    /// Of primitives: ids and extensions, null where there are none.
    extras: Vec<Value>,
}

struct Reading<'r> {
    types: &'r Types,
    lines: Lines<'r>,
    issues: Vec<Issue>,
    starts: Option<&'r mut Starts>,
}

impl Reading<'_> {
    fn resource(&mut self, element: &Element, place: &Place<'_>) -> Result<Value, Trouble> {
        let known = self.types.get(&element.name);
        let Some(known) = known.filter(|known| known.is_resource && element.is_fhir) else {
            return Err(Trouble::new(
                element.start,
                format!("FHIR R4 has no resource type `{}`", element.name),
                "write the name of a resource type, in upper and lower case as the specification has it",
            ));
        };
        let mut members = Map::new();
        members.insert("resourceType".to_owned(), element.name.clone().into());
        self.object(element, &known, place, &mut members)?;
        Ok(Value::Object(members))
    }

    /// A complex value: its attributes and children.
    fn object(
        &mut self,
        element: &Element,
        known: &Type,
        place: &Place<'_>,
        members: &mut Map<String, Value>,
    ) -> Result<(), Trouble> {
        for (name, value) in &element.attributes {
            if known.has_attribute(name) {
                members.insert(name.clone(), value.clone().into());
            } else {
                self.unknown_attribute(element, name, place);
            }
        }
        self.children(element, known, place, members)
    }

    fn children(
        &mut self,
        element: &Element,
        known: &Type,
        place: &Place<'_>,
        members: &mut Map<String, Value>,
    ) -> Result<(), Trouble> {
        self.start(element, place);
        self.no_text(element, place);
        let mut slots: BTreeMap<usize, Slot> = BTreeMap::new();
        let mut last = 0;
        for child in &element.children {
            let found = known.member(&child.name);
            let Some((at, member)) = found.filter(|(_, member)| fits(child, &member.kind)) else {
                self.unknown_element(child, place);
                continue;
            };
            if member.order < last {
                self.disorder(child, place);
            }
            last = last.max(member.order);
            let slot = slots.entry(at).or_default();
            if !member.is_list && !slot.values.is_empty() {
                self.repeated(child, place);
                continue;
            }
            let index = member.is_list.then_some(slot.values.len());
            let place = place.below(&member.name, index);
            let (value, extra) = self.value(child, &member.kind, &place)?;
            slot.values.push(value);
            slot.extras.push(extra);
        }
        for (at, slot) in slots {
            if let Some(member) = known.members.get(at) {
                store(member, slot, members);
            }
        }
        Ok(())
    }

    /// The value, and for a primitive its id and extensions; null where there is none.
    fn value(
        &mut self,
        element: &Element,
        kind: &Kind,
        place: &Place<'_>,
    ) -> Result<(Value, Value), Trouble> {
        let value = match kind {
            Kind::Primitive(form) => return self.primitive(element, *form, place),
            Kind::Narrative => {
                self.start(element, place);
                element.narrative.clone().into()
            }
            Kind::Resource => self.inner(element, place)?,
            Kind::Complex(name) => {
                let known = self.types.get(name).unwrap_or_default();
                let mut members = Map::new();
                self.object(element, &known, place, &mut members)?;
                Value::Object(members)
            }
            // Such an element is unknown before: see `fits`.
            Kind::Attribute => Value::Null,
        };
        Ok((value, Value::Null))
    }

    fn primitive(
        &mut self,
        element: &Element,
        form: Form,
        place: &Place<'_>,
    ) -> Result<(Value, Value), Trouble> {
        let mut value = Value::Null;
        let mut extras = Map::new();
        for (name, text) in &element.attributes {
            match name.as_str() {
                "value" => {
                    value = read_value(form, text);
                    if form != Form::Text && value.is_string() {
                        self.wrong_value(element, form, place);
                    }
                }
                "id" => {
                    extras.insert("id".to_owned(), text.clone().into());
                }
                _ => self.unknown_attribute(element, name, place),
            }
        }
        let known = self.types.get("Element").unwrap_or_default();
        self.children(element, &known, place, &mut extras)?;
        let extras = match extras.is_empty() && !value.is_null() {
            true => Value::Null,
            false => Value::Object(extras),
        };
        Ok((value, extras))
    }

    /// The resource in `contained`, `Bundle.entry.resource` and the like.
    fn inner(&mut self, element: &Element, place: &Place<'_>) -> Result<Value, Trouble> {
        self.no_text(element, place);
        for (name, _) in &element.attributes {
            self.unknown_attribute(element, name, place);
        }
        let [resource] = element.children.as_slice() else {
            let count = element.children.len();
            self.push(
                element.start,
                place,
                format!(
                    "`<{}>` holds {count} resources, and must hold one",
                    element.name
                ),
                "put exactly one resource into it",
            );
            return Ok(Value::Object(Map::new()));
        };
        self.resource(resource, place)
    }

    fn start(&mut self, element: &Element, place: &Place<'_>) {
        if let Some(starts) = self.starts.as_mut() {
            starts.insert(place.pointer(), element.start);
        }
    }

    fn no_text(&mut self, element: &Element, place: &Place<'_>) {
        if element.has_text {
            self.push(
                element.start,
                place,
                format!(
                    "`<{}>` holds text, which FHIR has in narratives alone",
                    element.name
                ),
                "write the value as the attribute `value`, or remove the text",
            );
        }
    }

    fn unknown_attribute(&mut self, element: &Element, name: &str, place: &Place<'_>) {
        self.push(
            element.start,
            place,
            format!(
                "`<{}>` has the attribute `{name}`, which it must not have",
                element.name
            ),
            "remove the attribute",
        );
    }

    fn unknown_element(&mut self, child: &Element, place: &Place<'_>) {
        let name = &child.name;
        let message = match (child.is_fhir, child.narrative.is_some()) {
            (false, false) => format!("`<{name}>` is not in FHIR's namespace"),
            (false, true) => {
                format!("XHTML stands here as `<{name}>`, and only `div` in a narrative may")
            }
            (true, _) => format!("`<{name}>` is no element of {}", place.expression()),
        };
        self.push(
            child.start,
            place,
            message,
            "correct its name or namespace, or remove it",
        );
    }

    fn wrong_value(&mut self, element: &Element, form: Form, place: &Place<'_>) {
        let wanted = match form {
            Form::Boolean => "true or false",
            _ => "a number",
        };
        self.push(
            element.start,
            place,
            format!("the value of `<{}>` is not {wanted}", element.name),
            "write such a value, without blanks around it",
        );
        if let Some(issue) = self.issues.last_mut() {
            issue.code = IssueCode::Value;
            VALUE_RULE.clone_into(&mut issue.rule);
        }
    }

    fn disorder(&mut self, child: &Element, place: &Place<'_>) {
        self.push(
            child.start,
            place,
            format!(
                "`<{}>` comes too late: elements stand in the order of their definition",
                child.name
            ),
            "move it before the elements that follow it in the definition",
        );
    }

    fn repeated(&mut self, child: &Element, place: &Place<'_>) {
        self.push(
            child.start,
            place,
            format!(
                "`<{}>` is given more than once, and may be only once",
                child.name
            ),
            "keep one of them",
        );
    }

    fn push(&mut self, at: usize, place: &Place<'_>, message: String, fix: &str) {
        if self.issues.len() >= MAX_ISSUES {
            return;
        }
        let (line, column) = self.lines.place(at);
        self.issues.push(Issue {
            severity: Severity::Error,
            code: IssueCode::Structure,
            message,
            fix: Some(fix.to_owned()),
            location: Location {
                expression: place.expression(),
                pointer: place.pointer(),
                line: Some(line),
                column: Some(column),
            },
            profile: None,
            rule: "xml-structure".to_owned(),
        });
    }
}

/// True where the element is in the namespace that its kind asks for.
fn fits(element: &Element, kind: &Kind) -> bool {
    match kind {
        Kind::Attribute => false,
        Kind::Narrative => element.narrative.is_some(),
        _ => element.is_fhir,
    }
}

/// The value of a primitive as JSON has it. What is no such value stays text.
fn read_value(form: Form, text: &str) -> Value {
    let as_text = || Value::from(text);
    match (form, text) {
        (Form::Boolean, "true") => true.into(),
        (Form::Boolean, "false") => false.into(),
        (Form::Number, _) => {
            serde_json::from_str::<Number>(text).map_or_else(|_| as_text(), Value::Number)
        }
        _ => as_text(),
    }
}

/// Puts what was read of an element under its names in JSON (FHIR R4 json, primitive elements).
fn store(member: &Member, slot: Slot, members: &mut Map<String, Value>) {
    let extras = format!("_{}", member.name);
    for (name, items) in [(&member.name, slot.values), (&extras, slot.extras)] {
        if items.iter().all(Value::is_null) {
            continue;
        }
        let value = match member.is_list {
            true => Value::Array(items),
            false => items.into_iter().next().unwrap_or_default(),
        };
        members.insert(name.clone(), value);
    }
}
