//! `index.html`: one self-contained page that is readable without JavaScript.

mod curl;
mod escape;
mod fixes;
mod matrix;
mod view;

use std::sync::LazyLock;

use handlebars::Handlebars;

use super::ReportError;
use crate::outcome::RunOutcome;

/// Templates by name; a part includes others by theirs.
const TEMPLATES: &[(&str, &str)] = &[
    ("page", include_str!("templates/page.hbs")),
    ("overview", include_str!("templates/overview.hbs")),
    ("fixes", include_str!("templates/fixes.hbs")),
    ("matrix", include_str!("templates/matrix.hbs")),
    ("cases", include_str!("templates/cases.hbs")),
    ("skips", include_str!("templates/skips.hbs")),
    ("requirements", include_str!("templates/requirements.hbs")),
    ("exchanges", include_str!("templates/exchanges.hbs")),
    ("style", include_str!("templates/style.css")),
    ("script", include_str!("templates/script.js")),
];

static ENGINE: LazyLock<Result<Handlebars<'static>, String>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.set_prevent_indent(true);
    engine.register_escape_fn(escape::escape);
    for (name, template) in TEMPLATES {
        engine
            .register_template_string(name, template)
            .map_err(|error| error.to_string())?;
    }
    Ok(engine)
});

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
        .render("page", &view::page(outcome))
        .map_err(|error| failed(error.to_string()))
}
