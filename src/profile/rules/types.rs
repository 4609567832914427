//! Profiles on an element's type: the value conforms to one of them.

use std::sync::Arc;

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::element::TypeRef;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};
use crate::profile::walk;

/// The profiles of each of an element's types.
pub struct TypeProfiles {
    by_type: Vec<(String, Vec<String>)>,
    profile: Arc<str>,
}

impl TypeProfiles {
    pub fn compile(types: &[TypeRef], profile: &Arc<str>) -> Option<Self> {
        let by_type: Vec<_> = types
            .iter()
            .filter(|allowed| !allowed.profiles.is_empty())
            .map(|allowed| (allowed.code.clone(), allowed.profiles.clone()))
            .collect();
        (!by_type.is_empty()).then(|| Self {
            by_type,
            profile: Arc::clone(profile),
        })
    }
}

impl Rule for TypeProfiles {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let applies = |code: &str| scope.store.is_a(here.type_name, code);
        let Some((code, profiles)) = self.by_type.iter().find(|(code, _)| applies(code)) else {
            return;
        };
        // An extension's own definition is applied to it wherever it stands.
        if code == "Extension" && profiles.iter().any(|known| here.text("url") == Some(known)) {
            return;
        }
        if !here.value.is_some_and(Value::is_object) {
            return;
        }
        if let [only] = profiles.as_slice() {
            match scope.store.profile(only) {
                Ok(compiled) => walk::content_against(&compiled, here, scope, sink),
                Err(why) => sink.note(only.clone(), why.to_string()),
            }
            return;
        }
        for candidate in profiles {
            match walk::conforms(here, candidate, scope, sink) {
                Some(true) => return,
                Some(false) => {}
                None => {
                    sink.note(candidate.clone(), "the profile is not at hand");
                    return;
                }
            }
        }
        sink.push(
            Finding::error(
                IssueCode::Value,
                "type-profile",
                format!(
                    "the content conforms to none of the profiles {}",
                    profiles.join(", ")
                ),
            )
            .fix("make it conform to one of these profiles")
            .of(&self.profile),
            here.place,
        );
    }
}
