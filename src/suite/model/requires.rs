//! What a target must have declared, for a test of something optional.

use serde::de::{Deserialize, Deserializer, Error};

use super::super::friendly;
use super::super::template::Template;

/// A capability the target must have declared, for a test of something optional.
///
/// Where `conformance` renders to `SHALL` the entry is no reason to skip: what must be there is
/// tested whether declared or not. A table row says so in a column of its own.
#[derive(Debug, Clone)]
pub struct Requires {
    pub capability: Capability,
    /// How strongly the capability is demanded; absent: optional.
    pub conformance: Option<Template>,
}

/// What can be declared in a CapabilityStatement.
#[derive(Debug, Clone)]
pub enum Capability {
    /// A resource type: `Condition`.
    Type(Template),
    /// `Type.interaction` with FHIR's interaction code: `Condition.search-type`.
    Interaction(Template),
    /// `Type.name`: `Condition.clinical-status`.
    SearchParameter(Template),
    /// `Type.name` of an operation: `Patient.match`.
    Operation(Template),
    /// `Type.value` of `_include` or `_revinclude`: `Condition.Provenance:target`.
    Include(Template),
    /// Canonical URL of a CapabilityStatement that the target claims to implement
    /// (`CapabilityStatement.instantiates`).
    Instantiates(Template),
    /// FHIRPath that is true of the target's CapabilityStatement.
    Declares(Template),
    /// What the run itself must have: `token` of any kind, or `client` of SMART Backend Services.
    Authorization(Template),
    /// A member of the target's smart-configuration, such as `introspection_endpoint`.
    Discovered(Template),
    /// How the target is reached: `remote` (not over loopback without TLS), `tls`, or `verified` (by
    /// TLS with a certificate that is checked).
    Connection(Template),
}

/// One kind, and optionally `conformance`.
impl<'de> Deserialize<'de> for Requires {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const KEYS: &[&str] = &[
            "type",
            "interaction",
            "search-parameter",
            "operation",
            "include",
            "instantiates",
            "declares",
            "authorization",
            "discovered",
            "connection",
            "conformance",
        ];
        let pairs: Vec<(String, Template)> = friendly::ordered(deserializer)?;
        let mut capability = None;
        let mut conformance = None;
        for (key, value) in pairs {
            let found = match key.as_str() {
                "type" => Capability::Type(value),
                "interaction" => Capability::Interaction(value),
                "search-parameter" => Capability::SearchParameter(value),
                "operation" => Capability::Operation(value),
                "include" => Capability::Include(value),
                "instantiates" => Capability::Instantiates(value),
                "declares" => Capability::Declares(value),
                "authorization" => Capability::Authorization(value),
                "discovered" => Capability::Discovered(value),
                "connection" => Capability::Connection(value),
                "conformance" => {
                    conformance = Some(value);
                    continue;
                }
                other => return Err(D::Error::unknown_field(other, KEYS)),
            };
            if capability.replace(found).is_some() {
                return Err(D::Error::custom(
                    "two capabilities in one entry; write an entry for each",
                ));
            }
        }
        let capability = capability.ok_or_else(|| {
            D::Error::custom(
                "no `type`, `interaction`, `search-parameter`, `operation`, `include`, `instantiates`, `declares`, `authorization`, `discovered` or `connection`",
            )
        })?;
        Ok(Requires {
            capability,
            conformance,
        })
    }
}
