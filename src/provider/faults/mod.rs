//! Named faults: what implementers get wrong, as a value of one instance.
//!
//! A fault is a row: a name, the mistake in one sentence, and a small function at the seam where the
//! behaviour it breaks passes. The provider itself knows no fault; at each seam it hands over what
//! passes, and the instance's faults may change it. Rows stand in one file a seam.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::ask::{Ask, Interaction};
use super::authorization::{Defect, Form, Terms};
use super::outcome::Refusal;
use super::page::Window;
use super::reply::{Content, Reply};
use super::search::Search;
use super::store::Store;
use super::submissions::{Flaw, Slip};
use super::tls::CertificateTerms;
use crate::spelling::nearest;

pub(super) use writing::Written;

mod asking;
mod assertion;
mod combining;
mod content;
mod declare;
mod discovery;
mod document_capabilities;
mod documents;
mod introspection;
mod matching;
mod negotiation;
mod page;
mod patient_lookup;
mod patient_match;
mod protection;
mod records;
mod results;
mod serialise;
mod show;
mod submissions;
mod token;
mod transport;
mod writing;

/// One mistake that an instance can make.
pub struct Fault {
    name: &'static str,
    description: &'static str,
    /// Ids of the cases that are there for this mistake: each must notice it.
    caught_by: &'static [&'static str],
    /// What else the mistake may break: ids of cases, or `group:NAME` for all of a group.
    also: &'static [&'static str],
    seam: Seam,
}

/// Where a fault acts, in the order in which a search passes.
enum Seam {
    /// The path below the base URL.
    Route(fn(&mut String)),
    /// The parameters of a search, before they are read: type, parameters.
    Ask(fn(&str, &mut Vec<(String, String)>)),
    /// The refusal of a request: true lets it pass.
    Authorize(fn(&Refusal) -> bool),
    /// The matches of a search.
    Match(for<'s> fn(&'s Store, &Search, &mut Vec<&'s Value>)),
    /// Which matches stand on a page.
    Page(fn(&mut Window)),
    /// The Bundle of a page.
    Assemble(fn(&mut Value)),
    /// A resource, wherever it is shown.
    Show(fn(&mut Value)),
    /// A resource that is read.
    ShowRead(fn(&mut Value)),
    /// The CapabilityStatement.
    Declare(fn(&mut Value)),
    /// What is wrong with a token request, a token or an introspection: true looks away.
    Overlook(fn(Defect) -> bool),
    /// A request without an access token: true lets it pass.
    Excuse(fn(&Ask) -> bool),
    /// The algorithm of an assertion: true refuses it, though it is announced.
    Distrust(fn(&str) -> bool),
    /// A token request, before it is looked at.
    Misread(fn(&mut Form)),
    /// The client under whose name a used assertion is remembered.
    Remember(fn(&str) -> &str),
    /// The first words of a connection: what is said to them in the place of TLS.
    Greet(fn(&[u8]) -> Option<Vec<u8>>),
    /// The certificate.
    Certify(fn(&mut CertificateTerms)),
    /// The SMART configuration.
    Discover(fn(&mut Value)),
    /// What a token is to grant.
    Grant(fn(&mut Terms)),
    /// Any response of the token endpoint.
    Tell(fn(&mut Reply)),
    /// Who asks about a token: true refuses him, though he is known.
    Discredit(fn(&HeaderMap) -> bool),
    /// What is said of a token.
    Introspect(fn(&mut Value)),
    /// A read with conditions: true reads without them.
    Unconditional(fn(&Ask) -> bool),
    /// Any response. The request is absent where it could not be read.
    Serialise(fn(Option<&Ask>, &mut Reply)),
    /// Any response as it is sent: written, compressed, with all headers.
    Send(fn(Option<&Ask>, &mut Reply)),
    /// A resource, wherever it is shown: one rule of a profile is broken.
    Spoil(ExpectedIssue, fn(&mut Value)),
    /// The Provenance of what was taken from a document, wherever it is shown.
    Derive(fn(&mut Value)),
    /// The answer to a read of a document.
    Retrieve(fn(&Ask, &mut Reply)),
    /// A document Bundle that is read.
    Document(fn(&mut Map<String, Value>)),
    /// A request that would change something: how it is answered as if it did.
    Accept(fn(&Written<'_>) -> Option<Reply>),
    /// What is wrong with a document that is handed in, and not seen.
    Tolerate(Flaw),
    /// What goes wrong with a sound one.
    Slip(Slip),
    /// What is sent is refused, and shown by searches all the same.
    Store,
    /// The response to a search that this instance has answered before.
    Repeat(fn(&mut Reply)),
    /// One mistake that shows at several places.
    Several(&'static [Self]),
}

/// The issue by which a spoilt resource is to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedIssue {
    /// FHIRPath of the element, from the resource's type, without indexes.
    pub expression: &'static str,
    /// Kind of the rule, or key of the constraint.
    pub rule: &'static str,
}

/// Whether it is the Provenance of what was taken from a document.
fn is_derivation(resource: &Value) -> bool {
    resource["resourceType"] == "Provenance" && resource.get("entity").is_some()
}

impl ExpectedIssue {
    fn is_about(&self, resource: &Value) -> bool {
        let about = self.expression.split('.').next();
        resource["resourceType"].as_str() == about
    }
}

/// The files of rows, in the order of the list.
static TABLES: [&[Fault]; 23] = [
    asking::FAULTS,
    combining::FAULTS,
    matching::FAULTS,
    page::FAULTS,
    patient_lookup::FAULTS,
    patient_match::FAULTS,
    show::FAULTS,
    records::FAULTS,
    content::FAULTS,
    declare::FAULTS,
    document_capabilities::FAULTS,
    documents::FAULTS,
    serialise::FAULTS,
    negotiation::FAULTS,
    results::FAULTS,
    discovery::FAULTS,
    assertion::FAULTS,
    token::FAULTS,
    introspection::FAULTS,
    protection::FAULTS,
    transport::FAULTS,
    submissions::FAULTS,
    writing::FAULTS,
];

impl Fault {
    /// A fault that looks away from what is wrong about authorization.
    const fn overlooks(
        name: &'static str,
        description: &'static str,
        caught_by: &'static [&'static str],
        act: fn(Defect) -> bool,
    ) -> Self {
        Self {
            name,
            description,
            caught_by,
            also: &[],
            seam: Seam::Overlook(act),
        }
    }

    /// The same fault, with what else it may break.
    const fn may_also_break(mut self, also: &'static [&'static str]) -> Self {
        self.also = also;
        self
    }

    /// Every fault there is.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TABLES.iter().copied().flatten()
    }

    /// The fault of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        Self::all().find(|fault| fault.name == name)
    }

    /// Kebab-case, unique, stable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The mistake, in one sentence.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// Ids of the cases that are there for this mistake; each of them must notice it.
    #[must_use]
    pub fn caught_by(&self) -> &'static [&'static str] {
        self.caught_by
    }

    /// True where the mistake may also break this case of this group.
    #[must_use]
    pub fn may_break(&self, case: &str, group: &str) -> bool {
        self.also
            .iter()
            .any(|other| *other == case || other.strip_prefix("group:") == Some(group))
    }

    /// The issue that the report must have, where the mistake is in the content.
    #[must_use]
    pub fn expected_issue(&self) -> Option<&ExpectedIssue> {
        match &self.seam {
            Seam::Spoil(expected, _) => Some(expected),
            _ => None,
        }
    }

    /// What else the mistake may break: ids of cases, or `group:NAME`.
    #[must_use]
    pub fn also(&self) -> &'static [&'static str] {
        self.also
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
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

/// What is wrong with an instance; empty for a sound one.
#[derive(Debug, Clone, Default)]
pub struct FaultSet {
    faults: Vec<&'static Fault>,
    /// The searches answered so far, for [`Seam::Repeat`].
    answered: Arc<Mutex<HashSet<String>>>,
    /// What was sent, for [`Seam::Store`].
    stored: Arc<Mutex<Vec<Value>>>,
}

impl FromStr for FaultSet {
    type Err = UnknownFault;

    /// One name.
    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::of([name])
    }
}

impl From<&'static Fault> for FaultSet {
    fn from(fault: &'static Fault) -> Self {
        std::iter::once(fault).collect()
    }
}

impl FromIterator<&'static Fault> for FaultSet {
    fn from_iter<I: IntoIterator<Item = &'static Fault>>(faults: I) -> Self {
        Self {
            faults: faults.into_iter().collect(),
            answered: Arc::default(),
            stored: Arc::default(),
        }
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

    /// The faults' names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.faults.iter().map(|fault| fault.name)
    }

    fn seams(&self) -> impl Iterator<Item = &'static Seam> {
        self.faults.iter().flat_map(|fault| match &fault.seam {
            Seam::Several(seams) => seams.iter(),
            seam => std::slice::from_ref(seam).iter(),
        })
    }

    pub(super) fn route(&self, path: &mut String) {
        for seam in self.seams() {
            if let Seam::Route(act) = seam {
                act(path);
            }
        }
    }

    pub(super) fn ask(&self, resource_type: &str, parameters: &mut Vec<(String, String)>) {
        for seam in self.seams() {
            if let Seam::Ask(act) = seam {
                act(resource_type, parameters);
            }
        }
    }

    /// Lets a refused request pass where a fault says so.
    pub(super) fn judge(&self, verdict: Result<(), Refusal>) -> Result<(), Refusal> {
        verdict.or_else(|refusal| {
            let passes = |seam: &Seam| matches!(seam, Seam::Authorize(act) if act(&refusal));
            if self.seams().any(passes) {
                Ok(())
            } else {
                Err(refusal)
            }
        })
    }

    /// Lets what is wrong about authorization pass where a fault looks away.
    pub(super) fn overlook(&self, verdict: Result<(), Defect>) -> Result<(), Defect> {
        verdict.or_else(|defect| {
            let passes = |seam: &Seam| matches!(seam, Seam::Overlook(act) if act(defect));
            if self.seams().any(passes) {
                Ok(())
            } else {
                Err(defect)
            }
        })
    }

    /// Lets a request pass where a fault sees no need of a token.
    pub(super) fn excuse(&self, ask: &Ask, defect: Defect) -> Result<(), Defect> {
        let passes = |seam: &Seam| matches!(seam, Seam::Excuse(act) if act(ask));
        if self.seams().any(passes) {
            Ok(())
        } else {
            Err(defect)
        }
    }

    /// Refuses an assertion where a fault does not know its algorithm.
    pub(super) fn distrust(&self, algorithm: &str) -> Result<(), Defect> {
        let refuses = |seam: &Seam| matches!(seam, Seam::Distrust(act) if act(algorithm));
        if self.seams().any(refuses) {
            Err(Defect::AlgorithmOther)
        } else {
            Ok(())
        }
    }

    pub(super) fn greet(&self, words: &[u8]) -> Option<Vec<u8>> {
        self.seams().find_map(|seam| match seam {
            Seam::Greet(act) => act(words),
            _ => None,
        })
    }

    pub(super) fn certify(&self, terms: &mut CertificateTerms) {
        for seam in self.seams() {
            if let Seam::Certify(act) = seam {
                act(terms);
            }
        }
    }

    pub(super) fn misread(&self, form: &mut Form) {
        for seam in self.seams() {
            if let Seam::Misread(act) = seam {
                act(form);
            }
        }
    }

    /// The name under which an assertion of this client is remembered.
    pub(super) fn remember<'c>(&self, client: &'c str) -> &'c str {
        let mut acts = self.seams().filter_map(|seam| match seam {
            Seam::Remember(act) => Some(act),
            _ => None,
        });
        acts.next().map_or(client, |act| act(client))
    }

    pub(super) fn discover(&self, document: &mut Value) {
        for seam in self.seams() {
            if let Seam::Discover(act) = seam {
                act(document);
            }
        }
    }

    pub(super) fn grant(&self, terms: &mut Terms) {
        for seam in self.seams() {
            if let Seam::Grant(act) = seam {
                act(terms);
            }
        }
    }

    pub(super) fn tell(&self, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Tell(act) = seam {
                act(reply);
            }
        }
    }

    /// Refuses a caller of the introspection where a fault does not know him.
    pub(super) fn discredit(&self, headers: &HeaderMap) -> Result<(), Defect> {
        let refuses = |seam: &Seam| matches!(seam, Seam::Discredit(act) if act(headers));
        if self.seams().any(refuses) {
            Err(Defect::CallerUnknown)
        } else {
            Ok(())
        }
    }

    pub(super) fn introspect(&self, answer: &mut Value) {
        for seam in self.seams() {
            if let Seam::Introspect(act) = seam {
                act(answer);
            }
        }
    }

    pub(super) fn select<'s>(
        &self,
        store: &'s Store,
        search: &Search,
        matches: &mut Vec<&'s Value>,
    ) {
        for seam in self.seams() {
            if let Seam::Match(act) = seam {
                act(store, search, matches);
            }
        }
    }

    /// Whether a fault does not see what is wrong with a document that is handed in.
    pub(super) fn tolerates(&self, flaw: Flaw) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Tolerate(other) if *other == flaw))
    }

    pub(super) fn slips(&self, slip: Slip) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Slip(other) if *other == slip))
    }

    pub(super) fn page(&self, window: &mut Window) {
        for seam in self.seams() {
            if let Seam::Page(act) = seam {
                act(window);
            }
        }
    }

    pub(super) fn assemble(&self, bundle: &mut Value) {
        for seam in self.seams() {
            if let Seam::Assemble(act) = seam {
                act(bundle);
            }
        }
    }

    pub(super) fn show(&self, resource: &mut Value) {
        for seam in self.seams() {
            match seam {
                Seam::Show(act) => act(resource),
                Seam::Spoil(expected, act) if expected.is_about(resource) => act(resource),
                Seam::Derive(act) if is_derivation(resource) => act(resource),
                _ => {}
            }
        }
    }

    pub(super) fn show_read(&self, resource: &mut Value) {
        self.show(resource);
        for seam in self.seams() {
            if let Seam::ShowRead(act) = seam {
                act(resource);
            }
        }
    }

    pub(super) fn declare(&self, statement: &mut Value) {
        for seam in self.seams() {
            if let Seam::Declare(act) = seam {
                act(statement);
            }
        }
    }

    /// True where a fault does not look at the conditions of a read.
    pub(super) fn is_unconditional(&self, ask: &Ask) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Unconditional(act) if act(ask)))
    }

    /// Whether a fault looks at what would change something.
    pub(super) fn takes_writes(&self) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Accept(_) | Seam::Store))
    }

    /// How a request that would change something is answered as if it did.
    pub(super) fn accept(&self, written: &Written<'_>) -> Option<Reply> {
        self.seams().find_map(|seam| match seam {
            Seam::Accept(act) => act(written),
            Seam::Store => {
                let mut stored = self.stored.lock().ok()?;
                stored.push(written.body.clone());
                None
            }
            _ => None,
        })
    }

    /// Adds what was stored to the result of a search for its type.
    fn show_stored(&self, ask: &Ask, reply: &mut Reply) {
        let (Interaction::Search { resource_type }, Content::Resource(bundle)) =
            (&ask.interaction, &mut reply.body)
        else {
            return;
        };
        let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) else {
            return;
        };
        let stored = self.stored.lock();
        for resource in stored.iter().flat_map(|stored| stored.iter()) {
            if resource["resourceType"] == *resource_type {
                entries.push(json!({ "resource": resource, "search": { "mode": "match" } }));
            }
        }
    }

    pub(super) fn serialise(&self, ask: Option<&Ask>, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Serialise(act) = seam {
                act(ask, reply);
            }
        }
        let Some(ask) = ask else { return };
        self.show_stored(ask, reply);
        if documents::is_document(ask) {
            self.retrieve(ask, reply);
        }
        if self.is_repeated(ask) {
            self.repeat(reply);
        }
    }

    pub(super) fn send(&self, ask: Option<&Ask>, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Send(act) = seam {
                act(ask, reply);
            }
        }
    }

    fn retrieve(&self, ask: &Ask, reply: &mut Reply) {
        for seam in self.seams() {
            match (seam, &mut reply.body) {
                (Seam::Retrieve(act), _) => act(ask, reply),
                (Seam::Document(act), Content::Resource(Value::Object(document))) => act(document),
                _ => {}
            }
        }
    }

    fn repeat(&self, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Repeat(act) = seam {
                act(reply);
            }
        }
    }

    /// True for a search that was answered before. Nothing is remembered where no fault asks for it.
    fn is_repeated(&self, ask: &Ask) -> bool {
        let Interaction::Search { resource_type } = &ask.interaction else {
            return false;
        };
        let asked = || format!("{resource_type} {:?}", ask.parameters);
        let remembers = |seam: &Seam| matches!(seam, Seam::Repeat(_));
        self.seams().any(remembers)
            && self
                .answered
                .lock()
                .is_ok_and(|mut answered| !answered.insert(asked()))
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
