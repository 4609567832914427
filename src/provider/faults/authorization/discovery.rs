//! Faults of the SMART configuration.

use serde_json::{Value, json};

use super::token::forget_v1;
use crate::provider::model::{Interaction, Refusal};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "smart-configuration-missing",
        description: "There is no SMART configuration below the FHIR base URL.",
        caught_by: &["smart-configuration"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.interaction == Interaction::SmartConfiguration) {
                *reply = Refusal::not_found("there is nothing here").into();
            }
        }),
    },
    Fault {
        name: "smart-configuration-as-fhir",
        description: "The SMART configuration is sent as a FHIR resource.",
        caught_by: &["smart-configuration-json"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.interaction == Interaction::SmartConfiguration) {
                "application/fhir+json".clone_into(&mut reply.media_type);
            }
        }),
    },
    Fault {
        name: "token-endpoint-missing",
        description: "The SMART configuration does not name the token endpoint.",
        caught_by: &["smart-configuration-token-endpoint"],
        also: &["smart-configuration-agrees"],
        seam: Seam::Discover(|document| remove(document, "token_endpoint")),
    },
    Fault {
        name: "token-endpoint-relative",
        description: "The SMART configuration names the token endpoint by a relative URL.",
        caught_by: &["smart-configuration-absolute-urls"],
        also: &[],
        seam: Seam::Discover(|document| document["token_endpoint"] = json!("/authorization/token")),
    },
    Fault {
        name: "jwks-uri-relative",
        description: "The SMART configuration names the key set by a relative URL.",
        caught_by: &["smart-configuration-absolute-urls"],
        also: &[],
        seam: Seam::Discover(|document| document["jwks_uri"] = json!("/authorization/jwks")),
    },
    Fault {
        name: "introspection-endpoint-relative",
        description: "The SMART configuration names the introspection endpoint by a relative URL.",
        caught_by: &["smart-configuration-absolute-urls"],
        also: &[],
        seam: Seam::Discover(|document| {
            document["introspection_endpoint"] = json!("/authorization/introspect")
        }),
    },
    Fault {
        name: "grant-types-missing",
        description: "The SMART configuration does not say which grants there are.",
        caught_by: &["smart-configuration-grant-types"],
        also: &[],
        seam: Seam::Discover(|document| remove(document, "grant_types_supported")),
    },
    Fault {
        name: "grant-types-wrong",
        description: "The SMART configuration does not name the grant client_credentials.",
        caught_by: &["smart-configuration-grant-types"],
        also: &[],
        seam: Seam::Discover(|document| {
            document["grant_types_supported"] = json!(["authorization_code"])
        }),
    },
    Fault {
        name: "smart-capabilities-missing",
        description: "The SMART configuration does not say what the server is capable of.",
        caught_by: &["smart-configuration-capabilities"],
        also: &["smart-configuration-permissions"],
        seam: Seam::Discover(|document| remove(document, "capabilities")),
    },
    Fault {
        name: "smart-capability-asymmetric-missing",
        description: "The SMART configuration does not name the capability client-confidential-asymmetric.",
        caught_by: &["smart-configuration-capabilities"],
        also: &[],
        seam: Seam::Discover(|document| {
            retain(document, "capabilities", |one| {
                one != "client-confidential-asymmetric"
            })
        }),
    },
    Fault {
        name: "smart-permission-missing",
        description: "The SMART configuration does not say which notation of scopes is understood.",
        caught_by: &["smart-configuration-permissions"],
        also: &[],
        seam: Seam::Discover(|document| {
            retain(document, "capabilities", |one| one != "permission-v2")
        }),
    },
    Fault {
        name: "code-challenge-missing",
        description: "The SMART configuration does not name the code challenge methods.",
        caught_by: &["smart-configuration-code-challenge"],
        also: &[],
        seam: Seam::Discover(|document| remove(document, "code_challenge_methods_supported")),
    },
    Fault {
        name: "code-challenge-plain",
        description: "The SMART configuration names the code challenge method plain.",
        caught_by: &["smart-configuration-code-challenge"],
        also: &[],
        seam: Seam::Discover(|document| {
            document["code_challenge_methods_supported"] = json!(["S256", "plain"])
        }),
    },
    Fault {
        name: "auth-methods-missing",
        description: "The SMART configuration does not say how clients authenticate.",
        caught_by: &["smart-configuration-auth-methods"],
        also: &[],
        seam: Seam::Discover(|document| remove(document, "token_endpoint_auth_methods_supported")),
    },
    Fault {
        name: "auth-methods-secret-only",
        description: "By the SMART configuration clients authenticate with a shared secret alone.",
        caught_by: &["smart-configuration-auth-methods"],
        also: &[],
        seam: Seam::Discover(|document| {
            document["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic"])
        }),
    },
    Fault {
        name: "signing-algorithms-missing",
        description: "The SMART configuration does not say by which algorithms assertions are signed.",
        caught_by: &["smart-configuration-algorithms"],
        also: &[],
        seam: Seam::Discover(|document| {
            remove(document, "token_endpoint_auth_signing_alg_values_supported")
        }),
    },
    Fault {
        name: "signing-algorithms-wrong",
        description: "By the SMART configuration assertions are signed by algorithms that SMART does not know.",
        caught_by: &["smart-configuration-algorithms"],
        also: &[],
        seam: Seam::Discover(|document| {
            document["token_endpoint_auth_signing_alg_values_supported"] = json!(["RS256", "ES256"])
        }),
    },
    Fault {
        name: "scopes-supported-missing",
        description: "The SMART configuration does not name the scopes.",
        caught_by: &["smart-configuration-scopes"],
        also: &["smart-configuration-scopes-types"],
        seam: Seam::Discover(|document| remove(document, "scopes_supported")),
    },
    Fault {
        name: "scopes-supported-lacks-types",
        description: "By the SMART configuration nothing but Patient can be asked for.",
        caught_by: &["smart-configuration-scopes-types"],
        also: &[],
        seam: Seam::Discover(|document| {
            document["scopes_supported"] = json!(["system/Patient.rs"])
        }),
    },
    Fault {
        name: "scopes-supported-ungrantable",
        description: "The SMART configuration names scopes in a notation that is not understood.",
        caught_by: &["smart-configuration-scopes-granted"],
        also: &["token-scope-v1"],
        seam: Seam::Several(&[
            Seam::Discover(|document| document["scopes_supported"] = json!(["system/*.read"])),
            Seam::Misread(forget_v1),
        ]),
    },
    Fault {
        name: "issuer-without-sign-in",
        description: "The SMART configuration names an issuer, though nobody signs in here.",
        caught_by: &["smart-configuration-issuer"],
        also: &[],
        seam: Seam::Discover(|document| document["issuer"] = json!("https://issuer.example")),
    },
    Fault {
        name: "sign-in-without-issuer",
        description: "The SMART configuration announces sign-in, but does not name the issuer.",
        caught_by: &["smart-configuration-issuer"],
        also: &[],
        seam: Seam::Discover(|document| push(document, "capabilities", "sso-openid-connect")),
    },
    Fault {
        name: "launch-without-endpoint",
        description: "The SMART configuration announces a launch, but names no authorization endpoint.",
        caught_by: &["smart-configuration-launch"],
        also: &[],
        seam: Seam::Discover(|document| push(document, "capabilities", "launch-standalone")),
    },
    Fault {
        name: "jwks-uri-broken",
        description: "There is nothing at the URL of the key set.",
        caught_by: &["smart-configuration-keys"],
        also: &[],
        seam: Seam::Discover(|document| redirect(document, "jwks_uri")),
    },
    Fault {
        name: "capability-security-disagrees",
        description: "The CapabilityStatement names another way of authorization than SMART.",
        caught_by: &["smart-configuration-agrees"],
        also: &["capability-security"],
        seam: Seam::Declare(|statement| {
            if let Some(code) = statement.pointer_mut("/rest/0/security/service/0/coding/0/code") {
                *code = json!("Basic");
            }
        }),
    },
];

fn remove(document: &mut Value, name: &str) {
    if let Some(members) = document.as_object_mut() {
        members.remove(name);
    }
}

fn retain(document: &mut Value, name: &str, keep: fn(&Value) -> bool) {
    if let Some(items) = document.get_mut(name).and_then(Value::as_array_mut) {
        items.retain(keep);
    }
}

fn push(document: &mut Value, name: &str, item: &str) {
    if let Some(items) = document.get_mut(name).and_then(Value::as_array_mut) {
        items.push(json!(item));
    }
}

/// Leads a URL to where nothing is.
fn redirect(document: &mut Value, name: &str) {
    if let Some(Value::String(url)) = document.get_mut(name) {
        url.push_str("-of-nobody");
    }
}
