//! Element tree → JSON Schema (draft 2020-12).
//!
//! Assertions whose failure needs words that the keyword alone does not give stand under `anyOf`
//! with one branch, beside an annotation that says what they mean.

use serde_json::{Map, Value, json};

use super::base::{BaseRef, is_choice, json_members, plain_name, type_names};
use super::source::Source;
use crate::profile::element::{Element, Max};
use crate::profile::model::{ANNOTATION, CompileError, Primitive, Schema};
use crate::profile::snapshot::tree::Node;

/// Builds the validator; no reference leaves the schema.
pub fn compile_schema(url: &str, json: Value) -> Result<Schema, CompileError> {
    let mut options = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true);
    for (name, check) in Primitive::formats() {
        options = options.with_format(name, check);
    }
    let validator = options.build(&json).map_err(|error| CompileError::Schema {
        url: url.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Schema { json, validator })
}

/// Builds schemas of base types and of what profiles add.
pub struct SchemaBuilder<'s> {
    source: &'s Source,
    defs: Map<String, Value>,
    pending: Vec<String>,
}

/// The schema of one object while it grows.
#[derive(Default)]
struct Object {
    properties: Map<String, Value>,
    all: Vec<Value>,
}

impl<'s> SchemaBuilder<'s> {
    pub fn new(source: &'s Source) -> Self {
        Self {
            source,
            defs: Map::new(),
            pending: Vec::new(),
        }
    }

    /// The whole schema of a resource type, with the types it uses.
    pub fn base(mut self, type_name: &str) -> Value {
        let reference = self.reference(type_name);
        while let Some(name) = self.pending.pop() {
            let schema = self.definition(&name);
            self.defs.insert(name, schema);
        }
        let mut root = reference;
        if let Some(members) = root.as_object_mut() {
            members.insert("$defs".to_owned(), Value::Object(self.defs));
        }
        root
    }

    fn reference(&mut self, name: &str) -> Value {
        if !self.defs.contains_key(name) {
            self.defs.insert(name.to_owned(), Value::Bool(true));
            self.pending.push(name.to_owned());
        }
        json!({"$ref": format!("#/$defs/{name}")})
    }

    /// Schema of a type, or of a backbone element by path.
    fn definition(&mut self, name: &str) -> Value {
        let (type_name, rest) = name.split_once('.').unwrap_or((name, ""));
        let Ok(snapshot) = self.source.snapshots().of_type(type_name) else {
            return Value::Bool(true);
        };
        let node = rest
            .split('.')
            .filter(|part| !part.is_empty())
            .try_fold(&snapshot.root, |node, part| node.child(part));
        let Some(node) = node else {
            return Value::Bool(true);
        };
        let resource = rest.is_empty() && self.source.is_resource_type(type_name);
        self.object(node, resource.then_some(type_name))
    }

    fn object(&mut self, node: &Node, resource: Option<&str>) -> Value {
        let mut object = Object::default();
        for child in &node.children {
            self.base_member(child, resource.is_some(), &mut object);
        }
        if let Some(name) = resource {
            object
                .properties
                .insert("resourceType".to_owned(), json!({"const": name}));
        }
        object.finish(true)
    }

    fn base_member(&mut self, child: &Node, in_resource: bool, object: &mut Object) {
        let element = &child.element;
        let mut names = Vec::new();
        for (json_name, type_name) in json_members(child) {
            let type_name = match (in_resource, child.name.as_str()) {
                (true, "id") => "id".to_owned(),
                _ => type_name,
            };
            let primitive = Primitive::by_name(&type_name);
            let value = match primitive {
                Some(primitive) => primitive.schema(),
                None => self.complex(child, &type_name),
            };
            let list = element.max().is_list();
            let extensible = primitive.is_some()
                && type_name != "xhtml"
                && (in_resource || child.name != "id")
                && !is_extension_url(element);
            if extensible {
                let sibling = self.reference("Element");
                let sibling = match list {
                    true => array(json!({"if": {"type": "null"}, "else": sibling}), element),
                    false => sibling,
                };
                object.properties.insert(format!("_{json_name}"), sibling);
            }
            let value = match (list, extensible) {
                (true, true) => array(nullable(value), element),
                (true, false) => array(value, element),
                (false, _) => value,
            };
            names.push((json_name.clone(), extensible));
            object.properties.insert(json_name, value);
        }
        if element.min() > 0 {
            object
                .all
                .push(required(element, plain_name(child), &names));
        }
    }

    fn complex(&mut self, child: &Node, type_name: &str) -> Value {
        if let Some(reference) = &child.element.content_reference {
            let path = reference.rsplit('#').next().unwrap_or_default().to_owned();
            return self.reference(&path);
        }
        if !child.children.is_empty() {
            let path = child.element.path.clone();
            return self.reference(&path);
        }
        if self.source.is_resource_type(type_name) {
            // Judged apart, by its own type.
            return json!({"type": "object"});
        }
        self.reference(type_name)
    }

    /// What a profile adds; `None` if nothing that JSON Schema can say.
    pub fn delta(&self, node: &Node, base: Option<&BaseRef>) -> Option<Value> {
        let mut all = Vec::new();
        values(
            &node.element,
            base.and_then(BaseRef::node).map(|node| &node.element),
            &mut all,
        );
        let mut object = Object {
            all,
            ..Object::default()
        };
        let types = type_names(&node.element);
        for child in &node.children {
            let child_base = base.and_then(|base| base.child(self.source, &child.name, &types));
            self.delta_member(child, child_base.as_ref(), &mut object);
        }
        (!object.properties.is_empty() || !object.all.is_empty()).then(|| object.finish(false))
    }

    fn delta_member(&self, child: &Node, base: Option<&BaseRef>, object: &mut Object) {
        let element = &child.element;
        let base_node = base.and_then(BaseRef::node);
        let base_element = base_node.map(|node| &node.element);
        let names: Vec<(String, bool)> = json_members(child)
            .into_iter()
            .map(|(name, type_name)| (name, Primitive::by_name(&type_name).is_some()))
            .collect();
        if element.min() > base_element.map_or(0, Element::min) {
            object
                .all
                .push(required(element, plain_name(child), &names));
        }
        if element.max() == Max::Times(0) {
            let all = base_node
                .map(json_members)
                .unwrap_or_else(|| json_members(child));
            for (name, _) in all {
                prohibit(&name, "prohibited", element, object);
            }
            return;
        }
        if is_choice(child)
            && let Some(base_node) = base_node
        {
            let allowed: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
            for (name, _) in json_members(base_node) {
                if !allowed.contains(&name) {
                    prohibit(&name, "type", element, object);
                }
            }
        }
        let item = self.delta(child, base);
        let list = base_element.unwrap_or(element).max().is_list();
        for (name, _) in names {
            let value = match list {
                true => list_delta(element, base_element, item.clone()),
                false => item.clone(),
            };
            if let Some(value) = value {
                object.properties.insert(name, value);
            }
        }
    }
}

impl Object {
    fn finish(self, closed: bool) -> Value {
        let mut out = Map::new();
        if closed {
            out.insert("type".to_owned(), json!("object"));
            out.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        if !self.properties.is_empty() {
            out.insert("properties".to_owned(), Value::Object(self.properties));
        }
        if !self.all.is_empty() {
            out.insert("allOf".to_owned(), Value::Array(self.all));
        }
        Value::Object(out)
    }
}

/// `Extension.url` is an attribute in XML and carries no extensions.
fn is_extension_url(element: &Element) -> bool {
    element.path == "Extension.url"
}

fn nullable(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut()
        && let Some(kind) = members.get("type").cloned()
    {
        members.insert("type".to_owned(), json!([kind, "null"]));
    }
    schema
}

fn array(items: Value, element: &Element) -> Value {
    let mut out = json!({"type": "array", "minItems": 1, "items": items});
    if let (Max::Times(most), Some(members)) = (element.max(), out.as_object_mut()) {
        members.insert("maxItems".to_owned(), json!(most));
    }
    out
}

fn list_delta(element: &Element, base: Option<&Element>, item: Option<Value>) -> Option<Value> {
    let mut out = Map::new();
    if let Max::Times(most) = element.max()
        && base.is_none_or(|base| base.max() > element.max())
    {
        out.insert("maxItems".to_owned(), json!(most));
    }
    if element.min() > 1 && base.is_none_or(|base| base.min() < element.min()) {
        out.insert("minItems".to_owned(), json!(element.min()));
    }
    if let Some(item) = item {
        out.insert("items".to_owned(), item);
    }
    (!out.is_empty()).then_some(Value::Object(out))
}

/// One of the members (or, for a primitive, its extensions) is there.
fn required(element: &Element, name: &str, names: &[(String, bool)]) -> Value {
    let mut options = Vec::new();
    for (name, primitive) in names {
        options.push(json!({"required": [name]}));
        if *primitive {
            options.push(json!({"required": [format!("_{name}")]}));
        }
    }
    json!({
        "anyOf": options,
        ANNOTATION: {"kind": "required", "element": element.id, "name": name, "min": element.min()},
    })
}

fn prohibit(name: &str, kind: &str, element: &Element, object: &mut Object) {
    let note = json!({
        "not": {},
        ANNOTATION: {
            "kind": kind,
            "element": element.id,
            "types": type_names(element),
        },
    });
    object.properties.insert(format!("_{name}"), note.clone());
    object.properties.insert(name.to_owned(), note);
}

/// Fixed and pattern values and bounds, where the base does not say them already.
fn values(element: &Element, base: Option<&Element>, all: &mut Vec<Value>) {
    if let Some(fixed) = &element.fixed
        && base.and_then(|base| base.fixed.as_ref()) != Some(fixed)
    {
        all.push(annotated(
            json!({"const": fixed.as_ref()}),
            "fixed",
            element,
            fixed,
        ));
    }
    if let Some(pattern) = &element.pattern
        && base.and_then(|base| base.pattern.as_ref()) != Some(pattern)
    {
        all.push(annotated(
            pattern_schema(pattern),
            "pattern",
            element,
            pattern,
        ));
    }
    if let Some(length) = element.max_length
        && base.and_then(|base| base.max_length) != Some(length)
    {
        all.push(json!({"maxLength": length}));
    }
    for (bound, keyword) in [
        (&element.min_value, "minimum"),
        (&element.max_value, "maximum"),
    ] {
        if let Some(bound) = bound
            && bound.is_number()
        {
            all.push(json!({keyword: bound.as_ref()}));
        }
    }
}

fn annotated(schema: Value, kind: &str, element: &Element, value: &Value) -> Value {
    json!({
        "anyOf": [schema],
        ANNOTATION: {"kind": kind, "element": element.id, "value": value},
    })
}

/// A value that has at least what the pattern has (R4 elementdefinition, `pattern[x]`).
fn pattern_schema(pattern: &Value) -> Value {
    match pattern {
        Value::Object(members) => {
            let properties: Map<String, Value> = members
                .iter()
                .map(|(name, value)| (name.clone(), pattern_schema(value)))
                .collect();
            let names: Vec<&String> = members.keys().collect();
            json!({"type": "object", "properties": properties, "required": names})
        }
        Value::Array(items) => {
            let all: Vec<Value> = items
                .iter()
                .map(|item| json!({"contains": pattern_schema(item)}))
                .collect();
            json!({"type": "array", "allOf": all})
        }
        other => json!({"const": other}),
    }
}
