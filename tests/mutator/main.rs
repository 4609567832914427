//! Breaks valid resources one rule at a time, for every kind of rule; the validator has to see each
//! of them, at its place, and to have nothing against the originals.

mod kinds;
mod library;
mod mutant;
mod site;
mod slice;
mod subject;

use std::collections::{BTreeMap, HashMap};

use fhir_assay::fhir::Issue;

use fhir_assay::profile::element::Constraint;
use kinds::KINDS;
use mutant::Mutant;
use site::{Head, Site};
use subject::Subject;

/// Says which mutants are tried: of one rule at the first place, and at ever fewer of those after it;
/// of a base type's many variants a few, which are others for other elements.
#[derive(Default)]
struct Sampler(HashMap<String, usize>);

/// Most variants of one kind that are tried of an element of a base type.
const VARIANTS: usize = 2;

/// Kinds of which every variant is tried: they are of few elements.
const WHOLE: [&str; 5] = [
    "narrative",
    "Bundle fullUrl",
    "document and message",
    "resourceType",
    "attachment",
];

impl Sampler {
    fn sample(&mut self, mutants: Vec<Mutant>, site: &Site<'_>) -> Vec<Mutant> {
        let mut by_kind: BTreeMap<&str, Vec<Mutant>> = BTreeMap::new();
        for mutant in mutants {
            by_kind.entry(mutant.kind).or_default().push(mutant);
        }
        let each = by_kind.into_values();
        each.flat_map(|mutants| self.of_kind(mutants, site))
            .collect()
    }

    fn of_kind(&mut self, mutants: Vec<Mutant>, site: &Site<'_>) -> Vec<Mutant> {
        let Some(first) = mutants.first() else {
            return mutants;
        };
        let id = &site.element().id;
        let profile = site.profile.unwrap_or_default();
        let count = self
            .0
            .entry(format!("{}|{profile}|{id}", first.kind))
            .or_default();
        *count += 1;
        // 1, 5, 25, 125, ...
        let mut step = 1;
        while step < *count {
            step *= 5;
        }
        if step != *count {
            return Vec::new();
        }
        let stride = match site.profile {
            Some(_) => 1,
            None if WHOLE.contains(&first.kind) => 1,
            None => mutants.len().div_ceil(VARIANTS),
        };
        let begin = (id.bytes().map(usize::from).sum::<usize>() + *count) % stride;
        mutants.into_iter().skip(begin).step_by(stride).collect()
    }
}

/// A mutant of a subject.
struct Trial<'s> {
    subject: &'s Subject,
    mutant: Mutant,
}

fn trials(subjects: &[Subject]) -> Vec<Trial<'_>> {
    let mut sampler = Sampler::default();
    let mut invariants = Invariants::default();
    let mut out = Vec::new();
    for subject in subjects {
        let (sites, heads) = site::sites(&subject.resource);
        for head in heads {
            for constraint in &head.node.element.constraints {
                let mutant = invariants.next(&head, constraint);
                out.extend(mutant.map(|mutant| Trial { subject, mutant }));
            }
        }
        for site in sites {
            for kind in KINDS {
                for mutant in sampler.sample(kind(&site), &site) {
                    if leaves_its_slice(&mutant, &site) || mutant.is_known(&subject.issues) {
                        continue;
                    }
                    let mutant = named(mutant, &site);
                    out.push(Trial { subject, mutant });
                }
            }
        }
    }
    invariants.tell();
    out
}

/// Constraints, with how many mutants were found of each and how often one was sought.
#[derive(Default)]
struct Invariants(BTreeMap<String, (usize, usize)>);

impl Invariants {
    /// One more mutant of a constraint, where that is worth the search.
    fn next(&mut self, head: &Head<'_>, constraint: &Constraint) -> Option<Mutant> {
        let element = &head.node.element.id;
        let profile = head.profile.unwrap_or_default();
        let key = match constraint.key.as_str() {
            // On every element: one of each is enough.
            key @ ("ele-1" | "ext-1") => format!("{key} {element}"),
            key => format!("{key} {element} {profile}"),
        };
        let (found, sought) = self.0.entry(key).or_default();
        if *found >= 1 || *sought >= 5 {
            return None;
        }
        *sought += 1;
        let mutant = kinds::invariant::mutant(head, constraint)?;
        let changed = mutant.apply(head.document);
        let left = head.slices.iter().any(|(sliced, slice, at)| {
            slice::still_fits(&changed, sliced, slice, at) != Some(true)
        });
        *found += usize::from(!left);
        (!left).then_some(mutant)
    }

    /// Says which constraints no small change of any resource breaks.
    fn tell(&self) {
        let mut keys: BTreeMap<&str, bool> = BTreeMap::new();
        for (key, (found, _)) in &self.0 {
            let key = key.split(' ').next().unwrap_or_default();
            *keys.entry(key).or_default() |= *found > 0;
        }
        let unbroken: Vec<&str> = keys
            .iter()
            .filter(|(_, found)| !**found)
            .map(|(key, _)| *key)
            .collect();
        println!(
            "{} constraints met, unbroken: {}",
            keys.len(),
            unbroken.join(" ")
        );
    }
}

fn named(mutant: Mutant, site: &Site<'_>) -> Mutant {
    let profile = site
        .profile
        .map_or(String::new(), |profile| format!(" of {profile}"));
    let kind = if site.by_content {
        "by contentReference"
    } else {
        mutant.kind
    };
    let of = format!("{} {}{profile}", site.element().id, mutant.of);
    Mutant { kind, ..mutant }.of(of)
}

/// True where the mutant is no longer what the rule is about: it has left its slice.
fn leaves_its_slice(mutant: &Mutant, site: &Site<'_>) -> bool {
    let own = site.sliced.zip(site.items.first());
    let own = own.filter(|(_, item)| mutant.place == item.pointer);
    if site.slices.is_empty() && own.is_none() {
        return false;
    }
    let changed = mutant.apply(site.document);
    let left = |sliced, slice, at| slice::still_fits(&changed, sliced, slice, at) != Some(true);
    own.is_some_and(|(sliced, item)| left(sliced, site.node, &item.pointer))
        || site
            .slices
            .iter()
            .any(|(sliced, slice, at)| left(sliced, slice, at))
}

/// Mutants and caught ones of a kind.
#[derive(Default)]
struct Count {
    mutants: usize,
    caught: usize,
}

fn run(trials: &[Trial<'_>]) -> (BTreeMap<&'static str, Count>, Vec<String>) {
    let half = trials.len().div_ceil(2).max(1);
    let judged: Vec<Option<Vec<Issue>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = trials
            .chunks(half)
            .map(|part| {
                scope.spawn(|| {
                    part.iter()
                        .map(|trial| {
                            let subject = trial.subject;
                            let verdict = trial.mutant.judge(&subject.resource, &subject.issues);
                            verdict.err()
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let join = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"));
        join.collect()
    });
    let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
    let mut missed = Vec::new();
    for (trial, verdict) in trials.iter().zip(judged) {
        let count = counts.entry(trial.mutant.kind).or_default();
        count.mutants += 1;
        match verdict {
            None => count.caught += 1,
            Some(found) => missed.push(describe(trial, &found)),
        }
    }
    (counts, missed)
}

fn describe(trial: &Trial<'_>, found: &[Issue]) -> String {
    let found: Vec<String> = found
        .iter()
        .filter(|issue| !trial.subject.issues.contains(issue))
        .map(|issue| format!("{}@{}", issue.rule, issue.location.pointer))
        .collect();
    let edits = format!("{:?}", trial.mutant.edits);
    let edits: String = edits.chars().take(400).collect();
    format!(
        "{} | {} | {} at {} | wanted {:?} | {edits} | found {found:?}",
        trial.mutant.kind,
        trial.mutant.of,
        trial.subject.name,
        trial.mutant.place,
        trial.mutant.rules
    )
}

#[test]
fn every_broken_rule_is_caught_and_every_original_accepted() {
    let (subjects, refused) = subject::all();
    for refused in &refused {
        println!("refused: {} {:#?}", refused.name, refused.issues);
    }
    let trials = trials(&subjects);
    let (counts, missed) = run(&trials);
    println!("{:<24} {:>8} {:>8}", "kind of rule", "mutants", "caught");
    for (kind, count) in &counts {
        println!("{kind:<24} {:>8} {:>8}", count.mutants, count.caught);
    }
    println!("{} subjects, {} mutants", subjects.len(), trials.len());
    println!("{}", missed.join("\n"));
    assert!(
        refused.is_empty(),
        "{} originals are refused",
        refused.len()
    );
    assert!(missed.is_empty(), "{} mutants are missed", missed.len());
}
