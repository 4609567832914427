//! Text with named values in braces.

use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

/// Text in which `{name}` or `{row.field}` stands for a value; `{{` and `}}` are literal braces.
///
/// Insertion is all there is: no calls, no arithmetic, no nesting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Template(pub Spanned<String>);

/// A piece of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// Text that stands for itself.
    Text(&'t str),
    /// The name of a value, without braces.
    Name(&'t str),
}

/// Why a template could not be read or filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("`{{` is never closed in `{text}`; close it, or write `{{{{` for a literal brace")]
    Unclosed { text: String },
    #[error("`}}` has no opening brace in `{text}`; write `}}}}` for a literal brace")]
    Unopened { text: String },
    #[error("`{{{name}}}` is no name in `{text}`; use letters, digits, `-`, `_` and one `.`")]
    NoName { name: String, text: String },
    #[error("`{name}` has no value in `{text}`; define it under `foreach`, `given` or `capture`")]
    Unknown { name: String, text: String },
}

impl Template {
    /// A template that stands in no file.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Spanned::new(
            text.into(),
            Location::UNKNOWN,
            Location::UNKNOWN,
        ))
    }

    /// The text as written, with its braces.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.value
    }

    /// Where the text stands in its file.
    #[must_use]
    pub fn location(&self) -> Location {
        self.0.referenced
    }

    /// The pieces in order.
    ///
    /// # Errors
    /// When a brace has no partner, or something other than a name stands in braces.
    pub fn parts(&self) -> Result<Vec<Part<'_>>, TemplateError> {
        let whole = self.text();
        let mut parts = Vec::new();
        let mut rest = whole;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            push_text(&mut parts, before);
            rest = if let Some(after) = from.strip_prefix("{{") {
                push_text(&mut parts, "{");
                after
            } else if let Some(after) = from.strip_prefix("}}") {
                push_text(&mut parts, "}");
                after
            } else if let Some(inner) = from.strip_prefix('{') {
                let (name, after) =
                    inner
                        .split_once('}')
                        .ok_or_else(|| TemplateError::Unclosed {
                            text: whole.to_owned(),
                        })?;
                if !is_name(name) {
                    return Err(TemplateError::NoName {
                        name: name.to_owned(),
                        text: whole.to_owned(),
                    });
                }
                parts.push(Part::Name(name));
                after
            } else {
                return Err(TemplateError::Unopened {
                    text: whole.to_owned(),
                });
            };
        }
        push_text(&mut parts, rest);
        Ok(parts)
    }

    /// The names that stand in braces, in order; empty where the template cannot be read.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let parts = self.parts().unwrap_or_default();
        parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Name(name) => Some(name),
                Part::Text(_) => None,
            })
            .collect()
    }

    /// The text with every name replaced by its value. Values are inserted as they are: braces in
    /// them mean nothing.
    ///
    /// # Errors
    /// When the template cannot be read or a name has no value.
    pub fn render(&self, value: &dyn Fn(&str) -> Option<String>) -> Result<String, TemplateError> {
        let mut rendered = String::with_capacity(self.text().len());
        for part in self.parts()? {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Name(name) => {
                    rendered.push_str(&value(name).ok_or_else(|| TemplateError::Unknown {
                        name: name.to_owned(),
                        text: self.text().to_owned(),
                    })?);
                }
            }
        }
        Ok(rendered)
    }

    /// The text with every name replaced that has a value; other names keep their braces.
    ///
    /// For titles and plans, where some values are known only in the run.
    #[must_use]
    pub fn render_known(&self, value: &dyn Fn(&str) -> Option<String>) -> String {
        self.render(&|name| Some(value(name).unwrap_or_else(|| format!("{{{name}}}"))))
            .unwrap_or_else(|_| self.text().to_owned())
    }
}

fn push_text<'t>(parts: &mut Vec<Part<'t>>, text: &'t str) {
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
}

/// `name` or `name.field`.
fn is_name(text: &str) -> bool {
    let mut words = text.split('.');
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    words.next().is_some_and(word) && words.next().is_none_or(word) && words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<String, TemplateError> {
        Template::new(text).render(&|name| match name {
            "id" => Some("p1".to_owned()),
            "row.type" => Some("Condition".to_owned()),
            "braces" => Some("{id}".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn names_are_replaced_and_nothing_else() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("{row.type}/{id}", "Condition/p1"),
            ("{{id}}", "{id}"),
            ("{{{id}}}", "{p1}"),
            ("a{{b}}c", "a{b}c"),
            ("{braces}", "{id}"),
            ("ä{id}ö", "äp1ö"),
        ] {
            assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_or_filled_in_is_an_error() {
        for text in [
            "{", "}", "{id", "id}", "{}", "{a b}", "{a.b.c}", "{a.}", "{1}", "{a{b}}",
        ] {
            let error = render(text).unwrap_err();
            assert!(
                !matches!(error, TemplateError::Unknown { .. }),
                "{text}: {error}"
            );
        }
        assert_eq!(
            render("{nobody}").unwrap_err().to_string(),
            "`nobody` has no value in `{nobody}`; define it under `foreach`, `given` or `capture`"
        );
    }

    #[test]
    fn unknown_names_may_keep_their_braces() {
        let known = Template::new("{{x}} {id} {patient}")
            .render_known(&|name| (name == "id").then(|| "p1".to_owned()));
        assert_eq!(known, "{x} p1 {patient}");
    }
}
