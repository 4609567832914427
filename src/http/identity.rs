//! Who sends a request: part of what makes two requests the same.

use crate::auth::Secret;

/// In whose name a request is sent to the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The run's own: the token of its first client, or the bearer token of the settings, or none.
    #[default]
    Run,
    /// The run's own where it has a token, else none: for what is open to all.
    Visitor,
    /// None: no credentials at all, not even those of the settings.
    Anonymous,
    /// This text as a bearer token.
    Token(Secret),
    /// A token that is obtained for the request, or was before.
    Granted { grant: Grant, presented: Presented },
}

/// What is asked of the authorization server. The same is asked once, and again when the token
/// expires.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Grant {
    /// Name of one of the run's clients; absent: the first.
    pub client: Option<String>,
    /// Absent: what the run's other requests use.
    pub scope: Option<String>,
    /// The server that the token is for (RFC 8707); absent: not said.
    pub resource: Option<String>,
}

/// How a token is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Presented {
    /// In the header, as it is.
    #[default]
    Sound,
    /// In the header, with one character of it changed.
    Tampered,
    /// In the query of the URL (RFC 6750 section 2.3), which is to be refused.
    InQuery,
}

impl Presented {
    /// The token as it is shown.
    #[must_use]
    pub fn of(self, token: &Secret) -> Secret {
        match self {
            Self::Sound | Self::InQuery => token.clone(),
            Self::Tampered => tampered(token),
        }
    }
}

/// The token with a character changed that matters: of a JWS one in the middle of its signature, else
/// one in the middle of the text.
#[must_use]
pub fn tampered(token: &Secret) -> Secret {
    let text = token.expose();
    let start = text.rfind('.').map_or(0, |dot| dot + 1);
    let middle = start + (text.len() - start) / 2;
    let changed = text
        .char_indices()
        .map(|(place, c)| match (place == middle, c) {
            (true, 'A') => 'B',
            (true, _) => 'A',
            (false, c) => c,
        });
    Secret::new(changed.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_character_of_the_signature_is_changed() {
        let changed = |text: &str| tampered(&Secret::new(text)).expose().to_owned();
        assert_eq!(changed("head.body.sigAsig"), "head.body.sigBsig");
        assert_eq!(changed("opaque"), "opaAue");
        assert_eq!(changed(""), "");
    }
}
