//! Faults of what a provider of documents declares.

use serde_json::Value;

use super::declare::{remove, retain};
use crate::provider::seams::{Fault, Seam};

/// Documents are fetched only where their types are declared.
const OF_DOCUMENTS: &[&str] = &[
    "document-impossible-format",
    "group:capabilities",
    "group:content",
    "group:read",
    "group:scope",
    "group:submission",
    "provenance-document",
];

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    declared(
        "document-role-missing",
        "The CapabilityStatement does not name the role of a provider of documents.",
        &["document-role", "capability-both-roles"],
        |statement| {
            retain(statement, "instantiates", |role| {
                role.as_str()
                    .is_some_and(|role| !role.contains("DocumentAccess"))
            });
        },
    ),
    declared(
        "document-profiles-missing",
        "The profiles of document references are not declared.",
        &["document-profiles"],
        |statement| of_references(statement, |declared| remove(declared, "supportedProfile")),
    ),
    declared(
        "document-search-undeclared",
        "It is not declared that documents can be searched for.",
        &["document-interactions"],
        |statement| {
            of_references(statement, |declared| {
                retain(declared, "interaction", |one| one["code"] != "search-type");
            });
        },
    ),
    declared(
        "document-type-undeclared",
        "It is not declared that documents are found by type.",
        &["document-parameters-required"],
        |statement| of_references(statement, |declared| without(declared, &["type"])),
    ),
    declared(
        "document-date-undeclared",
        "It is not declared that documents are found by date and status.",
        &["document-parameters-recommended"],
        |statement| of_references(statement, |declared| without(declared, &["date", "status"])),
    ),
    declared(
        "document-binary-undeclared",
        "It is not declared that Binary can be read.",
        &["document-binary-declared"],
        |statement| undeclare(statement, "Binary"),
    )
    .may_also_break(OF_DOCUMENTS),
    declared(
        "document-bundle-undeclared",
        "It is not declared that Bundle can be read.",
        &["document-bundle-declared"],
        |statement| undeclare(statement, "Bundle"),
    )
    .may_also_break(OF_DOCUMENTS),
    declared(
        "submission-option-unnamed",
        "It is declared that document references can be created, and no option says so.",
        &["document-no-create", "document-submission-declared"],
        |statement| {
            retain(statement, "instantiates", |role| {
                role.as_str()
                    .is_some_and(|role| !role.contains("SubmissionOption"))
            });
        },
    ),
    declared(
        "submission-undeclared",
        "Documents are taken in, and it is not declared.",
        &["submission-not-offered"],
        |statement| {
            of_references(statement, |declared| {
                retain(declared, "interaction", |one| one["code"] != "create");
            });
        },
    ),
];

const fn declared(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    act: fn(&mut Value),
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: &["group:capabilities", "group:scope"],
        seam: Seam::Declare(act),
    }
}

fn of_references(statement: &mut Value, act: fn(&mut Value)) {
    let resources = statement.pointer_mut("/rest/0/resource");
    let resources = resources.and_then(Value::as_array_mut);
    let found = resources
        .into_iter()
        .flatten()
        .find(|declared| declared["type"] == "DocumentReference");
    found.into_iter().for_each(act);
}

fn undeclare(statement: &mut Value, kind: &str) {
    if let Some(resources) = statement
        .pointer_mut("/rest/0/resource")
        .and_then(Value::as_array_mut)
    {
        resources.retain(|declared| declared["type"] != kind);
    }
}

fn without(declared: &mut Value, names: &[&str]) {
    if let Some(parameters) = declared["searchParam"].as_array_mut() {
        parameters.retain(|one| {
            !one["name"]
                .as_str()
                .is_some_and(|name| names.contains(&name))
        });
    }
}
