//! Hashes of archives, as registries state them and as the lock file pins them.

use aws_lc_rs::digest::{self, Context, Digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Computes, over one pass, every hash that a registry may state of an archive.
pub(super) struct Hasher {
    sha1: Context,
    sha256: Context,
    sha384: Context,
    sha512: Context,
}

/// The hashes of an archive.
pub(super) struct Hashes {
    sha1: Digest,
    sha256: Digest,
    sha384: Digest,
    sha512: Digest,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            sha1: Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            sha256: Context::new(&digest::SHA256),
            sha384: Context::new(&digest::SHA384),
            sha512: Context::new(&digest::SHA512),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        for context in [
            &mut self.sha1,
            &mut self.sha256,
            &mut self.sha384,
            &mut self.sha512,
        ] {
            context.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Hashes {
        Hashes {
            sha1: self.sha1.finish(),
            sha256: self.sha256.finish(),
            sha384: self.sha384.finish(),
            sha512: self.sha512.finish(),
        }
    }
}

impl Hashes {
    /// In the form of Subresource Integrity, as npm writes it: `sha512-…`.
    pub(super) fn integrity(&self) -> String {
        format!("sha512-{}", STANDARD.encode(self.sha512))
    }

    /// Whether what a registry states is true: `integrity` (any of several, separated by spaces,
    /// of which the strongest counts), and `shasum`, a SHA-1 in hexadecimal digits. What is not
    /// stated holds; an algorithm that is not known does not.
    pub(super) fn agree(&self, integrity: Option<&str>, shasum: Option<&str>) -> bool {
        integrity.is_none_or(|stated| self.has(stated))
            && shasum.is_none_or(|stated| stated.eq_ignore_ascii_case(&hex(self.sha1)))
    }

    fn has(&self, integrity: &str) -> bool {
        let stated: Vec<(&str, &str)> = integrity
            .split_ascii_whitespace()
            .filter_map(|hash| hash.split('?').next()?.split_once('-'))
            .collect();
        let strongest = [
            ("sha512", &self.sha512),
            ("sha384", &self.sha384),
            ("sha256", &self.sha256),
            ("sha1", &self.sha1),
        ];
        let decided = strongest
            .iter()
            .find(|(name, _)| stated.iter().any(|(stated, _)| stated == name));
        decided.is_some_and(|(name, own)| {
            let own = STANDARD.encode(own);
            stated.contains(&(*name, own.as_str()))
        })
    }
}

/// Hexadecimal digits of a hash.
pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_stated_hash_decides() {
        let mut hasher = Hasher::new();
        hasher.update(b"ab");
        hasher.update(b"c");
        let hashes = hasher.finish();
        let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
        let sha512 = hashes.integrity();
        let sha256 = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let wrong = "sha512-AAAA";
        for (integrity, shasum, expected) in [
            (None, None, true),
            (Some(sha512.as_str()), Some(sha1), true),
            (Some(sha256), None, true),
            (Some(sha512.as_str()), Some("00"), false),
            (Some(wrong), Some(sha1), false),
            (Some(&format!("{sha256} {wrong}")), None, false),
            (Some(&format!("{wrong} {sha512}")), None, true),
            (Some("md5-x"), None, false),
            (Some(""), None, false),
        ] {
            assert_eq!(
                hashes.agree(integrity, shasum),
                expected,
                "{integrity:?} {shasum:?}"
            );
        }
    }
}
