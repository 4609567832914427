//! `junit.xml`, in the form that the common CI systems read: a suite for each case, a test case for
//! each test. A warning passes and says so in its output.

use std::fmt::Write;

use crate::outcome::{CaseOutcome, ExpectationOutcome, RunOutcome, TestOutcome, Verdict};

/// Renders the file.
pub(super) fn render(outcome: &RunOutcome) -> String {
    let tests = || outcome.cases.iter().flat_map(|case| &case.tests);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"{}\" {} time=\"{}\">",
        escape(&outcome.run.target.url),
        counts(tests()),
        seconds(outcome.run.duration_ms)
    );
    for case in &outcome.cases {
        suite(&mut xml, case, outcome);
    }
    xml += "</testsuites>\n";
    xml
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

fn suite(xml: &mut String, case: &CaseOutcome, outcome: &RunOutcome) {
    let duration = case.tests.iter().map(|test| test.duration_ms).sum();
    // Writing to a String cannot fail.
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" {} time=\"{}\" timestamp=\"{}\">",
        escape(&case.id),
        counts(case.tests.iter()),
        seconds(duration),
        escape(outcome.run.started.trim_end_matches('Z'))
    );
    let properties = [
        ("tool", outcome.run.tool.as_str()),
        ("suite-sha256", &outcome.run.suite_sha256),
        ("target", &outcome.run.target.url),
        (
            "partial",
            if outcome.run.partial { "true" } else { "false" },
        ),
    ];
    *xml += "    <properties>\n";
    for (name, value) in properties {
        let _ = writeln!(
            xml,
            "      <property name=\"{name}\" value=\"{}\"/>",
            escape(value)
        );
    }
    *xml += "    </properties>\n";
    for test in &case.tests {
        test_case(xml, test, case);
    }
    *xml += "  </testsuite>\n";
}

fn test_case(xml: &mut String, test: &TestOutcome, case: &CaseOutcome) {
    let actor = serde_json::to_value(case.actor).ok();
    let actor = actor
        .as_ref()
        .and_then(|name| name.as_str())
        .unwrap_or_default();
    let _ = write!(
        xml,
        "    <testcase classname=\"{actor}.{}\" name=\"{}\" time=\"{}\"",
        escape(&case.id),
        escape(&test.id),
        seconds(test.duration_ms)
    );
    let inner = match test.verdict {
        Verdict::Pass => String::new(),
        Verdict::Warning => format!(
            "<system-out>{}</system-out>",
            escape(&details(test, Verdict::Warning))
        ),
        Verdict::Fail => element("failure", test, Verdict::Fail),
        Verdict::Error => element("error", test, Verdict::Error),
        Verdict::Skip => {
            let reason = test
                .skip
                .as_ref()
                .map(|skip| skip.reason.as_str())
                .unwrap_or_default();
            format!("<skipped message=\"{}\"/>", escape(reason))
        }
    };
    *xml += &if inner.is_empty() {
        "/>\n".to_owned()
    } else {
        format!(">\n      {inner}\n    </testcase>\n")
    };
}

fn element(name: &str, test: &TestOutcome, least: Verdict) -> String {
    format!(
        "<{name} message=\"{}\" type=\"{name}\">{}</{name}>",
        escape(&test.title),
        escape(&details(test, least))
    )
}

/// The expectations that came out at least so badly.
fn details(test: &TestOutcome, least: Verdict) -> String {
    let mut text = format!("{}\nverifies {}\n", test.title, test.verifies.join(", "));
    for step in &test.steps {
        let missed: Vec<&ExpectationOutcome> = step
            .expectations
            .iter()
            .filter(|found| found.verdict >= least)
            .collect();
        if missed.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}", step.title);
        for found in missed {
            let _ = writeln!(
                text,
                "  expected: {}\n  actual: {}",
                found.expected, found.actual
            );
            if let Some(fix) = &found.fix {
                let _ = writeln!(text, "  fix: {fix}");
            }
            for issue in &found.issues {
                let _ = writeln!(text, "  {} {}", issue.location.expression, issue.message);
            }
        }
    }
    text
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Text for XML 1.0; characters that it cannot hold are replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            '\t'
            | '\n'
            | '\r'
            | ' '..='\u{d7ff}'
            | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10ffff}' => escaped.push(c),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_xml_cannot_hold_remains() {
        assert_eq!(
            escape("a<b>&\"'\u{0}\u{b}\u{ffff}]]>"),
            "a&lt;b&gt;&amp;&quot;&apos;\u{fffd}\u{fffd}\u{fffd}]]&gt;"
        );
        assert_eq!(seconds(12_034), "12.034");
    }
}
