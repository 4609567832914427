//! The XHTML that FHIR allows in a narrative (R4 narrative, txt-1 and txt-2).

/// What is wrong with a narrative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Not well-formed XML, with the reason.
    Malformed(String),
    /// The root is not `div` in the XHTML namespace.
    Root,
    /// An element that is not allowed.
    Element(String),
    /// An attribute that is not allowed on its element (`element@attribute`).
    Attribute(String),
    /// An element, or text, where XHTML has none of its kind.
    Misplaced {
        /// The element; absent for text.
        child: Option<String>,
        parent: String,
    },
    /// Nothing to see: neither text nor an image (txt-2).
    Empty,
}

const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

/// Elements that hold these and no text (XHTML 1.0, content models).
const CONTENT: &[(&str, &[&str])] = &[
    ("br", &[]),
    ("ul", &["li"]),
    ("ol", &["li"]),
    ("dl", &["dt", "dd"]),
    (
        "table",
        &[
            "caption", "col", "colgroup", "thead", "tbody", "tfoot", "tr",
        ],
    ),
    ("thead", &["tr", "td", "th"]),
    ("tfoot", &["tr", "td", "th"]),
    ("tbody", &["tr"]),
    ("tr", &["td", "th"]),
];

/// Elements that stand nowhere else.
const PARTS: &[&str] = &["li", "dt", "dd", "tr", "td", "th"];

/// Elements that hold text and no blocks.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "big", "cite", "code", "dfn", "em", "i", "p", "q", "samp",
    "small", "span", "strong", "sub", "sup", "tt", "var",
];
const BLOCKS: &[&str] = &["div", "ol", "pre", "table", "ul"];

/// Whether XHTML has an element, or text, in this place.
fn fits(child: Option<&str>, parent: &str) -> bool {
    let only = CONTENT.iter().find(|(name, _)| *name == parent);
    if let Some((_, children)) = only {
        return child.is_some_and(|child| children.contains(&child));
    }
    let Some(child) = child else { return true };
    let is_block = BLOCKS.contains(&child) && INLINE.contains(&parent);
    let in_paragraph = parent == "p" && matches!(child, "p" | "blockquote");
    !PARTS.contains(&child) && !is_block && !in_paragraph
}

const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellhalign",
    "cellpadding",
    "cellspacing",
    "cellvalign",
    "char",
    "charoff",
    "charset",
    "cite",
    "class",
    "colspan",
    "compact",
    "coords",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "hspace",
    "id",
    "lang",
    "longdesc",
    "name",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "valign",
    "value",
    "vspace",
    "width",
    "xml:lang",
    "xmlns",
];

/// The entities of XML. Those of HTML, such as `&nbsp;`, are none in a narrative (R4 narrative): there
/// is no document type that would define them.
const XML_ENTITIES: &[&str] = &["amp", "lt", "gt", "quot", "apos"];

/// Checks a narrative's `div`; every fault found, none if it is as FHIR wants it.
pub fn check(text: &str) -> Vec<Fault> {
    let mut scan = Scan {
        rest: text,
        open: Vec::new(),
        faults: Vec::new(),
        visible: false,
        roots: 0,
    };
    if let Err(reason) = scan.run() {
        return vec![Fault::Malformed(reason)];
    }
    if !scan.visible {
        scan.faults.push(Fault::Empty);
    }
    scan.faults
}

struct Scan<'t> {
    rest: &'t str,
    open: Vec<&'t str>,
    faults: Vec<Fault>,
    visible: bool,
    roots: usize,
}

impl<'t> Scan<'t> {
    fn run(&mut self) -> Result<(), String> {
        while !self.rest.is_empty() {
            let (text, markup) = self
                .rest
                .split_at(self.rest.find('<').unwrap_or(self.rest.len()));
            self.text(text)?;
            self.rest = markup;
            if let Some(after) = self.rest.strip_prefix('<') {
                self.markup(after)?;
            }
        }
        match (self.open.last(), self.roots) {
            (Some(name), _) => Err(format!("`<{name}>` is never closed")),
            (None, 0) => {
                self.faults.push(Fault::Root);
                Ok(())
            }
            (None, 1) => Ok(()),
            (None, _) => Err("there is more than one root element".to_owned()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        let blank = text.trim().is_empty();
        if self.open.is_empty() && !blank {
            return Err("there is text outside the root element".to_owned());
        }
        self.visible |= !blank;
        if !blank {
            self.place(None);
        }
        entities(text)
    }

    fn markup(&mut self, after: &'t str) -> Result<(), String> {
        if let Some(comment) = after.strip_prefix("!--") {
            let end = comment.find("-->").ok_or("a comment is never closed")?;
            self.rest = comment.get(end + 3..).unwrap_or_default();
            return Ok(());
        }
        if after.starts_with("!") {
            return Err("there is a document type or a CDATA section".to_owned());
        }
        if let Some(instruction) = after.strip_prefix('?') {
            let end = instruction
                .find("?>")
                .ok_or("a processing instruction is never closed")?;
            self.rest = instruction.get(end + 2..).unwrap_or_default();
            return Ok(());
        }
        match after.strip_prefix('/') {
            Some(closing) => self.closing(closing),
            None => self.opening(after),
        }
    }

    fn closing(&mut self, after: &'t str) -> Result<(), String> {
        let end = after.find('>').ok_or("a closing tag has no `>`")?;
        let (name, rest) = after.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        let name = name.trim_end();
        match self.open.pop() {
            Some(open) if open == name => Ok(()),
            Some(open) => Err(format!("`</{name}>` stands where `</{open}>` should")),
            None => Err(format!("`</{name}>` closes nothing")),
        }
    }

    fn opening(&mut self, after: &'t str) -> Result<(), String> {
        let end = after
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '/'))
            .ok_or("a tag has no `>`")?;
        let (name, mut rest) = after.split_at(end);
        if !is_name(name) {
            return Err(format!(
                "`<{}` is no tag",
                name.chars().take(20).collect::<String>()
            ));
        }
        let mut namespace = None;
        let mut seen: Vec<&str> = Vec::new();
        let closed = loop {
            let trimmed = rest.trim_start();
            if let Some(after) = trimmed.strip_prefix("/>") {
                rest = after;
                break true;
            }
            if let Some(after) = trimmed.strip_prefix('>') {
                rest = after;
                break false;
            }
            if trimmed.len() == rest.len() {
                return Err(format!("the tag `<{name}` is not well-formed"));
            }
            let (attribute, value, after) = attribute(trimmed, name)?;
            if seen.contains(&attribute) {
                return Err(format!("`<{name}>` has the attribute `{attribute}` twice"));
            }
            seen.push(attribute);
            if attribute == "xmlns" {
                namespace = Some(value);
            } else if !ATTRIBUTES.contains(&attribute) && !attribute.starts_with("xmlns:") {
                self.faults
                    .push(Fault::Attribute(format!("{name}@{attribute}")));
            }
            rest = after;
        };
        self.rest = rest;
        self.element(name, namespace, closed);
        Ok(())
    }

    fn element(&mut self, name: &'t str, namespace: Option<&str>, closed: bool) {
        if self.open.is_empty() {
            self.roots += 1;
            if name != "div" || namespace != Some("http://www.w3.org/1999/xhtml") {
                self.faults.push(Fault::Root);
            }
        } else if !ELEMENTS.contains(&name) {
            self.faults.push(Fault::Element(name.to_owned()));
        } else {
            self.place(Some(name));
        }
        self.visible |= name == "img";
        if !closed {
            self.open.push(name);
        }
    }
}

impl Scan<'_> {
    /// Says so where an element, or text, does not belong into the one that is open.
    fn place(&mut self, child: Option<&str>) {
        let Some(&parent) = self.open.last() else {
            return;
        };
        let link = child == Some("a") && self.open.contains(&"a");
        if link || !fits(child, parent) {
            self.faults.push(Fault::Misplaced {
                child: child.map(str::to_owned),
                parent: parent.to_owned(),
            });
        }
    }
}

/// One attribute: name, value, and what follows.
fn attribute<'t>(text: &'t str, element: &str) -> Result<(&'t str, &'t str, &'t str), String> {
    let broken = || format!("an attribute of `<{element}>` is not well-formed");
    let (name, after) = text.split_once('=').ok_or_else(broken)?;
    let name = name.trim_end();
    if !is_name(name) {
        return Err(broken());
    }
    let after = after.trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|letter| matches!(letter, '"' | '\''))
        .ok_or_else(broken)?;
    let (value, rest) = after
        .get(1..)
        .and_then(|after| after.split_once(quote))
        .ok_or_else(broken)?;
    if value.contains('<') {
        return Err(broken());
    }
    entities(value)?;
    Ok((name, value, rest))
}

fn is_name(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ':' | '.'))
}

/// Every `&` begins a character reference.
fn entities(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('&') {
        let (name, next) = after
            .split_once(';')
            .ok_or("`&` must be written as `&amp;`")?;
        let known = XML_ENTITIES.contains(&name)
            || name.strip_prefix("#x").is_some_and(|hex| {
                !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
            || name.strip_prefix('#').is_some_and(|digits| {
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            });
        if !known {
            return Err(match is_name(name) {
                true => format!("XML has no entity `&{name};`, write the character itself"),
                false => "`&` must be written as `&amp;`".to_owned(),
            });
        }
        rest = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_fhir_allows() {
        let div = r#"<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">A &amp; B<br/>&#169;</p><!-- c --></div>"#;
        assert_eq!(check(div), vec![]);
    }

    #[test]
    fn names_each_fault() {
        let wrap =
            |inner: &str| format!(r#"<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>"#);
        let cases = [
            (wrap("<script>x</script>"), Fault::Element("script".into())),
            (
                wrap(r#"<p onclick="x">x</p>"#),
                Fault::Attribute("p@onclick".into()),
            ),
            (
                wrap("<ul>x<li>y</li></ul>"),
                Fault::Misplaced {
                    child: None,
                    parent: "ul".into(),
                },
            ),
            (
                wrap("<p>x<div>y</div></p>"),
                Fault::Misplaced {
                    child: Some("div".into()),
                    parent: "p".into(),
                },
            ),
            (
                wrap("<td>x</td>"),
                Fault::Misplaced {
                    child: Some("td".into()),
                    parent: "div".into(),
                },
            ),
            (wrap("  "), Fault::Empty),
            ("<div>x</div>".to_owned(), Fault::Root),
            (
                "<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>".to_owned(),
                Fault::Root,
            ),
        ];
        for (text, fault) in cases {
            assert_eq!(check(&text), vec![fault], "{text}");
        }
        for text in [
            wrap("<p>x"),
            wrap("a & b"),
            wrap("a&nbsp;b"),
            wrap("<p a=b>x</p>"),
            "<div".to_owned(),
        ] {
            assert!(
                matches!(check(&text).as_slice(), [Fault::Malformed(_)]),
                "{text}"
            );
        }
    }
}
