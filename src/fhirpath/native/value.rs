//! Functions of values alone, which need nothing of what is around.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use regex::Regex;

use super::Stop;
use super::function::Function;
use super::item::Item;
use super::result::{Items, Outcome, boolean};
use crate::fhirpath::html;

/// Functions of the items and of argument values alone.
pub(super) fn simple<'a>(
    function: Function,
    items: Items<'a>,
    arguments: &[Items<'a>],
) -> Outcome<'a> {
    let argument = |at: usize| arguments.get(at).and_then(|items| items.first());
    Ok(match function {
        Function::Empty => boolean(Some(items.is_empty())),
        Function::Count => vec![Item::Integer(items.len() as i64)],
        Function::Not => match items.as_slice() {
            [] => Vec::new(),
            [item] => boolean(Some(!item.as_bool().unwrap_or(true))),
            _ => return Err(Stop::Unsupported),
        },
        Function::AllTrue => boolean(Some(items.iter().all(|item| item.as_bool() == Some(true)))),
        Function::AnyTrue => boolean(Some(items.iter().any(|item| item.as_bool() == Some(true)))),
        Function::First => items.into_iter().take(1).collect(),
        Function::Last => items.into_iter().next_back().into_iter().collect(),
        Function::Tail => items.into_iter().skip(1).collect(),
        Function::Skip | Function::Take => {
            let count = argument(0).and_then(Item::as_integer).unwrap_or(0);
            let count = usize::try_from(count).unwrap_or(0);
            match function {
                Function::Skip => items.into_iter().skip(count).collect(),
                _ => items.into_iter().take(count).collect(),
            }
        }
        Function::Single if items.len() > 1 => {
            return Err(Stop::Failed("single() meets several items".to_owned()));
        }
        Function::Single => items,
        Function::HasValue => boolean(Some(matches!(items.as_slice(), [item] if item.has_value()))),
        Function::GetValue => items.into_iter().filter(Item::has_value).take(1).collect(),
        Function::HtmlChecks => {
            let faults = items.iter().filter_map(Item::as_str).flat_map(html::check);
            boolean(Some(
                faults.filter(|fault| *fault != html::Fault::Empty).count() == 0,
            ))
        }
        _ => return text_function(function, &items, arguments),
    })
}

fn text_function<'a>(
    function: Function,
    items: &[Item<'a>],
    arguments: &[Items<'a>],
) -> Outcome<'a> {
    let item = match items {
        [] => return Ok(Vec::new()),
        [item] => item,
        _ => {
            return Err(Stop::Failed(
                "a text function meets several items".to_owned(),
            ));
        }
    };
    let argument = |at: usize| arguments.get(at).and_then(|items| items.first());
    if function == Function::ToText {
        return Ok(item.text().map(Item::String).into_iter().collect());
    }
    if function == Function::ToInteger {
        let number = item
            .as_integer()
            .or_else(|| item.as_str().and_then(|text| text.parse().ok()))
            .or_else(|| item.as_bool().map(i64::from));
        return Ok(number.map(Item::Integer).into_iter().collect());
    }
    let Some(text) = item.as_str() else {
        return match item.has_value() {
            true => Err(Stop::Unsupported),
            false => Ok(Vec::new()),
        };
    };
    let owned = |text: String| vec![Item::String(Cow::Owned(text))];
    match function {
        Function::Length => return Ok(vec![Item::Integer(text.chars().count() as i64)]),
        Function::Lower => return Ok(owned(text.to_lowercase())),
        Function::Upper => return Ok(owned(text.to_uppercase())),
        Function::Substring => {
            let Some(start) = argument(0).and_then(Item::as_integer) else {
                return Ok(Vec::new());
            };
            let Ok(start) = usize::try_from(start) else {
                return Ok(Vec::new());
            };
            let length = argument(1)
                .and_then(Item::as_integer)
                .map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
            if start >= text.chars().count() {
                return Ok(Vec::new());
            }
            return Ok(owned(text.chars().skip(start).take(length).collect()));
        }
        _ => {}
    }
    let Some(pattern) = argument(0).and_then(Item::as_str) else {
        return Ok(Vec::new());
    };
    if pattern.is_empty() && function == Function::ReplaceMatches {
        return Ok(owned(text.to_owned()));
    }
    Ok(match function {
        Function::StartsWith => boolean(Some(text.starts_with(pattern))),
        Function::EndsWith => boolean(Some(text.ends_with(pattern))),
        Function::Contains => boolean(Some(text.contains(pattern))),
        Function::IndexOf => {
            let at = text
                .find(pattern)
                .and_then(|at| text.get(..at))
                .map_or(-1, |before| before.chars().count() as i64);
            vec![Item::Integer(at)]
        }
        Function::Matches => boolean(Some(with_regex(pattern, |regex| regex.is_match(text))?)),
        Function::MatchesFull => {
            let whole = format!("^(?:{pattern})$");
            boolean(Some(with_regex(&whole, |regex| regex.is_match(text))?))
        }
        Function::Replace | Function::ReplaceMatches => {
            let Some(with) = argument(1).and_then(Item::as_str) else {
                return Ok(Vec::new());
            };
            match function {
                Function::Replace => owned(text.replace(pattern, with)),
                _ => owned(with_regex(pattern, |regex| {
                    regex.replace_all(text, with).into_owned()
                })?),
            }
        }
        _ => return Err(Stop::Unsupported),
    })
}

/// Runs with a compiled regular expression. They come from definitions, so few are kept for good.
fn with_regex<T>(pattern: &str, run: impl FnOnce(&Regex) -> T) -> Result<T, Stop> {
    static CACHE: LazyLock<RwLock<HashMap<String, Option<Regex>>>> = LazyLock::new(RwLock::default);
    const MAX_KEPT: usize = 2_000;
    if let Ok(cache) = CACHE.read()
        && let Some(found) = cache.get(pattern)
    {
        return found.as_ref().map(run).ok_or(Stop::Unsupported);
    }
    // `.` covers line breaks, as FHIR's expressions expect.
    let regex = regex::RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .build()
        .ok();
    let result = regex.as_ref().map(run).ok_or(Stop::Unsupported);
    if let Ok(mut cache) = CACHE.write()
        && cache.len() < MAX_KEPT
    {
        cache.insert(pattern.to_owned(), regex);
    }
    result
}
