//! `junit.xml`, in the form that the common CI systems read: a suite for each case, a test case for
//! each test. A warning passes and says so in its output.

use std::fmt::Write;

use super::cause;
use super::words::{name_of, skip_word, tests};
use crate::outcome::{CaseOutcome, ExpectationOutcome, RunOutcome, TestOutcome, Verdict};

/// Issues of one expectation that are told; all of them are in the record.
const ISSUES: usize = 20;

/// Renders the file.
pub(super) fn render(outcome: &RunOutcome) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = suites(&mut xml, outcome);
    xml
}

fn suites(xml: &mut String, outcome: &RunOutcome) -> std::fmt::Result {
    writeln!(
        xml,
        "<testsuites name=\"{}\" {} time=\"{}\">",
        attribute(&outcome.run.target.url),
        counts(tests(outcome)),
        seconds(outcome.run.duration_ms)
    )?;
    let properties = properties(outcome);
    for case in &outcome.cases {
        suite(xml, case, outcome, &properties)?;
    }
    writeln!(xml, "</testsuites>")
}

fn counts<'t>(tests: impl Iterator<Item = &'t TestOutcome> + Clone) -> String {
    let count = |verdict| tests.clone().filter(|test| test.verdict == verdict).count();
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        tests.clone().count(),
        count(Verdict::Fail),
        count(Verdict::Error),
        count(Verdict::Skip)
    )
}

/// The run's stamp. It stands in every suite, since common readers know it nowhere else.
fn properties(outcome: &RunOutcome) -> String {
    let run = &outcome.run;
    let flag = |value: bool| value.to_string();
    let properties = [
        ("tool", run.tool.clone()),
        ("suite-sha256", run.suite_sha256.clone()),
        ("target", run.target.url.clone()),
        ("software", run.target.software.clone().unwrap_or_default()),
        ("actor", name_of(run.actor)),
        ("evidence", name_of(run.evidence)),
        ("filters", run.filters.join(", ")),
        ("partial", flag(run.partial)),
        ("interrupted", flag(run.interrupted)),
        ("notes", run.notes.join(" ")),
    ];
    let mut xml = String::from("    <properties>\n");
    for (name, value) in properties.iter().filter(|(_, value)| !value.is_empty()) {
        xml += &format!(
            "      <property name=\"{name}\" value=\"{}\"/>\n",
            attribute(value)
        );
    }
    xml + "    </properties>\n"
}

fn suite(
    xml: &mut String,
    case: &CaseOutcome,
    outcome: &RunOutcome,
    properties: &str,
) -> std::fmt::Result {
    let duration = case.tests.iter().map(|test| test.duration_ms).sum();
    writeln!(
        xml,
        "  <testsuite name=\"{}\" {} time=\"{}\" timestamp=\"{}\">",
        attribute(&case.id),
        counts(case.tests.iter()),
        seconds(duration),
        attribute(outcome.run.started.trim_end_matches('Z'))
    )?;
    xml.push_str(properties);
    for test in &case.tests {
        test_case(xml, test, case)?;
    }
    writeln!(xml, "  </testsuite>")
}

fn test_case(xml: &mut String, test: &TestOutcome, case: &CaseOutcome) -> std::fmt::Result {
    write!(
        xml,
        "    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{}\"",
        name_of(case.actor),
        attribute(&case.id),
        attribute(&test.id),
        seconds(test.duration_ms)
    )?;
    match inner(test) {
        None => writeln!(xml, "/>"),
        Some(inner) => writeln!(xml, ">\n      {inner}\n    </testcase>"),
    }
}

fn inner(test: &TestOutcome) -> Option<String> {
    match test.verdict {
        Verdict::Pass => None,
        Verdict::Warning => Some(format!(
            "<system-out>{}</system-out>",
            text(&format!("warning: {}", details(test, Verdict::Warning)))
        )),
        Verdict::Fail => Some(missed("failure", test, Verdict::Fail)),
        Verdict::Error => Some(missed("error", test, Verdict::Error)),
        Verdict::Skip => {
            let reason = test.skip.as_ref().map_or_else(String::new, |skip| {
                format!("{}: {}", skip_word(skip.kind), skip.reason)
            });
            Some(format!("<skipped message=\"{}\"/>", attribute(&reason)))
        }
    }
}

/// A failure or an error, with its kind of expectation as type and the first miss as message.
fn missed(element: &str, test: &TestOutcome, least: Verdict) -> String {
    let first = expectations(test).find(|found| found.verdict >= least);
    let message = first.map_or_else(
        || test.title.clone(),
        |first| {
            format!(
                "{}: expected {}, found {}",
                test.title, first.expected, first.actual
            )
        },
    );
    format!(
        "<{element} message=\"{}\" type=\"{}\">{}</{element}>",
        attribute(&message),
        attribute(first.map_or(element, |first| first.kind.as_str())),
        text(&details(test, least))
    )
}

fn expectations(test: &TestOutcome) -> impl Iterator<Item = &ExpectationOutcome> {
    test.steps.iter().flat_map(|step| &step.expectations)
}

/// The expectations that came out at least so badly, step by step.
fn details(test: &TestOutcome, least: Verdict) -> String {
    let mut text = format!("{}\nverifies {}\n", test.title, test.verifies.join(", "));
    for step in &test.steps {
        let missed = step.expectations.iter().filter(|it| it.verdict >= least);
        let mut missed = missed.peekable();
        if missed.peek().is_some() {
            text += &format!("\n{}\n", step.title);
        }
        for found in missed {
            expectation(&mut text, found);
        }
    }
    text
}

fn expectation(text: &mut String, found: &ExpectationOutcome) {
    *text += &format!(
        "  expected: {}\n  found: {}\n",
        found.expected, found.actual
    );
    if let Some(fix) = found.fix.clone().or_else(|| cause::plain_fix(found)) {
        *text += &format!("  to do: {fix}\n");
    }
    for issue in found.issues.iter().take(ISSUES) {
        let place = &issue.location;
        let lines = match (place.line, place.column) {
            (Some(line), Some(column)) => format!(" ({line}:{column})"),
            _ => String::new(),
        };
        *text += &format!(
            "  - {}{lines}: {} [{}]\n",
            place.expression, issue.message, issue.rule
        );
    }
    if let Some(more) = found.issues.get(ISSUES..).filter(|more| !more.is_empty()) {
        *text += &format!("  - and {} more in report.json\n", more.len());
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// A quoted attribute's value; a parser would turn plain line ends into spaces.
fn attribute(value: &str) -> String {
    escape(value, true)
}

/// Text between tags.
fn text(value: &str) -> String {
    escape(value, false)
}

/// Escapes markup and leaves out what XML 1.0 (§2.2, Char) cannot hold.
fn escape(value: &str, is_attribute: bool) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' if is_attribute => escaped += "&quot;",
            '\r' => escaped += "&#13;",
            '\n' | '\t' if is_attribute => escaped += &format!("&#{};", u32::from(c)),
            '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => escaped.push(c),
            _ => {}
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_xml_cannot_hold_remains() {
        let hostile = "a<b>&\"'\u{0}\u{b}\u{ffff}]]>\n\u{1f600}";
        assert_eq!(text(hostile), "a&lt;b&gt;&amp;\"']]&gt;\n\u{1f600}");
        assert_eq!(
            attribute(hostile),
            "a&lt;b&gt;&amp;&quot;']]&gt;&#10;\u{1f600}"
        );
        assert_eq!(seconds(12_034), "12.034");
    }
}
