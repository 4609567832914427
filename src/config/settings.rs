//! Every setting of a run once: as a flag, an environment variable and a key of the settings file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::outcome::Evidence;
use crate::suite::Actor;

/// The settings of a run as typed in one place. The long flag is the key in the settings file too;
/// a flag that may be repeated is a list there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {
    /// FHIR base URL of the server under test; without it the embedded reference provider is tested
    #[arg(long, value_name = "URL", env = "FHIR_ASSAY_TARGET")]
    pub target: Option<String>,

    /// The actor that is under test
    #[arg(long, env = "FHIR_ASSAY_ACTOR")]
    pub actor: Option<Actor>,

    /// Run only tests whose id, title or requirement contains this text (repeatable)
    #[arg(long, value_name = "TEXT", env = "FHIR_ASSAY_FILTER")]
    pub filter: Vec<String>,

    /// Folder with cases that are added to the built-in suite, or replace those of the same id (repeatable)
    #[arg(long, value_name = "DIR", env = "FHIR_ASSAY_SUITE")]
    pub suite: Vec<PathBuf>,

    /// A patient to test with: logical id, or identifier as system|value (repeatable; isolation tests need two)
    #[arg(long, value_name = "ID|SYSTEM|VALUE", env = "FHIR_ASSAY_PATIENT")]
    pub patient: Vec<String>,

    /// Requests in flight at once
    #[arg(long, value_name = "N", env = "FHIR_ASSAY_JOBS")]
    pub jobs: Option<usize>,

    /// Seconds a request may take from sending to the end of the answer
    #[arg(long, value_name = "SECONDS", env = "FHIR_ASSAY_TIMEOUT")]
    pub timeout: Option<u64>,

    /// Header for every request to the target, as 'Name: value'; its value is treated as a secret (repeatable)
    #[arg(
        long,
        value_name = "HEADER",
        env = "FHIR_ASSAY_HEADER",
        hide_env_values = true
    )]
    pub header: Vec<String>,

    /// Bearer token for the target
    #[arg(
        long,
        value_name = "TOKEN",
        env = "FHIR_ASSAY_BEARER",
        hide_env_values = true
    )]
    pub bearer: Option<String>,

    /// Client id that the authorization server knows (SMART Backend Services)
    #[arg(long, value_name = "ID", env = "FHIR_ASSAY_CLIENT_ID")]
    pub client_id: Option<String>,

    /// File with the client's private key: PEM, JWK or JWK Set; `fhir-assay keys` makes one
    #[arg(long, value_name = "FILE", env = "FHIR_ASSAY_KEY")]
    pub key: Option<PathBuf>,

    /// Id under which the key is registered [default: the key's own, or its thumbprint]
    #[arg(long, value_name = "ID", env = "FHIR_ASSAY_KID")]
    pub kid: Option<String>,

    /// Scopes to ask for, separated by spaces [default: to read and search what the server declares]
    #[arg(long, value_name = "SCOPES", env = "FHIR_ASSAY_SCOPE")]
    pub scope: Option<String>,

    /// Token endpoint [default: the one that the server's smart-configuration names]
    #[arg(long, value_name = "URL", env = "FHIR_ASSAY_TOKEN_URL")]
    pub token_url: Option<String>,

    /// Seconds for which the server takes a token after its end, where clocks differ, 0 for none: needed to test expired tokens
    #[arg(long, value_name = "SECONDS", env = "FHIR_ASSAY_LEEWAY")]
    pub leeway: Option<u64>,

    /// Another origin that may be contacted where the target points there, without credentials (repeatable)
    #[arg(long, value_name = "URL", env = "FHIR_ASSAY_ALLOW_ORIGINS")]
    pub allow_origins: Vec<String>,

    /// PEM file with certificates of authorities to trust beside the system's
    #[arg(long, value_name = "FILE", env = "FHIR_ASSAY_CA_FILE")]
    pub ca_file: Option<PathBuf>,

    /// PEM file with the client certificate for mutual TLS
    #[arg(long, value_name = "FILE", env = "FHIR_ASSAY_CLIENT_CERT")]
    pub client_cert: Option<PathBuf>,

    /// PEM file with the key of the client certificate
    #[arg(long, value_name = "FILE", env = "FHIR_ASSAY_CLIENT_KEY")]
    pub client_key: Option<PathBuf>,

    /// Accept any server certificate; the report is stamped with it
    #[arg(long, env = "FHIR_ASSAY_INSECURE")]
    pub insecure: bool,

    /// FHIR package whose definitions win over the built-in ones: .tgz, folder, .json or NAME#VERSION (repeatable)
    #[arg(long, value_name = "PACKAGE", env = "FHIR_ASSAY_PACKAGE")]
    pub package: Vec<String>,

    /// Terminology server (FHIR base URL) to ask for codes that can't be decided here; codes are sent to it, nothing else
    #[arg(long, value_name = "URL", env = "FHIR_ASSAY_TX")]
    pub tx: Option<String>,

    /// Which bodies the report keeps [default: full for the embedded provider, else failures]
    #[arg(long, env = "FHIR_ASSAY_EVIDENCE")]
    pub evidence: Option<Evidence>,

    /// What else ends the run with exit code 1: missed SHOULDs, SHALLs without data to test them (repeatable)
    #[arg(long, value_name = "WHAT", env = "FHIR_ASSAY_FAIL_ON")]
    pub fail_on: Vec<FailOn>,

    /// Also run cases that write to the target
    #[arg(long, env = "FHIR_ASSAY_ALLOW_WRITES")]
    pub allow_writes: bool,

    /// Folder for the reports [default: reports/latest]
    #[arg(long, value_name = "DIR", env = "FHIR_ASSAY_OUT")]
    pub out: Option<PathBuf>,
}

/// A further client as written under `[clients.NAME]` of the settings file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClientSettings {
    pub client_id: String,
    pub key: PathBuf,
    #[serde(default)]
    pub kid: Option<String>,
    #[serde(default)]
    pub scope: Option<String>,
}

/// What ends a run with exit code 1 beside a fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// A SHOULD that the target misses.
    Warning,
    /// A SHALL that could not be tested for lack of data.
    NoData,
}

impl Settings {
    /// These settings where they say something, else those of `lower`. Lists replace, not add.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        fn list<T>(upper: Vec<T>, lower: Vec<T>) -> Vec<T> {
            if upper.is_empty() { lower } else { upper }
        }
        Self {
            target: self.target.or(lower.target),
            actor: self.actor.or(lower.actor),
            filter: list(self.filter, lower.filter),
            suite: list(self.suite, lower.suite),
            patient: list(self.patient, lower.patient),
            jobs: self.jobs.or(lower.jobs),
            timeout: self.timeout.or(lower.timeout),
            header: list(self.header, lower.header),
            bearer: self.bearer.or(lower.bearer),
            client_id: self.client_id.or(lower.client_id),
            key: self.key.or(lower.key),
            kid: self.kid.or(lower.kid),
            scope: self.scope.or(lower.scope),
            token_url: self.token_url.or(lower.token_url),
            leeway: self.leeway.or(lower.leeway),
            allow_origins: list(self.allow_origins, lower.allow_origins),
            ca_file: self.ca_file.or(lower.ca_file),
            client_cert: self.client_cert.or(lower.client_cert),
            client_key: self.client_key.or(lower.client_key),
            insecure: self.insecure || lower.insecure,
            package: list(self.package, lower.package),
            tx: self.tx.or(lower.tx),
            evidence: self.evidence.or(lower.evidence),
            fail_on: list(self.fail_on, lower.fail_on),
            allow_writes: self.allow_writes || lower.allow_writes,
            out: self.out.or(lower.out),
        }
    }
}
