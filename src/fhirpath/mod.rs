//! FHIRPath (N1 2.0.0, with FHIR R4's additions) over JSON, synchronous and bounded.
//!
//! Two engines behind one face. Most expressions of R4 and of guides use a small part of the
//! language; that part is evaluated in place over `serde_json::Value` (`native`), with FHIR's
//! primitive extensions, without copying. Everything else goes to the FHIRPath crate
//! (`general`). An error always means "could not be evaluated", never "does not hold".

mod general;
pub mod html;
mod model;
mod native;
mod stack;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, RwLock};

use regex::Regex;
use serde_json::Value;

pub use general::hide_caught_panics;
pub use model::Model;
pub(crate) use model::choice_member;

/// Expressions longer than this are refused: no published one comes near, and parsing is recursive.
const MAX_EXPRESSION: usize = 16 * 1024;
/// Deepest nesting of brackets that is parsed.
const MAX_NESTING: usize = 64;
/// Deepest nesting of brackets behind `&`: where there is a mistake in such a bracket, the parser reads it
/// twice, and what is nested in it once more each time.
const MAX_CONCATENATED: usize = 8;
/// Most operators, calls and steps: the longest published expression has 235.
const MAX_LINKS: usize = 2_000;
/// Compiled expressions kept; expressions come from definitions and cases, so the number is small.
const MAX_CACHED: usize = 20_000;

/// Functions that the crate answers with nothing where it lacks what they need: that would look
/// like a result.
const NOT_EVALUATED: [&str; 8] = [
    "conformsTo(",
    "memberOf(",
    "subsumes(",
    "subsumedBy(",
    "validateVS(",
    "validateCS(",
    "elementDefinition(",
    "checkModifiers(",
];

/// Why an expression gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FhirPathError {
    #[error("the FHIRPath expression `{expression}` does not parse: {reason}")]
    Syntax { expression: String, reason: String },
    #[error("the FHIRPath expression `{expression}` could not be evaluated: {reason}")]
    Evaluation { expression: String, reason: String },
}

/// What an expression starts from: one element with its declared type.
#[derive(Debug, Clone, Copy)]
pub struct Focus<'a> {
    /// The JSON value; absent for a primitive that has only an id or extensions.
    pub value: Option<&'a Value>,
    /// For a primitive, the object with its id and extensions (the member with the underscore).
    pub sibling: Option<&'a Value>,
    /// FHIR type, or path of a backbone element (`Patient.contact`); empty if not known.
    pub type_name: &'a str,
}

impl<'a> Focus<'a> {
    /// A whole resource, or an untyped object.
    pub fn of(value: &'a Value) -> Self {
        let type_name = value
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        Self {
            value: Some(value),
            sibling: None,
            type_name,
        }
    }
}

/// Finds what a reference points to.
pub trait Resolve: Sync {
    /// The resource for a reference as written, seen from the resource the expression runs in.
    fn resolve<'a>(&'a self, reference: &str) -> Option<&'a Value>;
}

/// A compiled expression, shared.
#[derive(Debug)]
pub struct Plan {
    expression: String,
    links: usize,
    native: Option<native::Program>,
    general: OnceLock<Result<general::Plan, String>>,
}

impl Plan {
    /// The expression as written.
    pub fn expression(&self) -> &str {
        &self.expression
    }
}

/// Compiles and evaluates expressions. A clone shares everything.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    model: Arc<Model>,
    general: general::Engine,
    plans: RwLock<HashMap<String, Arc<Plan>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine that knows the types of the given model.
    pub fn new(model: Arc<Model>) -> Self {
        Self(Arc::new(Inner {
            general: general::Engine::new(Arc::clone(&model)),
            model,
            plans: RwLock::default(),
        }))
    }

    /// An engine that knows no types: paths work, type tests only where JSON names the type.
    pub fn untyped() -> Self {
        Self::new(Arc::new(Model::new(|_| None)))
    }

    pub(crate) fn model(&self) -> &Model {
        &self.0.model
    }

    /// Compiles an expression, or returns it where it was compiled before.
    pub fn compile(&self, expression: &str) -> Result<Arc<Plan>, FhirPathError> {
        if let Ok(plans) = self.0.plans.read()
            && let Some(plan) = plans.get(expression)
        {
            return Ok(Arc::clone(plan));
        }
        let links = check_size(expression)?;
        let native = stack::enough(links, || {
            general::parse(expression).map(|ast| native::compile(&ast))
        });
        let plan = Arc::new(Plan {
            expression: expression.to_owned(),
            links,
            native: native.map_err(|reason| FhirPathError::Syntax {
                expression: expression.to_owned(),
                reason,
            })?,
            general: OnceLock::new(),
        });
        if let Ok(mut plans) = self.0.plans.write()
            && plans.len() < MAX_CACHED
        {
            plans.insert(expression.to_owned(), Arc::clone(&plan));
        }
        Ok(plan)
    }

    /// The values an expression yields from `focus` within `resource`.
    pub fn evaluate(
        &self,
        expression: &str,
        resource: &Value,
        focus: Focus<'_>,
    ) -> Result<Vec<Value>, FhirPathError> {
        let plan = self.compile(expression)?;
        self.session(resource, resource, None)
            .evaluate(&plan, focus)
    }

    /// Whether an expression is true of `focus` within `resource`. No value counts as false, any
    /// value but a boolean as true.
    pub fn holds(
        &self,
        expression: &str,
        resource: &Value,
        focus: Focus<'_>,
    ) -> Result<bool, FhirPathError> {
        let plan = self.compile(expression)?;
        self.session(resource, resource, None).holds(&plan, focus)
    }

    /// Evaluations within one resource share what is prepared of it.
    pub fn session<'a>(
        &'a self,
        root: &'a Value,
        resource: &'a Value,
        resolver: Option<&'a dyn Resolve>,
    ) -> Session<'a> {
        Session {
            engine: self,
            root,
            resource,
            resolver,
            prepared: OnceLock::new(),
        }
    }
}

/// One resource with `%rootResource` and `%resource`, ready for many evaluations.
pub struct Session<'a> {
    engine: &'a Engine,
    root: &'a Value,
    resource: &'a Value,
    resolver: Option<&'a dyn Resolve>,
    prepared: OnceLock<general::Prepared>,
}

impl<'a> Session<'a> {
    /// The values the expression yields, as JSON.
    pub fn evaluate(&self, plan: &Plan, focus: Focus<'_>) -> Result<Vec<Value>, FhirPathError> {
        if let Some(result) = self.native(plan, focus, native::values) {
            return result.map_err(|reason| evaluation(plan, reason));
        }
        self.general(plan, focus)
            .map(general::Outcome::into_values)
            .map_err(|reason| evaluation(plan, reason))
    }

    /// Whether the expression is true; no value counts as false, any value but a boolean as true.
    pub fn holds(&self, plan: &Plan, focus: Focus<'_>) -> Result<bool, FhirPathError> {
        if let Some(result) = self.native(plan, focus, native::truth) {
            return result.map_err(|reason| evaluation(plan, reason));
        }
        self.general(plan, focus)
            .map(|outcome| outcome.truth())
            .map_err(|reason| evaluation(plan, reason))
    }

    /// Whether a constraint holds. Where the expression yields nothing, because something that it asks
    /// about is not there, that counts as false wherever a truth value is needed, as in
    /// `where(..)`: `code.exists() or abstract = true` does not hold of an element with neither, and
    /// `reference.startsWith('#').not()` holds without a reference. What is there and can't be
    /// compared, such as dates of different precision, breaks nothing.
    pub fn satisfied(&self, plan: &Plan, focus: Focus<'_>) -> Result<bool, FhirPathError> {
        let verdict = self.native(plan, focus, native::verdict);
        let verdict = match verdict {
            Some(Ok(None)) => self.native_in(plan, focus, true, native::verdict),
            other => other,
        };
        if let Some(result) = verdict {
            return result
                .map(|truth| truth == Some(true))
                .map_err(|reason| evaluation(plan, reason));
        }
        self.general(plan, focus)
            .map(|outcome| outcome.is_empty() || outcome.truth())
            .map_err(|reason| evaluation(plan, reason))
    }

    /// Whether an element is among what the expression yields. Where the general engine evaluates, an
    /// equal one counts too.
    pub fn selects(
        &self,
        plan: &Plan,
        focus: Focus<'_>,
        element: Focus<'_>,
    ) -> Result<bool, FhirPathError> {
        let is_it = |items: &[native::Item<'_>]| items.iter().any(|item| item.is_at(element));
        if let Some(result) = self.native(plan, focus, is_it) {
            return result.map_err(|reason| evaluation(plan, reason));
        }
        let found = self
            .general(plan, focus)
            .map_err(|reason| evaluation(plan, reason))?;
        Ok(found
            .into_values()
            .iter()
            .any(|value| Some(value) == element.value))
    }

    /// `None` where the native engine leaves the expression to the general one.
    fn native<T>(
        &self,
        plan: &Plan,
        focus: Focus<'_>,
        finish: impl FnOnce(&[native::Item<'_>]) -> T,
    ) -> Option<Result<T, String>> {
        self.native_in(plan, focus, false, finish)
    }

    fn native_in<T>(
        &self,
        plan: &Plan,
        focus: Focus<'_>,
        decided: bool,
        finish: impl FnOnce(&[native::Item<'_>]) -> T,
    ) -> Option<Result<T, String>> {
        let program = plan.native.as_ref()?;
        let scope = native::Scope {
            root: self.root,
            resource: self.resource,
            focus,
            model: self.engine.model(),
            resolver: self.resolver,
            decided,
        };
        match stack::enough(plan.links, || program.run(&scope)) {
            Ok(items) => Some(Ok(finish(&items))),
            Err(native::Stop::Unsupported) => None,
            Err(native::Stop::Failed(reason)) => Some(Err(reason)),
        }
    }

    fn general(&self, plan: &Plan, focus: Focus<'_>) -> Result<general::Outcome, String> {
        if let Some(name) = NOT_EVALUATED
            .iter()
            .find(|name| plan.expression.contains(**name))
        {
            return Err(format!("{name}) is not evaluated here"));
        }
        let engine = &self.engine.0.general;
        stack::enough(plan.links, || {
            let compiled = plan
                .general
                .get_or_init(|| engine.compile(&plan.expression))
                .as_ref()
                .map_err(Clone::clone)?;
            let prepared = self
                .prepared
                .get_or_init(|| engine.prepare(self.root, self.resource));
            engine.run(compiled, prepared, focus, self.resolver)
        })
    }
}

fn evaluation(plan: &Plan, reason: String) -> FhirPathError {
    FhirPathError::Evaluation {
        expression: plan.expression.clone(),
        reason,
    }
}

/// The number of links, where the expression is of a size that is parsed.
fn check_size(expression: &str) -> Result<usize, FhirPathError> {
    let nesting = Nesting::of(expression);
    let links = stack::links(expression);
    if expression.len() <= MAX_EXPRESSION
        && nesting.brackets <= MAX_NESTING
        && nesting.concatenated <= MAX_CONCATENATED
        && links <= MAX_LINKS
    {
        return Ok(links);
    }
    Err(FhirPathError::Syntax {
        expression: expression.chars().take(80).collect(),
        reason: format!(
            "it is longer than {MAX_EXPRESSION} bytes, has more than {MAX_LINKS} parts, or is nested deeper than {MAX_NESTING}, behind `&` {MAX_CONCATENATED}"
        ),
    })
}

/// Strings, quoted names and comments, in which a bracket is text; to the end where they are not closed, for
/// nothing behind that is parsed.
static TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?s)'(\\.|[^'\\])*('|$)|`(\\.|[^`\\])*(`|$)",
        r#"|"(\\.|[^"\\])*("|$)|//[^\n]*|/\*.*?(\*/|$)"#,
    ))
    .ok()
});

/// How deep brackets are nested.
#[derive(Debug, Default, PartialEq, Eq)]
struct Nesting {
    brackets: usize,
    /// Of these, the ones that an `&` stands before.
    concatenated: usize,
}

impl Nesting {
    fn of(expression: &str) -> Self {
        let mut deepest = Self::default();
        let mut here = Self::default();
        // Of each open bracket: whether it stands behind an `&`, and whether one stands in it so far.
        let mut open: Vec<(usize, bool)> = vec![(0, false)];
        let code = match TEXT.as_ref() {
            Some(text) => text.replace_all(expression, " "),
            None => expression.into(),
        };
        for byte in code.bytes() {
            let Some((behind, has_ampersand)) = open.last_mut() else {
                break;
            };
            match byte {
                b'&' => *has_ampersand = true,
                b',' => *has_ampersand = false,
                b'(' | b'[' | b'{' => {
                    let behind = usize::from(*has_ampersand);
                    here.brackets += 1;
                    here.concatenated += behind;
                    open.push((behind, false));
                }
                b')' | b']' | b'}' if here.brackets > 0 => {
                    here.brackets -= 1;
                    here.concatenated -= *behind;
                    open.pop();
                }
                _ => {}
            }
            deepest.brackets = deepest.brackets.max(here.brackets);
            deepest.concatenated = deepest.concatenated.max(here.concatenated);
        }
        deepest
    }
}

#[cfg(test)]
mod tests;
