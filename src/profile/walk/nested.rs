//! A resource inside another against one profile: judged as itself, not as a part of what is around
//! it.

use serde_json::Value;

use super::element::against;
use crate::profile::model::{Compiled, Here, Place, Scope, Sink};
use crate::profile::reference::References;

/// A resource inside another, or one that a reference leads to.
pub fn resource_against(
    compiled: &Compiled,
    value: &Value,
    place: &Place<'_>,
    contained: bool,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let root = match contained {
        true => scope.root,
        false => value,
    };
    let bundle = scope.references.bundle();
    let address = bundle.and_then(|bundle| bundle.address_of(value));
    let references = References::new(root, bundle, address.or(scope.references.full_url()));
    let inner = Scope {
        store: scope.store,
        root,
        resource: value,
        references: &references,
        session: scope.store.engine().session(root, value, Some(&references)),
    };
    let here = Here {
        value: Some(value),
        sibling: None,
        type_name: value
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        place,
    };
    sink.deeper(|sink| against(compiled, &here, &inner, sink));
}

/// An element or a resource in it against a profile.
pub fn content_against(compiled: &Compiled, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let resource = here
        .value
        .filter(|value| value.get("resourceType").is_some());
    match resource {
        Some(resource) => {
            let contained = here.place.name() == "contained";
            resource_against(compiled, resource, here.place, contained, scope, sink);
        }
        None => against(compiled, here, scope, sink),
    }
}

/// Whether an element conforms to a profile, without keeping issues; `None` where the profile is not
/// at hand.
pub fn conforms(
    here: &Here<'_>,
    profile: &str,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<bool> {
    let compiled = scope.store.profile(profile).ok()?;
    let issues = sink.apart(|sink| content_against(&compiled, here, scope, sink));
    Some(!crate::fhir::has_errors(&issues))
}
