//! `index.html`: one self-contained page that is readable without JavaScript.
//!
//! Its markup is XML too, so that an XML parser can check that nothing from a target got out of the
//! text it belongs to.

mod body;
mod cases;
mod curl;
mod escape;
mod exchanges;
mod fixes;
mod link;
mod matrix;
mod overview;
mod requirements;
mod skips;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::ReportError;
use crate::outcome::RunOutcome;

/// Templates by name; a part includes others by theirs.
const TEMPLATES: &[(&str, &str)] = &[
    ("page", include_str!("templates/page.hbs")),
    ("overview", include_str!("templates/overview.hbs")),
    ("fixes", include_str!("templates/fixes.hbs")),
    ("fix", include_str!("templates/fix.hbs")),
    ("matrix", include_str!("templates/matrix.hbs")),
    ("cases", include_str!("templates/cases.hbs")),
    ("test", include_str!("templates/test.hbs")),
    ("skips", include_str!("templates/skips.hbs")),
    ("requirements", include_str!("templates/requirements.hbs")),
    ("exchanges", include_str!("templates/exchanges.hbs")),
    ("body", include_str!("templates/body.hbs")),
];
const STYLE: &str = include_str!("templates/style.css");
const SCRIPT: &str = include_str!("templates/script.js");

static ENGINE: LazyLock<Result<Handlebars<'static>, String>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.set_prevent_indent(true);
    engine.register_escape_fn(escape::escape);
    engine.register_helper("text", Box::new(text));
    for (name, template) in TEMPLATES {
        engine
            .register_template_string(name, template)
            .map_err(|error| error.to_string())?;
    }
    Ok(engine)
});

/// `{{text x}}`: escaped for the text of an element only, where quotes may stand as they are.
fn text(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).and_then(|value| value.value().as_str());
    out.write(&escape::text(value.unwrap_or_default()))?;
    Ok(())
}

/// Everything that the page shows.
#[derive(Debug, Serialize)]
struct Page {
    overview: overview::Overview,
    fixes: fixes::Fixes,
    matrix: matrix::Matrix,
    groups: Vec<cases::Group>,
    tests: usize,
    skips: Vec<skips::Kind>,
    skipped: u64,
    requirements: Vec<requirements::Row>,
    exchanges: exchanges::Exchanges,
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
}

/// Renders the page.
///
/// # Errors
/// When a template does not fit what it is given, which a test rules out.
pub(super) fn render(outcome: &RunOutcome) -> Result<String, ReportError> {
    let failed = |problem: String| ReportError::Render {
        name: "index.html",
        problem,
    };
    let engine = ENGINE.as_ref().map_err(|problem| failed(problem.clone()))?;
    engine
        .render("page", &page(outcome))
        .map_err(|error| failed(error.to_string()))
}

fn page(outcome: &RunOutcome) -> Page {
    Page {
        overview: overview::of(outcome),
        fixes: fixes::of(outcome),
        matrix: matrix::of(outcome),
        groups: cases::of(outcome),
        tests: super::words::tests(outcome).count(),
        skips: skips::of(outcome),
        skipped: super::words::count(outcome, crate::outcome::Verdict::Skip),
        requirements: requirements::of(outcome),
        exchanges: exchanges::of(outcome),
        style: STYLE,
        script: SCRIPT,
        style_hash: hash(STYLE),
        script_hash: hash(SCRIPT),
    }
}

/// The page's own style and script, named in its Content Security Policy: no other one runs.
fn hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source)))
}
