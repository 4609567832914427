//! The places at which what passes may be changed.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::expected_issue::ExpectedIssue;
use crate::provider::model::{
    Ask, CertificateTerms, Defect, Flaw, Form, Refusal, Reply, Search, Slip, Terms, Window, Written,
};
use crate::provider::store::Store;

/// Where a fault acts, in the order in which a search passes.
pub(in crate::provider) enum Seam {
    /// The path below the base URL.
    Route(fn(&mut String)),
    /// The parameters of the URL of a request that is posted.
    PostedUrl(fn(&mut Vec<(String, String)>)),
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
