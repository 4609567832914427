//! `discloses: no-internals`: nothing of how the server is made (IHE ITI TF-2 Appendix Z.7).

use std::sync::LazyLock;

use regex::Regex;

use super::{Answer, Finding, View};

/// Traces of programs in several languages, statements of databases, paths of files. Each has a form
/// that the explanation of an error does not have by chance.
static INTERNALS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\.(java|kt|cs|py|go|rs|php|rb):(line )?[0-9]+",
        r"|Traceback \(most recent call last\)",
        r"|\bat [A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z0-9_$<>]+)+\(",
        r"|\b(SELECT|DELETE) [^.]{0,200} FROM [a-z_]",
        r"|\bORA-[0-9]{5}\b|\bSQLSTATE\b",
        r#"|(^|[\s"'(])/(usr|var|home|opt|etc)/[a-z]"#,
        r"|\b[A-Z]:\\{1,2}[A-Za-z]",
    ))
    .ok()
});

pub(super) fn check(view: &View<'_>) -> Finding {
    let expected = "no trace of a program, no path of a file, no statement of a database";
    let Some(response) = view.answer.and_then(Answer::response) else {
        return Finding::blocked("there is no answer to judge");
    };
    match found(&String::from_utf8_lossy(&response.body)) {
        None => Finding::pass(expected, "none"),
        Some(text) => Finding::fail(expected, text)
            .fix("log what went wrong inside, and answer with what the client can do about it"),
    }
}

fn found(body: &str) -> Option<&str> {
    Some(INTERNALS.as_ref()?.find(body)?.as_str().trim())
}

#[cfg(test)]
mod tests {
    use super::found;

    #[test]
    fn traces_are_told_from_explanations() {
        for text in [
            "at org.example.Search.parse(Search.java:42)",
            "   at Example.Web.Handler.Handle(Request r) in C:\\src\\Handler.cs:line 7",
            "Traceback (most recent call last):",
            "could not run SELECT id FROM patient",
            "cannot open /var/lib/data",
            "panicked at src/main.rs:12",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
        for text in [
            "",
            "Patient/1 is not known",
            "http://hl7.org/fhir/var/home",
            "select the patient by identifier",
            "a date must be at least as precise as 2020-01 (see the specification)",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
