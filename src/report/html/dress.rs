//! What all pages of this program have in common: escaping templates and one style.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext};
use sha2::{Digest, Sha256};

use super::escape;

/// The style sheet of every page.
pub(crate) const STYLE: &str = include_str!("templates/style.css");

/// Handlebars with these templates by name; all values are escaped.
///
/// # Errors
/// When a template is malformed, in words.
pub(crate) fn engine(templates: &[(&str, &str)]) -> Result<Handlebars<'static>, String> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.set_prevent_indent(true);
    engine.register_escape_fn(escape::escape);
    engine.register_helper("text", Box::new(text));
    for (name, template) in templates {
        engine
            .register_template_string(name, template)
            .map_err(|error| error.to_string())?;
    }
    Ok(engine)
}

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

/// A page's own style or script, as its Content Security Policy names it: no other one runs.
pub(crate) fn hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source)))
}
