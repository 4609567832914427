//! Text for HTML. All that comes from a target goes through here.

/// For text and for quoted attributes.
pub(super) fn escape(value: &str) -> String {
    with_quotes(value, true)
}

/// For the text of an element only.
pub(super) fn text(value: &str) -> String {
    with_quotes(value, false)
}

/// Escapes markup. Control characters, which would be invisible or end the text, and marks that
/// turn the direction of writing are shown as what they are.
fn with_quotes(value: &str, are_escaped: bool) -> String {
    let mut escaped = String::with_capacity(value.len() + value.len() / 16);
    for c in value.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' if are_escaped => escaped += "&#34;",
            '\'' if are_escaped => escaped += "&#39;",
            '\n' | '\t' => escaped.push(c),
            '\r' => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // No characters of XML, which the page is too.
            | '\u{fffe}' | '\u{ffff}' => {
                escaped += &format!("[U+{:04X}]", u32::from(c));
            }
            c if c.is_control() => escaped += &format!("[U+{:04X}]", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_invisible_characters_become_text() {
        let hostile = "<script>\"x\" & 'y'</script>\u{0}\u{202e}\u{ffff}";
        assert_eq!(
            escape(hostile),
            "&lt;script&gt;&#34;x&#34; &amp; &#39;y&#39;&lt;/script&gt;[U+0000][U+202E][U+FFFF]"
        );
        assert_eq!(
            text(hostile),
            "&lt;script&gt;\"x\" &amp; 'y'&lt;/script&gt;[U+0000][U+202E][U+FFFF]"
        );
    }
}
