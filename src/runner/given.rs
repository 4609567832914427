//! The values a test needs before its first step.

use std::sync::Arc;

use serde_json::Value;

use crate::auth::{Right, random_text};
use crate::check::Scope;
use crate::fhirpath::{Engine, Focus};
use crate::outcome::{Skip, SkipKind};
use crate::plan::PlannedTest;
use crate::pool::{Pool, local_references};
use crate::suite::{Given, PoolQuery, Template};

use super::Context;

/// An id that no server has by chance.
const UNKNOWN_ID: &str = "fhir-assay-no-such-id";

/// Puts the given values into the scope, or says why the test cannot run.
///
/// Values may be given in terms of others, whatever their order: those that fail for now are tried
/// again after the others.
pub(super) fn prepare(
    test: &PlannedTest,
    scope: &mut Scope,
    pool: &Pool,
    context: &Context,
) -> Result<(), Skip> {
    let mut open: Vec<_> = test.case.given.iter().collect();
    loop {
        let before = open.len();
        let mut why: Option<Unset> = None;
        open.retain(
            |(name, given)| match set(name, given, scope, pool, context) {
                Ok(()) => false,
                Err(unset) => {
                    // What waits for another value says less than why that one is missing.
                    if !matches!(why, Some(Unset::Missing(_))) {
                        why = Some(unset);
                    }
                    true
                }
            },
        );
        match why {
            None => return Ok(()),
            Some(Unset::Missing(skip) | Unset::Waits(skip)) if open.len() == before => {
                return Err(skip);
            }
            Some(_) => {}
        }
    }
}

/// Why a value is not there.
pub(super) enum Unset {
    /// It is given in terms of another that is not there.
    Waits(Skip),
    /// There is nothing it could be.
    Missing(Skip),
}

impl From<Skip> for Unset {
    fn from(skip: Skip) -> Self {
        Self::Missing(skip)
    }
}

fn set(
    name: &str,
    given: &Given,
    scope: &mut Scope,
    pool: &Pool,
    context: &Context,
) -> Result<(), Unset> {
    match given {
        Given::Seed(query) => {
            let seed = seed(query, scope, pool, context)?;
            scope.set_resource(name, seed);
        }
        Given::Patient(position) => {
            let patient = context
                .patients
                .get(*position)
                .ok_or_else(|| too_few(*position + 1))?;
            scope.set_text(name, patient.clone());
        }
        Given::OtherPatient(id) => {
            let id = render(id, scope)?;
            let other = context
                .patients
                .iter()
                .find(|patient| **patient != id)
                .ok_or_else(|| too_few(2))?;
            scope.set_text(name, other.clone());
        }
        Given::Referenced(kind) => {
            let kind = render(kind, scope)?;
            let id = referenced(&kind, pool, &context.base).ok_or_else(|| {
                no_data(format!(
                    "no resource refers to a {kind}; load resources that refer to one"
                ))
            })?;
            scope.set_text(name, id);
        }
        Given::Scope(wanted) => {
            let right = Right {
                resource_type: render(&wanted.resource_type, scope)?,
                rights: wanted.rights,
            };
            scope.set_text(name, written(&right, context)?);
        }
        Given::ClientId(position) => {
            let authorization = context.client.authorization();
            let clients = authorization.map_or(&[][..], |known| known.clients());
            let client = clients.get(*position).ok_or_else(|| {
                not_applicable(format!(
                    "the run has no client number {}; add one under [clients.NAME] in the settings file",
                    position + 1
                ))
            })?;
            scope.set_text(name, client.client_id.clone());
        }
        Given::Unique(text) => {
            let random = random_text().map_err(|problem| no_data(problem.to_string()))?;
            // So that it may be a logical id too (R4 datatypes, id).
            let random = random.replace('_', ".");
            scope.set_text(name, format!("{}{random}", render(text, scope)?));
        }
        Given::UnknownId(_) => scope.set_text(name, UNKNOWN_ID.to_owned()),
    }
    Ok(())
}

fn seed(
    query: &PoolQuery,
    scope: &Scope,
    pool: &Pool,
    context: &Context,
) -> Result<Arc<Value>, Unset> {
    let kind = render(&query.pool, scope)?;
    let having = having(&query.having, scope)?;
    if let Some(found) = select(pool, &kind, &having, context.validator.fhirpath()).next() {
        return Ok(Arc::clone(found));
    }
    if let Some(problem) = context.gathered.problem(&kind) {
        return Err(Unset::Missing(Skip {
            kind: SkipKind::Blocked,
            reason: problem.to_owned(),
        }));
    }
    Err(Unset::Missing(no_data(lacking(&kind, &having))))
}

/// That there is no such resource, and what to do.
pub(super) fn lacking(kind: &str, having: &[String]) -> String {
    let with = if having.is_empty() {
        String::new()
    } else {
        format!(" with {}", having.join(" and "))
    };
    format!(
        "no {kind}{with} was found for the patients under test; load one, or name other patients with --patient"
    )
}

/// The element paths that must have a value.
pub(super) fn having(written: &[Template], scope: &Scope) -> Result<Vec<String>, Unset> {
    let mut paths = Vec::new();
    for template in written {
        let path = render(template, scope)?;
        if !path.is_empty() {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// The resources of a type that have all these elements.
pub(super) fn select<'p>(
    pool: &'p Pool,
    kind: &str,
    having: &[String],
    engine: &Engine,
) -> impl Iterator<Item = &'p Arc<Value>> {
    pool.of_type(kind).filter(move |resource| {
        having.iter().all(|path| {
            engine
                .evaluate(path, resource, Focus::of(resource))
                .is_ok_and(|values| !values.is_empty())
        })
    })
}

/// The first id of this type that a resource refers to.
fn referenced(kind: &str, pool: &Pool, base: &str) -> Option<String> {
    pool.iter()
        .flat_map(|resource| local_references(resource, base))
        .find_map(|(found, id)| (found == kind).then_some(id))
}

fn render(template: &Template, scope: &Scope) -> Result<String, Unset> {
    scope
        .render(template)
        .map_err(|problem| Unset::Waits(no_data(problem.to_string())))
}

/// The scope for a right in the notation of this run.
fn written(right: &Right, context: &Context) -> Result<String, Skip> {
    let notation = context.notation.ok_or_else(|| {
        not_applicable(
            "the notation of the scopes of --scope is not known, so that no others can be asked for"
                .to_owned(),
        )
    })?;
    notation.write(right).ok_or_else(|| {
        not_applicable(format!(
            "scopes are granted in the notation of {}, which has none for just this right",
            notation.name()
        ))
    })
}

fn not_applicable(reason: String) -> Skip {
    Skip {
        kind: SkipKind::NotApplicable,
        reason,
    }
}

fn no_data(reason: String) -> Skip {
    Skip {
        kind: SkipKind::NoData,
        reason,
    }
}

fn too_few(wanted: usize) -> Skip {
    no_data(format!(
        "it needs {wanted} patients; name them with --patient"
    ))
}
