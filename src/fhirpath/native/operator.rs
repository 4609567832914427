//! Operators on values that are at hand: nothing of what is around is needed.

use std::borrow::Cow;

use super::item::Item;
use super::result::Outcome;
use super::{Arithmetic, Compare, Logic, Stop, temporal};

/// `and`, `or`, `xor`, `implies` in three-valued logic (FHIRPath, "Boolean logic").
pub(super) fn logic(logic: Logic, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match logic {
        Logic::And => match (left, right) {
            (Some(true), Some(true)) => Some(true),
            (Some(false), _) | (_, Some(false)) => Some(false),
            _ => None,
        },
        Logic::Or => match (left, right) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Logic::Xor => left.zip(right).map(|(left, right)| left != right),
        Logic::Implies => match (left, right) {
            (Some(false), _) | (_, Some(true)) => Some(true),
            (Some(true), other) => other,
            _ => None,
        },
    }
}

/// `<`, `<=`, `>`, `>=`; `None` where a side is empty or the two can't be ordered.
pub(super) fn compare(
    compare: Compare,
    left: &[Item<'_>],
    right: &[Item<'_>],
) -> Result<Option<bool>, Stop> {
    let (left, right) = match (left, right) {
        ([], _) | (_, []) => return Ok(None),
        ([left], [right]) => (left, right),
        _ => {
            return Err(Stop::Failed(
                "several items are compared with `<` or `>`".to_owned(),
            ));
        }
    };
    let order = if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
        left.partial_cmp(&right)
    } else if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        match temporal::compare(left, right) {
            Some(order) => order,
            None => Some(left.cmp(right)),
        }
    } else {
        // Quantities among others.
        return Err(Stop::Unsupported);
    };
    Ok(order.map(|order| match compare {
        Compare::Less => order.is_lt(),
        Compare::LessOrEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterOrEqual => order.is_ge(),
    }))
}

/// `=` of two collections; `None` where a side is empty or a pair can't be compared.
pub(super) fn equal(left: &[Item<'_>], right: &[Item<'_>]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut all = Some(true);
    for (left, right) in left.iter().zip(right) {
        match left.equals(right) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// `&`: an empty side is the empty string.
pub(super) fn concatenate<'a>(left: &[Item<'a>], right: &[Item<'a>]) -> Outcome<'a> {
    let text = |items: &[Item<'a>]| match items {
        [] => Some(Cow::Borrowed("")),
        [item] => item.text(),
        _ => None,
    };
    let (Some(left), Some(right)) = (text(left), text(right)) else {
        return Err(Stop::Unsupported);
    };
    Ok(vec![Item::String(Cow::Owned(format!("{left}{right}")))])
}

/// `-` before one number.
pub(super) fn negate<'a>(items: &[Item<'a>]) -> Outcome<'a> {
    Ok(match items {
        [] => Vec::new(),
        [Item::Integer(number)] => vec![Item::Integer(number.saturating_neg())],
        [item] => match item.as_number() {
            Some(number) => vec![Item::Decimal(-number)],
            None => return Err(Stop::Unsupported),
        },
        _ => return Err(Stop::Unsupported),
    })
}

/// `+` and `-`.
pub(super) fn arithmetic<'a>(
    operation: Arithmetic,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Outcome<'a> {
    let (left, right) = match (left, right) {
        ([], _) | (_, []) => return Ok(Vec::new()),
        ([left], [right]) => (left, right),
        _ => return Err(Stop::Unsupported),
    };
    if let (Some(left), Some(right)) = (left.as_integer(), right.as_integer()) {
        let result = match operation {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
        };
        return Ok(result.map(Item::Integer).into_iter().collect());
    }
    match (operation, left.as_str(), right.as_str()) {
        (Arithmetic::Add, Some(left), Some(right)) if temporal::compare(left, left).is_none() => {
            Ok(vec![Item::String(Cow::Owned(format!("{left}{right}")))])
        }
        // Decimals and dates are left to the general engine, which keeps precision.
        _ => Err(Stop::Unsupported),
    }
}

/// `~`: text without regard to case and white space.
pub(super) fn equivalent<'a>(left: &[Item<'a>], right: &[Item<'a>]) -> Result<bool, Stop> {
    match (left, right) {
        ([], []) => Ok(true),
        ([], _) | (_, []) => Ok(false),
        ([left], [right]) => match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) if temporal::compare(left, right).is_none() => {
                let normal = |text: &str| {
                    text.split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                        .to_lowercase()
                };
                Ok(normal(left) == normal(right))
            }
            _ if left.is_complex() || right.is_complex() => Err(Stop::Unsupported),
            _ => Ok(left.equals(right) == Some(true)),
        },
        _ => Err(Stop::Unsupported),
    }
}
