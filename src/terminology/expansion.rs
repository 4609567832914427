//! An expansion that comes with a value set (FHIR R4, ValueSet.expansion).

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::membership::Membership;

/// The codes that a server once found to be in the value set.
#[derive(Debug)]
pub(super) struct Expansion {
    codes: HashMap<String, HashSet<String>>,
    /// False for a page, or where the server says that it left codes out.
    complete: bool,
}

impl Expansion {
    pub(super) fn read(definition: &Value) -> Option<Self> {
        let expansion = &definition["expansion"];
        let mut codes: HashMap<String, HashSet<String>> = HashMap::new();
        let mut count = 0;
        let mut open = vec![expansion["contains"].as_array()?];
        while let Some(items) = open.pop() {
            for item in items {
                count += 1;
                open.extend(item["contains"].as_array());
                let selectable = item["abstract"] != true;
                if let (true, Some(system), Some(code)) =
                    (selectable, item["system"].as_str(), item["code"].as_str())
                {
                    let known = codes.entry(system.to_owned()).or_default();
                    known.insert(code.to_owned());
                }
            }
        }
        let whole = expansion["total"]
            .as_u64()
            .is_none_or(|total| total <= count);
        let limited = expansion["parameter"].as_array().is_some_and(|parameters| {
            parameters.iter().any(|parameter| {
                matches!(
                    parameter["name"].as_str(),
                    Some("limitedExpansion" | "count" | "filter")
                )
            })
        });
        // valueset-unclosed, valueset-toocostly: what they say is that codes are missing.
        let marked = expansion.get("extension").is_some();
        Some(Self {
            codes,
            complete: whole && !limited && !marked,
        })
    }

    /// Whether the code is in the expansion; not among its codes is out only where it has all.
    pub(super) fn membership(&self, system: Option<&str>, code: &str) -> Membership {
        let listed = match system {
            Some(system) => self
                .codes
                .get(system)
                .is_some_and(|known| known.contains(code)),
            None => self.codes.values().any(|known| known.contains(code)),
        };
        if listed {
            Membership::Member
        } else if self.complete {
            Membership::NotMember
        } else {
            Membership::Unknown("the value set comes with a part of its codes only".to_owned())
        }
    }
}
