//! `[provider]` with `kind = "keycloak"`.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::provider::Keycloak;
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;
use crate::identity::policies::{LateLogins, Policies, Protect};
use crate::identity::{IdentityProvider, Wiring};
use crate::outward::{self, Roots};

/// A realm of a Keycloak.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its address as this machine reaches it, with `http-relative-path` if it has one.
    url: String,
    /// Lets it be spoken to in the clear beyond this machine.
    #[serde(default)]
    insecure: bool,
    /// Roots besides the system's.
    ca_file: Option<PathBuf>,
    /// The realm's name, as it stands in addresses.
    realm: String,
    /// The confidential client whose service account we are.
    client_id: String,
    /// Its secret.
    client_secret: Secret,
    /// The attribute that holds the telephone number.
    #[serde(default = "phone")]
    phone: String,
    /// The attribute that says `true` where the number is verified.
    #[serde(default = "phone_verified")]
    phone_verified: String,
    /// The username of an account that must be found: what is missing a right looks like an empty realm.
    sentinel: Option<String>,
    /// Accounts that no recovery touches; by default none.
    #[serde(default)]
    protect: Protect,
    /// Whether a completed recovery lifts a temporary lock-out; by default it does.
    #[serde(default = "yes")]
    unlock: bool,
    /// What happens to logins that outlived a change.
    #[serde(default)]
    late_logins: LateLogins,
}

impl Config {
    /// What holds for every kind of provider. Groups are compared by their path without the slash in front.
    pub(in crate::identity) fn policies(&self) -> Policies {
        let mut protect = self.protect.clone();
        for group in &mut protect.groups {
            *group = group.trim_start_matches('/').to_owned();
        }
        Policies { protect, unlock: self.unlock, late_logins: self.late_logins }
    }

    /// The realm.
    pub(in crate::identity) fn realm(&self) -> &str {
        &self.realm
    }

    /// Checks the section; the network is touched at the first call.
    pub(in crate::identity) fn build(
        self,
        wiring: &Wiring,
        problems: &mut Problems,
    ) -> Option<Arc<dyn IdentityProvider>> {
        let before = problems.errors();
        let url = outward::address("url", &self.url, self.insecure, problems);
        let roots = match self.ca_file.as_deref().map(Roots::read).transpose() {
            Ok(roots) => roots,
            Err(message) => {
                problems.error("ca_file", message);
                None
            }
        };
        let _ = (wiring, roots);
        let url = url?;
        (problems.errors() == before).then(|| Arc::new(Keycloak::new(url)) as Arc<dyn IdentityProvider>)
    }
}

fn phone() -> String {
    "phoneNumber".to_owned()
}

fn phone_verified() -> String {
    "phoneNumberVerified".to_owned()
}

fn yes() -> bool {
    true
}
