//! `of-patient`: nothing of anybody else.

use serde_json::Value;

use super::{Finding, View};
use crate::pool::is_subset;
use crate::search;
use crate::suite::Template;

/// Foreign resources that are named in a message at most.
const NAMED: usize = 5;

pub(super) fn check(patient: &Template, view: &View<'_>) -> Finding {
    let (Some(answer), Ok(patient)) = (view.answer, view.scope.render(patient)) else {
        return Finding::blocked("there is nothing to compare with");
    };
    // Several are separated by commas.
    let wanted: Vec<&str> = patient
        .split(',')
        .map(|one| id_in_reference(one).unwrap_or(one))
        .collect();
    let kind = answer
        .searched
        .as_ref()
        .map(|searched| searched.resource_type.as_str());
    let expected = format!("only resources of Patient/{}", wanted.join(" or Patient/"));
    let matches = answer
        .matches()
        // What was not searched for may belong to nobody.
        .filter(|_| kind.is_some())
        .filter_map(|resource| complaint(resource, &wanted, kind, view.base));
    let others = answer
        .entries()
        .filter(|entry| {
            let mode = entry["search"]["mode"].as_str();
            kind.is_none() || mode.is_some_and(|mode| mode != "match")
        })
        .filter_map(|entry| foreign(&entry["resource"], &wanted, view.base));
    let foreign: Vec<String> = matches.chain(others).collect();
    if foreign.is_empty() {
        return Finding::pass(expected, "no other patient's data");
    }
    let named = foreign
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    Finding::fail(expected, named).fix("filter by the patient before anything else is returned")
}

/// What is wrong with a match: another type, another patient, or none.
fn complaint(resource: &Value, wanted: &[&str], kind: Option<&str>, base: &str) -> Option<String> {
    let found = resource["resourceType"].as_str().unwrap_or("no resource");
    let name = format!("{found}/{}", resource["id"].as_str().unwrap_or("?"));
    if kind.is_some_and(|kind| kind != found) {
        return Some(format!("{name} is of another type"));
    }
    match reference_to_patient(resource) {
        Some(_) => foreign(resource, wanted, base),
        // A part of a record need not say it.
        None if is_subset(resource) => None,
        None => Some(format!("{name} does not say whose it is")),
    }
}

/// What comes along with the matches may belong to nobody, but not to somebody else.
fn foreign(resource: &Value, wanted: &[&str], base: &str) -> Option<String> {
    let reference = reference_to_patient(resource).filter(|reference| {
        !wanted
            .iter()
            .any(|one| is_reference_to(reference, one, base))
    })?;
    let kind = resource["resourceType"].as_str().unwrap_or("no resource");
    let id = resource["id"].as_str().unwrap_or("?");
    Some(format!("{kind}/{id} is of {reference}"))
}

fn is_reference_to(reference: &str, wanted: &str, base: &str) -> bool {
    let local = reference
        .strip_prefix(base)
        .map_or(reference, |rest| rest.trim_start_matches('/'));
    local
        .strip_prefix("Patient/")
        .map(|rest| rest.split('/').next().unwrap_or(rest))
        == Some(wanted)
}

/// The reference to the patient whom a resource is about; of a Patient, to itself.
fn reference_to_patient(resource: &Value) -> Option<String> {
    let kind = resource["resourceType"].as_str()?;
    if kind == "Patient" {
        return Some(format!("Patient/{}", resource["id"].as_str()?));
    }
    let parameter = search::find(kind, "patient")?;
    parameter.element.paths.iter().find_map(|path| {
        let element = path
            .split('.')
            .fold(resource, |value, member| &value[member]);
        element["reference"].as_str().map(str::to_owned)
    })
}

/// The id of the patient whom a resource is about.
pub fn patient_of(resource: &Value) -> Option<String> {
    let reference = reference_to_patient(resource)?;
    id_in_reference(&reference).map(str::to_owned)
}

/// The id in `Patient/id`, also behind a base URL or before a version.
pub fn id_in_reference(reference: &str) -> Option<&str> {
    let (_, rest) = reference.rsplit_once("Patient/")?;
    rest.split('/').next().filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whose_a_resource_is() {
        let base = "http://h/fhir";
        for (reference, is_own) in [
            ("Patient/p1", true),
            ("http://h/fhir/Patient/p1", true),
            ("Patient/p1/_history/2", true),
            ("Patient/p10", false),
            ("http://other/fhir/Patient/p1", false),
            ("Group/p1", false),
        ] {
            let resource = json!({ "resourceType": "Condition", "id": "c", "subject": { "reference": reference } });
            assert_eq!(
                complaint(&resource, &["p1"], Some("Condition"), base).is_none(),
                is_own,
                "{reference}"
            );
        }
        let other = json!({ "resourceType": "Patient", "id": "p2" });
        assert!(foreign(&other, &["p1"], base).is_some());
        let practitioner = json!({ "resourceType": "Practitioner", "id": "p2" });
        assert!(foreign(&practitioner, &["p1"], base).is_none());
        let nobody = json!({ "resourceType": "Condition", "id": "c" });
        assert!(complaint(&nobody, &["p1"], None, base).is_some());
        let patient = json!({ "resourceType": "Patient", "id": "p1" });
        assert!(complaint(&patient, &["p1"], None, base).is_none());
        assert!(complaint(&patient, &["p1"], Some("Condition"), base).is_some());
    }
}
