//! What a query needs to know beside the resource it looks at.

use serde_json::Value;

use crate::fhir::Nanos;

/// Finds resources that others refer to, for chained parameters.
pub trait Resolver {
    /// The resource behind a literal reference such as `Patient/23`, if it is known.
    fn resolve(&self, reference: &str) -> Option<&Value>;
}

/// Knows no resource.
impl Resolver for () {
    fn resolve(&self, _reference: &str) -> Option<&Value> {
        None
    }
}

/// The server a query is put to.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// FHIR base URL, without a slash at its end; empty where it is not known.
    pub base: &'a str,
    pub resolver: &'a dyn Resolver,
    /// Offset from UTC of the server's own time zone, where it is known; it holds for dates and times
    /// without one (FHIR R4 search, date).
    pub local_offset: Option<Nanos>,
}

impl<'a> Context<'a> {
    /// A server at this base URL, in an unknown time zone.
    #[must_use]
    pub fn new(base: &'a str, resolver: &'a dyn Resolver) -> Self {
        Self {
            base: base.trim_end_matches('/'),
            resolver,
            local_offset: None,
        }
    }

    /// The same server, in UTC.
    #[must_use]
    pub fn in_utc(self) -> Self {
        Self {
            local_offset: Some(0),
            ..self
        }
    }

    /// A reference without the server's own base URL: `Patient/23`; other absolute references stay as they are.
    pub(super) fn local<'r>(&self, reference: &'r str) -> &'r str {
        if self.base.is_empty() {
            return reference;
        }
        reference
            .strip_prefix(self.base)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(reference)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Context;
    use crate::search::{Match, Query, rule};

    #[test]
    fn a_server_in_utc_knows_its_offset() {
        let context = Context::new("http://h/", &()).in_utc();
        assert_eq!((context.base, context.local_offset), ("http://h", Some(0)));
    }

    #[test]
    fn what_is_not_known_cannot_be_judged() {
        let condition =
            json!({ "resourceType": "Condition", "subject": { "reference": "Patient/1" } });
        let query = Query::parse("Condition", &[("patient.family", "x")]).expect("a chain");
        let found = query.matches(&condition, &Context::new("", &()));
        assert_eq!(found, Match::May(rule::UNRESOLVED));
    }
}
