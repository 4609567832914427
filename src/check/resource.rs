//! `resource`: the body is a FHIR resource of a type, in the format that was asked for, and says so,
//! on every page.

use super::format::{Format, media_type};
use super::{Finding, View};
use crate::suite::Template;

pub(super) fn check(kind: &Template, view: &View<'_>) -> Finding {
    let kind = view.scope.render_known(kind);
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let asked = answer.exchanges.first().map(|first| Format::asked(first));
    let format = asked.unwrap_or(Format::Json);
    let expected = format!("{kind} in {}", format.media_type());
    let body = match answer.body() {
        Ok(body) => body,
        Err(problem) => return Finding::fail(expected, problem),
    };
    let Some(found) = body["resourceType"].as_str() else {
        return Finding::fail(expected, "JSON without a resourceType");
    };
    if found != kind {
        return Finding::fail(expected, format!("a resource of type {found}"));
    }
    match answer.exchanges.iter().try_for_each(|one| media_type(one)) {
        Err(problem) => {
            Finding::fail(expected, format!("{found} with {problem}")).fix(format.fix())
        }
        Ok(()) => Finding::pass(expected, format!("{found} in {}", format.media_type())),
    }
}
