//! A query: parameters as text → criteria, and criteria → [`Match`].

use serde_json::Value;

use super::context::Context;
use super::date::DateQuery;
use super::element::{at, text, values};
use super::matching::{Match, rule};
use super::parameter::{ElementType, Kind, Parameter};
use super::reference::ReferenceQuery;
use super::string::{self, Comparison};
use super::syntax::{split, unescape};
use super::table::find;
use super::token::Token;
use super::uri;

/// A search for resources of one type; every criterion must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    resource_type: String,
    criteria: Vec<Criterion>,
}

/// One parameter with its alternatives, of which one must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    parameter: &'static Parameter,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// `:missing`.
    Missing(bool),
    Tokens(Vec<Token>),
    /// `:not`.
    NotTokens(Vec<Token>),
    Dates(Vec<DateQuery>),
    Texts(Comparison, Vec<String>),
    References(Vec<ReferenceQuery>),
    /// `:identifier`: the Reference's own identifier.
    ReferenceIdentifiers(Vec<Token>),
    Uris(Vec<String>),
    /// `patient.identifier`: the resource that is referred to must satisfy this.
    Chain(Box<Criterion>),
}

/// Why a parameter is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The type has no such parameter.
    #[error("{resource_type} has no search parameter '{name}'")]
    UnknownParameter { resource_type: String, name: String },
    /// The modifier is not defined for the parameter's kind, or not supported.
    #[error("search parameter '{name}' does not support the modifier ':{modifier}'")]
    Modifier { name: String, modifier: String },
    /// Only reference parameters can be chained, and only once.
    #[error("search parameter '{name}' cannot be chained")]
    Chain { name: String },
    /// The value cannot be read.
    #[error("search parameter '{name}' has the value '{value}', which {reason}")]
    Value {
        name: String,
        value: String,
        reason: String,
    },
}

impl Query {
    /// Reads parameters as they stand in a URL after decoding; a name that repeats is a further
    /// criterion, a comma in a value separates alternatives. Result parameters (`_count`, `_sort`,
    /// ...) are no criteria and unknown here.
    ///
    /// # Errors
    /// [`QueryError`] for the first parameter that cannot be read.
    pub fn parse<N: AsRef<str>, V: AsRef<str>>(
        resource_type: &str,
        parameters: &[(N, V)],
    ) -> Result<Self, QueryError> {
        let criteria = parameters
            .iter()
            .map(|(name, value)| Criterion::parse(resource_type, name.as_ref(), value.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            resource_type: resource_type.to_owned(),
            criteria,
        })
    }

    /// Whether the resource belongs to the result of this query.
    #[must_use]
    pub fn matches(&self, resource: &Value, context: &Context<'_>) -> Match {
        if text(resource, "resourceType") != Some(self.resource_type.as_str()) {
            return Match::MustNot;
        }
        self.criteria
            .iter()
            .map(|criterion| criterion.matches(resource, context))
            .fold(Match::Must, Match::and)
    }
}

impl Criterion {
    /// Reads one parameter: `name`, `name:modifier` or `name.chained`.
    ///
    /// # Errors
    /// [`QueryError`] where the name is unknown, or the value cannot be read.
    pub fn parse(resource_type: &str, name: &str, value: &str) -> Result<Self, QueryError> {
        let (head, chained) = match name.split_once('.') {
            Some((head, chained)) => (head, Some(chained)),
            None => (name, None),
        };
        let (base, modifier) = match head.split_once(':') {
            Some((base, modifier)) => (base, Some(modifier)),
            None => (head, None),
        };
        let parameter = find(resource_type, base).ok_or_else(|| QueryError::UnknownParameter {
            resource_type: resource_type.to_owned(),
            name: base.to_owned(),
        })?;
        let test = match chained {
            Some(chained) => parse_chain(parameter, name, modifier, chained, value)?,
            None => parse_test(parameter, name, modifier, value)?,
        };
        Ok(Self { parameter, test })
    }

    /// The parameter that is asked for.
    #[must_use]
    pub fn parameter(&self) -> &'static Parameter {
        self.parameter
    }

    fn matches(&self, resource: &Value, context: &Context<'_>) -> Match {
        let held = values(self.parameter, resource);
        let element_type = self.parameter.element.element_type;
        match &self.test {
            Test::Missing(missing) => Match::certain(held.is_empty() == *missing),
            Test::Tokens(tokens) => pairs(tokens, &held, |token, value| {
                token.matches(element_type, value)
            }),
            Test::NotTokens(tokens) => none_of(tokens, |token| {
                Match::any(held.iter().map(|value| token.matches(element_type, value)))
            }),
            Test::Dates(dates) => pairs(dates, &held, |date, value| {
                date.matches(value, context.local_offset)
            }),
            Test::Texts(comparison, texts) => pairs(texts, &held, |asked, value| {
                string::matches(asked, *comparison, element_type, value)
            }),
            Test::References(references) => pairs(references, &held, |asked, value| {
                asked.matches(self.target(), value, context)
            }),
            Test::ReferenceIdentifiers(tokens) => pairs(tokens, &held, |token, value| {
                Match::any(
                    at(value, "identifier")
                        .into_iter()
                        .map(|identifier| token.matches(ElementType::Identifier, identifier)),
                )
            }),
            Test::Uris(uris) => pairs(uris, &held, |asked, value| uri::matches(asked, value)),
            Test::Chain(criterion) => Match::any(
                held.iter()
                    .map(|value| self.follow(value, criterion, resource, context)),
            ),
        }
    }

    fn follow(
        &self,
        value: &Value,
        criterion: &Criterion,
        resource: &Value,
        context: &Context<'_>,
    ) -> Match {
        let Some(reference) = text(value, "reference") else {
            return Match::MustNot;
        };
        let referred = match reference.strip_prefix('#') {
            Some(id) => at(resource, "contained")
                .into_iter()
                .find(|contained| text(contained, "id") == Some(id)),
            None => context.resolver.resolve(context.local(reference)),
        };
        match referred {
            Some(referred) if text(referred, "resourceType") == Some(self.target()) => {
                criterion.matches(referred, context)
            }
            Some(_) => Match::MustNot,
            None => Match::May(rule::UNRESOLVED),
        }
    }

    fn target(&self) -> &'static str {
        self.parameter.target().unwrap_or_default()
    }
}

/// One alternative against one value is enough.
fn pairs<T>(asked: &[T], held: &[&Value], test: impl Fn(&T, &Value) -> Match) -> Match {
    Match::any(
        asked
            .iter()
            .flat_map(|asked| held.iter().map(move |value| (asked, *value)))
            .map(|(asked, value)| test(asked, value)),
    )
}

/// `:not`: none of the tokens is there. With several tokens of which some are there, R4 is silent.
fn none_of<T>(tokens: &[T], has: impl Fn(&T) -> Match) -> Match {
    let mut absent = tokens.iter().map(|token| has(token).negate());
    let first = absent.next().unwrap_or(Match::Must);
    absent.fold(first, |so_far, next| {
        if so_far == next {
            so_far
        } else {
            Match::May(rule::NOT_WITH_SEVERAL)
        }
    })
}

fn parse_chain(
    parameter: &'static Parameter,
    name: &str,
    modifier: Option<&str>,
    chained: &str,
    value: &str,
) -> Result<Test, QueryError> {
    let cannot = || QueryError::Chain {
        name: name.to_owned(),
    };
    let target = parameter.target().ok_or_else(cannot)?;
    if chained.contains('.') || modifier.is_some_and(|modifier| modifier != target) {
        return Err(cannot());
    }
    Criterion::parse(target, chained, value).map(|criterion| Test::Chain(Box::new(criterion)))
}

fn parse_test(
    parameter: &'static Parameter,
    name: &str,
    modifier: Option<&str>,
    value: &str,
) -> Result<Test, QueryError> {
    let alternatives = Alternatives { name, value };
    match (parameter.kind(), modifier) {
        (_, Some("missing")) => alternatives.missing(),
        (Kind::Token, None) => alternatives.tokens().map(Test::Tokens),
        (Kind::Token, Some("not")) => alternatives.tokens().map(Test::NotTokens),
        (Kind::Date, None) => alternatives.dates(),
        (Kind::String, None) => alternatives.texts(Comparison::StartsWith),
        (Kind::String, Some("exact")) => alternatives.texts(Comparison::Exact),
        (Kind::String, Some("contains")) => alternatives.texts(Comparison::Contains),
        (Kind::Reference, None) => alternatives.references(None),
        (Kind::Reference, Some("identifier")) => {
            alternatives.tokens().map(Test::ReferenceIdentifiers)
        }
        (Kind::Reference, Some(target)) if parameter.target() == Some(target) => {
            alternatives.references(Some(target))
        }
        (Kind::Uri, None) => alternatives
            .each(|text| Ok::<_, String>(unescape(text)))
            .map(Test::Uris),
        (_, modifier) => Err(QueryError::Modifier {
            name: parameter.name.to_owned(),
            modifier: modifier.unwrap_or_default().to_owned(),
        }),
    }
}

/// The text of a value, with the name that errors cite.
struct Alternatives<'q> {
    name: &'q str,
    value: &'q str,
}

impl Alternatives<'_> {
    /// Reads each alternative; an empty one is an error.
    fn each<T, E: ToString>(
        &self,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, QueryError> {
        split(self.value, ',')
            .into_iter()
            .map(|text| {
                if text.trim().is_empty() {
                    return Err(self.error("is empty where a value must be"));
                }
                read(text).map_err(|error| self.error(&error.to_string()))
            })
            .collect()
    }

    fn error(&self, reason: &str) -> QueryError {
        QueryError::Value {
            name: self.name.to_owned(),
            value: self.value.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn missing(&self) -> Result<Test, QueryError> {
        match self.value {
            "true" => Ok(Test::Missing(true)),
            "false" => Ok(Test::Missing(false)),
            _ => Err(self.error("must be 'true' or 'false'")),
        }
    }

    fn tokens(&self) -> Result<Vec<Token>, QueryError> {
        self.each(|text| {
            Token::parse(text).ok_or("is no token: write code, system|code, |code or system|")
        })
    }

    fn dates(&self) -> Result<Test, QueryError> {
        self.each(DateQuery::parse).map(Test::Dates)
    }

    fn texts(&self, comparison: Comparison) -> Result<Test, QueryError> {
        self.each(|text| Ok::<_, String>(unescape(text)))
            .map(|texts| Test::Texts(comparison, texts))
    }

    /// With a target type as modifier, the value is an id alone.
    fn references(&self, target: Option<&str>) -> Result<Test, QueryError> {
        self.each(
            |text| match (ReferenceQuery::parse(&unescape(text)), target) {
                (Some(ReferenceQuery::Local(_)), Some(_)) | (None, _) => {
                    Err("is no reference: write an id, Type/id or an absolute URL")
                }
                (Some(reference), _) => Ok(reference),
            },
        )
        .map(Test::References)
    }
}
