//! The FHIRPath crate behind a synchronous face.
//!
//! Its futures never wait (the model answers at once), so one poll is enough; a future that would
//! wait, and a panic inside, become errors.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

use async_trait::async_trait;
use futures_util::FutureExt;
use octofhir_fhirpath::core::model_provider::{ElementInfo, ModelError, TypeInfo};
use octofhir_fhirpath::core::node::FhirNode;
use octofhir_fhirpath::core::trace::create_noop_provider;
use octofhir_fhirpath::{
    Collection, CompiledPlan, EvaluationContext, ExpressionNode, FhirPathEngine, FhirPathValue,
    ModelProvider, create_function_registry,
};
use serde_json::Value;

use super::model::choice_member;
use super::{Focus, Model, Resolve};

/// A parsed expression.
pub(super) type Ast = ExpressionNode;

/// A compiled expression of the crate.
#[derive(Clone)]
pub(super) struct Plan(Arc<CompiledPlan>);

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plan")
    }
}

/// What an evaluation gave.
pub(super) struct Outcome(Vec<FhirPathValue>);

impl Outcome {
    pub(super) fn into_values(self) -> Vec<Value> {
        self.0.iter().map(FhirPathValue::to_json_value).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn truth(&self) -> bool {
        match self.0.as_slice() {
            [] => false,
            [FhirPathValue::Boolean(truth, _, _)] => *truth,
            _ => true,
        }
    }
}

/// The trees of the resource and of the resource around it.
pub(super) struct Prepared {
    root: FhirPathValue,
    resource: FhirPathValue,
}

pub(super) struct Engine {
    engine: Option<FhirPathEngine>,
    types: Arc<Types>,
}

/// Parses an expression; the reason where it does not.
pub(super) fn parse(expression: &str) -> Result<Arc<Ast>, String> {
    guarded(|| {
        octofhir_fhirpath::parse_ast(&quoted(expression))
            .map(Arc::new)
            .map_err(|error| error.to_string())
    })
}

impl Engine {
    pub(super) fn new(model: Arc<Model>) -> Self {
        let types = Arc::new(Types(model));
        let provider: Arc<dyn ModelProvider + Send + Sync> = types.clone();
        let engine = FhirPathEngine::new(Arc::new(create_function_registry()), provider)
            .now_or_never()
            .and_then(Result::ok);
        Self { engine, types }
    }

    pub(super) fn compile(&self, expression: &str) -> Result<Plan, String> {
        let engine = self.engine()?;
        guarded(|| {
            engine
                .compile_plan(&quoted(expression))
                .map(Plan)
                .map_err(|error| error.to_string())
        })
    }

    pub(super) fn prepare(&self, root: &Value, resource: &Value) -> Prepared {
        let resource_value = self.typed(resource, "");
        let root_value = if std::ptr::eq(root, resource) {
            resource_value.clone()
        } else {
            self.typed(root, "")
        };
        Prepared {
            root: root_value,
            resource: resource_value,
        }
    }

    pub(super) fn run(
        &self,
        plan: &Plan,
        prepared: &Prepared,
        focus: Focus<'_>,
        resolver: Option<&dyn Resolve>,
    ) -> Result<Outcome, String> {
        let engine = self.engine()?;
        let input = match focus.value {
            Some(value) => self.focus_value(value, focus.type_name)?,
            None => Collection::empty(),
        };
        guarded(|| {
            let context = self.context(prepared, input);
            remember_references(&context, prepared, resolver);
            let result = engine
                .evaluate_plan(&plan.0, &context)
                .now_or_never()
                .ok_or("the engine would wait for something outside")?
                .map_err(|error| error.to_string())?;
            Ok(Outcome(result.value.into_vec()))
        })
    }

    fn engine(&self) -> Result<&FhirPathEngine, String> {
        self.engine
            .as_ref()
            .ok_or_else(|| "the FHIRPath engine could not be set up".to_owned())
    }

    fn context(&self, prepared: &Prepared, input: Collection) -> EvaluationContext {
        let provider: Arc<dyn ModelProvider + Send + Sync> = self.types.clone();
        let outer = EvaluationContext::new(
            Collection::single(prepared.resource.clone()),
            provider,
            None,
            None,
            Some(create_noop_provider()),
        );
        outer.set_variable("rootResource".into(), prepared.root.clone());
        let inner = outer.create_child_context(input.clone());
        if let Some(focus) = input.first() {
            inner.set_this(focus.clone());
        }
        inner
    }

    fn typed(&self, value: &Value, type_name: &str) -> FhirPathValue {
        let name = value
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or(type_name);
        FhirPathValue::Resource(FhirNode::from_json(value), Arc::new(type_info(name)), None)
    }

    fn focus_value(&self, value: &Value, type_name: &str) -> Result<Collection, String> {
        if value.is_object() {
            return Ok(Collection::single(self.typed(value, type_name)));
        }
        let provider: Arc<dyn ModelProvider + Send + Sync> = self.types.clone();
        guarded(|| {
            Collection::from_json_typed_arc(
                Arc::new(value.clone()),
                Some(type_name).filter(|name| !name.is_empty()),
                Some(provider),
            )
            .now_or_never()
            .ok_or("the engine would wait for something outside")?
            .map_err(|error| error.to_string())
        })
    }
}

/// The crate looks references up in a cache first; it is filled by our own rules of resolution.
fn remember_references(
    context: &EvaluationContext,
    prepared: &Prepared,
    resolver: Option<&dyn Resolve>,
) {
    let (Some(resolver), FhirPathValue::Resource(node, _, _)) = (resolver, &prepared.resource)
    else {
        return;
    };
    let mut references = Vec::new();
    collect_references(node, 0, &mut references);
    let cache = context.resolution_cache().pin();
    for reference in references {
        if let Some(target) = resolver.resolve(reference) {
            let key = match reference.strip_prefix('#') {
                Some(id) => format!("contained:{id}"),
                None if reference.contains('/') => format!("bundle:{reference}"),
                None => format!("contained:{reference}"),
            };
            cache.insert(key, Arc::new(target.clone()));
        }
    }
}

fn collect_references<'n>(node: &'n FhirNode, depth: usize, found: &mut Vec<&'n str>) {
    if depth > 64 || found.len() > 256 {
        return;
    }
    match node {
        FhirNode::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, depth + 1, found)),
        FhirNode::Object(members) => {
            for (key, value) in members.iter() {
                match value.as_str() {
                    Some(text) if &**key == "reference" => found.push(text),
                    _ => collect_references(value, depth + 1, found),
                }
            }
        }
        _ => {}
    }
}

/// The crate's parser reads a name that begins with `not` as a prefix operator, which FHIRPath does
/// not have; in back-quotes it is a name.
fn quoted(expression: &str) -> Cow<'_, str> {
    if !expression.contains("not") {
        return Cow::Borrowed(expression);
    }
    let mut out = String::with_capacity(expression.len() + 8);
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => string_length(rest, first),
            _ if is_name(first) => rest.find(|letter| !is_name(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let called = after.trim_start().starts_with('(');
        match token.starts_with("not") && !called {
            true => out.push_str(&format!("`{token}`")),
            false => out.push_str(token),
        }
        rest = after;
    }
    Cow::Owned(out)
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Length of a quoted string with its quotes.
fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

thread_local! {
    /// Whether this thread is in code of the crate, whose panics are caught.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps panics of the FHIRPath crate, which become errors, from being reported as well. For
/// programs: what panics elsewhere is reported as before.
pub fn hide_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                before(panic);
            }
        }));
    });
}

/// Runs code of the crate; a panic becomes an error.
fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(outer);
    result.unwrap_or_else(|_| Err("the FHIRPath engine gave up on it".to_owned()))
}

fn type_info(name: &str) -> TypeInfo {
    TypeInfo {
        type_name: name.to_owned(),
        singleton: Some(true),
        is_empty: Some(false),
        namespace: Some("FHIR".to_owned()),
        name: Some(name.to_owned()),
    }
}

/// Our definitions as the crate's model.
#[derive(Debug)]
struct Types(Arc<Model>);

impl Types {
    fn known(&self, name: &str) -> Option<TypeInfo> {
        let name = name.strip_prefix("FHIR.").unwrap_or(name);
        self.0.facts(name).map(|_| type_info(name))
    }
}

#[async_trait]
impl ModelProvider for Types {
    async fn get_type(&self, type_name: &str) -> Result<Option<TypeInfo>, ModelError> {
        Ok(self.known(type_name))
    }

    async fn get_element_type(
        &self,
        parent_type: &TypeInfo,
        property_name: &str,
    ) -> Result<Option<TypeInfo>, ModelError> {
        let parent = parent_type
            .name
            .as_deref()
            .unwrap_or(&parent_type.type_name);
        if let Some(found) = self.0.child(parent, property_name) {
            return Ok((!found.is_empty()).then(|| type_info(&found)));
        }
        // A member of a choice: the type is in its name.
        let choice = property_name
            .char_indices()
            .skip(1)
            .filter(|(_, letter)| letter.is_ascii_uppercase())
            .find_map(|(at, _)| {
                let base = property_name.get(..at)?;
                self.0.child(parent, base)?;
                choice_member(base, property_name)
            });
        Ok(choice.map(type_info))
    }

    fn of_type(&self, type_info: &TypeInfo, target_type: &str) -> Option<TypeInfo> {
        let name = type_info.name.as_deref().unwrap_or(&type_info.type_name);
        self.0.is_a(name, target_type).then(|| type_info.clone())
    }

    fn get_element_names(&self, _parent_type: &TypeInfo) -> Vec<String> {
        Vec::new()
    }

    async fn get_children_type(&self, _: &TypeInfo) -> Result<Option<TypeInfo>, ModelError> {
        Ok(None)
    }

    async fn get_elements(&self, _: &str) -> Result<Vec<ElementInfo>, ModelError> {
        Ok(Vec::new())
    }

    async fn get_resource_types(&self) -> Result<Vec<String>, ModelError> {
        Ok(Vec::new())
    }

    async fn get_complex_types(&self) -> Result<Vec<String>, ModelError> {
        Ok(Vec::new())
    }

    async fn get_primitive_types(&self) -> Result<Vec<String>, ModelError> {
        Ok(Vec::new())
    }

    async fn resource_type_exists(&self, resource_type: &str) -> Result<bool, ModelError> {
        Ok(self
            .0
            .facts(resource_type)
            .is_some_and(|facts| !facts.primitive))
    }

    fn is_type_derived_from(&self, derived_type: &str, base_type: &str) -> bool {
        self.0.is_a(derived_type, base_type)
    }
}
