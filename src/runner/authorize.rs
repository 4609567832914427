//! How the run is let in: the target's discovery document, a first token, and the notation of scopes
//! that the authorization server understands.

use std::collections::BTreeSet;

use url::Url;

use crate::auth::{Notation, Right, Rights, SmartConfiguration, covers};
use crate::config::{AuthorizationConfig, ClientConfig, DeclaredCapabilities, RunConfig};
use crate::http::{Authorization, Client, Grant, Identity, NoToken, OauthClient, Request};
use crate::plan::Access;

/// Types for which scopes are asked where the target declares none.
const TYPES: &[&str] = &[
    "Patient",
    "AllergyIntolerance",
    "Condition",
    "DiagnosticReport",
    "Encounter",
    "Immunization",
    "Medication",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Organization",
    "Practitioner",
    "Provenance",
];
/// More types than these are asked for as all types.
const MANY: usize = 40;

/// What became of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Authorized {
    pub(super) access: Access,
    /// The notation in which scopes were granted; absent where that is not known.
    pub(super) notation: Option<Notation>,
    /// Stamps for the report.
    pub(super) notes: Vec<String>,
}

/// Reads the discovery document and obtains the first token, where the run has a client.
pub(super) async fn authorize(
    client: &Client,
    config: &RunConfig,
    declared: Option<&DeclaredCapabilities>,
) -> Authorized {
    let mut authorized = Authorized::default();
    let document = document(client).await;
    let found = document.clone().unwrap_or_default();
    authorized.access.discovered = members(&found);
    let own = authorization(&config.authorization, found);
    let endpoint = own.token_endpoint.clone();
    client.authorize(own);
    if config.authorization.clients.is_empty() {
        authorized.notes.push(without_client(config).to_owned());
        return authorized;
    }
    match negotiate(client, config, declared).await {
        Ok(settled) => {
            authorized.notation = settled.notation;
            authorized.notes = settled.notes(client, config, endpoint.as_ref());
            authorized.access.without_rights = settled.without_rights;
        }
        Err(why) => {
            let mut problem = format!("the run has no access token: {why}");
            if let (Err(document), NoToken::NoEndpoint) = (&document, &why) {
                problem += &format!(" ({document})");
            }
            authorized.notes.push(format!(
                "No test that needs a token could be run, because {problem}."
            ));
            authorized.access.problem = Some(problem);
            authorized.access.is_server_at_fault = why.is_of_server();
        }
    }
    authorized
}

fn without_client(config: &RunConfig) -> &'static str {
    if config.http.bearer.is_some() {
        "Requests carried a bearer token that was given (--bearer): the token endpoint, scopes and expiry were not tested."
    } else {
        "Requests carried no token: authorization was not tested."
    }
}

/// The discovery document, or why there is none.
async fn document(client: &Client) -> Result<SmartConfiguration, String> {
    let url = client.base().join(SmartConfiguration::PATH);
    let url = url.map_err(|problem| problem.to_string())?;
    let request = Request {
        identity: Identity::Anonymous,
        ..Request::get(url.clone())
    };
    let exchanged = client.send(request).await;
    let response = exchanged.response.as_ref();
    let response = response.map_err(|failure| failure.message.clone())?;
    if response.status != 200 {
        return Err(format!("{url} is answered with status {}", response.status));
    }
    let body = response
        .json()
        .map_err(|problem| format!("{url}: {problem}"))?;
    SmartConfiguration::parse(body).ok_or_else(|| format!("{url} is no JSON object"))
}

fn members(found: &SmartConfiguration) -> BTreeSet<String> {
    [
        ("token_endpoint", &found.token_endpoint),
        ("introspection_endpoint", &found.introspection_endpoint),
        ("jwks_uri", &found.jwks_uri),
    ]
    .into_iter()
    .filter(|(_, url)| url.is_some())
    .map(|(name, _)| name.to_owned())
    .collect()
}

fn authorization(config: &AuthorizationConfig, found: SmartConfiguration) -> Authorization {
    let clients = config.clients.iter().map(|client| {
        OauthClient::new(
            client.name.clone(),
            client.client_id.clone(),
            client.key.clone(),
            client.scope.clone(),
        )
    });
    let endpoint = config.token_url.clone();
    let endpoint = endpoint.or_else(|| found.token_endpoint.clone());
    Authorization::new(endpoint, found, clients.collect()).with_leeway(config.leeway)
}

/// What the run may do.
struct Settled {
    name: String,
    client_id: String,
    algorithm: &'static str,
    notation: Option<Notation>,
    granted: String,
    without_rights: BTreeSet<String>,
}

/// Obtains the first token. Where the settings name no scope, the notations are tried in turn.
///
/// Where the run's own client gets none, another of the settings stands in for it: one of them may be
/// all that the server can work with.
async fn negotiate(
    client: &Client,
    config: &RunConfig,
    declared: Option<&DeclaredCapabilities>,
) -> Result<Settled, NoToken> {
    let types = types(declared);
    let mut first = None;
    for (position, known) in config.authorization.clients.iter().enumerate() {
        match settle(client, known, &types).await {
            Ok(settled) => {
                if let Some(authorization) = client.authorization() {
                    authorization.lead_by(position);
                }
                return Ok(settled);
            }
            Err(why) => {
                first.get_or_insert(why);
            }
        }
    }
    Err(first.unwrap_or(NoToken::NoClient))
}

async fn settle(client: &Client, own: &ClientConfig, types: &[String]) -> Result<Settled, NoToken> {
    let name = own.name.as_str();
    let attempts = match own.scope.clone() {
        Some(scope) => vec![(Notation::of(&scope), scope)],
        None => attempts(types),
    };
    let mut best: Option<(Settled, String)> = None;
    let mut refused = None;
    for (notation, scope) in attempts {
        let grant = Grant {
            client: Some(name.to_owned()),
            scope: Some(scope.clone()),
            resource: None,
        };
        let settled = match client.token(&grant).await {
            Ok(held) => {
                let granted = held.granted.scope.clone().unwrap_or_else(|| scope.clone());
                Settled {
                    notation,
                    without_rights: without_rights(types, &granted),
                    client_id: own.client_id.clone(),
                    algorithm: own.key.algorithm().name(),
                    name: name.to_owned(),
                    granted,
                }
            }
            Err(why) if why.is_about_scope() => {
                refused.get_or_insert(why);
                continue;
            }
            Err(why) => return Err(why),
        };
        let lacking = settled.without_rights.len();
        let is_better = best
            .as_ref()
            .is_none_or(|(known, _)| lacking < known.without_rights.len());
        if is_better {
            best = Some((settled, scope));
        }
        if lacking == 0 {
            break;
        }
    }
    let Some((settled, scope)) = best else {
        return Err(refused.unwrap_or(NoToken::NoClient));
    };
    for known in client
        .authorization()
        .into_iter()
        .flat_map(Authorization::clients)
    {
        known.settle(&scope);
    }
    Ok(settled)
}

/// What is declared, and Patient, which every provider serves.
fn types(declared: Option<&DeclaredCapabilities>) -> Vec<String> {
    let owned = |kind: &&str| (*kind).to_owned();
    let Some(declared) = declared else {
        return TYPES.iter().map(owned).collect();
    };
    let patient = ["Patient"];
    let patient = patient.iter().map(owned);
    let all: BTreeSet<String> = declared.types.keys().cloned().chain(patient).collect();
    all.into_iter().collect()
}

/// What to ask for, the best first: in each notation first for each type, then for all.
fn attempts(types: &[String]) -> Vec<(Option<Notation>, String)> {
    let mut attempts = Vec::new();
    for notation in Notation::ALL {
        if types.len() <= MANY {
            let scope = notation.write_all(types.iter().map(String::as_str));
            attempts.push((Some(notation), scope));
        }
        attempts.push((Some(notation), notation.write_all(["*"])));
    }
    attempts
}

fn without_rights(types: &[String], granted: &str) -> BTreeSet<String> {
    let lacks = |kind: &&String| {
        let right = |rights| Right {
            resource_type: (*kind).clone(),
            rights,
        };
        // The guide's notation has a scope for each of the two.
        !covers(granted, &right(Rights::Read)) && !covers(granted, &right(Rights::Search))
    };
    types.iter().filter(lacks).cloned().collect()
}

impl Settled {
    /// Which authorization was used, for the report.
    fn notes(&self, client: &Client, config: &RunConfig, endpoint: Option<&Url>) -> Vec<String> {
        let by = match config.authorization.token_url {
            Some(_) => "--token-url",
            None => "the server's smart-configuration",
        };
        let elsewhere = endpoint.is_some_and(|url| url.origin() != client.base().origin());
        let own = config.authorization.clients.first();
        let mut notes = vec![format!(
            "Requests carried tokens of SMART Backend Services: client {} with {}, token endpoint {}, named by {by}{}; granted: {}.",
            self.client_id,
            self.algorithm,
            endpoint.map_or("", Url::as_str),
            if elsewhere {
                " and on another origin than the server"
            } else {
                ""
            },
            self.granted,
        )];
        if own.is_some_and(|own| own.name != self.name) {
            notes.push(format!(
                "The run's own client got no token; the client {} of the settings stood in for it.",
                self.name
            ));
        }
        if self
            .notation
            .is_some_and(|notation| notation != Notation::SmartV2)
        {
            let notation = self.notation.map_or("", Notation::name);
            notes.push(format!(
                "Scopes were granted in the notation of {notation}, and not in that of SMART v2."
            ));
        }
        if !self.without_rights.is_empty() {
            let types: Vec<&str> = self.without_rights.iter().map(String::as_str).collect();
            notes.push(format!(
                "No rights were granted on {}; their tests were left out.",
                types.join(", ")
            ));
        }
        notes
    }
}

/// Why the run is not let in although it tells who it is, or because it does not.
pub(super) fn turned_away(status: u16, config: &RunConfig) -> String {
    let advice = if !config.authorization.clients.is_empty() {
        "look into the server's log for why it does not take the token; the report has the scope that was granted"
    } else if config.http.bearer.is_some() {
        "give a token that the server takes with --bearer, or --client-id and --key for SMART Backend Services"
    } else {
        "the server wants authorization: give --client-id and --key for SMART Backend Services (`fhir-assay keys` makes a key), or --bearer"
    };
    format!("the server refuses every request of the run with status {status}; {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_are_tried_in_order() {
        let few = ["Patient".to_owned(), "Condition".to_owned()];
        let scopes: Vec<String> = attempts(&few).into_iter().map(|(_, scope)| scope).collect();
        assert_eq!(
            scopes,
            [
                "system/Patient.rs system/Condition.rs",
                "system/*.rs",
                "system/Patient.read system/Condition.read",
                "system/*.read",
                "system/Patient.read system/Patient.search system/Condition.read system/Condition.search",
                "system/*.read system/*.search",
            ]
        );
        let many = vec!["Patient".to_owned(); MANY + 1];
        assert_eq!(attempts(&many).len(), 3);
    }

    #[test]
    fn types_without_any_right_are_named() {
        let types = ["Patient".to_owned(), "Condition".to_owned()];
        let found = without_rights(&types, "system/Patient.r");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Condition"]);
        assert!(without_rights(&types, "system/*.rs").is_empty());
    }
}
