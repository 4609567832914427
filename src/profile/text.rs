//! JSON text: what is wrong with it as text, and lines and columns for issues.
//!
//! The first reading is `serde_json`'s. A second one, that keeps positions, is made only where there
//! is something to place; it also finds what the first does not show (members given twice).

use std::cell::Cell;
use std::collections::HashMap;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::fhir::{Issue, IssueCode, Lines, Location, Severity};

/// A document that could be read.
pub struct Document {
    pub value: Value,
    /// Findings about the text itself.
    pub issues: Vec<Issue>,
}

/// Reads JSON text; a fatal issue with its place where it is none.
pub fn read(json: &str) -> Result<Document, Box<Issue>> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let (value, repeats) = parse(json).map_err(|error| Box::new(syntax_issue(&error)))?;
    if !repeats {
        return Ok(Document {
            value,
            issues: Vec::new(),
        });
    }
    let mut scan = Scan::new(json);
    scan.value(&mut String::new(), 0);
    let issues = scan
        .duplicates
        .into_iter()
        .map(|pointer| Issue {
            severity: Severity::Error,
            code: IssueCode::Duplicate,
            message: "the member is given twice, and only one of them can count".to_owned(),
            fix: Some("remove one of them".to_owned()),
            location: Location {
                expression: expression(&pointer, &value),
                pointer,
                ..Location::default()
            },
            profile: None,
            rule: "duplicate-member".to_owned(),
        })
        .collect();
    Ok(Document { value, issues })
}

/// The value, and whether any object has a member twice.
fn parse(json: &str) -> Result<(Value, bool), serde_json::Error> {
    let repeats = Cell::new(false);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = Reader { repeats: &repeats }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, repeats.get()))
}

fn syntax_issue(error: &serde_json::Error) -> Issue {
    let mut reason = error.to_string();
    if let Some(at) = reason.find(" at line ") {
        reason.truncate(at);
    }
    Issue {
        severity: Severity::Fatal,
        code: IssueCode::Structure,
        message: format!("the text is no JSON: {reason}"),
        fix: Some("mend the text at this place".to_owned()),
        location: Location {
            line: u32::try_from(error.line()).ok(),
            column: u32::try_from(error.column()).ok(),
            ..Location::default()
        },
        profile: None,
        rule: "json-syntax".to_owned(),
    }
}

/// Builds a value, and notices members that are given twice.
#[derive(Clone, Copy)]
struct Reader<'c> {
    repeats: &'c Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut out = serde_json::Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(self)?;
            if out.insert(name, value).is_some() {
                self.repeats.set(true);
            }
        }
        Ok(Value::Object(out))
    }
}

fn expression(pointer: &str, value: &Value) -> String {
    let root = value.get("resourceType").and_then(Value::as_str);
    let mut out = root.unwrap_or("Resource").to_owned();
    for part in pointer.split('/').skip(1) {
        match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => out.push_str(&format!("[{part}]")),
            false => {
                out.push('.');
                out.push_str(part.trim_start_matches('_'));
            }
        }
    }
    out
}

/// Gives each issue the line and column of what its pointer names, or of the nearest thing around.
pub fn add_positions(json: &str, issues: &mut [Issue]) {
    if issues.is_empty() {
        return;
    }
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let mut scan = Scan::new(json);
    scan.value(&mut String::new(), 0);
    let lines = Lines::new(json);
    for issue in issues {
        if let Some(offset) = scan.nearest(&issue.location.pointer) {
            let (line, column) = lines.place(offset);
            issue.location.line = Some(line);
            issue.location.column = Some(column);
        }
    }
}

/// Reads JSON that is known to be well-formed, and keeps where each value begins.
struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    starts: HashMap<String, usize>,
    duplicates: Vec<String>,
}

/// `serde_json` refuses deeper nesting.
const MAX_DEPTH: usize = 128;

impl<'t> Scan<'t> {
    fn new(json: &'t str) -> Self {
        Self {
            bytes: json.as_bytes(),
            at: 0,
            starts: HashMap::new(),
            duplicates: Vec::new(),
        }
    }

    fn nearest(&self, pointer: &str) -> Option<usize> {
        let mut pointer = pointer;
        loop {
            if let Some(start) = self.starts.get(pointer) {
                return Some(*start);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self, pointer: &mut String, depth: usize) {
        self.skip_space();
        self.starts.insert(pointer.clone(), self.at);
        if depth > MAX_DEPTH {
            return;
        }
        match self.peek() {
            Some(b'{') => self.object(pointer, depth),
            Some(b'[') => self.array(pointer, depth),
            Some(b'"') => {
                self.string();
            }
            _ => {
                while self.peek().is_some_and(|byte| {
                    !matches!(byte, b',' | b'}' | b']') && !byte.is_ascii_whitespace()
                }) {
                    self.at += 1;
                }
            }
        }
    }

    fn object(&mut self, pointer: &mut String, depth: usize) {
        self.at += 1;
        let length = pointer.len();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            let key = self.string();
            pointer.push('/');
            pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            if self.starts.contains_key(pointer.as_str()) {
                self.duplicates.push(pointer.clone());
            }
            self.skip_space();
            if self.peek() == Some(b':') {
                self.at += 1;
            }
            self.value(pointer, depth + 1);
            pointer.truncate(length);
        }
        self.at += 1;
    }

    fn array(&mut self, pointer: &mut String, depth: usize) {
        self.at += 1;
        let length = pointer.len();
        let mut index = 0usize;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') | None => break,
                Some(_) => {
                    pointer.push_str(&format!("/{index}"));
                    let before = self.at;
                    self.value(pointer, depth + 1);
                    pointer.truncate(length);
                    index += 1;
                    if self.at == before {
                        break;
                    }
                }
            }
        }
        self.at += 1;
    }

    /// A string, unescaped where that matters for member names.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.bytes
            .get(start..self.at.min(self.bytes.len()))
            .and_then(|raw| serde_json::from_slice(raw).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_duplicates_and_places() {
        let json = "{\n  \"resourceType\": \"Patient\",\n  \"name\": [{\"family\": \"A\", \"family\": \"B\"}]\n}";
        let Ok(document) = read(json) else { panic!() };
        let mut issues = document.issues;
        add_positions(json, &mut issues);
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].location.pointer, "/name/0/family");
        assert_eq!(issues[0].location.expression, "Patient.name[0].family");
        assert_eq!(issues[0].location.line, Some(3));
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        let Err(issue) = read("{\n  \"a\": ,\n}") else {
            panic!()
        };
        assert_eq!(
            (issue.severity, issue.location.line, issue.location.column),
            (Severity::Fatal, Some(2), Some(8))
        );
    }

    #[test]
    fn every_kind_of_value_is_read_as_it_stands() {
        let json =
            r#"{"a":[true,-1,18446744073709551615,1.5,"s","\u0041\n",null,[],{}],"é/~":{"b":"c"}}"#;
        let Ok(document) = read(json) else { panic!() };
        let known: Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(document.value, known);
    }

    #[test]
    fn what_is_within_lists_has_its_own_place() {
        let json = "{\"a\": [\n1,\n {\"b\\\"\": 2},\n [3,\n 4]\n]\n,\"é/~\":\n5}";
        let mut issues: Vec<Issue> = [
            "/a", "/a/0", "/a/1", "/a/1/b\"", "/a/2/1", "/é~1~0", "/a/9", "/z",
        ]
        .into_iter()
        .map(|pointer| Issue {
            location: Location {
                pointer: pointer.to_owned(),
                ..Location::default()
            },
            ..syntax_issue(&serde_json::from_str::<Value>("").expect_err("no JSON"))
        })
        .collect();
        add_positions(json, &mut issues);
        assert_eq!(issues[3].location.column, Some(10));
        let lines: Vec<Option<u32>> = issues.iter().map(|issue| issue.location.line).collect();
        let expected = [1, 2, 3, 3, 5, 8, 1, 1].map(Some);
        assert_eq!(lines, expected);
    }
}
