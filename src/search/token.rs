//! Token parameters (FHIR R4 search, token): `code`, `system|code`, `|code`, `system|`.

use serde_json::Value;

use super::element::{at, text};
use super::matching::{Match, rule};
use super::parameter::ElementType;
use super::syntax::{split, unescape};

/// The system of booleans (FHIR R4 search, token).
const SPECIAL_VALUES: &str = "http://terminology.hl7.org/CodeSystem/special-values";

/// A token as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    system: Asked,
    /// Absent for `system|`.
    code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// `code`: any system, or none.
    Any,
    /// `|code`: no system.
    Absent,
    /// `system|code`.
    Is(String),
}

/// One code that an element holds, with its system.
struct Held<'r> {
    system: Option<&'r str>,
    code: Option<&'r str>,
    origin: Origin,
}

/// Where the system of a code comes from, which decides what may be asked of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It is written in the resource.
    Written,
    /// The definition of the element implies it.
    Implied,
    /// ContactPoint: the system is a kind of device.
    Contact,
    /// `id`, which has none and is compared with case.
    Id,
}

impl Token {
    /// Reads one alternative, escapes included; none where it is no token.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = split(text, '|');
        let (system, code) = match parts.as_slice() {
            [code] => (Asked::Any, *code),
            ["", code] => (Asked::Absent, *code),
            [system, code] => (Asked::Is(unescape(system)), *code),
            _ => return None,
        };
        let code = (!code.is_empty()).then(|| unescape(code));
        match (&system, &code) {
            (Asked::Any | Asked::Absent, None) => None,
            _ => Some(Self { system, code }),
        }
    }

    /// Whether one value of an element has this token.
    pub(super) fn matches(&self, element_type: ElementType, value: &Value) -> Match {
        Match::any(
            held(element_type, value)
                .iter()
                .map(|held| self.code_matches(held).and(self.system_matches(held))),
        )
    }

    fn code_matches(&self, held: &Held<'_>) -> Match {
        match (&self.code, held.code) {
            (None, _) => Match::Must,
            (Some(_), None) => Match::MustNot,
            (Some(asked), Some(code)) => Match::graded(
                asked == code,
                held.origin != Origin::Id && asked.to_lowercase() == code.to_lowercase(),
                rule::TOKEN_CASE,
            ),
        }
    }

    fn system_matches(&self, held: &Held<'_>) -> Match {
        let equal = match &self.system {
            Asked::Any => return Match::Must,
            Asked::Absent => held.system.is_none(),
            Asked::Is(system) => held.system == Some(system.as_str()),
        };
        match held.origin {
            Origin::Id if self.system == Asked::Absent => Match::May(rule::NEITHER_CODING),
            Origin::Written | Origin::Id => Match::certain(equal),
            Origin::Implied if equal || self.system == Asked::Absent => {
                Match::May(rule::IMPLIED_SYSTEM)
            }
            Origin::Implied => Match::MustNot,
            Origin::Contact => Match::May(rule::CONTACT_POINT),
        }
    }
}

/// The codes that one value holds, each as (system, code), for building queries.
pub(super) fn codes(element_type: ElementType, value: &Value) -> Vec<(Option<&str>, &str)> {
    held(element_type, value)
        .into_iter()
        .filter_map(|held| {
            let system = (held.origin == Origin::Written)
                .then_some(held.system)
                .flatten();
            Some((system, held.code?))
        })
        .collect()
}

fn held(element_type: ElementType, value: &Value) -> Vec<Held<'_>> {
    let written = |value, code| Held {
        system: text(value, "system"),
        code: text(value, code),
        origin: Origin::Written,
    };
    match element_type {
        ElementType::CodeableConcept => at(value, "coding")
            .into_iter()
            .map(|coding| written(coding, "code"))
            .collect(),
        ElementType::Coding => vec![written(value, "code")],
        ElementType::Identifier => vec![written(value, "value")],
        ElementType::ContactPoint => vec![Held {
            origin: Origin::Contact,
            ..written(value, "value")
        }],
        ElementType::Code(system) => vec![Held {
            system: Some(system),
            code: value.as_str(),
            origin: Origin::Implied,
        }],
        ElementType::Boolean => vec![Held {
            system: Some(SPECIAL_VALUES),
            code: value.as_bool().map(|is| if is { "true" } else { "false" }),
            origin: Origin::Implied,
        }],
        ElementType::Id => vec![Held {
            system: None,
            code: value.as_str(),
            origin: Origin::Id,
        }],
        _ => Vec::new(),
    }
}
