//! Faults of matching patients by demographics.

use serde_json::{Value, json};

use crate::provider::model::{Ask, Content, Interaction, Reply};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "match-definition-other",
        description: "The operation that matches patients is declared by a definition of its own.",
        caught_by: &["match-declared"],
        also: &[],
        seam: Seam::Declare(|statement| {
            let resources = statement.pointer_mut("/rest/0/resource");
            for declared in resources
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if declared["type"] == "Patient" {
                    declared["operation"][0]["definition"] =
                        json!("https://fhir-assay.invalid/match");
                }
            }
        }),
    },
    Fault {
        name: "match-without-grade",
        description: "A match does not say how sure it is.",
        caught_by: &["match-certain"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            each_entry(ask, reply, |entry| {
                if let Some(search) = entry["search"].as_object_mut() {
                    search.remove("extension");
                }
            });
        }),
    },
    Fault {
        name: "match-score-in-percent",
        description: "The score of a match goes from 0 to 100.",
        caught_by: &["match-certain"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            each_entry(ask, reply, |entry| entry["search"]["score"] = json!(100));
        }),
    },
    Fault {
        name: "match-probable-for-certain",
        description: "Where nobody is certain, the likeliest patient is returned.",
        caught_by: &["match-uncertain", "match-certain-by-default"],
        also: &["match-nobody", "match-certain"],
        seam: Seam::Serialise(|ask, reply| {
            if let Some(bundle) = matched(ask, reply)
                && bundle["total"] == 0
            {
                bundle["total"] = json!(1);
                bundle["entry"] = json!([{
                    "resource": { "resourceType": "Patient", "id": "it-alessandro" },
                    "search": { "mode": "match", "score": 0.6, "extension": [{
                        "url": "http://hl7.org/fhir/StructureDefinition/match-grade",
                        "valueCode": "probable",
                    }] },
                }]);
            }
        }),
    },
    Fault {
        name: "match-of-nobody-is-an-error",
        description: "Where nobody matches, the answer holds an error.",
        caught_by: &["match-nobody"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if let Some(bundle) = matched(ask, reply)
                && bundle["total"] == 0
            {
                bundle["entry"] = json!([{
                    "resource": { "resourceType": "OperationOutcome", "issue": [{
                        "severity": "error", "code": "not-found", "diagnostics": "nobody",
                    }] },
                    "search": { "mode": "outcome" },
                }]);
            }
        }),
    },
    Fault {
        name: "stores-who-was-asked-for",
        description: "A search by an identifier that nobody has finds a new, empty record.",
        caught_by: &["match-nobody"],
        also: &["group:search", "group:errors", "group:bundle"],
        seam: Seam::Serialise(|ask, reply| {
            let is_by_identifier = ask.is_some_and(|ask| {
                let of_patients = Interaction::Search {
                    resource_type: "Patient".to_owned(),
                };
                ask.interaction == of_patients && ask.parameter("identifier").is_some()
            });
            if let Content::Resource(bundle) = &mut reply.body
                && is_by_identifier
                && bundle["total"] == 0
            {
                bundle["total"] = json!(1);
                bundle["entry"] = json!([{
                    "resource": { "resourceType": "Patient", "id": "new" },
                    "search": { "mode": "match" },
                }]);
            }
        }),
    },
    Fault {
        name: "match-count-ignored",
        description: "More candidates come than were asked for.",
        caught_by: &["match-count"],
        also: &["match-certain", "match-order"],
        seam: Seam::Serialise(|ask, reply| {
            let entries = matched(ask, reply).and_then(|bundle| bundle["entry"].as_array_mut());
            if let Some(entries) = entries {
                entries.extend_from_within(..);
            }
        }),
    },
    Fault {
        name: "match-likeliest-last",
        description: "The likeliest candidate comes last.",
        caught_by: &["match-order"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            let entries = matched(ask, reply).and_then(|bundle| bundle["entry"].as_array_mut());
            if let Some(entries) = entries {
                entries.reverse();
            }
        }),
    },
    Fault {
        name: "match-of-anything",
        description: "A match without demographics is answered as one of nobody.",
        caught_by: &["match-without-patient", "match-of-something-else"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if is_match(ask) && reply.status == 400 {
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle", "type": "searchset", "total": 0,
                }));
            }
        }),
    },
    Fault {
        name: "match-needs-no-token",
        description: "Patients are matched without an access token.",
        caught_by: &["match-needs-token"],
        also: &[],
        seam: Seam::Excuse(|ask| ask.interaction == Interaction::Match),
    },
];

fn is_match(ask: Option<&Ask>) -> bool {
    ask.is_some_and(|ask| ask.interaction == Interaction::Match)
}

/// The Bundle of a match.
fn matched<'r>(ask: Option<&Ask>, reply: &'r mut Reply) -> Option<&'r mut Value> {
    match &mut reply.body {
        Content::Resource(bundle) if is_match(ask) && reply.status == 200 => Some(bundle),
        _ => None,
    }
}

fn each_entry(ask: Option<&Ask>, reply: &mut Reply, act: impl FnMut(&mut Value)) {
    let entries = matched(ask, reply).and_then(|bundle| bundle["entry"].as_array_mut());
    entries.into_iter().flatten().for_each(act);
}
