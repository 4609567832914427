//! Secrets leave every recorded text here, once, before anything else sees it.

use super::Secret;

/// What stands in a secret's place.
const MARK: &str = "[redacted]";
/// Shorter values would hit text that is no secret.
const SHORTEST: usize = 6;

/// The secrets of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    /// Longer secrets first, so that one that holds another is taken out whole.
    pub(super) fn new(secrets: impl Iterator<Item = Secret>) -> Self {
        let mut secrets: Vec<_> = secrets
            .filter(|secret| secret.expose().len() >= SHORTEST)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| {
            if text.contains(secret.expose()) {
                text.replace(secret.expose(), MARK)
            } else {
                text
            }
        })
    }

    /// The bytes without secrets.
    pub(super) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let holds = |secret: &Secret| {
            let secret = secret.expose().as_bytes();
            bytes.windows(secret.len()).any(|window| window == secret)
        };
        if self.secrets.iter().any(holds) {
            self.text(String::from_utf8_lossy(&bytes).into_owned())
                .into_bytes()
        } else {
            bytes
        }
    }

    /// The value of a header as it is recorded.
    pub(super) fn header(&self, name: &str, value: String) -> String {
        if matches!(
            name,
            "authorization" | "proxy-authorization" | "cookie" | "set-cookie"
        ) {
            MARK.to_owned()
        } else {
            self.text(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_gone_wherever_they_stand() {
        let secrets = ["hush-hush", "hush-hush-longer", "abc"];
        let redactor = Redactor::new(secrets.into_iter().map(Secret::new));
        assert_eq!(
            redactor.text("a hush-hush-longer b hush-hush abc".into()),
            "a [redacted] b [redacted] abc"
        );
        assert_eq!(
            redactor.bytes(b"\xff hush-hush".to_vec()),
            "\u{fffd} [redacted]".as_bytes()
        );
        assert_eq!(redactor.bytes(b"\xff none".to_vec()), b"\xff none");
        assert_eq!(redactor.header("authorization", "Basic x".into()), MARK);
        assert_eq!(redactor.header("x-key", "hush-hush".into()), MARK);
    }
}
