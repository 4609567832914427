//! Constraints of R4 that are broken often, in words that say what to do.
//!
//! The embedded definitions hold facts only. A package's own text wins where there is one.

/// Key, what is wrong, what to do.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "ait-1",
        "a resolved or inactive allergy needs a clinical status",
        "set clinicalStatus",
    ),
    (
        "ait-2",
        "an allergy entered in error must not have a clinical status",
        "remove clinicalStatus",
    ),
    (
        "att-1",
        "an attachment with data does not say of what type the data is",
        "set contentType",
    ),
    (
        "bdl-1",
        "only a searchset or a history may state a total",
        "remove total",
    ),
    (
        "bdl-2",
        "only a searchset may have entry.search",
        "remove entry.search",
    ),
    (
        "bdl-3",
        "entry.request does not fit the type of the Bundle",
        "give each entry of a batch, transaction or history a request, and no other entry one",
    ),
    (
        "bdl-4",
        "entry.response does not fit the type of the Bundle",
        "give each entry of a response or history a response, and no other entry one",
    ),
    (
        "bdl-5",
        "an entry has no resource, no request and no response",
        "add the resource, or remove the entry",
    ),
    (
        "bdl-7",
        "two entries have the same fullUrl and version",
        "make fullUrls unique",
    ),
    (
        "bdl-8",
        "a fullUrl names a version",
        "give the address without _history",
    ),
    (
        "bdl-9",
        "a document has no identifier with system and value",
        "set identifier.system and identifier.value",
    ),
    ("bdl-10", "a document has no timestamp", "set timestamp"),
    (
        "bdl-11",
        "a document does not begin with a Composition",
        "make a Composition the first entry",
    ),
    (
        "bdl-12",
        "a message does not begin with a MessageHeader",
        "make a MessageHeader the first entry",
    ),
    (
        "cmp-1",
        "a section has neither text nor entries nor parts",
        "fill the section or remove it",
    ),
    (
        "cmp-2",
        "a section with entries says why it is empty",
        "remove emptyReason, or the entries",
    ),
    (
        "con-3",
        "a problem of the problem list has no clinical status",
        "set clinicalStatus, unless the condition was entered in error",
    ),
    (
        "con-4",
        "a condition that has ended is said to be active",
        "correct clinicalStatus, or remove the abatement",
    ),
    (
        "con-5",
        "a condition entered in error must not have a clinical status",
        "remove clinicalStatus",
    ),
    (
        "cpt-2",
        "a contact point with a value has no system",
        "set system to phone, email or whatever it is",
    ),
    (
        "dom-2",
        "a contained resource contains resources itself",
        "move them into the outer resource's contained",
    ),
    (
        "dom-3",
        "a contained resource is not referred to",
        "refer to it by #id from this resource, or remove it",
    ),
    (
        "dom-4",
        "a contained resource has a version or a time of change",
        "remove meta.versionId and meta.lastUpdated from it",
    ),
    (
        "dom-5",
        "a contained resource has a security label",
        "put the label on the outer resource",
    ),
    (
        "dom-6",
        "the resource has no narrative",
        "add text.div, so that people can read it everywhere",
    ),
    (
        "ele-1",
        "the element has neither a value nor content",
        "give it a value, or leave it out",
    ),
    (
        "ext-1",
        "an extension needs either a value or extensions, and not both",
        "keep one of the two",
    ),
    (
        "obs-3",
        "a reference range has neither low nor high nor text",
        "give at least one of the three",
    ),
    (
        "obs-6",
        "an observation with a value says why it has none",
        "remove dataAbsentReason, or the value",
    ),
    (
        "obs-7",
        "the value stands beside a component with the same code",
        "leave value out, or remove that component",
    ),
    (
        "pat-1",
        "a contact has nothing to reach or name it by",
        "give name, telecom, address or organization",
    ),
    (
        "per-1",
        "the period begins after it ends",
        "correct start or end",
    ),
    (
        "qty-3",
        "the quantity has a code but no system",
        "set system, usually http://unitsofmeasure.org",
    ),
    (
        "rat-1",
        "a ratio needs numerator and denominator, or neither and an extension",
        "give both",
    ),
    (
        "ref-1",
        "the reference points to a contained resource that is not there",
        "put the resource into contained, or refer to another one",
    ),
    (
        "rng-2",
        "the range's low is more than its high",
        "correct low or high",
    ),
    (
        "sqty-1",
        "this quantity must not have a comparator",
        "remove comparator",
    ),
    (
        "tim-1",
        "the timing has a duration without a unit",
        "set durationUnit",
    ),
    (
        "tim-2",
        "the timing has a period without a unit",
        "set periodUnit",
    ),
    (
        "vs-1",
        "a vital sign's time is not given to the day",
        "give effectiveDateTime to the day at least",
    ),
    (
        "vs-2",
        "a vital sign has no value, no components or members, and no reason for that",
        "give a value, or dataAbsentReason",
    ),
    (
        "vs-3",
        "a component of a vital sign has no value and no reason for that",
        "give a value, or dataAbsentReason",
    ),
];

/// What is wrong and what to do, for a constraint of R4's own.
pub fn of(key: &str) -> Option<(&'static str, &'static str)> {
    WORDS
        .iter()
        .find(|(known, ..)| *known == key)
        .map(|(_, wrong, fix)| (*wrong, *fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique() {
        let mut keys: Vec<&str> = WORDS.iter().map(|(key, ..)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), WORDS.len());
        assert!(of("dom-6").is_some());
    }
}
