//! A whole resource: its base type, the profiles asked for and those that it claims.

use serde_json::Value;

use super::element::{against, walk};
use super::structural;
use crate::fhir::{IssueCode, Severity};
use crate::profile::model::{Compiled, Definitions, Finding, Here, Place, Scope, Sink};
use crate::profile::reference::{BundleIndex, References};

/// What surrounds a resource that is validated.
#[derive(Clone, Copy, Default)]
pub struct Around<'r> {
    /// The resource that contains it.
    pub container: Option<&'r Value>,
    pub bundle: Option<&'r BundleIndex<'r>>,
    pub full_url: Option<&'r str>,
}

/// A whole resource: its base type, the given profiles and those that it claims.
pub fn resource(
    value: &Value,
    place: &Place<'_>,
    around: Around<'_>,
    profiles: &[String],
    store: &dyn Definitions,
    sink: &mut Sink,
) {
    let Some(name) = known_type(value, place, store, sink) else {
        return;
    };
    let own_index = (name == "Bundle").then(|| BundleIndex::new(value));
    let bundle = own_index.as_ref().or(around.bundle);
    let root = around.container.unwrap_or(value);
    let references = References::new(root, bundle, around.full_url);
    let scope = Scope {
        store,
        root,
        resource: value,
        references: &references,
        session: store.engine().session(root, value, Some(&references)),
    };
    let here = Here {
        value: Some(value),
        sibling: None,
        type_name: name,
        place,
    };
    sink.deeper(|sink| {
        match store.base(name) {
            Ok(base) => base_type(&base, &here, &scope, sink),
            Err(why) => sink.note(format!("the type {name}"), why.to_string()),
        }
        let globals = store.knowledge().globals(name);
        let globals = globals.iter().filter(|global| !profiles.contains(global));
        for profile in profiles.iter().chain(globals) {
            match store.profile(profile) {
                Ok(compiled) => against(&compiled, &here, &scope, sink),
                Err(why) => sink.note(profile.clone(), why.to_string()),
            }
        }
        claimed(value, profiles, &here, &scope, sink);
    });
}

fn known_type<'v>(
    value: &'v Value,
    place: &Place<'_>,
    store: &dyn Definitions,
    sink: &mut Sink,
) -> Option<&'v str> {
    let name = match value.get("resourceType") {
        Some(Value::String(name)) => name,
        _ => {
            sink.push(
                Finding::error(
                    IssueCode::Structure,
                    "resource-type",
                    "`resourceType` is missing",
                )
                .fix("add the member `resourceType` with the name of the resource's type"),
                place,
            );
            return None;
        }
    };
    if !store.is_resource_type(name) || matches!(name.as_str(), "Resource" | "DomainResource") {
        sink.push(
            Finding::error(
                IssueCode::Structure,
                "resource-type",
                format!("FHIR R4 has no resource type `{name}`"),
            )
            .fix("write the name of a resource type, in upper and lower case as the specification has it"),
            place,
        );
        return None;
    }
    Some(name)
}

/// The profiles that a resource says it conforms to.
fn claimed(value: &Value, given: &[String], here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let claims = value.pointer("/meta/profile").and_then(Value::as_array);
    for (at, claim) in claims.into_iter().flatten().enumerate() {
        let Some(claim) = claim.as_str() else {
            continue;
        };
        if given.iter().any(|given| given == claim) {
            continue;
        }
        match scope.store.profile(claim) {
            Ok(compiled) => against(&compiled, here, scope, sink),
            Err(why) => {
                let meta = Place::member(here.place, "meta", "meta", None, None, "Meta");
                let place = Place::member(&meta, "profile", "profile", None, Some(at), "canonical");
                sink.note(claim, why.to_string());
                sink.push(
                    Finding::error(
                        IssueCode::NotSupported,
                        "profile-unknown",
                        format!(
                            "the resource claims the profile {claim}, which was not checked: {why}"
                        ),
                    )
                    .severity(Severity::Warning)
                    .fix("load the package that holds the profile"),
                    &place,
                );
            }
        }
    }
}

fn base_type(base: &Compiled, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    sink.unchecked.extend(base.gaps.iter().cloned());
    if let Some(schema) = &base.schema {
        structural::check(schema, &base.url, here, scope, sink);
    }
    walk(&base.shape, here, scope, sink);
}
