//! Attachments: size and hash are those of the data.

use serde_json::json;

use crate::mutant::Mutant;
use crate::site::Site;

/// SHA-1 of `abc`.
const HASH: &str = "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    if site.owner_type != "Attachment" || site.node.name != "data" || site.profile.is_some() {
        return Vec::new();
    }
    let with = |rule, name: &str, value: serde_json::Value| {
        Mutant::new("attachment", site.member(name), &[rule])
            .set(site.member("contentType"), "text/plain")
            .set(site.member("data"), "YWJk")
            .set(site.member(name), value)
    };
    vec![
        with("attachment-size", "size", json!(4)),
        with("attachment-hash", "hash", json!(HASH)),
    ]
}
