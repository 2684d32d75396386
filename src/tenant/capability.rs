//! What a tenant demands and its provider cannot do. It is refused at load, not found out by a person in need.

use crate::domain::problem::Problems;
use crate::identity::{Capabilities, LateLogins, Policies};

/// Names every demand that a provider of this `kind` cannot honour.
pub(super) fn refuse_what_it_cannot(kind: &str, can: Capabilities, wants: &Policies, problems: &mut Problems) {
    let mut cannot = |key: &str, what: &str, help: &str| {
        problems.error(key, format!("the provider `{kind}` cannot {what}")).help(help);
    };
    if !wants.protect.roles.is_empty() && !can.protect.roles {
        cannot("protect.roles", "tell roles", "name groups or users instead");
    }
    if !wants.protect.groups.is_empty() && !can.protect.groups {
        cannot("protect.groups", "tell groups", "name users instead");
    }
    if wants.unlock && !can.unlock {
        cannot("unlock", "lift a temporary lock-out", "say `unlock = false`");
    }
    if wants.late_logins == LateLogins::End && !can.late_logins {
        let help = "leave it out: no login of this provider outlives a change";
        cannot("late_logins", "let a login outlive a change, so there is none to end", help);
    }
    if !can.verified_addresses {
        cannot("kind", "say which addresses are verified", "recovery by mail needs a provider that does");
    }
}
