//! Text for HTML. All that comes from a target goes through here.

/// Escapes for text and for quoted attributes. Control characters, which would be invisible or end
/// the text, and marks that turn the direction of writing are shown as what they are.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            // The shorter of its two names: bodies are full of them.
            '"' => escaped += "&#34;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(c),
            '\r' => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
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
    use super::escape;

    #[test]
    fn markup_and_invisible_characters_become_text() {
        assert_eq!(
            escape("<script>\"x\" & 'y'</script>\u{0}\u{202e}"),
            "&lt;script&gt;&#34;x&#34; &amp; &#39;y&#39;&lt;/script&gt;[U+0000][U+202E]"
        );
    }
}
