//! Markup in text. A string has none. Markdown is GitHub's form of CommonMark, without inline HTML
//! (R4 datatypes, markdown). In neither may content be that a browser would run, as in narrative
//! (R4 narrative): whoever shows such a text as it stands runs a stranger's program.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::fhir::{IssueCode, Severity};
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// An opening or closing tag; links in angle brackets have a colon or an @ in the place of its name.
static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"</?[A-Za-z][A-Za-z0-9-]*(\s[^<>]*)?/?>").ok());

/// A tag that runs something or loads it, or an attribute that does.
static ACTIVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)<(script|iframe|object|embed|applet|frame|frameset|link|meta|base)\b|<[a-z][a-z0-9-]*\s[^<>]*\b(on[a-z]+\s*=|(href|src)\s*=\s*.?javascript:)",
    )
    .ok()
});

/// Code in markdown, in which a tag is text: blocks between fences, and spans.
static CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)```.*?(```|$)|`[^`]*`").ok());

/// Finds tags in the text of an element of type string or markdown.
pub struct MarkupRule;

impl Rule for MarkupRule {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        // Most texts have none.
        let text = here.value.and_then(Value::as_str);
        let Some(text) = text.filter(|text| text.contains('<')) else {
            return;
        };
        let finding = match here.type_name {
            "markdown" => {
                let text = without_code(text);
                active(&text).or_else(|| inline(&text))
            }
            "string" => active(text),
            // In a choice of types another one may have been chosen.
            _ => None,
        };
        if let Some(finding) = finding {
            sink.push(finding, here.place);
        }
    }
}

fn without_code(text: &str) -> String {
    match CODE.as_ref() {
        Some(code) => code.replace_all(text, " ").into_owned(),
        None => text.to_owned(),
    }
}

fn active(text: &str) -> Option<Finding<'static>> {
    let tag = beginning(ACTIVE.as_ref()?.find(text)?.as_str());
    let message = format!("the text holds active content: {tag}");
    Some(
        Finding::error(IssueCode::Value, "active-content", message)
            .fix("remove it; where it is only spoken of, write < as &lt;"),
    )
}

fn inline(text: &str) -> Option<Finding<'static>> {
    let tag = beginning(TAG.as_ref()?.find(text)?.as_str());
    let message = format!("the markdown holds {tag}, and inline HTML is not supported in it");
    Some(
        Finding::error(IssueCode::Value, "markdown-html", message)
            .severity(Severity::Warning)
            .fix("write it as markdown; where no tag is meant, put it between back quotes"),
    )
}

fn beginning(tag: &str) -> String {
    tag.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::{active, inline, without_code};

    #[test]
    fn tags_are_told_from_links_code_and_comparisons() {
        for text in ["<b>bold</b>", "a <br/> b", "</p>"] {
            assert!(inline(text).is_some(), "{text}");
            assert!(active(text).is_none(), "{text}");
        }
        for text in [
            "1 < 2 and 3 > 2",
            "<https://example.org>",
            "<someone@example.org>",
            "`<b>`",
            "```\n<script>\n```",
            "pH <7",
        ] {
            let plain = without_code(text);
            assert!(
                inline(&plain).is_none() && active(&plain).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn content_that_a_browser_would_run_is_found() {
        for text in [
            "Anna <script>alert(1)</script>",
            "<IMG src=x onerror=alert(1)>",
            "<a href='javascript:alert(1)'>here</a>",
            "<iframe src=x>",
        ] {
            assert!(active(text).is_some(), "{text}");
        }
    }
}
