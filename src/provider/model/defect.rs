//! What can be wrong about authorization, and what is answered to it.

/// One thing that is wrong with a token request, an access token or an introspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::provider) enum Defect {
    // Token request.
    Method,
    MediaType,
    Repeated,
    GrantTypeMissing,
    GrantTypeOther,
    AssertionMissing,
    AssertionTypeOther,
    ClientIdOther,
    ResourceUnknown,
    ScopeMissing,
    /// Nothing in the scope is understood.
    ScopeUnknown,
    /// The client is not registered for (all of) the scope.
    ScopeForeign,
    /// All of the scope is of the patient or user level.
    ScopeOfUser,
    // Client assertion.
    AssertionMalformed,
    Unsigned,
    Hmac,
    AlgorithmOther,
    TypeOther,
    KeySetUrl,
    KeyIdMissing,
    KeyUnknown,
    /// The key is that of another client.
    KeyForeign,
    KeyAmbiguous,
    /// The key is not of the kind that the algorithm needs.
    KeyKind,
    Signature,
    ClientUnknown,
    IssuerMissing,
    IssuerOther,
    SubjectMissing,
    SubjectOther,
    AudienceMissing,
    AudienceOther,
    ExpiryMissing,
    Expired,
    ExpiryFar,
    NotYetValid,
    IdMissing,
    IdReplayed,
    // Access token.
    TokenMissing,
    TokenInQuery,
    TokenMalformed,
    TokenUnsigned,
    TokenSignature,
    TokenExpired,
    TokenAudience,
    /// No right at all for the type.
    ScopeType,
    /// Rights for the type, but not for this interaction.
    ScopeInteraction,
    /// No right for a type that is to be included.
    ScopeIncluded,
    // Introspection.
    CallerUnknown,
    IntrospectionMethod,
    /// The request does not say which token it is about.
    TokenNotNamed,
}

impl Defect {
    /// The error code of OAuth (RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 8707 section 2).
    pub(in crate::provider) fn code(self) -> &'static str {
        match self {
            Self::Method
            | Self::IntrospectionMethod
            | Self::MediaType
            | Self::Repeated
            | Self::GrantTypeMissing => "invalid_request",
            Self::GrantTypeOther => "unsupported_grant_type",
            Self::ResourceUnknown => "invalid_target",
            Self::ScopeMissing | Self::ScopeUnknown | Self::ScopeForeign | Self::ScopeOfUser => {
                "invalid_scope"
            }
            Self::TokenInQuery | Self::TokenNotNamed => "invalid_request",
            Self::TokenMissing
            | Self::TokenMalformed
            | Self::TokenUnsigned
            | Self::TokenSignature
            | Self::TokenExpired
            | Self::TokenAudience => "invalid_token",
            Self::ScopeType | Self::ScopeInteraction | Self::ScopeIncluded => "insufficient_scope",
            _ => "invalid_client",
        }
    }

    /// HTTP status.
    pub(in crate::provider) fn status(self) -> u16 {
        match self {
            Self::Method | Self::IntrospectionMethod => 405,
            _ => match self.code() {
                "invalid_token" => 401,
                "insufficient_scope" => 403,
                _ if self == Self::CallerUnknown => 401,
                _ => 400,
            },
        }
    }

    /// What is wrong and what to do.
    pub(in crate::provider) fn description(self) -> &'static str {
        match self {
            Self::Method | Self::IntrospectionMethod => "use POST",
            Self::MediaType => "send the parameters as application/x-www-form-urlencoded",
            Self::Repeated => "a parameter is there twice",
            Self::GrantTypeMissing => "grant_type is missing",
            Self::GrantTypeOther => "grant_type must be client_credentials",
            Self::AssertionMissing => "client_assertion is missing",
            Self::AssertionTypeOther => {
                "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            }
            Self::ClientIdOther => "client_id is not the issuer of the assertion",
            Self::ResourceUnknown => "no tokens are issued for this resource",
            Self::ScopeMissing => "scope is missing",
            Self::ScopeUnknown => "no scope of the request is known",
            Self::ScopeForeign => "the client is not registered for any scope of the request",
            Self::AssertionMalformed => "the assertion is no signed JWT",
            Self::Unsigned => "the assertion is not signed",
            Self::Hmac => "the assertion has an HMAC in place of a signature",
            Self::AlgorithmOther => "alg must be RS384 or ES384",
            Self::TypeOther => "typ must be JWT",
            Self::KeySetUrl => "jku is not the registered URL",
            Self::KeyIdMissing => "kid is missing",
            Self::ScopeOfUser => "a backend client is granted scopes of the level system alone",
            Self::KeyForeign => "the key with this kid is that of another client",
            Self::KeyUnknown => "the client has no key with this kid",
            Self::KeyAmbiguous => "the client has several keys with this kid",
            Self::KeyKind => "the key does not fit the algorithm",
            Self::Signature => "the signature is not that of the client's key",
            Self::ClientUnknown => "the client is not registered",
            Self::IssuerMissing => "iss is missing",
            Self::IssuerOther => "iss is not the client's id",
            Self::SubjectMissing => "sub is missing",
            Self::SubjectOther => "sub is not the client's id",
            Self::AudienceMissing => "aud is missing",
            Self::AudienceOther => "aud is not the URL of the token endpoint",
            Self::ExpiryMissing => "exp is missing",
            Self::Expired => "the assertion is expired",
            Self::ExpiryFar => "exp is more than five minutes ahead",
            Self::NotYetValid => "the assertion is not valid yet",
            Self::IdMissing => "jti is missing",
            Self::IdReplayed => "the assertion was used before",
            Self::TokenMissing => "an access token is needed: Authorization: Bearer",
            Self::TokenInQuery => "an access token must not stand in the URL",
            Self::TokenMalformed => "the access token cannot be read",
            Self::TokenUnsigned => "the access token is not signed",
            Self::TokenSignature => "the access token was not issued here",
            Self::TokenExpired => "the access token is expired",
            Self::TokenAudience => "the access token is for another server",
            Self::ScopeType => "the access token gives no right to this type",
            Self::ScopeInteraction => "the access token gives no right to this interaction",
            Self::ScopeIncluded => "the access token gives no right to an included type",
            Self::TokenNotNamed => "token is missing",
            Self::CallerUnknown => "introspection needs an access token or a client assertion",
        }
    }
}
