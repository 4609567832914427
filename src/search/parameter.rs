//! What a search parameter is.

/// The kinds of search parameters (FHIR R4 search, search parameter types; those in use here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Token,
    Date,
    String,
    Reference,
    Uri,
}

impl Kind {
    /// FHIR's code (value set `search-param-type`).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Date => "date",
            Self::String => "string",
            Self::Reference => "reference",
            Self::Uri => "uri",
        }
    }
}

/// Whether a parameter says how the result is to look, not what belongs to it (FHIR R4 search,
/// managing returned resources; http, `_format` and `_pretty`).
#[must_use]
pub fn is_result_parameter(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or(name);
    matches!(
        name,
        "_contained"
            | "_containedType"
            | "_count"
            | "_elements"
            | "_format"
            | "_include"
            | "_pretty"
            | "_revinclude"
            | "_sort"
            | "_summary"
            | "_total"
    )
}

/// The data type of the elements a parameter looks at, which decides how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    CodeableConcept,
    Coding,
    Identifier,
    ContactPoint,
    /// `code`, with the code system that its definition implies.
    Code(&'static str),
    Boolean,
    /// `id`: compared with case.
    Id,
    /// `date`, `dateTime`, `instant`, `Period` or `Timing`.
    DateTime,
    /// `string`.
    Text,
    HumanName,
    Address,
    /// `Reference` to this type.
    Reference(&'static str),
    /// `uri` or `canonical`.
    Uri,
}

impl ElementType {
    /// The kind of a parameter over elements of this type.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::CodeableConcept
            | Self::Coding
            | Self::Identifier
            | Self::ContactPoint
            | Self::Code(_)
            | Self::Boolean
            | Self::Id => Kind::Token,
            Self::DateTime => Kind::Date,
            Self::Text | Self::HumanName | Self::Address => Kind::String,
            Self::Reference(_) => Kind::Reference,
            Self::Uri => Kind::Uri,
        }
    }
}

/// The elements a parameter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Member names from the resource root, joined by dots; a choice is several paths.
    pub paths: &'static [&'static str],
    pub element_type: ElementType,
}

/// One search parameter of one resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The type it is for; `Resource` for all.
    pub resource_type: &'static str,
    pub name: &'static str,
    pub element: Element,
    /// Id of its definition below `http://hl7.org/fhir/SearchParameter/`, or the whole canonical URL
    /// where R4 does not define it.
    pub definition: &'static str,
}

impl Parameter {
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.element.element_type.kind()
    }

    /// Canonical URL of the definition.
    #[must_use]
    pub fn canonical(&self) -> String {
        if self.definition.starts_with("https://") {
            return self.definition.to_owned();
        }
        format!("http://hl7.org/fhir/SearchParameter/{}", self.definition)
    }

    /// The type that a reference parameter refers to.
    #[must_use]
    pub fn target(&self) -> Option<&'static str> {
        match self.element.element_type {
            ElementType::Reference(target) => Some(target),
            _ => None,
        }
    }
}
