//! How the target is reached, and which tests of the connection that keeps from running.

use url::Url;

use super::PlannedTest;
use crate::config::RunConfig;
use crate::http::is_loopback;
use crate::outcome::{Skip, SkipKind};
use crate::suite::Capability;

/// How the target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// By an https URL.
    tls: bool,
    /// The server's certificate is checked.
    verified: bool,
    /// The connection stays on this machine.
    loopback: bool,
}

impl Connection {
    /// To a server on this machine, without TLS.
    pub const LOOPBACK: Self = Self {
        tls: false,
        verified: false,
        loopback: true,
    };

    /// What the settings say. The embedded provider is reached over loopback.
    #[must_use]
    pub fn of(config: &RunConfig) -> Self {
        let tls = config.target.as_ref().is_some_and(is_tls);
        Self {
            tls,
            verified: tls && !config.http.tls.insecure,
            loopback: config.target.as_ref().is_none_or(is_loopback),
        }
    }

    /// Why a test will not run over this connection.
    pub(super) fn skip(self, test: &PlannedTest) -> Option<Skip> {
        let wanted = test.case.requires.iter().find_map(|requires| {
            let Capability::Connection(name) = &requires.capability else {
                return None;
            };
            Some(name.render_known(&|name| test.value(name)))
        })?;
        let reason = match wanted.as_str() {
            _ if self.loopback && !self.tls => {
                "the target is reached over http on this machine, where nothing has to be protected; test it at its https URL"
            }
            "tls" if !self.tls => "the target is reached without TLS; test it at its https URL",
            "verified" if !self.verified => {
                "certificates are not checked; run without --insecure, and name a private authority by --ca-file"
            }
            _ => return None,
        };
        Some(Skip {
            kind: SkipKind::NotApplicable,
            reason: reason.to_owned(),
        })
    }
}

fn is_tls(url: &Url) -> bool {
    url.scheme() == "https"
}
