//! The little of DER (X.690) that keys need which come as a JWK, or go out as one.

/// `SEQUENCE` of unsigned integers, as `RSAPrivateKey` and `RSAPublicKey` are (RFC 8017 appendix A).
pub(super) fn sequence_of_integers(integers: &[&[u8]]) -> Vec<u8> {
    let content: Vec<u8> = integers.iter().flat_map(|bytes| integer(bytes)).collect();
    element(0x30, &content)
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0);
    let digits = first.and_then(|first| bytes.get(first..)).unwrap_or(&[0]);
    let mut content = Vec::with_capacity(digits.len() + 1);
    // Integers have a sign: a leading bit would make the number negative.
    if digits.first().is_some_and(|byte| byte & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    element(0x02, &content)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|byte| *byte != 0);
    let digits = significant
        .and_then(|first| length.get(first..))
        .unwrap_or(&[0]);
    match (digits, content.len()) {
        (_, 0..=0x7f) => element.push(digits.first().copied().unwrap_or(0)),
        (digits, _) => {
            // At most eight digits.
            element.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            element.extend_from_slice(digits);
        }
    }
    element.extend_from_slice(content);
    element
}

/// The unsigned integers of a `SEQUENCE` of nothing else; `None` for any other bytes.
pub(super) fn integers(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (content, rest) = read(0x30, der)?;
    if !rest.is_empty() {
        return None;
    }
    let mut integers = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let (digits, after) = read(0x02, rest)?;
        let first = digits.iter().position(|byte| *byte != 0);
        integers.push(
            first
                .and_then(|first| digits.get(first..))
                .unwrap_or(&[0])
                .to_vec(),
        );
        rest = after;
    }
    Some(integers)
}

/// The content of an element with this tag, and what follows it.
fn read(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *found != tag {
        return None;
    }
    let (length, rest) = match usize::from(*length) {
        short @ 0..=0x7f => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let value = digits.iter().try_fold(0usize, |value, digit| {
                value.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            (value, rest)
        }
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let long = vec![0x8f; 300];
        let der = sequence_of_integers(&[&[0], &[0, 0, 7], &long]);
        assert_eq!(&der[..4], [0x30, 0x82, 0x01, 0x37]);
        assert_eq!(integers(&der), Some(vec![vec![0], vec![7], long]));
    }

    #[test]
    fn garbage_is_no_sequence() {
        for garbage in [
            &b""[..],
            &[0x30],
            &[0x30, 0x05, 0x02],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0x31, 0],
            &[0x30, 0, 1],
        ] {
            assert_eq!(integers(garbage), None, "{garbage:?}");
        }
    }
}
