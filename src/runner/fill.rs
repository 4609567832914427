//! Templates of an action with their values, or what is missing for that.

use std::collections::BTreeMap;

use reqwest::header::HeaderValue;

use crate::check::Scope;
use crate::outcome::SkipKind;
use crate::suite::Template;

const FHIR_JSON: &str = "application/fhir+json";

/// Why a request cannot be made: something it needs cannot be had; what to do.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) kind: SkipKind,
    pub(super) reason: String,
}

impl Missing {
    /// The target showed no such value.
    pub(super) fn data(reason: String) -> Self {
        Self {
            kind: SkipKind::NoData,
            reason,
        }
    }

    pub(super) fn not_applicable(reason: String) -> Self {
        Self {
            kind: SkipKind::NotApplicable,
            reason,
        }
    }

    pub(super) fn blocked(reason: String) -> Self {
        Self {
            kind: SkipKind::Blocked,
            reason,
        }
    }
}

pub(super) fn text(template: &Template, scope: &Scope) -> Result<String, Missing> {
    scope
        .render(template)
        .map_err(|problem| Missing::data(problem.to_string()))
}

pub(super) fn headers(
    headers: &BTreeMap<String, Template>,
    scope: &Scope,
) -> Result<Vec<(String, String)>, Missing> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = text(value, scope)?;
            // What a resource holds may be no header: then the target is not to blame.
            HeaderValue::try_from(&value)
                .map_err(|_| Missing::data(format!("the header {name} cannot hold {value:?}")))?;
            Ok((name.to_ascii_lowercase(), value))
        })
        .collect()
}

/// The media type that a body is to have.
pub(super) fn media_type(headers: &[(String, String)]) -> &str {
    let given = headers.iter().find(|(name, _)| name == "content-type");
    given.map_or(FHIR_JSON, |(_, value)| value)
}
