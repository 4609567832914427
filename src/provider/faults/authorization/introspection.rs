//! Faults of token introspection.

use serde_json::{Value, json};

use crate::provider::authorization::bearer;
use crate::provider::model::Defect;
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault::overlooks(
        "introspection-unauthenticated",
        "Introspection tells everybody what a token is good for.",
        &["introspection-authenticated"],
        |defect| defect == Defect::CallerUnknown,
    ),
    Fault::overlooks(
        "introspection-by-get",
        "Introspection answers GET, so that tokens end up in logs.",
        &["introspection-by-get"],
        |defect| defect == Defect::IntrospectionMethod,
    ),
    Fault {
        name: "introspection-by-assertion-alone",
        description: "Introspection does not know an access token as what shows who asks.",
        caught_by: &["introspection-bearer"],
        also: &[],
        seam: Seam::Discredit(|headers| bearer(headers).is_some()),
    },
    Fault {
        name: "introspection-active-for-inactive",
        description: "Introspection calls every token active.",
        caught_by: &["introspection-inactive"],
        also: &[],
        seam: Seam::Introspect(|answer| {
            if answer["active"] == false {
                *answer = json!({ "active": true, "scope": "system/*.rs", "client_id": "unknown", "exp": 4_102_444_800_u64 });
            }
        }),
    },
    Fault {
        name: "introspection-inactive-for-active",
        description: "Introspection calls no token active.",
        caught_by: &["introspection-active"],
        also: &[],
        seam: Seam::Introspect(|answer| {
            *answer = json!({ "active": false });
        }),
    },
    Fault {
        name: "introspection-tells-of-inactive",
        description: "Introspection tells why a token is not active.",
        caught_by: &["introspection-inactive"],
        also: &[],
        seam: Seam::Introspect(|answer| {
            if answer["active"] == false {
                answer["reason"] = json!("expired");
            }
        }),
    },
    Fault {
        name: "introspection-without-scope",
        description: "Introspection of a valid token does not say scope.",
        caught_by: &["introspection-active"],
        also: &[],
        seam: Seam::Introspect(|answer| {
            remove(answer, "scope");
        }),
    },
    Fault {
        name: "introspection-without-client-id",
        description: "Introspection of a valid token does not say client_id.",
        caught_by: &["introspection-active"],
        also: &[],
        seam: Seam::Introspect(|answer| {
            remove(answer, "client_id");
        }),
    },
    Fault {
        name: "introspection-without-exp",
        description: "Introspection of a valid token does not say exp.",
        caught_by: &["introspection-active"],
        also: &[],
        seam: Seam::Introspect(|answer| {
            remove(answer, "exp");
        }),
    },
];

fn remove(answer: &mut Value, name: &str) {
    if let Some(members) = answer.as_object_mut() {
        members.remove(name);
    }
}
