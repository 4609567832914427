//! The JSON Schemas of the file formats, and their errors as diagnostics.

use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::LocationSegment;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::diagnostic::{Code, Diagnostic};
use super::file::{Kind, SourceFile};
use super::node::{Content, Node, Place};

/// The JSON Schema of case files, as published.
pub const CASE_SCHEMA: &str = include_str!("case.schema.json");
/// The JSON Schema of tables, as published.
pub const TABLE_SCHEMA: &str = include_str!("table.schema.json");
/// The JSON Schema of requirement files, as published.
pub const REQUIREMENT_SCHEMA: &str = include_str!("requirement.schema.json");

struct Schema {
    text: Value,
    /// Absent only where the embedded schema is none, which a test rules out.
    validator: Option<Validator>,
}

impl Schema {
    fn new(text: &str) -> Self {
        let text = serde_json::from_str(text).unwrap_or(Value::Bool(false));
        let validator = jsonschema::validator_for(&text).ok();
        Self { text, validator }
    }
}

static CASE: LazyLock<Schema> = LazyLock::new(|| Schema::new(CASE_SCHEMA));
static TABLE: LazyLock<Schema> = LazyLock::new(|| Schema::new(TABLE_SCHEMA));
static REQUIREMENT: LazyLock<Schema> = LazyLock::new(|| Schema::new(REQUIREMENT_SCHEMA));

/// Most findings of one file that are shown.
const MOST: usize = 50;

/// A finding, and the member of the file's list it is in.
pub struct Finding {
    pub item: Option<usize>,
    pub diagnostic: Diagnostic,
}

/// Checks a file against the schema of its kind.
pub fn check(file: &SourceFile, root: &Node) -> Vec<Finding> {
    let schema = match file.kind() {
        Kind::Cases => &*CASE,
        Kind::Table => &*TABLE,
        Kind::Requirements => &*REQUIREMENT,
    };
    let Some(validator) = &schema.validator else {
        return Vec::new();
    };
    let document = root.to_json();
    validator
        .iter_errors(&document)
        .take(MOST)
        .flat_map(|error| findings(file, root, &schema.text, &error))
        .collect()
}

fn findings(
    file: &SourceFile,
    root: &Node,
    schema: &Value,
    error: &ValidationError<'_>,
) -> Vec<Finding> {
    let path: Vec<_> = error.instance_path().segments().collect();
    let (node, place) = walk(root, &path);
    let item = match path.first() {
        Some(LocationSegment::Index(index)) => Some(*index),
        _ => None,
    };
    let rule = Rule::of(schema, error);
    let diagnostics = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|key| unknown_key(file, node, place, &rule, key))
            .collect(),
        ValidationErrorKind::Required { property } => {
            vec![missing_key(file, place, &rule, property)]
        }
        // Said by the unknown key already.
        ValidationErrorKind::MaxProperties { .. } if has_unknown_key(node, &rule) => Vec::new(),
        _ => vec![wrong_value(file, place, &rule, error)],
    };
    diagnostics
        .into_iter()
        .map(|diagnostic| Finding { item, diagnostic })
        .collect()
}

/// The node at a path and where it stands; the deepest there is where the path leads nowhere.
fn walk<'n>(root: &'n Node, path: &[LocationSegment<'_>]) -> (&'n Node, Place) {
    let mut node = root;
    let mut place = Place {
        key: root.at,
        value: root.at,
    };
    for segment in path {
        match segment {
            LocationSegment::Index(index) => {
                let Some(item) = node.items().get(*index) else {
                    break;
                };
                (node, place) = (
                    item,
                    Place {
                        key: item.at,
                        value: item.at,
                    },
                );
            }
            LocationSegment::Property(name) => {
                let Some((key, value)) = node.member(name) else {
                    break;
                };
                place = Place {
                    key: key.referenced,
                    value: value.at,
                };
                node = value;
            }
        }
    }
    (node, place)
}

/// The part of the schema that an error is about.
struct Rule<'s> {
    /// The schema object that holds the failed keyword.
    object: Option<&'s Value>,
    is_expectation: bool,
}

impl<'s> Rule<'s> {
    fn of(schema: &'s Value, error: &ValidationError<'_>) -> Self {
        let path = error.schema_path().as_str();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        Self {
            object: schema.pointer(parent),
            is_expectation: parent.ends_with("/expectation"),
        }
    }

    fn description(&self) -> Option<&'s str> {
        self.object?.get("description")?.as_str()
    }

    fn keys(&self) -> Vec<&'s str> {
        self.object
            .and_then(|object| object.get("properties")?.as_object())
            .map(|properties| properties.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

fn has_unknown_key(node: &Node, rule: &Rule<'_>) -> bool {
    let known = rule.keys();
    match &node.content {
        Content::Map(pairs) => pairs
            .iter()
            .any(|(key, _)| !known.contains(&key.value.as_str())),
        _ => false,
    }
}

fn unknown_key(
    file: &SourceFile,
    node: &Node,
    place: Place,
    rule: &Rule<'_>,
    key: &str,
) -> Diagnostic {
    let at = node
        .member(key)
        .map_or(place.value, |(key, _)| key.referenced);
    let known = rule.keys();
    let (code, what) = if rule.is_expectation {
        (Code::UnknownExpectation, "unknown kind of expectation")
    } else {
        (Code::UnknownKey, "unknown key")
    };
    Diagnostic::at(code, file, at, format!("{what} `{key}`")).meant(
        key,
        known.iter().copied(),
        format!("allowed here: {}", known.join(", ")),
    )
}

fn missing_key(file: &SourceFile, place: Place, rule: &Rule<'_>, property: &Value) -> Diagnostic {
    let key = property.as_str().unwrap_or_default();
    let help = rule
        .object
        .and_then(|object| {
            object
                .get("properties")?
                .get(key)?
                .get("description")?
                .as_str()
        })
        .map_or_else(
            || format!("add `{key}: ...`"),
            |description| format!("add `{key}: ...`. {description}"),
        );
    Diagnostic::at(
        Code::MissingKey,
        file,
        place.key,
        format!("`{key}` is missing"),
    )
    .help(help)
}

fn wrong_value(
    file: &SourceFile,
    place: Place,
    rule: &Rule<'_>,
    error: &ValidationError<'_>,
) -> Diagnostic {
    let found = shown(error.instance());
    let (message, help) = match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let options: Vec<_> = options
                .as_array()
                .map(|options| options.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            let diagnostic = Diagnostic::at(
                Code::WrongValue,
                file,
                place.value,
                format!("{found} is no value for this key"),
            );
            let word = error.instance().as_str().unwrap_or_default().to_owned();
            let otherwise = format!("allowed: {}", options.join(", "));
            return diagnostic.meant(&word, options, otherwise);
        }
        ValidationErrorKind::Type { .. } => (
            format!("{found} is of the wrong type"),
            match &**error.instance() {
                Value::Number(_) | Value::Bool(_) => "put it in quotes if text is meant",
                Value::Null => "give it a value or take the key out",
                _ => "see the format's JSON Schema",
            },
        ),
        ValidationErrorKind::Pattern { pattern } => (
            format!("{found} does not have the form `{pattern}`"),
            "change its form",
        ),
        ValidationErrorKind::PropertyNames { error } => (
            format!("{} is no name", shown(error.instance())),
            "use letters, digits, `-` and `_`, with a letter first",
        ),
        ValidationErrorKind::OneOfNotValid { .. } => (
            "a key that says the kind is missing".to_owned(),
            "write exactly one of them",
        ),
        ValidationErrorKind::OneOfMultipleValid { .. }
        | ValidationErrorKind::MaxProperties { .. } => (
            "more than one kind in one entry".to_owned(),
            "write an entry for each",
        ),
        ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MinProperties { .. } => (
            format!("{found} is empty"),
            "write at least one entry, or take the key out",
        ),
        _ => (error.to_string(), "see the format's JSON Schema"),
    };
    let help = match rule.description() {
        Some(description) => format!("{help}. {description}"),
        None => help.to_owned(),
    };
    Diagnostic::at(Code::WrongValue, file, place.value, message).help(help)
}

/// A value as shown in a message: scalars as written, short.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "this list".to_owned(),
        Value::Object(_) => "this map".to_owned(),
        Value::String(text) if text.chars().count() > 40 => {
            format!("`{}…`", text.chars().take(40).collect::<String>())
        }
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}
