//! The provider's authorization server and its guard, by a client of its own: assertions are signed
//! here by the JOSE crate.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use fhir_assay::provider::{
    AuthorizationOptions, Client, FaultSet, Provider, ProviderOptions, RunningProvider,
};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::Method;
use serde_json::{Map, Value, json};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A private key with its public one.
struct Key {
    id: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Key {
    fn ec(id: &'static str) -> Self {
        let pair =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new())
                .expect("key");
        Self {
            id,
            algorithm: Algorithm::ES384,
            private: EncodingKey::from_ec_der(pair.as_ref()),
        }
    }

    fn rsa(id: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("key");
        let pkcs8 = AsDer::<Pkcs8V1Der>::as_der(&pair).expect("DER");
        // The key itself stands in PKCS#8 behind 26 bytes that say of what kind it is.
        Self {
            id,
            algorithm: Algorithm::RS384,
            private: EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]),
        }
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).expect("JWK");
        jwk.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(jwk).expect("JSON")
    }
}

/// An instance with two clients: `assay` with two keys and `system/*.rs`, `other` with one key and
/// rights on Patient alone.
struct Server {
    provider: RunningProvider,
    http: reqwest::Client,
    ec: Key,
    rsa: Key,
    other: Key,
}

/// Changes of a sound request.
#[derive(Default)]
struct Wrong {
    header: Vec<(&'static str, Value)>,
    claims: Vec<(&'static str, Value)>,
    form: Vec<(&'static str, &'static str)>,
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Server {
    async fn start(faults: &str, lifetime: u64) -> Self {
        let (ec, rsa, other) = (Key::ec("ec"), Key::rsa("rsa"), Key::ec("other"));
        let client = |id: &str, keys: &[&Key], scope: &str| Client {
            id: id.to_owned(),
            jwks: json!({ "keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>() }),
            scope: scope.to_owned(),
        };
        let names = faults.split_ascii_whitespace();
        let options = ProviderOptions {
            faults: FaultSet::of(names).expect("faults"),
            authorization: Some(AuthorizationOptions {
                clients: vec![
                    client("assay", &[&ec, &rsa], "system/*.rs"),
                    client("other", &[&other], "system/Patient.rs"),
                ],
                token_lifetime: lifetime,
                lifetimes: Vec::new(),
                other_audiences: vec!["https://other.example/fhir".to_owned()],
            }),
            ..ProviderOptions::default()
        };
        Self {
            provider: Provider::start(options).await.expect("provider"),
            http: reqwest::Client::new(),
            ec,
            rsa,
            other,
        }
    }

    fn endpoint(&self) -> &str {
        self.provider.token_endpoint().expect("endpoint")
    }

    fn claims(&self, client: &str) -> Map<String, Value> {
        let now = now();
        object(json!({
            "iss": client, "sub": client, "aud": self.endpoint(), "exp": now + 200,
            "jti": format!("{:?}", std::time::Instant::now()),
        }))
    }

    fn assertion(&self, key: &Key, client: &str, wrong: &Wrong) -> String {
        let mut header = object(json!({ "typ": "JWT", "kid": key.id, "alg": key.algorithm }));
        let mut claims = self.claims(client);
        change(&mut header, &wrong.header);
        change(&mut claims, &wrong.claims);
        sign(key, &header, &claims)
    }

    fn form(&self, key: &Key, client: &str, scope: &str, wrong: &Wrong) -> Map<String, Value> {
        let mut form = object(json!({
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(key, client, wrong),
        }));
        for (name, value) in &wrong.form {
            form.insert((*name).to_owned(), json!(value));
        }
        form.retain(|_, value| !value.is_null() && value != "");
        form
    }

    async fn post(&self, url: &str, form: &Map<String, Value>) -> Answer {
        let body = encode(form);
        let request = self.http.post(url).body(body);
        send(request.header("Content-Type", "application/x-www-form-urlencoded")).await
    }

    async fn ask(&self, key: &Key, scope: &str, wrong: &Wrong) -> Answer {
        let form = self.form(key, "assay", scope, wrong);
        self.post(self.endpoint(), &form).await
    }

    async fn token(&self, scope: &str) -> String {
        let answer = self.ask(&self.ec, scope, &Wrong::default()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"]
            .as_str()
            .expect("token")
            .to_owned()
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let url = format!("{}/{path}", self.provider.base_url());
        let mut request = self.http.get(url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        send(request).await
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or_default())
    }

    fn assert_error(&self, status: u16, error: &str, what: &str) {
        assert_eq!(self.status, status, "{what}: {}", self.body);
        assert_eq!(self.body["error"], error, "{what}");
        assert!(self.body["error_description"].is_string(), "{what}");
        assert_eq!(self.body["access_token"], Value::Null, "{what}");
        assert_eq!(self.header("cache-control"), "no-store", "{what}");
    }
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("response");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: serde_json::from_str(&response.text().await.expect("body")).unwrap_or(Value::Null),
    }
}

fn encode(form: &Map<String, Value>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            form.iter()
                .map(|(name, value)| (name, value.as_str().unwrap_or_default())),
        )
        .finish()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => panic!("an object"),
    }
}

fn change(members: &mut Map<String, Value>, changes: &[(&'static str, Value)]) {
    for (name, value) in changes {
        members.insert((*name).to_owned(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
}

/// Signs whatever the header says, as the crate's own `encode` would not.
fn sign(key: &Key, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    use base64::Engine;
    let part = |members: &Map<String, Value>| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(Value::Object(members.clone()).to_string())
    };
    let input = format!("{}.{}", part(header), part(claims));
    let signature =
        jsonwebtoken::crypto::sign(input.as_bytes(), &key.private, key.algorithm).expect("signed");
    format!("{input}.{signature}")
}

fn claim(name: &'static str, value: Value) -> Wrong {
    Wrong {
        claims: vec![(name, value)],
        ..Wrong::default()
    }
}

fn header(name: &'static str, value: Value) -> Wrong {
    Wrong {
        header: vec![(name, value)],
        ..Wrong::default()
    }
}

fn field(name: &'static str, value: &'static str) -> Wrong {
    Wrong {
        form: vec![(name, value)],
        ..Wrong::default()
    }
}

#[tokio::test]
async fn a_sound_request_is_granted_with_either_key() {
    let server = Server::start("", 300).await;
    for key in [&server.ec, &server.rsa] {
        let answer = server
            .ask(key, "system/Patient.rs", &Wrong::default())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["token_type"], "bearer");
        assert_eq!(answer.body["expires_in"], 300);
        assert_eq!(answer.body["scope"], "system/Patient.rs");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    // What is not understood is let be.
    for wrong in [
        claim("extra", json!({ "a": 1 })),
        field("extra", "1"),
        field("client_id", "assay"),
        claim(
            "aud",
            json!(["https://elsewhere.example", server.endpoint()]),
        ),
    ] {
        assert_eq!(
            server.ask(&server.ec, "system/*.rs", &wrong).await.status,
            200
        );
    }
}

#[tokio::test]
async fn a_single_defect_of_a_request_is_refused_with_its_error() {
    let server = Server::start("", 300).await;
    let client = "invalid_client";
    for (what, wrong, error) in [
        ("alg none", header("alg", json!("none")), client),
        ("HMAC", header("alg", json!("HS256")), client),
        ("other alg", header("alg", json!("RS256")), client),
        ("no alg", header("alg", Value::Null), client),
        (
            "alg of the other kind",
            header("alg", json!("RS384")),
            client,
        ),
        ("unknown kid", header("kid", json!("nobody")), client),
        ("kid of another key", header("kid", json!("rsa")), client),
        ("no kid", header("kid", Value::Null), client),
        ("typ", header("typ", json!("at+jwt")), client),
        ("no typ", header("typ", Value::Null), client),
        (
            "jku",
            header("jku", json!("https://keys.example/jwks")),
            client,
        ),
        ("no iss", claim("iss", Value::Null), client),
        ("other iss", claim("iss", json!("other")), client),
        ("unknown iss", claim("iss", json!("nobody")), client),
        ("no sub", claim("sub", Value::Null), client),
        ("other sub", claim("sub", json!("nobody")), client),
        ("no aud", claim("aud", Value::Null), client),
        (
            "other aud",
            claim("aud", json!("https://elsewhere.example")),
            client,
        ),
        (
            "aud is the base",
            claim("aud", json!(server.provider.base_url())),
            client,
        ),
        ("no exp", claim("exp", Value::Null), client),
        ("exp as text", claim("exp", json!("soon")), client),
        ("expired", claim("exp", json!(now() - 10)), client),
        ("exp far", claim("exp", json!(now() + 900)), client),
        ("nbf", claim("nbf", json!(now() + 60)), client),
        ("iat", claim("iat", json!(now() + 60)), client),
        ("no jti", claim("jti", Value::Null), client),
        ("empty jti", claim("jti", json!("")), client),
        ("no grant type", field("grant_type", ""), "invalid_request"),
        (
            "other grant type",
            field("grant_type", "password"),
            "unsupported_grant_type",
        ),
        ("no assertion", field("client_assertion", ""), client),
        ("no JWT", field("client_assertion", "not.a.jwt"), client),
        (
            "no assertion type",
            field("client_assertion_type", ""),
            client,
        ),
        (
            "other assertion type",
            field("client_assertion_type", "secret"),
            client,
        ),
        ("other client_id", field("client_id", "other"), client),
        ("no scope", field("scope", ""), "invalid_scope"),
        (
            "unknown scope",
            field("scope", "system/Nonsense.rs"),
            "invalid_scope",
        ),
        (
            "no rights left",
            field("scope", "system/Patient.cud"),
            "invalid_scope",
        ),
        (
            "other resource",
            field("resource", "https://third.example"),
            "invalid_target",
        ),
    ] {
        let answer = server.ask(&server.ec, "system/*.rs", &wrong).await;
        answer.assert_error(400, error, what);
    }
}

#[tokio::test]
async fn forged_and_replayed_assertions_are_refused() {
    let server = Server::start("", 300).await;
    let sound = Wrong::default();
    let url = server.endpoint();
    let mut stranger = Key::ec("ec");
    let forged = server.ask(&stranger, "system/*.rs", &sound).await;
    forged.assert_error(400, "invalid_client", "other key");
    stranger.id = "other";
    let form = server.form(
        &server.other,
        "assay",
        "system/*.rs",
        &header("kid", json!("ec")),
    );
    let answer = server.post(url, &form).await;
    answer.assert_error(400, "invalid_client", "key of another client");
    let form = server.form(&server.ec, "nobody", "system/*.rs", &sound);
    let answer = server.post(url, &form).await;
    answer.assert_error(400, "invalid_client", "foreign client");
    let mut form = server.form(&server.ec, "assay", "system/*.rs", &sound);
    assert_eq!(server.post(url, &form).await.status, 200);
    for _ in 0..2 {
        let answer = server.post(url, &form).await;
        answer.assert_error(400, "invalid_client", "replay");
    }
    let text = form["client_assertion"].as_str().expect("text");
    let (input, _) = text.rsplit_once('.').expect("JWT");
    form.insert("client_assertion".to_owned(), json!(format!("{input}.")));
    let answer = server.post(url, &form).await;
    answer.assert_error(400, "invalid_client", "no signature");
}

#[tokio::test]
async fn only_a_form_by_post_is_taken() {
    let server = Server::start("", 300).await;
    let form = server.form(&server.ec, "assay", "system/*.rs", &Wrong::default());
    let url = format!("{}?{}", server.endpoint(), encode(&form));
    let answer = send(server.http.request(Method::GET, url)).await;
    answer.assert_error(405, "invalid_request", "GET");
    assert_eq!(answer.header("allow"), "POST");
    let json = server
        .http
        .post(server.endpoint())
        .header("Content-Type", "application/json");
    let answer = send(json.body(Value::Object(form.clone()).to_string())).await;
    answer.assert_error(400, "invalid_request", "JSON");
    let twice = format!("{}&scope=system/Patient.rs", encode(&form));
    let request = server.http.post(server.endpoint()).body(twice);
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    send(request)
        .await
        .assert_error(400, "invalid_request", "twice");
}

#[tokio::test]
async fn scopes_are_narrowed_to_the_registration_and_enforced() {
    let server = Server::start("", 300).await;
    let asked = "system/*.rs system/Patient.rs system/Condition.rs";
    let form = server.form(&server.other, "other", asked, &Wrong::default());
    let answer = server.post(server.endpoint(), &form).await;
    assert_eq!(answer.body["scope"], "system/Patient.rs", "{}", answer.body);
    let patient = server.provider.patients()[0];
    let read = format!("Patient/{patient}");
    let by_id = format!("Patient?_id={patient}");
    let conditions = format!("Condition?patient={patient}");
    for (scope, path, status) in [
        ("system/Patient.rs", &read, 200),
        ("system/Patient.rs", &by_id, 200),
        ("system/Patient.r", &read, 200),
        ("system/Patient.r", &by_id, 403),
        ("system/Patient.s", &read, 403),
        ("system/Patient.s", &by_id, 200),
        ("system/Patient.read", &by_id, 200),
        ("system/Patient.search", &by_id, 200),
        ("system/Patient.rs", &conditions, 403),
        ("system/*.read", &conditions, 200),
    ] {
        let token = server.token(scope).await;
        let answer = server.get(path, Some(&token)).await;
        assert_eq!(answer.status, status, "{scope} {path}: {}", answer.body);
        if status == 403 {
            assert!(
                answer
                    .header("www-authenticate")
                    .contains("insufficient_scope")
            );
            assert_eq!(answer.body["issue"][0]["code"], "forbidden");
        }
    }
    let token = server.token("system/MedicationRequest.rs").await;
    let include = "MedicationRequest?patient=x&_include=MedicationRequest:medication";
    assert_eq!(server.get(include, Some(&token)).await.status, 403);
}

#[tokio::test]
async fn a_token_must_be_there_and_sound() {
    let server = Server::start("", 300).await;
    let path = format!("Patient/{}", server.provider.patients()[0]);
    let sound = server.token("system/*.rs").await;
    let elsewhere = server
        .ask(
            &server.ec,
            "system/*.rs",
            &field("resource", "https://other.example/fhir"),
        )
        .await;
    let elsewhere = elsewhere.body["access_token"]
        .as_str()
        .expect("token")
        .to_owned();
    let (input, signature) = sound.rsplit_once('.').expect("JWT");
    let own = sign(
        &server.ec,
        &object(json!({ "alg": "ES384" })),
        &server.claims("assay"),
    );
    let none = sign(
        &server.ec,
        &object(json!({ "alg": "none" })),
        &server.claims("assay"),
    );
    let reversed: String = signature.chars().rev().collect();
    for token in [
        "garbage",
        &elsewhere,
        &own,
        &none,
        &format!("{input}.{reversed}"),
        "",
    ] {
        let answer = server.get(&path, Some(token)).await;
        assert_eq!(answer.status, 401, "{token}");
        assert!(
            answer.header("www-authenticate").starts_with("Bearer "),
            "{token}"
        );
        assert_eq!(answer.body["resourceType"], "OperationOutcome");
    }
    let answer = server.get(&path, None).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (401, "Bearer realm=\"FHIR\"")
    );
    let answer = server
        .get(&format!("{path}?access_token={sound}"), None)
        .await;
    assert_eq!(answer.status, 400);
    let base = server.provider.base_url();
    for scheme in ["bearer", "BEARER"] {
        let request = server.http.get(format!("{base}/{path}"));
        let request = request.header("Authorization", format!("{scheme} {sound}"));
        assert_eq!(send(request).await.status, 200);
    }
    for open in ["metadata", ".well-known/smart-configuration"] {
        assert_eq!(server.get(open, None).await.status, 200);
        assert_eq!(server.get(open, Some("garbage")).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_ends() {
    let server = Server::start("", 1).await;
    let token = server.token("system/*.rs").await;
    let path = format!("Patient/{}", server.provider.patients()[0]);
    assert_eq!(server.get(&path, Some(&token)).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let answer = server.get(&path, Some(&token)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["issue"][0]["code"], "expired");
}

#[tokio::test]
async fn introspection_tells_only_those_who_may_ask() {
    let server = Server::start("", 300).await;
    let url = server.provider.introspection_endpoint().expect("endpoint");
    let token = server.token("system/Patient.rs").await;
    let about = |token: &str| object(json!({ "token": token }));
    let answer = server.post(url, &about(&token)).await;
    answer.assert_error(401, "invalid_client", "nobody");
    let ask = async |about: &str, bearer: &str| {
        let request = server.http.post(url).body(format!("token={about}"));
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        send(request.header("Authorization", format!("Bearer {bearer}"))).await
    };
    let answer = ask(&token, &token).await;
    assert_eq!(answer.body["active"], true, "{}", answer.body);
    assert_eq!(answer.body["scope"], "system/Patient.rs");
    assert_eq!(answer.body["client_id"], "assay");
    assert!(answer.body["exp"].as_i64().expect("exp") > now());
    assert_eq!(
        ask("garbage", &token).await.body,
        json!({ "active": false })
    );
    assert_eq!(ask(&token, "garbage").await.status, 401);
    let assertion = server.assertion(&server.rsa, "assay", &Wrong::default());
    let mut form = about(&token);
    form.insert("client_assertion".to_owned(), json!(assertion));
    assert_eq!(server.post(url, &form).await.body["active"], true);
    let get = server.http.get(format!("{url}?token={token}"));
    assert_eq!(
        send(get.header("Authorization", format!("Bearer {token}")))
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn discovery_names_what_there_is() {
    let server = Server::start("", 300).await;
    let request = server.http.get(format!(
        "{}/.well-known/smart-configuration",
        server.provider.base_url()
    ));
    let answer = send(request.header("Accept", "text/html")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.body["token_endpoint"], server.endpoint());
    let keys = server
        .http
        .get(answer.body["jwks_uri"].as_str().expect("URL"));
    let keys = send(keys).await;
    assert_eq!(keys.body["keys"][0]["kty"], "EC");
    assert_eq!(keys.body["keys"][0]["d"], Value::Null);
    let token = server.token("system/*.rs").await;
    let kid = jsonwebtoken::decode_header(&token).expect("header").kid;
    assert_eq!(keys.body["keys"][0]["kid"].as_str(), kid.as_deref());
    let scopes = answer.body["scopes_supported"].as_array().expect("scopes");
    for scope in scopes {
        server.token(scope.as_str().expect("text")).await;
    }
}

#[tokio::test]
async fn without_authorization_nothing_is_asked_or_told() {
    let provider = Provider::start(ProviderOptions::default())
        .await
        .expect("provider");
    assert_eq!(provider.token_endpoint(), None);
    let url = format!("{}/.well-known/smart-configuration", provider.base_url());
    let answer = send(reqwest::Client::new().get(url)).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn clients_that_cannot_be_registered_are_named() {
    for (jwks, scope, expected) in [
        (
            json!({}),
            "system/*.rs",
            "client x: its keys are no JWK Set",
        ),
        (json!({ "keys": [] }), "system/*.rs", "holds no key"),
        (
            json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] }),
            "system/*.rs",
            "neither RSA nor EC",
        ),
        (
            json!({ "keys": [Key::ec("a").public()] }),
            "system/Nonsense.rs",
            "system/Nonsense.rs is no scope",
        ),
    ] {
        let options = ProviderOptions {
            authorization: Some(AuthorizationOptions {
                clients: vec![Client {
                    id: "x".to_owned(),
                    jwks,
                    scope: scope.to_owned(),
                }],
                ..AuthorizationOptions::default()
            }),
            ..ProviderOptions::default()
        };
        let error = Provider::start(options).await.expect_err("refused");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A fault lets pass what it is named for, and nothing else that is wrong.
#[tokio::test]
async fn a_fault_opens_its_own_door_alone() {
    let faults: Vec<(&str, Wrong)> = vec![
        ("accepts-alg-none", header("alg", json!("none"))),
        (
            "accepts-hmac-with-public-key",
            header("alg", json!("HS256")),
        ),
        ("accepts-wrong-typ", header("typ", json!("at+jwt"))),
        (
            "accepts-foreign-jku",
            header("jku", json!("https://keys.example")),
        ),
        ("accepts-missing-kid", header("kid", Value::Null)),
        ("accepts-unknown-kid", header("kid", json!("nobody"))),
        ("accepts-key-of-other-kind", header("kid", json!("rsa"))),
        ("accepts-missing-iss", claim("iss", Value::Null)),
        ("accepts-wrong-iss", claim("iss", json!("nobody"))),
        ("accepts-missing-sub", claim("sub", Value::Null)),
        ("accepts-wrong-sub", claim("sub", json!("nobody"))),
        ("accepts-missing-aud", claim("aud", Value::Null)),
        (
            "accepts-wrong-aud",
            claim("aud", json!("https://elsewhere.example")),
        ),
        ("accepts-missing-exp", claim("exp", Value::Null)),
        ("accepts-expired-assertion", claim("exp", json!(now() - 10))),
        ("accepts-far-exp", claim("exp", json!(now() + 900))),
        ("accepts-future-nbf", claim("nbf", json!(now() + 60))),
        ("accepts-missing-jti", claim("jti", Value::Null)),
        ("accepts-wrong-grant-type", field("grant_type", "password")),
        ("accepts-missing-grant-type", field("grant_type", "")),
        (
            "accepts-wrong-assertion-type",
            field("client_assertion_type", "secret"),
        ),
        ("accepts-missing-assertion", field("client_assertion", "")),
        ("accepts-other-client-id", field("client_id", "other")),
        ("accepts-missing-scope", field("scope", "")),
        (
            "accepts-unknown-scope",
            field("scope", "system/Nonsense.rs"),
        ),
        (
            "grants-unregistered-scope",
            field("scope", "system/Patient.cud"),
        ),
    ];
    for (at, (fault, wrong)) in faults.iter().enumerate() {
        let server = Server::start(fault, 300).await;
        let answer = server.ask(&server.ec, "system/*.rs", wrong).await;
        assert_eq!(answer.status, 200, "{fault}: {}", answer.body);
        let sound = server
            .ask(&server.ec, "system/*.rs", &Wrong::default())
            .await;
        assert_eq!(sound.status, 200, "{fault}");
        for (other, wrong) in faults.iter().skip(at + 1) {
            let answer = server.ask(&server.ec, "system/*.rs", wrong).await;
            assert_ne!(answer.status, 200, "{fault} lets {other} pass");
        }
    }
}

#[tokio::test]
async fn faults_of_signatures_clients_and_replays() {
    let server = Server::start("accepts-bad-signature", 300).await;
    let answer = server
        .ask(&Key::ec("ec"), "system/*.rs", &Wrong::default())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let server = Server::start("accepts-foreign-client", 300).await;
    let form = server.form(&server.ec, "nobody", "system/*.rs", &Wrong::default());
    assert_eq!(server.post(server.endpoint(), &form).await.status, 200);
    let form = server.form(&Key::ec("ec"), "nobody", "system/*.rs", &Wrong::default());
    assert_eq!(server.post(server.endpoint(), &form).await.status, 400);
    let server = Server::start("accepts-replayed-jti", 300).await;
    let form = server.form(&server.ec, "assay", "system/*.rs", &Wrong::default());
    for _ in 0..3 {
        assert_eq!(server.post(server.endpoint(), &form).await.status, 200);
    }
    let server = Server::start("rs384-not-verified", 300).await;
    let sound = Wrong::default();
    assert_eq!(
        server.ask(&server.rsa, "system/*.rs", &sound).await.status,
        400
    );
    assert_eq!(
        server.ask(&server.ec, "system/*.rs", &sound).await.status,
        200
    );
}

#[tokio::test]
async fn faults_of_what_is_sent_and_answered() {
    let sound = Wrong::default();
    let server = Server::start("accepts-token-request-by-get", 300).await;
    let form = server.form(&server.ec, "assay", "system/*.rs", &sound);
    let url = format!("{}?{}", server.endpoint(), encode(&form));
    assert_eq!(send(server.http.get(url)).await.status, 200);
    let server = Server::start("accepts-json-token-request", 300).await;
    let form = server.form(&server.ec, "assay", "system/*.rs", &sound);
    let request = server
        .http
        .post(server.endpoint())
        .header("Content-Type", "application/json");
    let answer = send(request.body(Value::Object(form).to_string())).await;
    assert_eq!(answer.status, 200);
    for (fault, member, expected) in [
        ("token-without-expires-in", "expires_in", Value::Null),
        ("token-without-scope", "scope", Value::Null),
        ("token-without-type", "token_type", Value::Null),
        ("token-type-wrong", "token_type", json!("mac")),
        ("token-expires-in-text", "expires_in", json!("300")),
        ("token-lifetime-long", "expires_in", json!(86_400)),
        ("token-lifetime-hour", "expires_in", json!(3_600)),
        ("token-scope-wider", "scope", json!("system/*.rs")),
        (
            "grants-write-scope",
            "scope",
            json!("system/Patient.rs system/*.cud"),
        ),
    ] {
        let server = Server::start(fault, 300).await;
        let answer = server.ask(&server.ec, "system/Patient.rs", &sound).await;
        assert_eq!(
            (answer.status, &answer.body[member]),
            (200, &expected),
            "{fault}"
        );
    }
    for (fault, header, expected) in [
        ("token-cacheable", "cache-control", ""),
        ("token-pragma-missing", "pragma", ""),
        ("token-as-plain-text", "content-type", "text/plain"),
    ] {
        let server = Server::start(fault, 300).await;
        let answer = server.ask(&server.ec, "system/Patient.rs", &sound).await;
        assert_eq!(
            (answer.status, answer.header(header)),
            (200, expected),
            "{fault}"
        );
    }
    for (fault, status, error) in [
        ("token-error-code-wrong", 400, json!("invalid_grant")),
        ("token-error-is-200", 200, json!("invalid_client")),
        ("token-error-is-500", 500, json!("invalid_client")),
        ("token-error-html", 400, Value::Null),
    ] {
        let server = Server::start(fault, 300).await;
        let answer = server
            .ask(&server.ec, "system/*.rs", &claim("jti", Value::Null))
            .await;
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (status, &error),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn faults_of_the_fhir_side() {
    let far = || {
        let claims = json!({ "exp": now() + 100, "scope": "system/*.rs" });
        object(claims)
    };
    for fault in [
        "needs-no-token",
        "accepts-garbage-token",
        "accepts-tampered-token",
        "accepts-unsigned-token",
        "accepts-token-of-other-audience",
        "accepts-token-in-url",
        "scope-by-type-ignored",
        "scope-by-interaction-ignored",
        "accepts-expired-token",
        "token-not-verified",
    ] {
        let server = Server::start(fault, 1).await;
        let base = server.provider.base_url();
        let path = format!("Patient/{}", server.provider.patients()[0]);
        let search = format!("Patient?_id={}", server.provider.patients()[0]);
        let mut claims = far();
        claims.insert("aud".to_owned(), json!(base));
        let forged = sign(&server.ec, &object(json!({ "alg": "ES384" })), &claims);
        let unsigned = sign(&server.ec, &object(json!({ "alg": "none" })), &claims);
        let elsewhere = field("resource", "https://other.example/fhir");
        let elsewhere = server.ask(&server.ec, "system/*.rs", &elsewhere).await;
        let elsewhere = elsewhere.body["access_token"]
            .as_str()
            .expect("token")
            .to_owned();
        let of_type = server.token("system/Condition.rs").await;
        let of_read = server.token("system/Patient.r").await;
        let sound = server.token("system/*.rs").await;
        let in_url = format!("{path}?access_token={sound}");
        let mut opened = Vec::new();
        for (name, path, token) in [
            ("needs-no-token", &path, None),
            ("accepts-garbage-token", &path, Some("garbage")),
            ("accepts-tampered-token", &path, Some(forged.as_str())),
            ("accepts-unsigned-token", &path, Some(unsigned.as_str())),
            (
                "accepts-token-of-other-audience",
                &path,
                Some(elsewhere.as_str()),
            ),
            ("accepts-token-in-url", &in_url, None),
            ("scope-by-type-ignored", &path, Some(of_type.as_str())),
            (
                "scope-by-interaction-ignored",
                &search,
                Some(of_read.as_str()),
            ),
        ] {
            if server.get(path, token).await.status == 200 {
                opened.push(name);
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
        if server.get(&path, Some(&sound)).await.status == 200 {
            opened.push("accepts-expired-token");
        }
        if fault == "token-not-verified" {
            assert_eq!(opened.len(), 7, "{opened:?}");
        } else {
            assert_eq!(opened, [fault]);
        }
    }
}

#[tokio::test]
async fn faults_of_refusals_and_of_what_is_open() {
    for (fault, path, status, header, expected) in [
        (
            "challenge-missing",
            "Patient/x",
            401,
            "www-authenticate",
            "",
        ),
        (
            "challenge-of-other-scheme",
            "Patient/x",
            401,
            "www-authenticate",
            "Basic realm=\"FHIR\"",
        ),
        (
            "unauthorized-is-404",
            "Patient/x",
            404,
            "www-authenticate",
            "",
        ),
        (
            "unauthorized-is-empty-bundle",
            "Patient/x",
            200,
            "www-authenticate",
            "",
        ),
        ("metadata-needs-token", "metadata", 401, "allow", ""),
        (
            "smart-configuration-needs-token",
            ".well-known/smart-configuration",
            401,
            "allow",
            "",
        ),
        (
            "smart-configuration-missing",
            ".well-known/smart-configuration",
            404,
            "allow",
            "",
        ),
        (
            "next-page-needs-no-token",
            "Patient?_id=x&_page=0",
            400,
            "allow",
            "",
        ),
    ] {
        let server = Server::start(fault, 300).await;
        let answer = server.get(path, None).await;
        assert_eq!(
            (answer.status, answer.header(header)),
            (status, expected),
            "{fault}"
        );
    }
    for (fault, pointer) in [
        ("token-endpoint-missing", "/token_endpoint"),
        ("grant-types-missing", "/grant_types_supported"),
        ("smart-capabilities-missing", "/capabilities"),
        (
            "code-challenge-missing",
            "/code_challenge_methods_supported",
        ),
        (
            "auth-methods-missing",
            "/token_endpoint_auth_methods_supported",
        ),
        ("scopes-supported-missing", "/scopes_supported"),
    ] {
        let server = Server::start(fault, 300).await;
        let answer = server.get(".well-known/smart-configuration", None).await;
        assert_eq!(answer.body.pointer(pointer), None, "{fault}");
    }
}

#[tokio::test]
async fn faults_of_introspection() {
    for (fault, bearer, about, pointer, expected) in [
        (
            "introspection-unauthenticated",
            false,
            "",
            "/active",
            json!(true),
        ),
        (
            "introspection-active-for-inactive",
            true,
            "garbage",
            "/active",
            json!(true),
        ),
        (
            "introspection-inactive-for-active",
            true,
            "",
            "/active",
            json!(false),
        ),
        (
            "introspection-tells-of-inactive",
            true,
            "garbage",
            "/reason",
            json!("expired"),
        ),
    ] {
        let server = Server::start(fault, 300).await;
        let token = server.token("system/*.rs").await;
        let url = server.provider.introspection_endpoint().expect("endpoint");
        let about = if about.is_empty() { &token } else { about };
        let request = server.http.post(url).body(format!("token={about}"));
        let mut request = request.header("Content-Type", "application/x-www-form-urlencoded");
        if bearer {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let answer = send(request).await;
        assert_eq!(
            answer.body.pointer(pointer),
            Some(&expected),
            "{fault}: {}",
            answer.body
        );
    }
    let server = Server::start("introspection-by-get", 300).await;
    let token = server.token("system/*.rs").await;
    let url = server.provider.introspection_endpoint().expect("endpoint");
    let get = server.http.get(format!("{url}?token={token}"));
    let answer = send(get.header("Authorization", format!("Bearer {token}"))).await;
    assert_eq!(answer.body["active"], true);
}
