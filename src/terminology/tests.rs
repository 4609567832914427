mod composition;
mod r4;

use super::*;
use crate::package::Package;

fn embedded() -> Terminology {
    Terminology::new(Definitions::embedded())
}

fn word(membership: &Membership) -> &'static str {
    match membership {
        Membership::Member => "in",
        Membership::NotMember => "out",
        Membership::Unknown(_) => "unknown",
    }
}

/// A terminology of these resources, each given as `Type/id` and the members of its content.
fn terminology_of(resources: &[(&str, &str)]) -> Terminology {
    let files = resources.iter().map(|(id, content)| {
        let (kind, id) = id.split_once('/').unwrap();
        let json = format!(r#"{{"resourceType":"{kind}","url":"http://e/{id}",{content}}}"#);
        (format!("{id}.json"), json.into_bytes().into())
    });
    let package = Package::from_files("e", files).unwrap();
    Terminology::new(Definitions::empty().with_package(package))
}
