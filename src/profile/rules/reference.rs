//! References: their form, and that they point to an allowed type and profile.

use std::sync::Arc;

use serde_json::Value;

use crate::fhir::{IssueCode, is_absolute};
use crate::profile::element::TypeRef;
use crate::profile::model::{Finding, Here, Judgement, Place, Rule, Scope, Sink};
use crate::profile::reference::{Target, split_relative, type_in};
use crate::profile::walk;

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Every reference: a `#` one leads to a contained resource, a relative one has the form of one.
pub struct ReferenceForm;

impl Rule for ReferenceForm {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(reference) = here.text("reference") else {
            return;
        };
        if scope.references.target(reference) == Target::Missing {
            sink.push(
                Finding::error(
                    IssueCode::NotFound,
                    "reference-contained",
                    format!("`{reference}` names no contained resource"),
                )
                .fix("put a resource with that id into `contained`, or refer to another one"),
                here.place,
            );
            return;
        }
        let plain = reference.split("/_history/").next().unwrap_or(reference);
        let fits = reference.starts_with('#')
            || is_absolute(reference)
            || plain.contains('?')
            || split_relative(plain).is_some();
        if !fits {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "reference-form",
                    format!("`{reference}` has not the form of a reference"),
                )
                .fix("write it as Type/id, as an absolute URL, or as #id for a contained resource"),
                here.place,
            );
        }
        self.type_agrees(reference, here, scope, sink);
    }
}

impl ReferenceForm {
    /// `Reference.type` names the type that the reference leads to.
    fn type_agrees(&self, reference: &str, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(stated) = here.text("type") else {
            return;
        };
        let stated = match stated.strip_prefix(BASE) {
            Some(name) if scope.store.is_resource_type(name) => {
                sink.push(
                    Finding::error(
                        IssueCode::Value,
                        "reference-type-form",
                        format!(
                            "`type` is `{stated}`, and whole URLs are for logical models alone"
                        ),
                    )
                    .fix(format!("write `{name}`")),
                    here.place,
                );
                name
            }
            _ => stated,
        };
        let actual = match scope.references.target(reference) {
            Target::Found(found) => found.get("resourceType").and_then(Value::as_str),
            _ => type_in(reference),
        };
        if let Some(actual) = actual.filter(|actual| *actual != stated) {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "reference-type-stated",
                    format!("`type` says {stated}, but the reference leads to a {actual}"),
                )
                .fix("correct `type` or `reference`"),
                here.place,
            );
        }
    }
}

/// Allowed targets of one element.
pub struct ReferenceTargets {
    /// Canonical URLs of types or profiles.
    targets: Vec<String>,
    aggregation: Vec<String>,
    profile: Arc<str>,
}

impl ReferenceTargets {
    /// The rule of an element's reference type; `None` where any resource may be the target.
    pub fn compile(allowed: &TypeRef, profile: &Arc<str>) -> Option<Self> {
        let any = allowed.targets.is_empty()
            || allowed
                .targets
                .iter()
                .any(|target| target == &format!("{BASE}Resource"));
        (!any || !allowed.aggregation.is_empty()).then(|| Self {
            targets: if any {
                Vec::new()
            } else {
                allowed.targets.clone()
            },
            aggregation: allowed.aggregation.clone(),
            profile: Arc::clone(profile),
        })
    }

    /// Types of the targets; `None` where one is not known.
    fn types(&self, scope: &Scope<'_>) -> Option<Vec<(String, &str)>> {
        self.targets
            .iter()
            .map(|target| {
                let name = match target.strip_prefix(BASE) {
                    Some(name) if scope.store.is_resource_type(name) => name.to_owned(),
                    _ => scope.store.profile(target).ok()?.type_name.clone(),
                };
                Some((name, target.as_str()))
            })
            .collect()
    }

    fn check_type(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let found = here
            .text("reference")
            .map(|text| (text, scope.references.target(text)));
        let actual = match found {
            Some((_, Target::Found(target))) => target.get("resourceType").and_then(Value::as_str),
            Some((text, _)) => type_in(text).or_else(|| here.text("type")),
            None => here.text("type"),
        };
        let Some(actual) = actual else { return };
        let Some(types) = self.types(scope) else {
            sink.note(
                format!("target of {}", here.place.element_path()),
                format!(
                    "a definition among {} is not at hand",
                    self.targets.join(", ")
                ),
            );
            return;
        };
        let candidates: Vec<&str> = types
            .iter()
            .filter(|(name, _)| scope.store.is_a(actual, name))
            .map(|(_, target)| *target)
            .collect();
        if candidates.is_empty() {
            let names: Vec<&str> = types.iter().map(|(name, _)| name.as_str()).collect();
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "reference-target",
                    format!("the reference leads to a {actual}, which is not allowed here"),
                )
                .fix(format!("refer to one of: {}", names.join(", ")))
                .of(&self.profile),
                here.place,
            );
            return;
        }
        if let Some((text, Target::Found(target))) = found {
            self.check_profiles(text, target, &candidates, here, scope, sink);
        }
    }

    /// The target conforms to at least one of the profiles.
    fn check_profiles(
        &self,
        reference: &str,
        target: &Value,
        candidates: &[&str],
        here: &Here<'_>,
        scope: &Scope<'_>,
        sink: &mut Sink,
    ) {
        if candidates
            .iter()
            .any(|candidate| scope.store.is_base(candidate))
        {
            return;
        }
        let mut reasons = Vec::new();
        for candidate in candidates {
            match judge(target, reference, candidate, scope, sink) {
                None | Some(Judgement::UnderWay | Judgement::Conforms) => return,
                Some(Judgement::Fails) => reasons.push(*candidate),
            }
        }
        sink.push(
            Finding::error(
                IssueCode::Value,
                "reference-target-profile",
                format!(
                    "the resource that `{reference}` leads to conforms to none of the profiles asked for here: {}",
                    reasons.join(", ")
                ),
            )
            .fix("validate that resource against one of these profiles and mend it, or refer to another one")
            .of(&self.profile),
            here.place,
        );
    }

    fn check_aggregation(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(text) = here.text("reference") else {
            return;
        };
        let mode = match scope.references.target(text) {
            _ if text.starts_with('#') => "contained",
            Target::Found(_) => "bundled",
            _ => "referenced",
        };
        let allows = |wanted: &str| self.aggregation.iter().any(|mode| mode == wanted);
        // What is in the Bundle is also referred to.
        let allowed = allows(mode) || mode == "bundled" && allows("referenced");
        if !allowed {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "reference-aggregation",
                    format!("the target is {mode}, which is not allowed here"),
                )
                .fix(format!("allowed is: {}", self.aggregation.join(", ")))
                .of(&self.profile),
                here.place,
            );
        }
    }
}

impl Rule for ReferenceTargets {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        if !self.targets.is_empty() {
            self.check_type(here, scope, sink);
        }
        if !self.aggregation.is_empty() {
            self.check_aggregation(here, scope, sink);
        }
    }
}

/// Judges a resource against a profile, once.
pub fn judge(
    target: &Value,
    reference: &str,
    profile: &str,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Judgement> {
    let key = (std::ptr::from_ref(target) as usize, profile.to_owned());
    if let Some(known) = sink.judged.get(&key) {
        return Some(*known);
    }
    let compiled = scope.store.profile(profile).ok();
    let Some(compiled) = compiled else {
        sink.note(
            format!("resources that are referred to against {profile}"),
            "the profile is not at hand",
        );
        return None;
    };
    sink.judged.insert(key.clone(), Judgement::UnderWay);
    let name = target
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let place = Place::root(name);
    let contained = reference.starts_with('#');
    let issues = sink.apart(|sink| {
        walk::resource_against(&compiled, target, &place, contained, scope, sink);
    });
    let judgement = match crate::fhir::has_errors(&issues) {
        true => Judgement::Fails,
        false => Judgement::Conforms,
    };
    sink.judged.insert(key, judgement);
    Some(judgement)
}
