//! A resource inside another is judged by its own type and the profiles it claims (R4 resource,
//! "Contained Resources"; R4 bundle; R4 parameters).

use crate::profile::model::{Here, Rule, Scope, Sink};
use crate::profile::walk::{Around, resource};

/// A contained resource, an entry's resource, or a parameter's.
pub struct InnerResource;

impl Rule for InnerResource {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(value) = here.value.filter(|value| value.is_object()) else {
            return;
        };
        let contained = here.place.name() == "contained";
        let bundle = scope.references.bundle();
        let around = Around {
            container: contained.then_some(scope.root),
            bundle,
            full_url: match contained {
                true => scope.references.full_url(),
                false => bundle.and_then(|bundle| bundle.address_of(value)),
            },
        };
        resource(value, here.place, around, &[], scope.store, sink);
    }
}
