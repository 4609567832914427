//! Skips that are known before a run, each with what to do about it.

use std::collections::BTreeSet;

use super::{PlannedTest, Selection, access, declares};
use crate::config::DeclaredCapabilities;
use crate::outcome::{Skip, SkipKind};
use crate::suite::{Actor, Capability, Expectation, Given, Requires};

/// Parts of the canonicals by which a server says that it gives access to documents (EU Health Data
/// API, capability discovery): of its roles and of the profile of document references.
const DOCUMENT_CLAIMS: [&str; 3] = [
    "/EEHRxF-DocumentAccessProvider",
    "/EEHRxF-DocumentPublisherAccessProvider",
    "/EehrxfMhdDocumentReference",
];

/// Why a test will not run that the filters select, where that is known.
pub(super) fn before_run(test: &PlannedTest, selection: &Selection<'_>) -> Option<Skip> {
    writes(test, selection.allow_writes)
        .or_else(|| selection.connection.skip(test))
        .or_else(|| access::skip(test, selection.means, selection.access))
        .or_else(|| other_role(test, selection.actor, selection.capabilities?))
        .or_else(|| undeclared(test, selection.capabilities?))
        .or_else(|| patients(test, selection.patients?))
}

/// Why a test is left out that is not among those asked for.
pub(super) fn left_out(test: &PlannedTest, only: Option<&BTreeSet<String>>) -> Option<Skip> {
    only.is_some_and(|ids| !ids.contains(&test.id))
        .then(|| Skip {
            kind: SkipKind::Deselected,
            reason: "it is not among the tests that were asked for".to_owned(),
        })
}

/// Why a test will not run that no filter selects.
pub(super) fn filtered(test: &PlannedTest, filters: &[String]) -> Option<Skip> {
    if filters.is_empty() {
        return None;
    }
    let mut texts = vec![test.id.to_lowercase(), test.title.to_lowercase()];
    texts.extend(test.verifies.iter().map(|id| id.to_lowercase()));
    for step in &test.case.steps {
        for expectation in &step.expect {
            verified(test, expectation, &mut texts);
        }
    }
    let selects = |filter: &String| {
        let filter = filter.to_lowercase();
        texts.iter().any(|text| text.contains(&filter))
    };
    (!filters.iter().any(selects)).then(|| Skip {
        kind: SkipKind::Deselected,
        reason: format!(
            "--filter {} does not select it; run without --filter, or with a part of its id",
            filters.join(" or ")
        ),
    })
}

fn verified(test: &PlannedTest, expectation: &Expectation, texts: &mut Vec<String>) {
    let Some(group) = expectation.group() else {
        return;
    };
    let ids = group.verifies.iter();
    texts.extend(ids.map(|id| id.render_known(&|name| test.value(name)).to_lowercase()));
    for inner in &group.expect {
        verified(test, inner, texts);
    }
}

fn writes(test: &PlannedTest, allowed: bool) -> Option<Skip> {
    (test.case.writes && !allowed).then(|| Skip {
        kind: SkipKind::Deselected,
        reason: "it writes to the target; allow that with --allow-writes".to_owned(),
    })
}

/// Why a provider of resources is not tested as one of documents: it does not claim to be one.
fn other_role(test: &PlannedTest, actor: Actor, declared: &DeclaredCapabilities) -> Option<Skip> {
    let is_other =
        actor != Actor::DocumentAccessProvider && test.case.actor == Actor::DocumentAccessProvider;
    let claims = |url: &String| DOCUMENT_CLAIMS.iter().any(|claim| url.contains(claim));
    let profiles = declared.types.get("DocumentReference");
    let mut urls = declared
        .instantiates
        .iter()
        .chain(profiles.into_iter().flat_map(|found| &found.profiles));
    (is_other && !urls.any(claims)).then(|| Skip {
        kind: SkipKind::NotApplicable,
        reason: "the target does not say that it is a Document Access Provider; test it as one with --actor document-access-provider".to_owned(),
    })
}

fn undeclared(test: &PlannedTest, declared: &DeclaredCapabilities) -> Option<Skip> {
    let requires = test.case.requires.iter();
    let (missing, capability) = requires
        .filter(|requires| !is_demanded(test, requires))
        .find_map(|requires| {
            let capability = &requires.capability;
            Some((missing(test, capability, declared)?, capability))
        })?;
    Some(Skip {
        kind: SkipKind::NotApplicable,
        reason: format!(
            "the target does not declare {missing}, which is optional; where it has it, declare it {}",
            where_declared(capability)
        ),
    })
}

/// Where a capability can be declared: the settings file has no place for everything.
fn where_declared(capability: &Capability) -> &'static str {
    match capability {
        Capability::Instantiates(_) | Capability::Declares(_) => "in the CapabilityStatement",
        _ => "in the CapabilityStatement or under [capabilities] in the settings file",
    }
}

/// Whether the capability must be there, so that its lack is a failure and no reason to skip.
fn is_demanded(test: &PlannedTest, requires: &Requires) -> bool {
    let conformance = requires.conformance.as_ref();
    conformance.is_some_and(|text| text.render_known(&|name| test.value(name)) == "SHALL")
}

/// The capability in words, where it is not declared.
fn missing(
    test: &PlannedTest,
    capability: &Capability,
    declared: &DeclaredCapabilities,
) -> Option<String> {
    let name = capability.template().render_known(&|name| test.value(name));
    if let Capability::Instantiates(_) = capability {
        let claimed = declared.instantiates.contains(&name);
        return (!claimed).then(|| format!("that it implements {name} (`instantiates`)"));
    }
    if let Capability::Declares(_) = capability {
        let says_so = declares::holds(declared, &name);
        return (!says_so)
            .then(|| format!("what is tested: `{name}` is not true of its CapabilityStatement"));
    }
    if matches!(
        capability,
        Capability::Authorization(_) | Capability::Discovered(_) | Capability::Connection(_)
    ) {
        // Those are no matter of the CapabilityStatement.
        return None;
    }
    let (resource_type, member) = name.split_once('.').unwrap_or((&name, ""));
    let Some(found) = declared.types.get(resource_type) else {
        return Some(format!("the type {resource_type}"));
    };
    let (declared, what) = match capability {
        Capability::Type(_)
        | Capability::Instantiates(_)
        | Capability::Declares(_)
        | Capability::Authorization(_)
        | Capability::Discovered(_)
        | Capability::Connection(_) => return None,
        Capability::Interaction(_) => (&found.interactions, "the interaction"),
        Capability::SearchParameter(_) => (&found.search_parameters, "the search parameter"),
        Capability::Operation(_) => (&found.operations, "the operation"),
        // An include has the form of its value: `Type:parameter`.
        Capability::Include(_) => {
            let is_declared = found.includes.iter().any(|value| value == member);
            return (!is_declared).then(|| format!("that {resource_type} can include {member}"));
        }
    };
    // A row of the table may name none.
    if member.is_empty() {
        return None;
    }
    // A modifier (FHIR R4 search, modifiers) is not part of what is declared.
    let base = member.split(':').next().unwrap_or(member);
    (!declared.iter().any(|name| name == base)).then(|| format!("{what} {base} of {resource_type}"))
}

fn patients(test: &PlannedTest, known: usize) -> Option<Skip> {
    let needed = test
        .case
        .given
        .values()
        .map(|given| match given {
            Given::Patient(position) => position + 1,
            Given::OtherPatient(_) => 2,
            _ => 0,
        })
        .max()?;
    (needed > known).then(|| Skip {
        kind: SkipKind::NoData,
        reason: match needed {
            1 => "no patient to test with is known; name one with --patient ID".to_owned(),
            _ => format!(
                "it needs {needed} patients and {known} known; name them with --patient ID, once for each",
                known = if known == 1 { "1 is".to_owned() } else { format!("{known} are") },
            ),
        },
    })
}
