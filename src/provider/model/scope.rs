//! System scopes in the notations of SMART v2, SMART v1 and the EU Health Data API.

use std::fmt;

use super::served::TYPES;

/// Letters of SMART v2, in its order: create, read, update, delete, search.
const LETTERS: &str = "cruds";

/// What may be done, as letters of SMART v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rights(u8);

impl Rights {
    fn of(letters: &str) -> Self {
        let bits = LETTERS.chars().enumerate();
        Self(
            bits.filter(|(_, letter)| letters.contains(*letter))
                .fold(0, |rights, (bit, _)| rights | 1 << bit),
        )
    }

    fn parse(suffix: &str) -> Option<Self> {
        Some(Self::of(match suffix {
            // SMART v1: `read` is read and search, `write` all changes.
            "read" => "rs",
            "write" => "cud",
            "*" => LETTERS,
            // The guide's own words.
            "search" => "s",
            "create" => "c",
            "delete" => "d",
            letters if is_v2(letters) => letters,
            _ => return None,
        }))
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Letters in their order, each once at most (SMART App Launch 2.2, scopes).
fn is_v2(suffix: &str) -> bool {
    let mut rest = LETTERS.chars();
    !suffix.is_empty()
        && suffix
            .chars()
            .all(|letter| rest.any(|known| known == letter))
}

/// One scope: rights on a type, or on all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::provider) struct Scope {
    /// `*` for all types.
    resource_type: String,
    rights: Rights,
    /// As the client wrote it.
    text: String,
}

impl Scope {
    /// `None` where it is no system scope of a type that is served. A scope with a query is not
    /// known here.
    pub(in crate::provider) fn parse(text: &str) -> Option<Self> {
        let (resource_type, suffix) = text.strip_prefix("system/")?.split_once('.')?;
        let served =
            resource_type == "*" || TYPES.iter().any(|(served, _)| *served == resource_type);
        Some(Self {
            resource_type: served.then(|| resource_type.to_owned())?,
            rights: Rights::parse(suffix)?,
            text: text.to_owned(),
        })
    }

    /// A scope of the patient or user level, as if it were of the level system.
    pub(in crate::provider) fn parse_of_user(text: &str) -> Option<Self> {
        let rest = text
            .strip_prefix("patient/")
            .or_else(|| text.strip_prefix("user/"))?;
        let scope = Self::parse(&format!("system/{rest}"))?;
        Some(Self {
            text: text.to_owned(),
            ..scope
        })
    }

    /// The scopes of a list with spaces between; those that are not known are left out.
    pub(in crate::provider) fn parse_all(list: &str) -> Vec<Self> {
        list.split_ascii_whitespace()
            .filter_map(Self::parse)
            .collect()
    }

    /// What both give.
    fn common(&self, other: &Self) -> Option<Self> {
        let (narrow, wide) = if self.resource_type == "*" {
            (other, self)
        } else {
            (self, other)
        };
        if wide.resource_type != "*" && wide.resource_type != narrow.resource_type {
            return None;
        }
        let rights = Rights(self.rights.0 & other.rights.0);
        if rights.0 == 0 {
            return None;
        }
        if self.resource_type == narrow.resource_type && rights == self.rights {
            return Some(self.clone());
        }
        let letters: String = LETTERS
            .chars()
            .filter(|letter| rights.has(Rights::of(&letter.to_string())))
            .collect();
        Some(Self {
            text: format!("system/{}.{letters}", narrow.resource_type),
            resource_type: narrow.resource_type.clone(),
            rights,
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// What of the asked scopes is among the allowed ones.
pub(in crate::provider) fn narrow(asked: &[Scope], allowed: &[Scope]) -> Vec<Scope> {
    let mut common: Vec<Scope> = Vec::new();
    for scope in asked {
        for found in allowed.iter().filter_map(|allowed| scope.common(allowed)) {
            if !common.contains(&found) {
                common.push(found);
            }
        }
    }
    common
}

/// As the member `scope` of a token response has it.
pub(in crate::provider) fn write(scopes: &[Scope]) -> String {
    let texts: Vec<&str> = scopes.iter().map(|scope| scope.text.as_str()).collect();
    texts.join(" ")
}

/// Whether scopes give all these rights, as letters of SMART v2, on a type.
pub(in crate::provider) fn permit(scopes: &[Scope], resource_type: &str, letters: &str) -> bool {
    let given = on(scopes, resource_type).fold(0, |all, scope| all | scope.rights.0);
    Rights(given).has(Rights::of(letters))
}

/// Whether scopes give any right on a type.
pub(in crate::provider) fn know(scopes: &[Scope], resource_type: &str) -> bool {
    on(scopes, resource_type).next().is_some()
}

fn on<'s>(scopes: &'s [Scope], resource_type: &'s str) -> impl Iterator<Item = &'s Scope> {
    scopes
        .iter()
        .filter(move |scope| scope.resource_type == "*" || scope.resource_type == resource_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notation_is_understood() {
        for (text, reads, searches) in [
            ("system/Patient.rs", true, true),
            ("system/Patient.r", true, false),
            ("system/Patient.s", false, true),
            ("system/*.cruds", true, true),
            ("system/Patient.read", true, true),
            ("system/Patient.write", false, false),
            ("system/Patient.*", true, true),
            ("system/Patient.search", false, true),
            ("system/Condition.rs", false, false),
        ] {
            let scopes = Scope::parse_all(text);
            assert_eq!(scopes.len(), 1, "{text}");
            assert_eq!(permit(&scopes, "Patient", "r"), reads, "{text}");
            assert_eq!(permit(&scopes, "Patient", "s"), searches, "{text}");
        }
        for unknown in [
            "system/Patient.sr",
            "system/Patient.rr",
            "system/Patient.",
            "system/Nonsense.rs",
            "system/Observation.rs?category=laboratory",
            "patient/Patient.rs",
            "openid",
            "",
        ] {
            assert_eq!(Scope::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_granted_is_asked_and_allowed() {
        let narrowed = |asked: &str, allowed: &str| {
            write(&narrow(
                &Scope::parse_all(asked),
                &Scope::parse_all(allowed),
            ))
        };
        for (asked, allowed, granted) in [
            ("system/Patient.read", "system/*.rs", "system/Patient.read"),
            (
                "system/Patient.cruds",
                "system/Patient.rs",
                "system/Patient.rs",
            ),
            (
                "system/*.rs",
                "system/Patient.rs system/Condition.r",
                "system/Patient.rs system/Condition.r",
            ),
            ("system/*.r", "system/*.rs", "system/*.r"),
            ("system/Patient.rs", "system/Condition.rs", ""),
            ("system/Patient.s", "system/Patient.r", ""),
        ] {
            assert_eq!(narrowed(asked, allowed), granted, "{asked} of {allowed}");
        }
    }
}
