//! Scopes of backend clients in the notations that are about.

use serde::{Deserialize, Serialize};

/// What may be done with resources of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Rights {
    #[serde(rename = "r")]
    Read,
    #[serde(rename = "s")]
    Search,
    #[serde(rename = "rs")]
    ReadAndSearch,
    #[serde(rename = "c")]
    Create,
    #[serde(rename = "d")]
    Delete,
}

impl Rights {
    /// The letters of SMART App Launch 2.
    fn letters(self) -> &'static str {
        match self {
            Self::Read => "r",
            Self::Search => "s",
            Self::ReadAndSearch => "rs",
            Self::Create => "c",
            Self::Delete => "d",
        }
    }

    /// Of letters of SMART App Launch 2.
    #[must_use]
    pub fn of(letters: &str) -> Option<Self> {
        let all = [
            Self::Read,
            Self::Search,
            Self::ReadAndSearch,
            Self::Create,
            Self::Delete,
        ];
        all.into_iter().find(|rights| rights.letters() == letters)
    }
}

/// Rights on a type; `*` stands for all types.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Right {
    pub resource_type: String,
    pub rights: Rights,
}

/// How a right is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Notation {
    /// SMART App Launch 2: `system/Patient.rs`.
    #[serde(rename = "SMART v2")]
    SmartV2,
    /// SMART App Launch 1: `system/Patient.read`, which is read and search.
    #[serde(rename = "SMART v1")]
    SmartV1,
    /// As the EU Health Data API guide prints it: `system/Patient.read system/Patient.search`.
    #[serde(rename = "EU Health Data API")]
    Guide,
}

impl Notation {
    /// In the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::SmartV2, Self::SmartV1, Self::Guide];

    /// The notation in which scopes are written; `None` where that cannot be told.
    #[must_use]
    pub fn of(scopes: &str) -> Option<Self> {
        let mut suffixes = scopes.split_ascii_whitespace().filter_map(split);
        let known = |suffix: &str| match suffix {
            "search" => Some(Self::Guide),
            "read" | "write" | "*" => Some(Self::SmartV1),
            suffix => is_v2(suffix).then_some(Self::SmartV2),
        };
        let found = suffixes.clone().find_map(|(_, suffix)| known(suffix))?;
        let is_guide = suffixes.any(|(_, suffix)| suffix == "search");
        Some(if is_guide { Self::Guide } else { found })
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmartV2 => "SMART v2",
            Self::SmartV1 => "SMART v1",
            Self::Guide => "EU Health Data API",
        }
    }

    /// The right in this notation; `None` where it has no word for just this.
    #[must_use]
    pub fn write(self, right: &Right) -> Option<String> {
        let kind = &right.resource_type;
        match (self, right.rights) {
            (Self::SmartV2, rights) => Some(format!("system/{kind}.{}", rights.letters())),
            (Self::SmartV1, Rights::ReadAndSearch) => Some(format!("system/{kind}.read")),
            (Self::SmartV1, Rights::Create | Rights::Delete) => {
                Some(format!("system/{kind}.write"))
            }
            (Self::SmartV1, _) => None,
            (Self::Guide, Rights::Create) => Some(format!("system/{kind}.create")),
            (Self::Guide, Rights::Delete) => Some(format!("system/{kind}.delete")),
            (Self::Guide, Rights::Read) => Some(format!("system/{kind}.read")),
            (Self::Guide, Rights::Search) => Some(format!("system/{kind}.search")),
            (Self::Guide, Rights::ReadAndSearch) => {
                Some(format!("system/{kind}.read system/{kind}.search"))
            }
        }
    }

    /// Rights on several types, as the `scope` of a token request.
    #[must_use]
    pub fn write_all<'t>(self, types: impl IntoIterator<Item = &'t str>) -> String {
        let scopes = types.into_iter().filter_map(|kind| {
            self.write(&Right {
                resource_type: kind.to_owned(),
                rights: Rights::ReadAndSearch,
            })
        });
        scopes.collect::<Vec<_>>().join(" ")
    }
}

/// Whether a granted `scope` (in any notation) gives these rights. `read` counts as SMART v1 has it,
/// so that it gives search too; where the server means the guide's notation that is unknown.
#[must_use]
pub fn covers(granted: &str, right: &Right) -> bool {
    let gives = |letter: char, words: &[&str]| {
        granted.split_ascii_whitespace().any(|scope| {
            let Some((kind, suffix)) = split(scope) else {
                return false;
            };
            let is_of_type = kind == "*" || kind == right.resource_type;
            is_of_type && (words.contains(&suffix) || is_v2(suffix) && suffix.contains(letter))
        })
    };
    right.rights.letters().chars().all(|letter| match letter {
        'r' => gives(letter, &["read", "*"]),
        's' => gives(letter, &["read", "search", "*"]),
        'c' => gives(letter, &["create", "write", "*"]),
        _ => gives(letter, &["delete", "write", "*"]),
    })
}

/// Type and suffix of a system scope; one with a query limits the type, and gives only part of it.
fn split(scope: &str) -> Option<(&str, &str)> {
    let (kind, suffix) = scope.strip_prefix("system/")?.split_once('.')?;
    (!suffix.contains('?')).then_some((kind, suffix))
}

/// Letters of `cruds`, each at most once and in this order (SMART App Launch 2, scopes).
fn is_v2(suffix: &str) -> bool {
    let mut rest = "cruds".chars();
    !suffix.is_empty()
        && suffix
            .chars()
            .all(|letter| rest.any(|known| known == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(resource_type: &str, rights: Rights) -> Right {
        Right {
            resource_type: resource_type.to_owned(),
            rights,
        }
    }

    #[test]
    fn each_notation_has_its_words() {
        let both = right("Patient", Rights::ReadAndSearch);
        let read = right("Patient", Rights::Read);
        for (notation, all, one) in [
            (
                Notation::SmartV2,
                "system/Patient.rs",
                Some("system/Patient.r"),
            ),
            (Notation::SmartV1, "system/Patient.read", None),
            (
                Notation::Guide,
                "system/Patient.read system/Patient.search",
                Some("system/Patient.read"),
            ),
        ] {
            assert_eq!(notation.write(&both).as_deref(), Some(all));
            assert_eq!(notation.write(&read).as_deref(), one);
        }
        assert_eq!(
            Notation::SmartV2.write_all(["Patient", "Condition"]),
            "system/Patient.rs system/Condition.rs"
        );
    }

    #[test]
    fn a_notation_is_known_by_its_words() {
        for (scopes, expected) in [
            ("openid system/Patient.rs", Some(Notation::SmartV2)),
            (
                "system/Patient.read system/Patient.search",
                Some(Notation::Guide),
            ),
            ("system/*.read", Some(Notation::SmartV1)),
            ("ITI-78", None),
        ] {
            assert_eq!(Notation::of(scopes), expected, "{scopes}");
        }
    }

    #[test]
    fn a_grant_covers_what_it_says() {
        use Rights::{Create, Delete, Read, ReadAndSearch, Search};
        for (granted, kind, rights, expected) in [
            ("system/Patient.rs", "Patient", ReadAndSearch, true),
            (
                "system/Patient.r system/Patient.s",
                "Patient",
                ReadAndSearch,
                true,
            ),
            ("system/Patient.r", "Patient", Search, false),
            ("system/Patient.r", "Patient", Read, true),
            ("system/*.cruds", "Condition", ReadAndSearch, true),
            ("system/Patient.read", "Patient", ReadAndSearch, true),
            ("system/Patient.search", "Patient", Read, false),
            ("system/Patient.sr", "Patient", Read, false),
            (
                "system/Observation.rs?category=laboratory",
                "Observation",
                Read,
                false,
            ),
            ("patient/Patient.rs openid", "Patient", Read, false),
            ("", "Patient", Read, false),
            ("system/Patient.rs", "Patient", Create, false),
            ("system/Patient.write", "Patient", Create, true),
            ("system/*.create", "Patient", Create, true),
            ("system/*.create", "Patient", Delete, false),
            ("system/Patient.cd", "Patient", Delete, true),
        ] {
            assert_eq!(
                covers(granted, &right(kind, rights)),
                expected,
                "{granted} {kind}"
            );
        }
    }
}
