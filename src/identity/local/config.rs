//! `[provider]` with `kind = "local"`: the policies and nothing else.

use std::sync::Arc;

use serde::Deserialize;

use super::directory::Directory;
use super::provider::Local;
use crate::domain::identifier::{Identifier, Kind};
use crate::domain::problem::Problems;
use crate::identity::IdentityProvider;
use crate::identity::policies::{LateLogins, Policies, Protect};

/// A directory in regain's own store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Accounts that no recovery touches; by default none.
    #[serde(default)]
    protect: Protect,
    /// Whether a completed recovery lifts a temporary lock-out; by default it does.
    #[serde(default = "yes")]
    unlock: bool,
    /// What happens to logins that outlived a change; here none can.
    #[serde(default)]
    late_logins: LateLogins,
}

impl Config {
    /// What holds for every kind of provider.
    pub(in crate::identity) fn policies(&self) -> Policies {
        Policies { protect: self.protect.clone(), unlock: self.unlock, late_logins: self.late_logins }
    }

    /// Puts the provider over the tenant's directory.
    pub(in crate::identity) fn build(
        self,
        directory: Directory,
        problems: &mut Problems,
    ) -> Option<Arc<dyn IdentityProvider>> {
        let is_name = |name: &String| Identifier::parse(name, Kind::Username).is_ok_and(|it| it.as_str() == name);
        // Whoever misspells a name here leaves its account without the protection.
        let all_names = self.protect.users.iter().all(is_name);
        if !all_names {
            problems.error("protect.users", "no account can have one of these names").help("write usernames");
        }
        all_names.then(|| Arc::new(Local::new(directory)) as Arc<dyn IdentityProvider>)
    }
}

fn yes() -> bool {
    true
}
