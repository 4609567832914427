//! Every fault by its name.

use std::str::FromStr;

use super::{
    answers, authorization, capabilities, content, documents, search, submissions, transport,
};
use crate::provider::seams::{Fault, FaultSet};
use crate::spelling::nearest;

/// The files of rows, in the order of the list.
static TABLES: [&[Fault]; 26] = [
    search::asking::FAULTS,
    search::combining::FAULTS,
    search::matching::FAULTS,
    search::page::FAULTS,
    search::patient_lookup::FAULTS,
    search::patient_match::FAULTS,
    content::show::FAULTS,
    content::violations::FAULTS,
    content::records::FAULTS,
    content::spoilt::FAULTS,
    capabilities::declare::FAULTS,
    capabilities::document_capabilities::FAULTS,
    documents::reference::FAULTS,
    documents::retrieval::FAULTS,
    answers::serialise::FAULTS,
    answers::failure::FAULTS,
    answers::negotiation::FAULTS,
    answers::results::FAULTS,
    authorization::discovery::FAULTS,
    authorization::assertion::FAULTS,
    authorization::token::FAULTS,
    authorization::introspection::FAULTS,
    authorization::protection::FAULTS,
    transport::FAULTS,
    submissions::judging::FAULTS,
    submissions::writing::FAULTS,
];

impl Fault {
    /// Every fault there is.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TABLES.iter().copied().flatten()
    }

    /// The fault of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        Self::all().find(|fault| fault.name == name)
    }
}

/// A name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called '{name}'{}: `serve --fault list` shows all", or_perhaps(*.similar))]
pub struct UnknownFault {
    pub name: String,
    /// The fault with the most similar name, if one is similar at all.
    pub similar: Option<&'static str>,
}

fn or_perhaps(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}

impl UnknownFault {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            similar: nearest(name, Fault::all().map(Fault::name)),
        }
    }
}

impl FromStr for FaultSet {
    type Err = UnknownFault;

    /// One name.
    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::of([name])
    }
}

impl FaultSet {
    /// The faults of these names.
    ///
    /// # Errors
    /// [`UnknownFault`] for the first name that no fault has.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, UnknownFault> {
        names
            .into_iter()
            .map(|name| Fault::by_name(name).ok_or_else(|| UnknownFault::new(name)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_descriptions_are_sentences() {
        let names: BTreeSet<_> = Fault::all().map(Fault::name).collect();
        assert_eq!(names.len(), Fault::all().count());
        for fault in Fault::all() {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(fault.name.chars().all(kebab), "{}", fault.name);
            assert!(fault.description.ends_with('.'), "{}", fault.name);
            assert!(!fault.description.contains('\n'), "{}", fault.name);
        }
    }

    #[test]
    fn unknown_names_are_refused_with_the_most_similar() {
        let similar = |name: &str| {
            let error = name.parse::<FaultSet>().expect_err("unknown");
            assert_eq!(error.name, name);
            error.similar
        };
        assert_eq!(similar("xyz"), None);
        assert_eq!(similar("page-overlap"), Some("pages-overlap"));
        let error = UnknownFault::new("etag-mising");
        assert!(error.to_string().contains("did you mean 'etag-missing'?"));
    }
}
