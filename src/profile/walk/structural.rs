//! Runs a schema and says its errors in our words.

use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

use crate::fhir::{IssueCode, Location};
use crate::profile::model::{
    ANNOTATION, Compiled, Finding, Here, Primitive, Schema, Scope, Shape, Sink, Target,
};
use crate::spelling::nearest;

/// Most errors told of one schema; a resource of the wrong kind would give hundreds.
const MAX_ERRORS: usize = 100;

/// Checks one element against a schema.
pub fn check(schema: &Schema, profile: &str, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let Some(value) = here.value else { return };
    if schema.validator.is_valid(value) {
        return;
    }
    for error in schema.validator.iter_errors(value).take(MAX_ERRORS) {
        tell(&error, schema, profile, here, scope, sink);
    }
}

fn tell(
    error: &ValidationError<'_>,
    schema: &Schema,
    profile: &str,
    here: &Here<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let keyword = error.schema_path().as_str();
    let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
    let around = schema.json.pointer(parent);
    let location = locate(here, error.instance_path().as_str(), scope);
    let told = around
        .and_then(|around| around.get(ANNOTATION))
        .and_then(annotated)
        .or_else(|| plain(error, around));
    let Some(told) = told else {
        // A branch of something told already.
        return;
    };
    for (rule, code, message, fix, member) in told {
        let mut location = location.clone();
        if let Some(member) = member {
            location.expression.push_str(&format!(".{member}"));
            location.pointer.push_str(&format!("/{member}"));
        }
        let mut finding = Finding::error(code, rule, message).of(profile);
        finding.fix = fix;
        sink.push_at(finding, location);
    }
}

type Told = Vec<(
    &'static str,
    IssueCode,
    String,
    Option<String>,
    Option<String>,
)>;

fn one(rule: &'static str, code: IssueCode, message: String, fix: impl Into<String>) -> Told {
    vec![(rule, code, message, Some(fix.into()), None)]
}

/// An assertion that carries its meaning.
fn annotated(note: &Value) -> Option<Told> {
    let text = |name: &str| note.get(name).and_then(Value::as_str).unwrap_or_default();
    let element = text("element");
    Some(match text("kind") {
        "required" => {
            let name = text("name");
            one(
                "cardinality-min",
                IssueCode::Required,
                format!(
                    "{name} is missing, and {element} needs at least {}",
                    note.get("min")?
                ),
                format!("add {name}"),
            )
        }
        "prohibited" => one(
            "cardinality-max",
            IssueCode::Structure,
            format!("{element} is not allowed here"),
            "remove it",
        ),
        "type" => {
            let types: Vec<&str> = note
                .get("types")
                .and_then(Value::as_array)
                .map(|types| types.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            one(
                "type",
                IssueCode::Structure,
                format!("{element} must not be of this type"),
                format!("give it as one of: {}", types.join(", ")),
            )
        }
        kind @ ("fixed" | "pattern") => {
            let wanted = note.get("value")?.to_string();
            let (rule, how) = match kind {
                "fixed" => ("fixed", "exactly"),
                _ => ("pattern", "at least"),
            };
            one(
                rule,
                IssueCode::Value,
                format!("{element} does not have the value that is prescribed"),
                format!("give it {how} {}", shortened(&wanted)),
            )
        }
        _ => return None,
    })
}

fn plain(error: &ValidationError<'_>, around: Option<&Value>) -> Option<Told> {
    Some(match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| unknown_member(name, around))
            .collect(),
        ValidationErrorKind::Type { kind } => wrong_type(kind, error.instance(), around),
        ValidationErrorKind::Format { format } => {
            let name = format.strip_prefix("fhir-").unwrap_or(format);
            let form = Primitive::by_name(name).map_or("", |primitive| primitive.form);
            one(
                "primitive-format",
                IssueCode::Value,
                format!("{} is no valid {name}", quoted(error.instance())),
                format!("write {form}"),
            )
        }
        ValidationErrorKind::Minimum { limit } => one(
            "value-min",
            IssueCode::Value,
            format!("{} is less than {limit}", error.instance()),
            format!("give a value of at least {limit}"),
        ),
        ValidationErrorKind::Maximum { limit } => one(
            "value-max",
            IssueCode::Value,
            format!("{} is more than {limit}", error.instance()),
            format!("give a value of at most {limit}"),
        ),
        ValidationErrorKind::MaxLength { limit } => one(
            "max-length",
            IssueCode::TooLong,
            format!("the text is longer than {limit} characters"),
            "shorten it",
        ),
        ValidationErrorKind::MinItems { limit: 1 } => one(
            "empty-array",
            IssueCode::Structure,
            "the list is empty".to_owned(),
            "leave the member out where there is nothing to list",
        ),
        ValidationErrorKind::MinItems { limit } => one(
            "cardinality-min",
            IssueCode::Required,
            format!("there must be at least {limit}"),
            "add what is missing",
        ),
        ValidationErrorKind::MaxItems { limit } => one(
            "cardinality-max",
            IssueCode::Structure,
            format!("there may be at most {limit}"),
            "remove what is too many",
        ),
        _ => one(
            "structure",
            IssueCode::Structure,
            "the content does not have the structure that its definition asks for".to_owned(),
            "compare it with the definition",
        ),
    })
}

type One = (
    &'static str,
    IssueCode,
    String,
    Option<String>,
    Option<String>,
);

fn unknown_member(name: &str, around: Option<&Value>) -> One {
    let known = around
        .and_then(|around| around.get("properties"))
        .and_then(Value::as_object);
    let similar = known
        .into_iter()
        .flat_map(|known| known.keys())
        .filter(|known| !known.starts_with('_'))
        .map(String::as_str);
    let fix = match nearest(name, similar) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "remove it, or say it in an extension".to_owned(),
    };
    (
        "unknown-member",
        IssueCode::Structure,
        format!("FHIR R4 knows no member `{name}` here"),
        Some(fix),
        Some(name.to_owned()),
    )
}

fn wrong_type(kind: &TypeKind, instance: &Value, around: Option<&Value>) -> Told {
    let wanted = match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => kinds
            .iter()
            .map(|kind| kind.to_string())
            .filter(|kind| kind != "null")
            .collect::<Vec<_>>()
            .join(" or "),
    };
    let found = match instance {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let format = around
        .and_then(|around| around.get("format"))
        .and_then(Value::as_str)
        .and_then(|format| Primitive::by_name(format.strip_prefix("fhir-")?));
    let fix = match (wanted.as_str(), format) {
        (_, Some(primitive)) => format!("write {} in quotes", primitive.form),
        ("array", _) => "put it into a list, in square brackets, even if it is the only one".into(),
        ("object", _) => "write an object with the elements of its type".into(),
        ("boolean", _) => "write true or false, without quotes".into(),
        ("integer" | "number", _) => "write a number, without quotes".into(),
        (other, _) => format!("write a JSON {other}"),
    };
    one(
        "json-type",
        IssueCode::Structure,
        format!("here stands {found} where a JSON {wanted} must be"),
        fix,
    )
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", shortened(text)),
        other => shortened(&other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Place of a JSON pointer below an element, with names of choices as FHIRPath has them.
fn locate(here: &Here<'_>, pointer: &str, scope: &Scope<'_>) -> Location {
    let mut location = here.place.location();
    let mut tracer = Tracer::at(here.type_name, scope);
    for part in pointer.split('/').skip(1) {
        location.pointer.push('/');
        location.pointer.push_str(part);
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            location.expression.push_str(&format!("[{part}]"));
            continue;
        }
        let (name, choice) = tracer.step(part, scope);
        location.expression.push('.');
        location.expression.push_str(&name);
        if let Some(choice) = choice {
            location.expression.push_str(&format!(".ofType({choice})"));
        }
    }
    location
}

/// Follows members through the shapes of base types.
struct Tracer {
    shape: Option<Arc<Shape>>,
    compiled: Option<Arc<Compiled>>,
}

impl Tracer {
    fn at(type_name: &str, scope: &Scope<'_>) -> Self {
        let head = type_name.split('.').next().unwrap_or(type_name);
        let compiled = scope.store.base(head).ok();
        let shape = compiled
            .as_ref()
            .and_then(|compiled| compiled.named.get(type_name).cloned());
        Self { shape, compiled }
    }

    fn step(&mut self, json: &str, scope: &Scope<'_>) -> (String, Option<String>) {
        let bare = json.strip_prefix('_').unwrap_or(json);
        let found = self.shape.take();
        let Some(member) = found.as_ref().and_then(|shape| shape.members.get(bare)) else {
            return (bare.to_owned(), None);
        };
        let next = match &member.target {
            Target::None => Self {
                shape: member.shape.clone(),
                compiled: self.compiled.clone(),
            },
            Target::Content(path, _) => Self {
                shape: self
                    .compiled
                    .as_ref()
                    .and_then(|compiled| compiled.named.get(path).cloned()),
                compiled: self.compiled.clone(),
            },
            Target::Type(_) => Self::at(&member.type_name, scope),
            Target::Primitive => Self::at("Element", scope),
            Target::Resource => Self {
                shape: None,
                compiled: None,
            },
        };
        let told = (
            member.name.clone(),
            member.choice.then(|| member.type_name.clone()),
        );
        *self = next;
        told
    }
}
