//! Generic changes of a response. None knows a case; together they stand for the mistakes that
//! nobody thought of.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::message::{Content, Message};

/// A kind of change.
pub(super) struct Operator {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// What of it is no mistake, or cannot be seen from outside: such changes are not noticed.
    pub(super) unseen: &'static str,
    /// Where it can be applied: JSON pointers, names of headers, or one empty text for the whole.
    pub(super) sites: fn(&Message) -> Vec<String>,
    /// Applies it at one of these places.
    pub(super) apply: fn(&mut Message, &str),
}

/// All of them.
pub(super) static OPERATORS: &[Operator] = &[
    Operator {
        name: "drop-entry",
        description: "An entry of a Bundle is left out.",
        unseen: "An entry of a page of which nothing else is known: only a search that has to find a record that was seen before misses it.",
        sites: entries,
        apply: |message, site| at_parent(message, site, |items, index| drop(items.remove(index))),
    },
    Operator {
        name: "duplicate-entry",
        description: "An entry of a Bundle comes twice.",
        unseen: "",
        sites: entries,
        apply: |message, site| {
            at_parent(message, site, |items, index| {
                items.push(items[index].clone())
            });
        },
    },
    Operator {
        name: "swap-entries",
        description: "Two entries of a Bundle change places.",
        unseen: "FHIR prescribes no order of matches where no `_sort` is given.",
        sites: |message| entries(message).into_iter().skip(1).collect(),
        apply: |message, site| {
            at_parent(message, site, |items, index| items.swap(index - 1, index))
        },
    },
    Operator {
        name: "drop-member",
        description: "A member of an object is left out.",
        unseen: "Optional elements, such as `meta.profile`, `Bundle.total`, narrative, display and extensions: a record without them is another record, and as sound.",
        sites: |message| places(message, |_, _| true),
        apply: drop_member,
    },
    Operator {
        name: "change-code",
        description: "A code is another one.",
        unseen: "A code in a record that was seen once, or in the explanation of a refusal: another one is as sound.",
        sites: |message| {
            places(message, |name, value| {
                ["code", "status", "intent", "use", "gender", "mode", "kind"].contains(&name)
                    && value.is_string()
            })
        },
        apply: append,
    },
    Operator {
        name: "change-reference",
        description: "A reference leads elsewhere.",
        unseen: "A reference to another record of the right type, where the record was seen once.",
        sites: |message| {
            places(message, |name, value| {
                name == "reference" && value.is_string()
            })
        },
        apply: append,
    },
    Operator {
        name: "change-address",
        description: "A URL, a system or a link is another one.",
        unseen: "The profile that a record claims, where it is not known here, and identifiers of systems: another one is as sound.",
        sites: |message| {
            places(message, |name, value| {
                ["fullUrl", "url", "system", "profile"].contains(&name) && value.is_string()
            })
        },
        apply: append,
    },
    Operator {
        name: "shift-date",
        description: "A date is a day later.",
        unseen: "A date in a record that was seen once: another one is as sound.",
        sites: |message| {
            places(message, |_, value| {
                value.as_str().and_then(next_day).is_some()
            })
        },
        apply: |message, site| {
            at(message, site, |value| {
                if let Some(next) = value.as_str().and_then(next_day) {
                    *value = Value::String(next);
                }
            });
        },
    },
    Operator {
        name: "change-number",
        description: "A number is greater by one.",
        unseen: "A measured value in a record that was seen once.",
        sites: |message| places(message, |_, value| value.is_number()),
        apply: |message, site| {
            at(message, site, |value| {
                if let Some(number) = value.as_f64() {
                    *value = value
                        .as_i64()
                        .map_or_else(|| Value::from(number + 1.0), |whole| Value::from(whole + 1));
                }
            });
        },
    },
    Operator {
        name: "flip-boolean",
        description: "A yes becomes a no, or the other way round.",
        unseen: "Declared abilities that the suite makes no use of, such as `readHistory`, and what a record seen once says of a person, such as `active`.",
        sites: |message| places(message, |_, value| value.is_boolean()),
        apply: |message, site| {
            at(message, site, |value| {
                *value = Value::Bool(value != &Value::Bool(true))
            });
        },
    },
    Operator {
        name: "next-status",
        description: "The status is the next higher one.",
        unseen: "One refusal for another where FHIR leaves the choice, such as 401 for 400.",
        sites: |_| vec![String::new()],
        apply: |message, _| message.status += 1,
    },
    Operator {
        name: "opposite-status",
        description: "A success has the status 500, a refusal 200.",
        unseen: "A refusal of a request that FHIR lets a server answer, where nothing is shown.",
        sites: |_| vec![String::new()],
        apply: |message, _| message.status = if message.status < 400 { 500 } else { 200 },
    },
    Operator {
        name: "drop-header",
        description: "A header is left out.",
        unseen: "Headers that FHIR does not ask for.",
        sites: headers,
        apply: |message, site| message.headers.retain(|(name, _)| name != site),
    },
    Operator {
        name: "change-header",
        description: "A header has another value.",
        unseen: "Headers that FHIR does not ask for.",
        sites: headers,
        apply: |message, site| {
            let lines = message.headers.iter_mut();
            for (_, value) in lines.filter(|(name, _)| name == site) {
                value.insert(value.len() / 2, '0');
            }
        },
    },
    Operator {
        name: "truncate-body",
        description: "The last third of the body is lost.",
        unseen: "The body of a refusal whose explanation is only recommended.",
        sites: with_body,
        apply: |message, _| {
            let mut bytes = message.body.bytes();
            bytes.truncate(bytes.len() * 2 / 3);
            message.body = Content::Bytes(bytes);
        },
    },
    Operator {
        name: "empty-body",
        description: "The body is lost.",
        unseen: "The body of a refusal whose explanation is only recommended.",
        sites: with_body,
        apply: |message, _| message.body = Content::Bytes(Vec::new()),
    },
];

fn with_body(message: &Message) -> Vec<String> {
    let bodies = usize::from(!message.body.bytes().is_empty());
    vec![String::new(); bodies]
}

fn headers(message: &Message) -> Vec<String> {
    message
        .headers
        .iter()
        .map(|(name, _)| name.clone())
        .collect()
}

fn entries(message: &Message) -> Vec<String> {
    let Content::Json(body) = &message.body else {
        return Vec::new();
    };
    let entries = body.get("entry").and_then(Value::as_array);
    (0..entries.map_or(0, Vec::len))
        .map(|index| format!("/entry/{index}"))
        .collect()
}

/// JSON pointers to all members, and items of lists of primitives, that are wanted by name and value.
fn places(message: &Message, wanted: fn(&str, &Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    if let Content::Json(body) = &message.body {
        walk(body, "", &mut String::new(), &mut |name, pointer, value| {
            if wanted(name, value) {
                found.push(pointer.to_owned());
            }
        });
    }
    found
}

fn walk(value: &Value, name: &str, pointer: &mut String, see: &mut impl FnMut(&str, &str, &Value)) {
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(name);
                see(name, pointer, member);
                walk(member, name, pointer, see);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                if item.is_string() {
                    see(name, pointer, item);
                }
                walk(item, name, pointer, see);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn at(message: &mut Message, site: &str, change: impl FnOnce(&mut Value)) {
    if let Content::Json(body) = &mut message.body
        && let Some(value) = body.pointer_mut(site)
    {
        change(value);
    }
}

/// Changes the list that holds the item at this place.
fn at_parent(message: &mut Message, site: &str, change: impl FnOnce(&mut Vec<Value>, usize)) {
    let Some((parent, index)) = site.rsplit_once('/') else {
        return;
    };
    at(message, parent, |value| {
        if let (Some(items), Ok(index)) = (value.as_array_mut(), index.parse::<usize>())
            && index < items.len()
        {
            change(items, index);
        }
    });
}

fn drop_member(message: &mut Message, site: &str) {
    let Some((parent, name)) = site.rsplit_once('/') else {
        return;
    };
    at(message, parent, |value| match value {
        Value::Object(members) => drop(members.remove(name)),
        Value::Array(items) => {
            if let Ok(index) = name.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    });
}

fn append(message: &mut Message, site: &str) {
    at(message, site, |value| {
        if let Value::String(text) = value {
            text.push_str("-x");
        }
    });
}

/// The same text a day later, where it is a date or an instant.
fn next_day(text: &str) -> Option<String> {
    let day = text.get(..10)?;
    let date: Date = day.parse().ok()?;
    let rest = &text[10..];
    if !rest.is_empty() {
        text.parse::<Timestamp>().ok()?;
    }
    Some(format!(
        "{}{rest}",
        date.checked_add(Span::new().days(1)).ok()?
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message() -> Message {
        Message {
            status: 200,
            headers: vec![("etag".to_owned(), "W/\"1\"".to_owned())],
            body: Content::Json(json!({
                "resourceType": "Bundle", "type": "searchset", "total": 2,
                "link": [{ "relation": "self", "url": "http://h/" }],
                "entry": [
                    { "resource": { "status": "final", "issued": "2024-02-28T23:00:00Z", "active": true } },
                    { "resource": { "subject": { "reference": "Patient/1" } } },
                ],
            })),
        }
    }

    #[test]
    fn every_operator_changes_the_message_at_each_of_its_sites() {
        for operator in OPERATORS {
            let sites = (operator.sites)(&message());
            assert!(!sites.is_empty(), "{}", operator.name);
            for site in sites {
                let mut changed = message();
                (operator.apply)(&mut changed, &site);
                assert_ne!(
                    format!("{changed:?}"),
                    format!("{:?}", message()),
                    "{} at '{site}'",
                    operator.name
                );
            }
        }
    }

    #[test]
    fn dates_shift_over_the_end_of_a_month() {
        assert_eq!(next_day("2024-02-29").as_deref(), Some("2024-03-01"));
        assert_eq!(
            next_day("2023-12-31T23:59:59+01:00").as_deref(),
            Some("2024-01-01T23:59:59+01:00")
        );
        assert_eq!(next_day("2023-12"), None);
        assert_eq!(next_day("2023-12-31 or so"), None);
    }
}
