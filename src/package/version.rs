//! Order of versions (Semantic Versioning 2.0.0, section 11; looser, for what packages really have).

use std::cmp::Ordering;

/// Compares two versions: numbers as numbers, a pre-release below its release, the rest as text.
pub fn compare(a: &str, b: &str) -> Ordering {
    let some = (!a.is_empty()).cmp(&!b.is_empty());
    let ((a, a_pre), (b, b_pre)) = (split(a), split(b));
    some.then_with(|| parts(a, b))
        .then_with(|| match (a_pre, b_pre) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => parts(a, b),
        })
}

/// Whether a version satisfies what a reference asks for: the same, or the part before a dot
/// (`4.0` is satisfied by `4.0.1`).
pub fn satisfies(version: &str, wanted: &str) -> bool {
    version
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with('.') && !wanted.is_empty()))
}

fn split(version: &str) -> (&str, Option<&str>) {
    let version = version.split('+').next().unwrap_or(version);
    match version.split_once('-') {
        // A date such as 2019-05-01 is no pre-release.
        Some((release, pre)) if release.contains('.') => (release, Some(pre)),
        _ => (version, None),
    }
}

fn parts(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split(['.', '-']), b.split(['.', '-']));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_people_read_them() {
        let ascending = [
            "",
            "1.0.0-ballot",
            "1.0.0-ballot.2",
            "1.0.0",
            "1.0.1",
            "1.10.0",
            "4.0.1",
            "2018-08-12",
            "2019-05-01",
            "20200101",
        ];
        for (index, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a, b), index.cmp(&other), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_shorter_version_is_satisfied_by_a_longer_one() {
        assert!(satisfies("4.0.1", "4.0.1") && satisfies("4.0.1", "4.0") && satisfies("", ""));
        assert!(!satisfies("4.0.1", "4.0.0") && !satisfies("4.01", "4.0") && !satisfies("1", ""));
    }
}
