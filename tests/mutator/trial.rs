//! Which mutants are tried, of which subjects.

use std::collections::{BTreeMap, HashMap};

use fhir_assay::profile::element::Constraint;

use crate::constraints;
use crate::kinds::{KINDS, invariant};
use crate::mutant::Mutant;
use crate::site::{Head, Site, sites};
use crate::slice;
use crate::subject::Subject;

/// A mutant of a subject.
pub struct Trial<'s> {
    pub subject: &'s Subject,
    pub mutant: Mutant,
}

/// Mutants of every rule of every definition that one of the subjects keeps.
/// Beside them the constraints that nothing breaks.
pub fn all(subjects: &[Subject]) -> (Vec<Trial<'_>>, Vec<String>) {
    let mut sampler = Sampler::default();
    let mut searches = Searches::default();
    let mut out = Vec::new();
    for subject in subjects {
        let (sites, heads) = sites(&subject.resource);
        for head in heads {
            searches.add(subject, head);
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
    let (found, unbroken) = searches.run();
    out.extend(found);
    (out, unbroken)
}

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

/// Constraints and where to seek mutants of them.
#[derive(Default)]
struct Searches<'s> {
    places: BTreeMap<String, Vec<Search<'s>>>,
}

struct Search<'s> {
    subject: &'s Subject,
    head: Head<'s>,
    constraint: &'s Constraint,
}

/// Places at which a mutant of a constraint is sought.
const PLACES: usize = 40;

impl<'s> Searches<'s> {
    fn add(&mut self, subject: &'s Subject, head: Head<'s>) {
        let element = &head.node.element.id;
        let profile = head.profile.unwrap_or_default();
        let node = head.node;
        for constraint in &node.element.constraints {
            // Every element has these; they have kinds of their own.
            if matches!(constraint.key.as_str(), "ele-1" | "ext-1") {
                continue;
            }
            let key = format!("{} {element} {profile}", constraint.key);
            let places = self.places.entry(key).or_default();
            if places.len() < PLACES {
                places.push(Search {
                    subject,
                    head: head.clone(),
                    constraint,
                });
            }
        }
    }

    /// One mutant of each constraint, where one is found; says which are never broken.
    fn run(self) -> (Vec<Trial<'s>>, Vec<String>) {
        let searches: Vec<(String, Vec<Search<'s>>)> = self.places.into_iter().collect();
        let found = in_parallel(&searches, |(_, places)| places.iter().find_map(Search::run));
        let broken = searches
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_some());
        let keys = broken.filter_map(|((key, _), _)| key.split(' ').next());
        let unbroken = constraints::unbroken(&keys.map(str::to_owned).collect());
        (found.into_iter().flatten().collect(), unbroken)
    }
}

impl<'s> Search<'s> {
    fn run(&self) -> Option<Trial<'s>> {
        let mutant = invariant::mutant(&self.head, self.constraint)?;
        let changed = mutant.apply(self.head.document);
        let subject = self.subject;
        let mut slices = self.head.slices.iter();
        let stays = slices.all(|(sliced, slice, at)| {
            slice::still_fits(&changed, sliced, slice, at) == Some(true)
        });
        stays.then_some(Trial { subject, mutant })
    }
}

/// The results of a function, made by two threads.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Neighbours are alike, so each thread takes every other one.
    let part = |first: usize| -> Vec<R> { items.iter().skip(first).step_by(2).map(&run).collect() };
    let (even, odd) = std::thread::scope(|scope| {
        let other = scope.spawn(|| part(1));
        (part(0), other.join().expect("no panic"))
    });
    let mut odd = odd.into_iter();
    let pairs = even
        .into_iter()
        .flat_map(|one| std::iter::once(one).chain(odd.next()));
    pairs.collect()
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
