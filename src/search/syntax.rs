//! Escapes in search values (FHIR R4 search, escaping): `\,` `\|` `\$` `\\`.

/// Splits at every separator that has no backslash before it; the parts keep their escapes.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == separator {
            parts.push(&text[begin..at]);
            begin = at + character.len_utf8();
        }
    }
    parts.push(&text[begin..]);
    parts
}

/// Takes the escapes away. A backslash before any other character stands for itself.
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(next @ (',' | '|' | '$' | '\\'))) => {
                plain.push(*next);
                characters.next();
            }
            _ => plain.push(character),
        }
    }
    plain
}

/// Writes a value so that `split` and `unescape` give it back.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, ',' | '|' | '$' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_separators_do_not_split() {
        assert_eq!(split(r"a\,b,c", ','), [r"a\,b", "c"]);
        assert_eq!(split(r"a\\,b", ','), [r"a\\", "b"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(split("é|ü", '|'), ["é", "ü"]);
    }

    #[test]
    fn escaping_is_reversible() {
        for text in [r"a,b|c$d\e", "", r"\", "é"] {
            assert_eq!(unescape(&escape(text)), text);
        }
        assert_eq!(unescape(r"a\nb\"), r"a\nb\");
    }
}
