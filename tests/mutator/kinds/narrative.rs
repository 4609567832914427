//! XHTML of narratives (R4 narrative).

use crate::mutant::Mutant;
use crate::site::Site;

const WRONG: &[(&str, &str)] = &[
    ("narrative-xml", "words alone"),
    (
        "narrative-xml",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>x</div>",
    ),
    (
        "narrative-xml",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">a & b</div>",
    ),
    (
        "narrative-xml",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=x>x</p></div>",
    ),
    (
        "narrative-xml",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div><div>y</div>",
    ),
    (
        "narrative-xml",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">&unknown;</div>",
    ),
    ("txt-1", "<div>x</div>"),
    ("txt-1", "<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>"),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><form>x</form></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><iframe>x</iframe></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><object>x</object></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><head>x</head></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"x()\">x</p></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><P>x</P></div>",
    ),
    (
        "txt-1",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><link href=\"x\"/>x</div>",
    ),
    (
        "txt-2",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"></div>",
    ),
    (
        "txt-2",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p> </p></div>",
    ),
    (
        "narrative-link",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"#nowhere\">x</a></div>",
    ),
    (
        "narrative-link",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><img src=\"#nowhere\"/></div>",
    ),
    (
        "narrative-active-link",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"javascript:x()\">x</a></div>",
    ),
    (
        "narrative-place",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><ul>x<li>y</li></ul></div>",
    ),
    (
        "narrative-place",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>x<table><tr><td>y</td></tr></table></p></div>",
    ),
    (
        "narrative-place",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><tr><td>y</td></tr></div>",
    ),
];

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    let div = site.items.iter().find(|item| item.type_name == "xhtml");
    let Some(div) = div.filter(|_| site.profile.is_none()) else {
        return Vec::new();
    };
    let mutant = |(rule, text): &(&str, &str)| {
        Mutant::new("narrative", &div.pointer, &[rule])
            .setting(*text)
            .of(*text)
    };
    WRONG.iter().map(mutant).collect()
}
