//! Where in a resource a rule looks, and what is there.

use serde_json::Value;

use crate::fhir::Location;
use crate::fhirpath::Focus;

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
