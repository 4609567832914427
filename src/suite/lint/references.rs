//! What a case names outside of itself exists.

use std::collections::{BTreeMap, BTreeSet};

use super::super::diagnostic::{Code, Diagnostic};
use super::super::expand;
use super::super::file::SourceFile;
use super::super::model::{Case, Expectation};
use super::super::template::Template;
use super::Context;

pub(super) fn requirements(
    context: &Context<'_>,
    file: &SourceFile,
    case: &Case,
) -> Vec<Diagnostic> {
    let rows = expand::rows(case, context.tables);
    let mut templates: Vec<&Template> = case.verifies.iter().collect();
    for step in &case.steps {
        step.expect
            .iter()
            .for_each(|expectation| grouped(expectation, &mut templates));
    }
    templates
        .into_iter()
        .filter_map(|template| {
            let unknown: BTreeSet<String> = rows
                .iter()
                .filter_map(|row| {
                    template
                        .render(&|name| row.variables.get(name).cloned())
                        .ok()
                })
                .filter(|id| !id.is_empty() && context.requirements.get(id).is_none())
                .collect();
            let first = unknown.first()?;
            let others = match unknown.len() {
                1 => String::new(),
                more => format!(" (and {} others)", more - 1),
            };
            let message = format!("there is no requirement `{first}`{others}");
            let known = context.requirements.iter().map(|r| r.id.value.as_str());
            Some(
                Diagnostic::at(Code::UnknownRequirement, file, template.location(), message).meant(
                    first,
                    known,
                    "name a requirement of `requirements/*.yaml`, or add it there",
                ),
            )
        })
        .collect()
}

pub(super) fn grouped<'c>(expectation: &'c Expectation, templates: &mut Vec<&'c Template>) {
    if let Some(group) = expectation.group() {
        templates.extend(&group.verifies);
        for inner in &group.expect {
            grouped(inner, templates);
        }
    }
}

pub(super) fn needs(context: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    case.needs
        .iter()
        .filter(|need| !context.case_ids.contains(&need.value))
        .map(|need| {
            let message = format!("there is no case `{}`", need.value);
            Diagnostic::at(Code::UnknownNeed, file, need.referenced, message).meant(
                &need.value,
                context.case_ids.iter().map(String::as_str),
                "name the id of a case, or take it out",
            )
        })
        .collect()
}

/// Cases that need each other in a circle; each circle once.
pub(in super::super) fn circles<'s>(
    cases: impl Iterator<Item = (&'s SourceFile, &'s Case)> + Clone,
) -> Vec<Diagnostic> {
    let needs: BTreeMap<&str, Vec<&str>> = cases
        .clone()
        .map(|(_, case)| {
            let needs = case.needs.iter().map(|need| need.value.as_str());
            (case.id.value.as_str(), needs.collect())
        })
        .collect();
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    for (file, case) in cases {
        let id = case.id.value.as_str();
        if reported.contains(id) {
            continue;
        }
        let Some(circle) = circle_from(id, &needs) else {
            continue;
        };
        let message = match circle.len() {
            0..=10 => format!("cases need each other: {} → {id}", circle.join(" → ")),
            count => format!("{count} cases need each other in a circle"),
        };
        reported.extend(circle);
        found.push(
            Diagnostic::at(Code::CircularNeeds, file, case.id.referenced, message)
                .help("take one of these out of `needs`"),
        );
    }
    found
}

/// The shortest way from a case through its needs back to itself.
fn circle_from<'s>(
    start: &'s str,
    needs: &BTreeMap<&'s str, Vec<&'s str>>,
) -> Option<Vec<&'s str>> {
    let mut before = BTreeMap::<&str, &str>::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(id) = queue.pop_front() {
        for &need in needs.get(id).into_iter().flatten() {
            if need == start {
                let mut way = vec![id];
                while let Some(&earlier) = way.last().and_then(|last| before.get(last)) {
                    way.push(earlier);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(need) {
                before.insert(need, id);
                queue.push_back(need);
            }
        }
    }
    None
}
