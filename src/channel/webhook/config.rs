//! `[sms]` with `kind = "webhook"`: what is written, and what is wrong with it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::Webhook;
use super::signature::Key;
use crate::channel::TextWiring;
use crate::channel::call::{Peer, roots};
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;
use crate::outward;

/// A hook of the operator's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where messages are posted.
    url: String,
    /// What they are signed with.
    secret: Secret,
    /// Lets it be spoken to in the clear beyond this machine.
    #[serde(default)]
    insecure: bool,
    /// Roots besides the system's.
    ca_file: Option<PathBuf>,
}

impl Config {
    /// Checks everything that can be checked without the network.
    pub(in crate::channel) fn build(self, wiring: &TextWiring<'_>, problems: &mut Problems) -> Option<Webhook> {
        let url = outward::address("url", &self.url, self.insecure, problems);
        let key = Key::parse(self.secret.expose());
        if key.is_none() {
            problems
                .error("secret", "is no secret of Standard Webhooks: \"whsec_\" and base64 of 24 to 64 bytes")
                .help("make one with: echo \"whsec_$(openssl rand -base64 32)\"");
        }
        let roots = roots(self.ca_file.as_deref(), problems);
        let peer = Peer::new(url?, roots?, wiring.clients.clone());
        Some(Webhook { tenant: wiring.tenant.clone(), peer, key: key?, clock: Arc::clone(wiring.clock) })
    }
}
