//! What data the target must hold for tests to run.

use std::collections::BTreeMap;

use super::{Plan, PlannedTest};
use crate::suite::{Given, Template};

/// Data that a test needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prerequisite {
    pub resource_type: String,
    /// Element path (FHIRPath) that must have a value; absent: any resource of the type does.
    pub element: Option<String>,
    /// What it is for, in a few words.
    pub why: String,
}

/// Data with the tests that run only where the target holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrerequisiteGain {
    pub resource_type: String,
    /// As in [`Prerequisite`].
    pub element: Option<String>,
    /// What it is for; each once.
    pub why: Vec<String>,
    /// Ids of the tests, in plan order.
    pub tests: Vec<String>,
}

impl Plan {
    /// What data the tests need that are not skipped beforehand, the data that most tests need
    /// first.
    #[must_use]
    pub fn prerequisites(&self) -> Vec<PrerequisiteGain> {
        let mut found = BTreeMap::<_, PrerequisiteGain>::new();
        for test in self.selected() {
            for prerequisite in test.prerequisites() {
                let Prerequisite {
                    resource_type,
                    element,
                    why,
                } = prerequisite;
                let gain = found
                    .entry((resource_type.clone(), element.clone()))
                    .or_insert_with(|| PrerequisiteGain {
                        resource_type,
                        element,
                        why: Vec::new(),
                        tests: Vec::new(),
                    });
                if !gain.why.contains(&why) {
                    gain.why.push(why);
                }
                if gain.tests.last() != Some(&test.id) {
                    gain.tests.push(test.id.clone());
                }
            }
        }
        let mut gains: Vec<_> = found.into_values().collect();
        gains.sort_by_key(|gain| std::cmp::Reverse(gain.tests.len()));
        gains
    }
}

impl PlannedTest {
    /// What data the test needs; each once.
    #[must_use]
    pub fn prerequisites(&self) -> Vec<Prerequisite> {
        let mut found = Vec::new();
        for given in self.case.given.values() {
            self.given_data(given, &mut found);
        }
        for step in &self.case.steps {
            if let Some(each) = &step.each {
                let why = format!("up to {} are looked at one by one", each.most);
                self.pool_data(&each.pool, &each.having, &why, &mut found);
            } else if step.request.is_none()
                && step.answers.is_none()
                && let Some(resource_type) = &self.resource_type
            {
                found.push(Prerequisite {
                    resource_type: resource_type.clone(),
                    element: None,
                    why: "all that were found are judged".to_owned(),
                });
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn given_data(&self, given: &Given, found: &mut Vec<Prerequisite>) {
        let patient = |why: &str| Prerequisite {
            resource_type: "Patient".to_owned(),
            element: None,
            why: why.to_owned(),
        };
        match given {
            Given::Seed(query) => {
                self.pool_data(&query.pool, &query.having, "one is tested with", found);
            }
            Given::Patient(0) => found.push(patient("one whose data are asked for")),
            Given::Patient(_) | Given::OtherPatient(_) => {
                found.push(patient("a second one, to tell the data of patients apart"));
            }
            Given::Referenced(resource_type) => found.push(Prerequisite {
                resource_type: resource_type.render_known(&|name| self.value(name)),
                element: None,
                why: "one that another resource refers to".to_owned(),
            }),
            Given::UnknownId(_) | Given::Scope(_) | Given::ClientId(_) | Given::Unique(_) => {}
        }
    }

    fn pool_data(
        &self,
        pool: &Template,
        having: &[Template],
        why: &str,
        found: &mut Vec<Prerequisite>,
    ) {
        let render = |template: &Template| template.render_known(&|name| self.value(name));
        let elements: Vec<_> = having
            .iter()
            .map(render)
            .filter(|element| !element.is_empty())
            .collect();
        found.push(Prerequisite {
            resource_type: render(pool),
            element: (!elements.is_empty()).then(|| elements.join(" and ")),
            why: why.to_owned(),
        });
    }
}
