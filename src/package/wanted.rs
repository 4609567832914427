//! Which versions of a package a dependency accepts (FHIR NPM package specification).

use std::fmt;

use super::version;

/// What is asked for of a package's versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This version; a shorter one such as `1.0` also means its patches.
    Exact(String),
    /// `1.0.x`: the highest that begins so.
    Wildcard(String),
    /// The one that the registry calls the latest.
    Latest,
    /// `current`, `dev`, ...: built by a tool, in no registry.
    Unpublished(String),
}

impl Wanted {
    /// Reads what stands behind a package's name.
    pub fn parse(text: &str) -> Self {
        let is_any = |part: &str| matches!(part, "x" | "X" | "*");
        if text.is_empty() || text == "latest" || is_any(text) {
            Self::Latest
        } else if matches!(text.split('$').next(), Some("current" | "dev")) {
            Self::Unpublished(text.to_owned())
        } else if let Some(at) = text.split('.').position(is_any) {
            let fixed: Vec<&str> = text.split('.').take(at).collect();
            Self::Wildcard(fixed.join("."))
        } else {
            Self::Exact(text.to_owned())
        }
    }

    /// The best of these versions; a pre-release only where nothing else will do.
    pub fn best<'v>(&self, versions: impl Iterator<Item = &'v str> + Clone) -> Option<&'v str> {
        let accepted = |version: &&str| match self {
            Self::Exact(wanted) | Self::Wildcard(wanted) => version::satisfies(version, wanted),
            Self::Latest => true,
            Self::Unpublished(wanted) => version == wanted,
        };
        if let Self::Exact(wanted) = self
            && let Some(same) = versions.clone().find(|version| version == wanted)
        {
            return Some(same);
        }
        let highest = |released: bool| {
            versions
                .clone()
                .filter(accepted)
                .filter(|version| version.contains('-') != released)
                .max_by(|a, b| version::compare(a, b))
        };
        highest(true).or_else(|| highest(false))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) | Self::Unpublished(version) => f.write_str(version),
            Self::Wildcard(fixed) => write!(f, "{fixed}.x"),
            Self::Latest => f.write_str("latest"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_version_is_chosen() {
        let versions = ["1.0.0", "1.0.2", "1.0.10", "1.1.0-ballot", "2.0.0-ballot"];
        for (wanted, expected) in [
            ("1.0.2", Some("1.0.2")),
            ("1.0.x", Some("1.0.10")),
            ("1.0", Some("1.0.10")),
            ("1.x", Some("1.0.10")),
            ("1.1.x", Some("1.1.0-ballot")),
            ("2.x.x", Some("2.0.0-ballot")),
            ("latest", Some("1.0.10")),
            ("*", Some("1.0.10")),
            ("3.x", None),
            ("1.0.3", None),
            ("current", None),
        ] {
            let found = Wanted::parse(wanted).best(versions.iter().copied());
            assert_eq!(found, expected, "{wanted}");
        }
    }

    #[test]
    fn words_for_builds_are_told_from_versions() {
        for (text, shown) in [("current$main", "current$main"), ("dev", "dev")] {
            let wanted = Wanted::parse(text);
            assert_eq!(wanted, Wanted::Unpublished(text.to_owned()));
            assert_eq!(wanted.to_string(), shown);
        }
        assert_eq!(Wanted::parse("1.*").to_string(), "1.x");
    }
}
