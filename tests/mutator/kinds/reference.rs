//! References: their form, where they lead, and what stands there.

use fhir_assay::profile::element::TypeRef;
use serde_json::{Value, json};

use crate::library::LIBRARY;
use crate::mutant::Mutant;
use crate::site::Site;

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    let Some(item) = site.items.iter().find(|item| item.type_name == "Reference") else {
        return Vec::new();
    };
    let wrong =
        |kind, rule: &str, value: Value| Mutant::new(kind, &item.pointer, &[rule]).setting(value);
    let mut out = Vec::new();
    if site.profile.is_none() {
        out.push(wrong(
            "contained reference",
            "reference-contained",
            json!({"reference": "#nobody"}),
        ));
        for text in [
            "nonsense",
            "Patient 1",
            "patient/1",
            "Nothing/1",
            "Patient/",
        ] {
            out.push(wrong(
                "reference form",
                "reference-form",
                json!({"reference": text}),
            ));
        }
    }
    let element = site.element();
    let allowed = element.types.iter().find(|kind| kind.code == "Reference");
    let same = site.base.is_some_and(|base| base.types == element.types);
    let Some(allowed) = allowed.filter(|allowed| !allowed.targets.is_empty() && !same) else {
        return out;
    };
    let types = target_types(allowed);
    if let Some(first) = types.first().filter(|name| **name != "Resource") {
        let value = json!({"reference": format!("{first}/1"), "type": format!("{BASE}{first}")});
        out.push(wrong("Reference.type", "reference-type-form", value));
    }
    if let Some(first) = types.first().filter(|name| **name != "Resource") {
        let value = json!({"reference": format!("{first}/1"), "type": "Basic"});
        let rule = "reference-type-stated";
        out.push(wrong("Reference.type", rule, value));
    }
    if !types
        .iter()
        .any(|name| matches!(name.as_str(), "Resource" | "DomainResource" | "Basic"))
    {
        let forms = [
            json!({"reference": "Basic/1"}),
            json!({"reference": "Basic/1/_history/2"}),
            json!({"reference": "http://example.org/fhir/Basic/1"}),
            json!({"type": "Basic", "identifier": {"system": "http://example.org", "value": "1"}}),
        ];
        for form in forms {
            out.push(wrong("reference target type", "reference-target", form));
        }
        let basic = json!({"resourceType": "Basic", "id": "mutant", "code": {"text": "x"}});
        out.extend(
            to_contained(site, &item.pointer, basic).map(|mutant| Mutant {
                rules: vec!["reference-target".to_owned()],
                ..mutant
            }),
        );
    }
    out.extend(profile(site, &item.pointer, allowed));
    out.extend(aggregation(&item.pointer, allowed));
    out
}

fn target_types(allowed: &TypeRef) -> Vec<String> {
    let targets = allowed.targets.iter();
    targets
        .map(|target| match LIBRARY.profiles.get(target) {
            Some(profile) => profile.snapshot.type_name.clone(),
            None => target.strip_prefix(BASE).unwrap_or("Resource").to_owned(),
        })
        .collect()
}

/// The reference leads to a contained resource.
fn to_contained(site: &Site<'_>, pointer: &str, resource: Value) -> Option<Mutant> {
    if site.resource_at.contains("/contained/") {
        return None;
    }
    let holder = site.document.pointer(&site.resource_at)?;
    let mut contained = holder["contained"].as_array().cloned().unwrap_or_default();
    contained.push(resource);
    let mutant = Mutant::new("contained target", pointer, &[])
        .set(format!("{}/contained", site.resource_at), contained);
    Some(mutant.set(pointer, json!({"reference": "#mutant"})))
}

/// The target is of the right type and conforms to none of the profiles asked for.
fn profile(site: &Site<'_>, pointer: &str, allowed: &TypeRef) -> Option<Mutant> {
    let first = allowed
        .targets
        .iter()
        .find_map(|target| LIBRARY.profiles.get(target))?;
    let resource = json!({"resourceType": first.snapshot.type_name, "id": "mutant"});
    let conforms = |target: &String| {
        let profiles = [target.clone()];
        let of_type = |profile: &crate::library::Profile| {
            profile.snapshot.type_name == first.snapshot.type_name
        };
        match LIBRARY.profiles.get(target) {
            Some(profile) if of_type(profile) => {
                let found = LIBRARY.validator.validate(&resource, &profiles).issues;
                !found.iter().any(|issue| {
                    issue.severity >= fhir_assay::fhir::Severity::Error
                        && issue.profile.as_ref() == Some(target)
                })
            }
            Some(_) => false,
            // A base type, or a profile that is not at hand.
            None => true,
        }
    };
    if allowed.targets.iter().any(conforms) {
        return None;
    }
    let mutant = to_contained(site, pointer, resource.clone())?;
    Some(Mutant {
        kind: "target profile",
        rules: vec!["reference-target-profile".to_owned()],
        ..mutant
    })
}

/// The target is kept where the definition does not allow it.
fn aggregation(pointer: &str, allowed: &TypeRef) -> Option<Mutant> {
    let modes = &allowed.aggregation;
    let allows = |wanted: &str| modes.iter().any(|mode| mode == wanted);
    let name = target_types(allowed).into_iter().next()?;
    (!modes.is_empty() && !allows("referenced")).then(|| {
        Mutant::new("aggregation", pointer, &["reference-aggregation"])
            .setting(json!({"reference": format!("{name}/1")}))
    })
}
