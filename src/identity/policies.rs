//! What a tenant's `[provider]` says besides the kind's own keys: policies that higher floors act on. They are the
//! same for every kind; `tenant` refuses at load what the kind's capabilities cannot honour.

use serde::Deserialize;

/// The policies of one `[provider]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Accounts that no recovery touches.
    pub protect: Protect,
    /// Whether a completed recovery lifts a temporary lock-out; by default it does.
    pub unlock: bool,
    /// What happens to logins that outlived a change of the password.
    pub late_logins: LateLogins,
}

/// Accounts that no recovery touches, as the provider names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protect {
    /// By username.
    pub users: Vec<String>,
    /// By group.
    pub groups: Vec<String>,
    /// By role.
    pub roles: Vec<String>,
    /// By an attribute that is there and says anything but `false`.
    pub attributes: Vec<String>,
}

/// What happens to logins that outlived a change of the password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateLogins {
    /// The person and the audit are told.
    #[default]
    Tell,
    /// Every session begun in between is ended as well.
    End,
}
