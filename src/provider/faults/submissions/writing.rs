//! Faults of what is done with data that nobody asked for.

use axum::http::{Method, header};
use serde_json::{Value, json};

use crate::provider::model::{Content, Reply, Written};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "accepts-create",
        description: "A record that is sent is taken.",
        caught_by: &["write-create", "write-conditional"],
        also: &[],
        seam: Seam::Accept(|written| {
            let is_create = written.method == Method::POST && written.path == "Observation";
            is_create.then(created)
        }),
    },
    Fault {
        name: "accepts-create-by-id",
        description: "A record that is sent under a new id is taken.",
        caught_by: &["write-create-by-id"],
        also: &[],
        seam: Seam::Accept(|written| (written.method == Method::PUT).then(created)),
    },
    Fault {
        name: "accepts-patch",
        description: "A patch is answered as if it were done.",
        caught_by: &["write-patch"],
        also: &[],
        seam: Seam::Accept(|written| {
            let is_patch = written.method == Method::PATCH;
            is_patch.then(|| Reply::resource(json!({ "resourceType": "Observation" })))
        }),
    },
    Fault {
        name: "accepts-delete",
        description: "A deletion is answered as if it were done.",
        caught_by: &["write-delete"],
        also: &[],
        seam: Seam::Accept(|written| (written.method == Method::DELETE).then(no_content)),
    },
    Fault {
        name: "accepts-transaction",
        description: "A transaction with writes is taken.",
        caught_by: &["write-transaction"],
        also: &[],
        seam: Seam::Accept(|written| accepted(written, "transaction")),
    },
    Fault {
        name: "accepts-batch",
        description: "A batch with writes is taken.",
        caught_by: &["write-batch"],
        also: &[],
        seam: Seam::Accept(|written| accepted(written, "batch")),
    },
    Fault {
        name: "accepts-message",
        description: "A message that nobody asked for is taken.",
        caught_by: &["write-message"],
        also: &[],
        seam: Seam::Accept(|written| (written.path == "$process-message").then(no_content)),
    },
    Fault {
        name: "accepts-collection",
        description: "An uploaded collection is taken.",
        caught_by: &["write-collection"],
        also: &[],
        seam: Seam::Accept(|written| (written.path == "Bundle").then(created)),
    },
    Fault {
        name: "stores-what-it-refuses",
        description: "A record that is sent is refused, and found by searches all the same.",
        caught_by: &["write-nothing-changed", "write-create"],
        also: &["group:errors"],
        seam: Seam::Store,
    },
];

fn created() -> Reply {
    Reply {
        status: 201,
        body: Content::Empty,
        ..Reply::resource(Value::Null)
    }
    .with_header(header::LOCATION, "Observation/taken/_history/1")
}

fn no_content() -> Reply {
    Reply {
        status: 204,
        body: Content::Empty,
        ..Reply::resource(Value::Null)
    }
}

/// The response to a Bundle of this type, each entry of which is said to be done.
fn accepted(written: &Written<'_>, kind: &str) -> Option<Reply> {
    let is_meant = written.path.is_empty() && written.body["type"] == kind;
    is_meant.then(|| {
        let entries = written.body["entry"].as_array().into_iter().flatten();
        let done: Vec<Value> = entries
            .map(|_| json!({ "response": { "status": "201 Created" } }))
            .collect();
        Reply::resource(json!({
            "resourceType": "Bundle", "type": format!("{kind}-response"), "entry": done,
        }))
    })
}
