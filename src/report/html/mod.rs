//! `index.html`: one self-contained page that is readable without JavaScript.
//!
//! Its markup is XML too, so that an XML parser can check that nothing from a target got out of the
//! text it belongs to.

mod body;
mod capabilities;
mod cases;
mod curl;
pub(crate) mod dress;
mod escape;
mod exchanges;
mod fixes;
mod link;
mod matrix;
mod overview;
mod requirements;
mod skips;

use std::sync::LazyLock;

use handlebars::Handlebars;
use serde::Serialize;

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
    ("capabilities", include_str!("templates/capabilities.hbs")),
    ("requirements", include_str!("templates/requirements.hbs")),
    ("exchanges", include_str!("templates/exchanges.hbs")),
    ("body", include_str!("templates/body.hbs")),
];
const SCRIPT: &str = include_str!("templates/script.js");

static ENGINE: LazyLock<Result<Handlebars<'static>, String>> =
    LazyLock::new(|| dress::engine(TEMPLATES));

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
    capabilities: capabilities::Table,
    requirements: Vec<requirements::Row>,
    untested: Vec<requirements::Untested>,
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
        capabilities: capabilities::of(outcome),
        requirements: requirements::of(outcome),
        untested: requirements::untested(outcome),
        exchanges: exchanges::of(outcome),
        style: dress::STYLE,
        script: SCRIPT,
        style_hash: dress::hash(dress::STYLE),
        script_hash: dress::hash(SCRIPT),
    }
}
