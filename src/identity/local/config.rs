//! `[provider]` with `kind = "local"`: the policies and nothing else.

use serde::Deserialize;

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
}

fn yes() -> bool {
    true
}
