//! A test in words, for `list`.

use std::fmt::Write;

use super::PlannedTest;
use crate::auth::Rights;
use crate::requirement::Catalogue;
use crate::suite::{
    Action, Given, Pages, QueryValue, SearchRequest, Sent, Step, Template, TokenRequest,
};

impl PlannedTest {
    /// The requests of the test, one for each step, such as `GET Condition?patient={patient}`.
    /// Braces stand for values that only the run knows.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.case.steps.iter().map(|step| self.step(step)).collect()
    }

    /// The test with all that is known of it before a run, as text of several lines.
    #[must_use]
    pub fn explain(&self, requirements: &Catalogue) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write_head(&mut text, requirements);
        let _ = self.write_body(&mut text);
        text
    }

    fn write_head(&self, to: &mut String, requirements: &Catalogue) -> std::fmt::Result {
        writeln!(to, "{}\n  {}", self.id, self.title)?;
        if let Some(why) = &self.case.why {
            writeln!(to, "  why: {}", why.trim())?;
        }
        let origin = &self.case.origin;
        writeln!(to, "  case: {}:{}", origin.file, origin.line)?;
        for id in &self.verifies {
            match requirements.get(id) {
                Some(known) => writeln!(
                    to,
                    "  verifies: {id} ({}, {})\n    {}",
                    known.conformance.word(),
                    known.source,
                    known.statement
                )?,
                None => writeln!(to, "  verifies: {id}")?,
            }
        }
        if let Some(skip) = &self.skip {
            writeln!(to, "  skipped: {}", skip.reason)?;
        }
        for (name, value) in &self.variables {
            writeln!(to, "  {name} = {value}")?;
        }
        for need in &self.case.needs {
            writeln!(to, "  after: {}", need.value)?;
        }
        for requires in &self.case.requires {
            let name = self.filled(requires.capability.template());
            let conformance = requires.conformance.as_ref();
            let conformance = conformance.map_or("optional".to_owned(), |text| self.filled(text));
            let note = match conformance.as_str() {
                "SHALL" => "SHALL, so tested even where undeclared",
                other => other,
            };
            writeln!(to, "  requires: {name} ({note})")?;
        }
        Ok(())
    }

    fn write_body(&self, to: &mut String) -> std::fmt::Result {
        for (name, given) in &self.case.given {
            writeln!(to, "  given {name}: {}", self.given(given))?;
        }
        for (number, step) in self.case.steps.iter().enumerate() {
            writeln!(to, "  {}. {}", number + 1, self.step(step))?;
            for expectation in &step.expect {
                let described = expectation.describe(&|template| self.filled(template));
                for line in described.lines() {
                    writeln!(to, "     expect {line}")?;
                }
            }
            if let Some(name) = &step.keep {
                writeln!(to, "     keep {} = the bytes of the answer", name.value)?;
            }
            for (name, path) in &step.capture {
                writeln!(to, "     capture {name} = {}", self.filled(path))?;
            }
        }
        Ok(())
    }

    pub(super) fn filled(&self, template: &Template) -> String {
        template.render_known(&|name| self.value(name))
    }

    fn given(&self, given: &Given) -> String {
        match given {
            Given::Seed(query) => {
                format!("one {}", self.with_elements(&query.pool, &query.having))
            }
            Given::Patient(position) => format!("patient number {}", position + 1),
            Given::OtherPatient(id) => format!("a patient other than {}", self.filled(id)),
            Given::Referenced(resource_type) => format!(
                "the id of a {} that another resource refers to",
                self.filled(resource_type)
            ),
            Given::Scope(scope) => format!(
                "the scope for {} of {}",
                match scope.rights {
                    Rights::Read => "read",
                    Rights::Search => "search",
                    Rights::ReadAndSearch => "read and search",
                    Rights::Create => "create",
                    Rights::Delete => "delete",
                },
                self.filled(&scope.resource_type)
            ),
            Given::ClientId(position) => format!("the id of client number {}", position + 1),
            Given::Unique(text) => format!("a text of its own, {}...", self.filled(text)),
            Given::UnknownId(resource_type) => format!(
                "an id of {} that the target does not have",
                self.filled(resource_type)
            ),
        }
    }

    /// `Condition seen before that has code`.
    fn with_elements(&self, pool: &Template, having: &[Template]) -> String {
        let elements: Vec<_> = having
            .iter()
            .map(|element| self.filled(element))
            .filter(|element| !element.is_empty())
            .collect();
        let pool = self.filled(pool);
        if elements.is_empty() {
            format!("{pool} seen before")
        } else {
            format!("{pool} seen before that has {}", elements.join(" and "))
        }
    }

    fn step(&self, step: &Step) -> String {
        let what = match &step.request {
            Some(Action::Read(read)) => format!(
                "{} {}/{}",
                read.method,
                self.filled(&read.resource_type),
                self.filled(&read.id)
            ),
            Some(Action::Search(search)) => self.search(search),
            Some(Action::Get(get)) => format!("{} {}", get.method, self.filled(&get.path)),
            Some(Action::Send(send)) => {
                let path = send.path.as_ref().map(|path| self.filled(path));
                format!("{} {}", send.method.name(), path.unwrap_or_default())
            }
            Some(Action::Publish(publish)) => {
                let path = publish.path.as_ref().map(|path| self.filled(path));
                let path = path.unwrap_or_else(|| "DocumentReference".to_owned());
                format!("POST {path} with a document like {}", publish.like.value)
            }
            Some(Action::Token(token)) => self.token(token),
            Some(Action::Introspect(introspect)) => format!(
                "ask the introspection endpoint about the token of {}",
                self.filled(&introspect.token)
            ),
            Some(Action::Discovered(discovered)) => format!(
                "GET the {} of the smart-configuration",
                self.filled(&discovered.member)
            ),
            Some(Action::Handshake(handshake)) => format!(
                "offer {} to the target's host and port",
                self.filled(&handshake.offer)
            ),
            None if step.answers.is_some() => "judge every answer given before".to_owned(),
            None => match &self.resource_type {
                Some(resource_type) => format!("judge every {resource_type} seen before"),
                None => "judge what was seen before".to_owned(),
            },
        };
        let who = step.request.as_ref().and_then(Action::identity);
        let what = match who {
            None => what,
            Some(who) => format!("{what}, as {}", self.filled(who)),
        };
        match &step.each {
            None => what,
            Some(each) => {
                let pool = self.with_elements(&each.pool, &each.having);
                let name = &each.variable.value;
                format!("{what}, for each {name} of up to {} {pool}", each.most)
            }
        }
    }

    /// `ask for a token, with claims exp in -60 s, signature tampered`.
    fn token(&self, token: &TokenRequest) -> String {
        let mut parts = vec!["ask for a token".to_owned()];
        let scope = token.scope.iter().map(|scope| self.filled(scope));
        parts.extend(scope.map(|scope| format!("for {scope}")));
        for change in &token.change {
            let part = self.filled(&change.part);
            let text = |template: &Option<Template>| {
                let text = template.as_ref().map(|text| self.filled(text));
                text.filter(|text| !text.is_empty())
            };
            let what = match (text(&change.seconds), text(&change.content)) {
                (Some(seconds), _) => format!("in {seconds} s"),
                (None, Some(content)) => content,
                (None, None) => "left out".to_owned(),
            };
            if !part.is_empty() {
                parts.push(format!("{part} {} {what}", self.filled(&change.member)));
            }
        }
        let signature = token.signature.iter().map(|kind| self.filled(kind));
        let signature = signature.filter(|kind| !kind.is_empty());
        parts.extend(signature.map(|kind| format!("signature {kind}")));
        if token.sent != Sent::Form {
            parts.push(format!("sent as {:?}", token.sent).to_lowercase());
        }
        parts.join(", ")
    }

    fn search(&self, search: &SearchRequest) -> String {
        let query: Vec<_> = search
            .query
            .iter()
            .map(|(name, values)| (self.filled(name), values))
            .filter(|(name, _)| !name.is_empty())
            .flat_map(|(name, values)| {
                let values = values.iter().map(|value| self.query_value(value));
                values
                    .map(|value| format!("{name}={value}"))
                    .collect::<Vec<_>>()
            })
            .collect();
        let resource_type = self.filled(&search.resource_type);
        let query = query.join("&");
        let sent = search.method.describe(&resource_type, &query);
        match search.pages {
            Pages::First => sent,
            Pages::All => format!("{sent}, all pages"),
        }
    }

    fn query_value(&self, value: &QueryValue) -> String {
        match value {
            QueryValue::Text(text) => self.filled(text),
            QueryValue::From(from) => {
                let prefix = from.prefix.as_ref().map(|prefix| self.filled(prefix));
                let form = from.form.name();
                format!(
                    "{}{{{form} of {}}}",
                    prefix.unwrap_or_default(),
                    from.seed.value
                )
            }
        }
    }
}
