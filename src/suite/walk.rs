//! Everything in a case that inserts or names a value.

use serde_saphyr::Spanned;

use super::model::{
    Action, Body, Capability, Case, Expectation, Given, GroupedExpectations, PoolQuery, QueryValue,
    Step,
};
use super::template::Template;

/// The templates that are filled in before a run: title, type, verified requirements
/// and required capabilities.
pub(super) fn templates_of_case(case: &Case) -> Vec<&Template> {
    let mut found = vec![&case.title];
    found.extend(&case.resource_type);
    found.extend(&case.verifies);
    for requires in &case.requires {
        found.push(requires.capability.template());
        found.extend(&requires.conformance);
    }
    for step in &case.steps {
        for expectation in &step.expect {
            verified(expectation, &mut found);
        }
    }
    found
}

/// The templates of values that are looked up before the first step.
pub(super) fn templates_of_given(given: &Given) -> Vec<&Template> {
    match given {
        Given::Seed(PoolQuery { pool, having }) => std::iter::once(pool).chain(having).collect(),
        Given::UnknownId(text) | Given::OtherPatient(text) | Given::Referenced(text) => vec![text],
        Given::Scope(scope) => vec![&scope.resource_type],
        Given::Unique(text) => vec![text],
        Given::Patient(_) | Given::ClientId(_) => Vec::new(),
    }
}

fn verified<'c>(expectation: &'c Expectation, found: &mut Vec<&'c Template>) {
    if let Some(group) = expectation.group() {
        found.extend(&group.verifies);
        for inner in &group.expect {
            verified(inner, found);
        }
    }
}

/// The templates of a step that are filled in when it runs.
pub(super) fn templates_of_step(step: &Step) -> Vec<&Template> {
    let mut found = Vec::new();
    if let Some(each) = &step.each {
        found.push(&each.pool);
        found.extend(&each.having);
    }
    found.extend(step.request.as_ref().and_then(Action::identity));
    found.extend(step.capture.values());
    match &step.request {
        Some(Action::Read(read)) => {
            found.extend([&read.resource_type, &read.id]);
            found.extend(read.headers.values());
        }
        Some(Action::Search(search)) => {
            found.push(&search.resource_type);
            for (name, values) in &search.query {
                found.push(name);
                for value in values {
                    match value {
                        QueryValue::Text(text) => found.push(text),
                        QueryValue::From(from) => {
                            found.extend(from.prefix.iter().chain(&from.suffix))
                        }
                    }
                }
            }
            found.extend(search.headers.values());
        }
        Some(Action::Get(get)) => {
            found.push(&get.path);
            found.extend(get.headers.values());
        }
        Some(Action::Send(send)) => {
            found.extend(&send.path);
            found.extend(send.headers.values());
            found.extend(send.body.iter().flat_map(Body::templates));
            found.extend(&send.text);
        }
        Some(Action::Publish(publish)) => found.extend(publish.templates()),
        Some(Action::Token(token)) => {
            found.extend(token.scope.iter().chain(&token.signature));
            for change in &token.change {
                found.extend([&change.part, &change.member]);
                found.extend(change.content.iter().chain(&change.seconds));
            }
        }
        Some(Action::Introspect(introspect)) => found.push(&introspect.token),
        Some(Action::Discovered(discovered)) => found.push(&discovered.member),
        Some(Action::Handshake(handshake)) => found.push(&handshake.offer),
        None => {}
    }
    for expectation in flat(&step.expect) {
        match expectation {
            Expectation::Resource(text)
            | Expectation::Sorted(text)
            | Expectation::OfPatient(text)
            | Expectation::Fhirpath(text)
            | Expectation::References(text)
            | Expectation::Includes(text) => found.push(text),
            Expectation::Header(header) => found.extend(&header.is),
            Expectation::Attachment(rule) => found.extend(rule.size.iter().chain(&rule.hash)),
            Expectation::Records(rule) => {
                found.extend([&rule.pool, &rule.fhirpath]);
                found.extend(&rule.having);
            }
            Expectation::Profile(profiles) => found.extend(profiles),
            Expectation::OauthError(codes) => found.extend(codes),
            _ => {}
        }
    }
    found
}

/// The variables that a step names without braces.
pub(super) fn variables_of_step(step: &Step) -> Vec<&Spanned<String>> {
    let mut found = Vec::new();
    if let Some(Action::Publish(publish)) = &step.request {
        found.push(&publish.like);
    }
    if let Some(Action::Search(search)) = &step.request {
        let values = search.query.iter().flat_map(|(_, values)| values);
        found.extend(values.filter_map(|value| match value {
            QueryValue::From(from) => Some(&from.seed),
            QueryValue::Text(_) => None,
        }));
    }
    for expectation in flat(&step.expect) {
        match expectation {
            Expectation::Contains(variable)
            | Expectation::Lacks(variable)
            | Expectation::SameAs(variable) => found.push(variable),
            _ => {}
        }
    }
    found
}

/// The steps that a step compares itself with.
pub(super) fn steps_of_step(step: &Step) -> Vec<&Spanned<String>> {
    let compared = flat(&step.expect).into_iter();
    compared
        .filter_map(|expectation| match expectation {
            Expectation::SameMatches(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// Expectations with those inside of groups, without the groups. Groups nest only as deep as a file
/// may.
pub(super) fn flat(expectations: &[Expectation]) -> Vec<&Expectation> {
    expectations
        .iter()
        .flat_map(|expectation| match expectation.group() {
            Some(group) => flat(&group.expect),
            None => vec![expectation],
        })
        .collect()
}

impl Expectation {
    /// The group, where this is one.
    #[must_use]
    pub fn group(&self) -> Option<&GroupedExpectations> {
        match self {
            Self::Should(group) | Self::Shall(group) => Some(group),
            _ => None,
        }
    }
}

impl Capability {
    /// What names the capability.
    #[must_use]
    pub fn template(&self) -> &Template {
        match self {
            Self::Type(name)
            | Self::Interaction(name)
            | Self::SearchParameter(name)
            | Self::Operation(name)
            | Self::Include(name)
            | Self::Instantiates(name)
            | Self::Declares(name)
            | Self::Authorization(name)
            | Self::Discovered(name)
            | Self::Connection(name) => name,
        }
    }
}
