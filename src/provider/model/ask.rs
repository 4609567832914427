//! A request, read as far as FHIR's REST API goes.

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;

/// What is asked for (FHIR R4 http).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::provider) enum Interaction {
    /// The base URL itself, such as for a search over all types.
    Base,
    Capabilities,
    /// `.well-known/smart-configuration`.
    SmartConfiguration,
    Read {
        resource_type: String,
        id: String,
    },
    /// Read of one version.
    Vread {
        resource_type: String,
        id: String,
        version: String,
    },
    Search {
        resource_type: String,
    },
    /// `Patient/$match`.
    Match,
    /// `POST DocumentReference` (IHE MHD, ITI-105).
    Submit,
    /// `DocumentReference/$validate`.
    Validate,
    /// `DELETE` of a DocumentReference.
    Withdraw {
        id: String,
    },
}

/// A request.
#[derive(Debug, Clone)]
pub(in crate::provider) struct Ask {
    pub(in crate::provider) interaction: Interaction,
    /// True for `POST [type]/_search`.
    pub(in crate::provider) posted: bool,
    /// True for HEAD.
    pub(in crate::provider) head: bool,
    /// Of the URL, then of the form; decoded, in order.
    pub(in crate::provider) parameters: Vec<(String, String)>,
    pub(in crate::provider) headers: HeaderMap,
    /// JSON in the body of an operation.
    pub(in crate::provider) body: Value,
}

impl Ask {
    /// A header's text; values that repeat are joined as HTTP allows.
    pub(in crate::provider) fn header(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The last value of a parameter.
    pub(in crate::provider) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .rev()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_str())
    }

    /// True for `Prefer: handling=strict` (FHIR R4 search, handling errors).
    pub(in crate::provider) fn strict(&self) -> bool {
        self.header(&HeaderName::from_static("prefer"))
            .is_some_and(|prefer| {
                prefer
                    .split([',', ';'])
                    .any(|preference| preference.trim() == "handling=strict")
            })
    }

    /// True for the read of a document: a Bundle or a Binary.
    pub(in crate::provider) fn is_of_document(&self) -> bool {
        matches!(&self.interaction, Interaction::Read { resource_type, .. }
            if resource_type == "Bundle" || resource_type == "Binary")
    }
}
