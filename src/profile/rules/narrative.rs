//! Narrative: the XHTML of `Narrative.div` (R4 narrative, txt-1 and txt-2).

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::fhirpath::html::{Fault, check};
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// Stands in for the constraints txt-1 and txt-2, so that each fault gets its own message.
pub struct NarrativeRule;

impl Rule for NarrativeRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(Value::String(div)) = here.value else {
            return;
        };
        hyperlinks(div, here, scope, sink);
        for fault in check(div).into_iter().take(10) {
            let (rule, message, fix) = describe(&fault);
            sink.push(
                Finding::error(IssueCode::Invariant, rule, message).fix(fix),
                here.place,
            );
        }
    }
}

/// Schemes by which a link runs something instead of leading somewhere.
const ACTIVE: [&str; 2] = ["javascript:", "vbscript:"];

/// Links run nothing; one to `#x` leads to something of that id, in the narrative or in the resource.
fn hyperlinks(div: &str, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    for link in attributes(div, "href").chain(attributes(div, "src")) {
        let plain = link.trim_start().to_ascii_lowercase();
        if ACTIVE.iter().any(|scheme| plain.starts_with(scheme)) {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "narrative-active-link",
                    format!("the link `{link}` in the narrative runs a script"),
                )
                .fix("remove the link: a narrative holds no active content"),
                here.place,
            );
        }
        let Some(id) = link.strip_prefix('#').filter(|id| !id.is_empty()) else {
            continue;
        };
        let in_narrative = attributes(div, "id")
            .chain(attributes(div, "name"))
            .any(|own| own == id);
        if !in_narrative && !has_id(scope.root, id, 0) {
            sink.push(
                Finding::error(
                    IssueCode::NotFound,
                    "narrative-link",
                    format!("the narrative links to `#{id}`, and nothing has this id"),
                )
                .fix("give the target that id, or correct the link"),
                here.place,
            );
        }
    }
}

/// Values of an attribute, whatever its element.
fn attributes<'d>(div: &'d str, name: &'static str) -> impl Iterator<Item = &'d str> {
    div.match_indices(name).filter_map(move |(at, _)| {
        let before = div.get(..at)?.chars().next_back()?;
        let after = div
            .get(at + name.len()..)?
            .trim_start()
            .strip_prefix('=')?
            .trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|letter| matches!(letter, '"' | '\''))?;
        before.is_whitespace().then_some(())?;
        after.get(1..)?.split(quote).next()
    })
}

fn has_id(value: &Value, id: &str, depth: usize) -> bool {
    match value {
        Value::Object(members) => {
            members.get("id").and_then(Value::as_str) == Some(id)
                || depth < 64 && members.values().any(|member| has_id(member, id, depth + 1))
        }
        Value::Array(items) => depth < 64 && items.iter().any(|item| has_id(item, id, depth + 1)),
        _ => false,
    }
}

fn describe(fault: &Fault) -> (&'static str, String, &'static str) {
    match fault {
        Fault::Malformed(reason) => (
            "narrative-xml",
            format!("the narrative is not well-formed XHTML: {reason}"),
            "close and nest every tag, quote every attribute, write `&` as `&amp;`",
        ),
        Fault::Root => (
            "txt-1",
            "the narrative's root is not a `div` in the XHTML namespace".to_owned(),
            "wrap the content in <div xmlns=\"http://www.w3.org/1999/xhtml\">",
        ),
        Fault::Element(name) => (
            "txt-1",
            format!("a narrative must not hold the element `{name}`"),
            "remove it, or use the basic formatting elements of HTML 4.0",
        ),
        Fault::Attribute(name) => (
            "txt-1",
            format!("a narrative must not hold the attribute `{name}`"),
            "remove the attribute",
        ),
        Fault::Misplaced { child, parent } => (
            "narrative-place",
            match child {
                Some(child) => format!("in the narrative, `{child}` stands in `{parent}`"),
                None => format!("in the narrative, text stands in `{parent}`"),
            },
            "nest the elements as XHTML has it, such as `li` in `ul` and blocks outside of `p`",
        ),
        Fault::Empty => (
            "txt-2",
            "the narrative shows nothing".to_owned(),
            "give it text or an image, or leave the narrative out",
        ),
    }
}
