//! String parameters (FHIR R4 search, string): starts with, without regard to case and accents.

use icu_normalizer::DecomposingNormalizerBorrowed;
use serde_json::Value;

use super::element::at;
use super::matching::{Match, rule};
use super::parameter::ElementType;

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    StartsWith,
    /// `:exact`: the whole text, with case and accents.
    Exact,
    /// `:contains`.
    Contains,
}

/// Whether one value of an element has the text that was asked for.
pub(super) fn matches(
    asked: &str,
    comparison: Comparison,
    element_type: ElementType,
    value: &Value,
) -> Match {
    let (main, others) = parts(element_type);
    let compare_all = |names: &[&str]| {
        Match::any(
            names
                .iter()
                .flat_map(|name| texts(value, name))
                .map(|text| compare(asked, comparison, text)),
        )
    };
    match compare_all(main) {
        Match::MustNot => match compare_all(others) {
            Match::MustNot => Match::MustNot,
            _ => Match::May(rule::NAME_PART),
        },
        found => found,
    }
}

/// The members that are searched: those that every server must look at, and those it may.
fn parts(element_type: ElementType) -> (&'static [&'static str], &'static [&'static str]) {
    match element_type {
        ElementType::HumanName => (&["family", "given"], &["text", "prefix", "suffix"]),
        ElementType::Address => (
            &["line", "city", "state", "country", "postalCode"],
            &["district", "text"],
        ),
        _ => (&[""], &[]),
    }
}

/// The texts of a member; the value itself for no name.
fn texts<'r>(value: &'r Value, name: &str) -> Vec<&'r str> {
    let values = if name.is_empty() {
        vec![value]
    } else {
        at(value, name)
    };
    values.into_iter().filter_map(Value::as_str).collect()
}

/// The texts of a value, main parts first, for building queries.
pub(super) fn main_texts(element_type: ElementType, value: &Value) -> Vec<&str> {
    let (main, _) = parts(element_type);
    main.iter().flat_map(|name| texts(value, name)).collect()
}

fn compare(asked: &str, comparison: Comparison, text: &str) -> Match {
    match comparison {
        Comparison::Exact => Match::certain(asked == text),
        Comparison::Contains => by_folding(asked, text, |text, asked| text.contains(asked)),
        Comparison::StartsWith => {
            match by_folding(asked, text, |text, asked| text.starts_with(asked)) {
                Match::MustNot if starts_a_word(&fold(text), &fold(asked)) => {
                    Match::May(rule::WORD_START)
                }
                found => found,
            }
        }
    }
}

fn by_folding(asked: &str, text: &str, holds: fn(&str, &str) -> bool) -> Match {
    let (text, asked) = (fold(text), fold(asked));
    let similar = holds(&fold_letters(&text), &fold_letters(&asked));
    Match::graded(holds(&text, &asked), similar, rule::LETTER_FOLDING)
}

fn starts_a_word(text: &str, asked: &str) -> bool {
    text.match_indices(asked).any(|(at, _)| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_some_and(|before| !before.is_alphanumeric())
    })
}

/// Without case and accents, with single spaces.
pub(super) fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let plain: String = decomposed
        .chars()
        .filter(|character| !is_combining(*character))
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The blocks of combining diacritical marks.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
}

/// Letters that do not decompose but are often written without their stroke or as two.
fn fold_letters(folded: &str) -> String {
    let mut plain = String::with_capacity(folded.len());
    for character in folded.chars() {
        match character {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            'ς' => plain.push('σ'),
            other => plain.push(other),
        }
    }
    plain
}
