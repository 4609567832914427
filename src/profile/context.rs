//! What a rule sees while a resource is validated: place, value, surroundings, and where issues go.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::compile::Store;
use super::reference::References;
use super::{Unchecked, resource, validate};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::fhirpath::{Focus, Session};

/// A place in a resource, kept on the stack; text is made only for an issue.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
    /// FHIR type of what is here, or path of a backbone element.
    type_name: &'p str,
    /// URL, where an extension is here.
    extension: Option<&'p str>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    /// The resource type.
    Root(&'p str),
    Member {
        /// Element name, without the type of a choice.
        name: &'p str,
        /// JSON member.
        json: &'p str,
        /// Type, where the element is a choice.
        choice: Option<&'p str>,
        index: Option<usize>,
    },
}

impl<'p> Place<'p> {
    pub fn root(type_name: &'p str) -> Self {
        Self {
            parent: None,
            step: Step::Root(type_name),
            type_name,
            extension: None,
        }
    }

    pub fn member(
        parent: &'p Place<'p>,
        name: &'p str,
        json: &'p str,
        choice: Option<&'p str>,
        index: Option<usize>,
        type_name: &'p str,
    ) -> Self {
        Self {
            parent: Some(parent),
            type_name,
            extension: None,
            step: Step::Member {
                name,
                json,
                choice,
                index,
            },
        }
    }

    /// The same place, which holds an extension of this URL.
    pub fn of_extension(mut self, url: Option<&'p str>) -> Self {
        self.extension = url;
        self
    }

    /// URL of the extension that is here.
    pub fn extension(&self) -> Option<&'p str> {
        self.extension
    }

    pub fn parent(&self) -> Option<&'p Place<'p>> {
        self.parent
    }

    pub fn type_name(&self) -> &'p str {
        self.type_name
    }

    /// Element name of the last step; the resource type at the root.
    pub fn name(&self) -> &'p str {
        match self.step {
            Step::Root(name) | Step::Member { name, .. } => name,
        }
    }

    /// JSON member of the last step; empty at the root.
    pub fn json_name(&self) -> &'p str {
        match self.step {
            Step::Root(_) => "",
            Step::Member { json, .. } => json,
        }
    }

    /// Position of the last step, where it leads into a list.
    pub fn index(&self) -> Option<usize> {
        match self.step {
            Step::Root(_) => None,
            Step::Member { index, .. } => index,
        }
    }

    /// Element names from the resource, without positions and types, such as `Patient.contact.name`.
    pub fn element_path(&self) -> String {
        let mut out = match self.parent {
            Some(parent) => parent.element_path(),
            None => String::new(),
        };
        match self.step {
            Step::Root(name) => out.push_str(name),
            Step::Member { name, choice, .. } => {
                out.push('.');
                out.push_str(name);
                if choice.is_some() {
                    out.push_str("[x]");
                }
            }
        }
        out
    }

    /// As [`Place::element_path`], from the innermost resource around.
    pub fn path_in_resource(&self) -> String {
        match (self.parent, self.step) {
            (Some(parent), Step::Member { name, .. }) if !self.is_resource() => {
                format!("{}.{name}", parent.path_in_resource())
            }
            _ => self.type_name.to_owned(),
        }
    }

    /// True where a whole resource is: at the root, contained, in an entry or a parameter.
    fn is_resource(&self) -> bool {
        let holds_resources = matches!(self.name(), "contained" | "resource");
        let is_type = self
            .type_name
            .starts_with(|first: char| first.is_ascii_uppercase());
        self.parent.is_none() || holds_resources && is_type && !self.type_name.contains('.')
    }

    /// FHIRPath expression and JSON pointer.
    pub fn location(&self) -> Location {
        let mut location = Location::default();
        self.write(&mut location);
        location
    }

    fn write(&self, out: &mut Location) {
        if let Some(parent) = self.parent {
            parent.write(out);
        }
        match self.step {
            Step::Root(name) => out.expression.push_str(name),
            Step::Member {
                name,
                json,
                choice,
                index,
            } => {
                out.expression.push('.');
                out.expression.push_str(name);
                if let Some(choice) = choice {
                    out.expression.push_str(&format!(".ofType({choice})"));
                }
                out.pointer.push('/');
                out.pointer
                    .push_str(&json.replace('~', "~0").replace('/', "~1"));
                if let Some(index) = index {
                    out.expression.push_str(&format!("[{index}]"));
                    out.pointer.push_str(&format!("/{index}"));
                }
            }
        }
    }
}

/// One element as a rule sees it.
#[derive(Debug, Clone, Copy)]
pub struct Here<'r> {
    /// The JSON value; absent for a primitive with nothing but an id or extensions.
    pub value: Option<&'r Value>,
    /// Id and extensions of a primitive.
    pub sibling: Option<&'r Value>,
    /// FHIR type, or path of a backbone element.
    pub type_name: &'r str,
    pub place: &'r Place<'r>,
}

impl<'r> Here<'r> {
    pub fn focus(&self) -> Focus<'r> {
        Focus {
            value: self.value,
            sibling: self.sibling,
            type_name: self.type_name,
        }
    }

    /// A string member of an object.
    pub fn text(&self, name: &str) -> Option<&'r str> {
        self.value?.get(name)?.as_str()
    }
}

/// The resource that is validated, with what surrounds it.
pub struct Scope<'r> {
    pub store: &'r Store,
    /// `%rootResource`: the resource, or the one that contains it.
    pub root: &'r Value,
    /// `%resource`: the resource that rules look at, contained or not.
    pub resource: &'r Value,
    pub references: &'r References<'r>,
    pub session: Session<'r>,
}

/// Deepest nesting of elements and profiles that is followed.
const MAX_DEPTH: usize = 200;
/// Most issues kept for one resource.
const MAX_ISSUES: usize = 1_000;

/// Collects issues.
#[derive(Default)]
pub struct Sink {
    pub issues: Vec<Issue>,
    pub unchecked: BTreeSet<Unchecked>,
    /// Profiles that were checked.
    pub profiles: BTreeSet<String>,
    depth: usize,
    /// Outcome of each (resource, profile), and what is under way, so that circles end.
    pub judged: HashMap<(usize, String), Judgement>,
    full: bool,
}

/// Outcome of one resource against one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    UnderWay,
    Conforms,
    Fails,
}

/// One finding, before it has a place.
pub struct Finding<'f> {
    pub severity: Severity,
    pub code: IssueCode,
    pub rule: &'f str,
    pub message: String,
    pub fix: Option<String>,
    pub profile: Option<&'f str>,
}

impl<'f> Finding<'f> {
    pub fn error(code: IssueCode, rule: &'f str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            rule,
            message: message.into(),
            fix: None,
            profile: None,
        }
    }

    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub fn of(mut self, profile: &'f str) -> Self {
        self.profile = Some(profile).filter(|profile| !profile.is_empty());
        self
    }
}

impl Sink {
    pub fn push(&mut self, finding: Finding<'_>, place: &Place<'_>) {
        self.push_at(finding, place.location());
    }

    pub fn push_at(&mut self, finding: Finding<'_>, location: Location) {
        if self.issues.len() >= MAX_ISSUES {
            if !self.full {
                self.full = true;
                self.note(
                    "further issues",
                    format!("only the first {MAX_ISSUES} are listed"),
                );
            }
            return;
        }
        self.issues.push(Issue {
            severity: finding.severity,
            code: finding.code,
            message: finding.message,
            fix: finding.fix,
            location,
            profile: finding.profile.map(str::to_owned),
            rule: finding.rule.to_owned(),
        });
    }

    /// Records what was not checked, and why.
    pub fn note(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.unchecked.insert(Unchecked {
            what: what.into(),
            why: why.into(),
        });
    }

    /// Goes one level down; `None` (with a note) where the content is nested too deeply.
    pub fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.note(
                "deeply nested content",
                format!("what lies deeper than {MAX_DEPTH} levels is not looked at"),
            );
            return None;
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        Some(result)
    }

    /// Runs a check apart: its issues come back instead of being kept.
    pub fn apart(&mut self, run: impl FnOnce(&mut Self)) -> Vec<Issue> {
        let kept = std::mem::take(&mut self.issues);
        run(self);
        std::mem::replace(&mut self.issues, kept)
    }
}

/// Whether an element conforms to a profile, without keeping issues.
pub fn conforms(
    here: &Here<'_>,
    profile: &str,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<bool> {
    let compiled = scope.store.profile(profile).ok()?;
    let resource = here
        .value
        .filter(|value| value.get("resourceType").is_some());
    let issues = sink.apart(|sink| match resource {
        // A resource is judged as itself, not as a part of what is around it.
        Some(resource) => {
            let contained = here.place.name() == "contained";
            resource::nested(
                resource,
                here.place,
                contained,
                scope,
                sink,
                |here, scope, sink| {
                    validate::against(&compiled, here, scope, sink);
                },
            );
        }
        None => validate::against(&compiled, here, scope, sink),
    });
    Some(!crate::fhir::has_errors(&issues))
}
