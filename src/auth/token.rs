//! What is said to a token endpoint and what it answers (RFC 6749 sections 4.4 and 5).

use serde_json::Value;
use url::form_urlencoded;

use super::Secret;

/// `grant_type` of a backend client.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";
/// `client_assertion_type` of a signed JWT (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The form of a token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenForm {
    /// Names and values in the order in which they are sent.
    pub fields: Vec<(String, Secret)>,
}

impl TokenForm {
    /// The form that SMART Backend Services asks for.
    #[must_use]
    pub fn new(scope: &str, assertion: &Secret) -> Self {
        let field = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
        Self {
            fields: vec![
                field("grant_type", CLIENT_CREDENTIALS),
                field("scope", scope),
                field("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion".to_owned(), assertion.clone()),
            ],
        }
    }

    /// Replaces a field's value, adds the field, or takes it out.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let place = self.fields.iter().position(|(known, _)| known == name);
        match (place, value) {
            (Some(place), None) => {
                self.fields.remove(place);
            }
            (Some(place), Some(value)) => {
                if let Some(field) = self.fields.get_mut(place) {
                    field.1 = Secret::new(value);
                }
            }
            (None, Some(value)) => self.fields.push((name.to_owned(), Secret::new(value))),
            (None, None) => {}
        }
    }

    /// As `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn encode(&self) -> String {
        let pairs = self
            .fields
            .iter()
            .map(|(name, value)| (name, value.expose()));
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }

    /// The values that no output may show.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        const NAMES: [&str; 3] = ["client_assertion", "client_secret", "token"];
        let fields = self.fields.iter();
        fields
            .filter(|(name, _)| NAMES.contains(&name.as_str()))
            .map(|(_, value)| value)
    }

    /// As a JSON object, which a token endpoint does not take.
    #[must_use]
    pub fn to_json(&self) -> String {
        let members = self.fields.iter();
        let members = members.map(|(name, value)| (name.clone(), Value::from(value.expose())));
        Value::Object(members.collect()).to_string()
    }
}

/// A token that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub access_token: Secret,
    /// Seconds for which the token can be used; absent: unknown.
    pub expires_in: Option<u64>,
    /// What was granted; absent: what was asked for.
    pub scope: Option<String>,
}

/// An error of a token endpoint (RFC 6749 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}{}", described(.description.as_deref()))]
pub struct OauthError {
    /// The code, such as `invalid_client`.
    pub error: String,
    pub description: Option<String>,
}

fn described(description: Option<&str>) -> String {
    description.map_or_else(String::new, |text| format!(" ({text})"))
}

/// Why an answer of a token endpoint holds no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    #[error("{0}")]
    Error(OauthError),
    #[error("status {0} and no OAuth error")]
    Status(u16),
    #[error("status 200, but {0}")]
    Malformed(&'static str),
}

/// The token in an answer of a token endpoint.
///
/// # Errors
/// The endpoint's own error, or what is wrong with its answer.
pub fn granted(status: u16, body: Option<&Value>) -> Result<Granted, NotGranted> {
    let text = |name: &str| body.and_then(|body| body[name].as_str()).map(str::to_owned);
    if status != 200 {
        return Err(match text("error") {
            Some(error) => NotGranted::Error(OauthError {
                error,
                description: text("error_description"),
            }),
            None => NotGranted::Status(status),
        });
    }
    let body = body.ok_or(NotGranted::Malformed("the body is no JSON"))?;
    let token = text("access_token").filter(|token| is_token(token));
    let token = token.ok_or(NotGranted::Malformed("there is no usable access_token"))?;
    let kind = text("token_type").unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(NotGranted::Malformed("token_type is not bearer"));
    }
    Ok(Granted {
        access_token: Secret::new(token),
        // Some servers write the number as text.
        expires_in: body["expires_in"]
            .as_u64()
            .or_else(|| text("expires_in")?.parse().ok()),
        scope: text("scope"),
    })
}

/// RFC 6750 section 2.1, `b64token`; anything else could not stand in the header.
fn is_token(text: &str) -> bool {
    let core = text.trim_end_matches('=');
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    !core.is_empty() && core.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_can_be_changed_field_by_field() {
        let mut form = TokenForm::new("system/*.rs", &Secret::new("a.b.c"));
        form.set("grant_type", Some("password"));
        form.set("scope", None);
        form.set("extra", Some("1 2"));
        assert_eq!(
            form.encode(),
            "grant_type=password&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c&extra=1+2"
        );
        assert_eq!(
            serde_json::from_str::<Value>(&form.to_json()).unwrap()["extra"],
            "1 2"
        );
        assert!(!format!("{form:?}").contains("a.b.c"));
    }

    #[test]
    fn answers_hold_a_token_or_say_why_not() {
        let sound = json!({ "access_token": "t.1", "token_type": "Bearer", "expires_in": "60", "scope": "s" });
        let token = granted(200, Some(&sound)).unwrap();
        assert_eq!(token.access_token.expose(), "t.1");
        assert_eq!(
            (token.expires_in, token.scope.as_deref()),
            (Some(60), Some("s"))
        );
        for (status, body, expected) in [
            (
                401,
                Some(json!({ "error": "invalid_client", "error_description": "who?" })),
                "invalid_client (who?)",
            ),
            (
                400,
                Some(json!({ "error": "invalid_scope" })),
                "invalid_scope",
            ),
            (503, None, "status 503 and no OAuth error"),
            (200, None, "status 200, but the body is no JSON"),
            (
                200,
                Some(json!({})),
                "status 200, but there is no usable access_token",
            ),
            (
                200,
                Some(json!({ "access_token": "a\nb" })),
                "status 200, but there is no usable access_token",
            ),
            (
                200,
                Some(json!({ "access_token": "a", "token_type": "mac" })),
                "status 200, but token_type is not bearer",
            ),
        ] {
            assert_eq!(
                granted(status, body.as_ref()).unwrap_err().to_string(),
                expected
            );
        }
    }
}
