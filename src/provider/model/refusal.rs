//! OperationOutcomes, and the refusals that carry them.

use serde_json::{Value, json};

use super::defect::Defect;

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::provider) struct Refusal {
    /// HTTP status.
    pub(in crate::provider) status: u16,
    /// Issue type (FHIR R4, value set `issue-type`).
    pub(in crate::provider) code: &'static str,
    /// What is wrong and what to do, in one sentence.
    pub(in crate::provider) diagnostics: String,
    /// Value of the `Allow` header, for 405.
    pub(in crate::provider) allow: Option<&'static str>,
    /// Value of the `WWW-Authenticate` header, where a token is wrong (RFC 6750 section 3).
    pub(in crate::provider) challenge: Option<String>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, diagnostics: impl Into<String>) -> Self {
        Self {
            status,
            code,
            diagnostics: diagnostics.into(),
            allow: None,
            challenge: None,
        }
    }

    /// 400 for a parameter or header that cannot be read.
    pub(in crate::provider) fn invalid(diagnostics: impl Into<String>) -> Self {
        Self::new(400, "invalid", diagnostics)
    }

    /// 400 for a parameter that must be there.
    pub(in crate::provider) fn required(diagnostics: impl Into<String>) -> Self {
        Self::new(400, "required", diagnostics)
    }

    /// 400 for a search that asks for too much.
    pub(in crate::provider) fn too_costly(diagnostics: impl Into<String>) -> Self {
        Self::new(400, "too-costly", diagnostics)
    }

    /// 400 for what is known to FHIR but not supported here.
    pub(in crate::provider) fn not_supported(diagnostics: impl Into<String>) -> Self {
        Self::new(400, "not-supported", diagnostics)
    }

    /// 404.
    pub(in crate::provider) fn not_found(diagnostics: impl Into<String>) -> Self {
        Self::new(404, "not-found", diagnostics)
    }

    /// 405 with the methods that are allowed.
    pub(in crate::provider) fn method(allow: &'static str, diagnostics: impl Into<String>) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(405, "not-supported", diagnostics)
        }
    }

    /// 406.
    pub(in crate::provider) fn not_acceptable(diagnostics: impl Into<String>) -> Self {
        Self::new(406, "not-supported", diagnostics)
    }

    /// 500 for a resource that cannot be written in the format asked for.
    pub(in crate::provider) fn unwritable(diagnostics: impl Into<String>) -> Self {
        Self::new(500, "exception", diagnostics)
    }

    /// 409 for what is here already.
    pub(in crate::provider) fn duplicate(diagnostics: impl Into<String>) -> Self {
        Self::new(409, "duplicate", diagnostics)
    }

    /// 422 for a resource that breaks a rule.
    pub(in crate::provider) fn unprocessable(diagnostics: impl Into<String>) -> Self {
        Self::new(422, "business-rule", diagnostics)
    }

    /// 413.
    pub(in crate::provider) fn too_long(diagnostics: impl Into<String>) -> Self {
        Self::new(413, "too-long", diagnostics)
    }

    /// 415.
    pub(in crate::provider) fn media_type(diagnostics: impl Into<String>) -> Self {
        Self::new(415, "not-supported", diagnostics)
    }

    /// 401 or 403 with a challenge. It names no error where no token was sent (RFC 6750 section 3.1).
    pub(in crate::provider) fn unauthorized(defect: Defect) -> Self {
        let code = match defect.code() {
            "insufficient_scope" => "forbidden",
            "invalid_token" if defect == Defect::TokenExpired => "expired",
            "invalid_token" => "login",
            _ => "invalid",
        };
        let challenge = if defect == Defect::TokenMissing {
            "Bearer realm=\"FHIR\"".to_owned()
        } else {
            let (error, description) = (defect.code(), defect.description());
            format!("Bearer realm=\"FHIR\", error=\"{error}\", error_description=\"{description}\"")
        };
        Self {
            challenge: Some(challenge),
            ..Self::new(defect.status(), code, defect.description())
        }
    }

    /// The OperationOutcome that says so.
    pub(in crate::provider) fn outcome(&self) -> Value {
        json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "error",
                "code": self.code,
                "diagnostics": self.diagnostics,
            }],
        })
    }
}
