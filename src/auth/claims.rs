//! Changes to the parts of an assertion, each on its own, as a test of a server needs them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Signature;

/// What becomes of a member of the header or the claims.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// The member is left out.
    Absent,
    /// The member has this value.
    Value(Value),
    /// The member is a time, so many seconds from now (NumericDate, RFC 7519 section 2).
    InSeconds(i64),
}

/// How an assertion differs from a sound one; without any change it is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Changes {
    pub header: BTreeMap<String, Change>,
    pub claims: BTreeMap<String, Change>,
    pub signature: Signature,
}

/// Makes the changes to the members of an object. `now` is in seconds since 1970.
pub(super) fn apply(
    members: &mut Map<String, Value>,
    changes: &BTreeMap<String, Change>,
    now: i64,
) {
    for (name, change) in changes {
        match change {
            Change::Absent => {
                members.remove(name);
            }
            Change::Value(value) => {
                members.insert(name.clone(), value.clone());
            }
            Change::InSeconds(seconds) => {
                members.insert(name.clone(), now.saturating_add(*seconds).into());
            }
        }
    }
}
