//! Breaks valid resources one rule at a time, for every kind of rule; the validator has to see each
//! of them, at its place, and to have nothing against the originals.

mod constraints;
#[path = "../common/findings.rs"]
mod findings;
mod kinds;
mod library;
mod members;
mod mutant;
mod site;
mod slice;
mod subject;
mod trial;

use std::collections::BTreeMap;

use fhir_assay::fhir::Issue;

use trial::Trial;

/// Mutants and caught ones of a kind.
#[derive(Default)]
struct Count {
    mutants: usize,
    caught: usize,
}

fn run(trials: &[Trial<'_>]) -> (BTreeMap<&'static str, Count>, Vec<String>) {
    let judged = trial::in_parallel(trials, |trial| {
        let subject = trial.subject;
        let verdict = trial.mutant.judge(&subject.resource, &subject.issues);
        verdict.err().map(|found| describe(trial, &found))
    });
    let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
    for (trial, missed) in trials.iter().zip(&judged) {
        let count = counts.entry(trial.mutant.kind).or_default();
        count.mutants += 1;
        count.caught += usize::from(missed.is_none());
    }
    (counts, judged.into_iter().flatten().collect())
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
    let (trials, unbroken) = trial::all(&subjects);
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
    // Without real examples, there is less to break.
    if subjects.len() > 600 {
        assert_eq!(
            unbroken,
            Vec::<String>::new(),
            "constraints without a mutant"
        );
    }
}
