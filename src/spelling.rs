//! What a misspelt word was meant to be.

/// The known word that the word most likely means, if any is like it.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let most = |candidate: &str| (candidate.chars().count() / 3).max(1);
    known
        .into_iter()
        // Cheap, since there may be thousands: the distance is at least the difference in length.
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * most(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_it_is_found_and_nothing_else() {
        let known = ["target", "timeout", "patient"];
        assert_eq!(nearest("targte", known), Some("target"));
        assert_eq!(nearest("patiënt", known), Some("patient"));
        assert_eq!(nearest("something-else", known), None);
        assert_eq!(nearest("", known), None);
    }
}
