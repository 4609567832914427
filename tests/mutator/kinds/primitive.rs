//! Forms of primitive values (R4 datatypes).

use serde_json::{Value, json};

use crate::mutant::Mutant;
use crate::site::Site;

/// Values of the right JSON type that a primitive type must not have.
fn wrong(type_name: &str) -> Vec<Value> {
    let words: &[&str] = match type_name {
        "base64Binary" => &["%%%%", "abc", "a=bc", "YWJj=", "===="],
        "canonical" | "uri" | "url" => {
            &["a b", " http://a", "http://a b", "urn:uuid:1", "urn:oid:x"]
        }
        "code" => &[" a", "a ", "a  b", "a\tb", ""],
        "date" => &[
            "20",
            "2020-1-1",
            "2020-13",
            "2020-00",
            "2020-02-30",
            "2021-02-29",
            "0000",
            "2020-01-01T00:00:00Z",
            "2020-01-01 ",
            "01.02.2020",
            "2020-1",
            "20200101",
        ],
        "dateTime" => &[
            "2020-01-01T10:00Z",
            "2020-01-01T10:00:00",
            "2020-01-01T24:00:00Z",
            "2020-01-01 10:00:00Z",
            "2020-01T10:00:00Z",
            "2020-01-01T10:60:00Z",
            "2020-01-01T10:00:61Z",
            "2020-01-01T10:00:00+15:00",
            "2020-01-01T10:00:00+0100",
            "2020-01-01T10:00:00z",
            "2020-04-31",
            "2020-01-01T10:00:00.Z",
            "2020-",
        ],
        "id" => &["a_b", "a b", "ä", "", LONG_ID],
        "instant" => &[
            "2020",
            "2020-01-01",
            "2020-01-01T10:00Z",
            "2020-01-01T10:00:00",
            "2020-01-01T24:00:00Z",
            "2020-02-30T10:00:00Z",
            "2020-01-01T10:00:00+15:00",
        ],
        "markdown" | "string" => &["", " ", "\n", "a\u{0}b", "a\u{1b}b", "a\u{8}"],
        "oid" => &[
            "1.2.3",
            "urn:oid:3.1",
            "urn:oid:1.02",
            "urn:oid:1",
            "urn:oid:",
            "urn:oid:1..2",
        ],
        "time" => &[
            "10:00",
            "24:00:00",
            "10:60:00",
            "10:00:61",
            "1:00:00",
            "10:00:00Z",
            "10:00:00.",
        ],
        "uuid" => &[
            "01234567-89ab-cdef-0123-456789abcdef",
            "urn:uuid:1",
            "urn:uuid:01234567-89ab-cdef-0123-456789abcdeg",
        ],
        "integer" => {
            return vec![
                json!(2_147_483_648_i64),
                json!(-2_147_483_649_i64),
                json!(1.5),
                json!("1"),
            ];
        }
        "positiveInt" => return vec![json!(0), json!(-1), json!(2_147_483_648_i64), json!(0.5)],
        "unsignedInt" => return vec![json!(-1), json!(2_147_483_648_i64), json!(1.5)],
        "decimal" => return vec![json!("1.0"), json!("1,0"), json!(true)],
        "boolean" => return vec![json!("true"), json!(1), json!("True")],
        _ => &[],
    };
    words.iter().map(|word| json!(word)).collect()
}

const LONG_ID: &str = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg";

pub fn formats(site: &Site<'_>) -> Vec<Mutant> {
    let item = site.items.iter().find(|item| item.value.is_some());
    let Some(item) = item.filter(|_| site.profile.is_none()) else {
        return Vec::new();
    };
    let rules: &[&str] = &["primitive-format", "json-type", "value-min", "value-max"];
    wrong(&item.type_name)
        .into_iter()
        .map(|value| {
            Mutant::new("primitive format", &item.pointer, rules)
                .setting(value)
                .of(item.type_name.clone())
        })
        .collect()
}
