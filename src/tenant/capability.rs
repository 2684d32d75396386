//! What a tenant demands and its provider cannot do. It is refused at load, not found out by a person in need.

use crate::domain::identifier::Kind;
use crate::domain::method::Method;
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
    if !wants.protect.attributes.is_empty() && !can.protect.attributes {
        cannot("protect.attributes", "tell attributes", "name users or groups instead");
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

/// Names what of `[recovery]` is about telephone numbers, where the provider does not find by them or does not say which
/// are verified.
pub(super) fn refuse_phones(
    kind: &str,
    can: Capabilities,
    identifier: Kind,
    methods: &[Method],
    problems: &mut Problems,
) {
    if can.phones {
        return;
    }
    if identifier == Kind::Phone {
        problems
            .error("identifier", format!("the provider `{kind}` cannot find accounts by telephone number"))
            .help("ask for \"email\", \"username\" or \"either\"");
    }
    if methods.contains(&Method::SmsOtp) {
        problems
            .error("methods", format!("the provider `{kind}` cannot say which telephone numbers are verified"))
            .help("leave \"sms_otp\" out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Ends, MustChange, Protect, Protects, Usernames};

    const ABLE: Capabilities = Capabilities {
        verified_addresses: true,
        phones: true,
        policy: true,
        must_change: MustChange::Native,
        ends: Ends { sessions: true, refresh_tokens: true, offline_tokens: true },
        late_logins: true,
        credential_time: true,
        unlock: true,
        protect: Protects { roles: true, groups: true, attributes: true },
        usernames: Usernames::Exact,
    };

    fn everything() -> Policies {
        let one = || vec!["one".to_owned()];
        let protect = Protect { users: one(), groups: one(), roles: one(), attributes: one() };
        Policies { protect, unlock: true, late_logins: LateLogins::End }
    }

    fn refused(can: Capabilities, wants: &Policies) -> Vec<String> {
        let mut problems = Problems::new();
        refuse_what_it_cannot("some", can, wants, &mut problems);
        problems.iter().map(|problem| problem.key.clone()).collect()
    }

    #[test]
    fn who_can_do_all_is_asked_for_all() {
        assert!(refused(ABLE, &everything()).is_empty());
    }

    #[test]
    fn every_demand_that_cannot_be_honoured_is_named() {
        let protect = Protects { roles: false, groups: false, attributes: false };
        let unable = Capabilities { verified_addresses: false, late_logins: false, unlock: false, protect, ..ABLE };

        let keys = refused(unable, &everything());

        assert_eq!(keys, ["protect.roles", "protect.groups", "protect.attributes", "unlock", "late_logins", "kind"]);
    }

    #[test]
    fn what_nobody_asks_for_may_be_missing() {
        let protect = Protects { roles: false, groups: false, attributes: false };
        let unable = Capabilities { late_logins: false, unlock: false, protect, ..ABLE };
        let modest = Policies { protect: Protect::default(), unlock: false, late_logins: LateLogins::Tell };

        assert!(refused(unable, &modest).is_empty());
    }

    #[test]
    fn telephone_numbers_are_asked_only_of_who_finds_by_them() {
        let unable = Capabilities { phones: false, ..ABLE };
        let refused = |can: Capabilities, identifier, methods: &[Method]| {
            let mut problems = Problems::new();
            refuse_phones("some", can, identifier, methods, &mut problems);
            problems.iter().map(|problem| problem.key.clone()).collect::<Vec<_>>()
        };

        assert_eq!(refused(unable, Kind::Phone, &Method::ALL), ["identifier", "methods"]);
        assert!(refused(unable, Kind::Either, &[Method::EmailLink, Method::EmailOtp]).is_empty());
        assert!(refused(ABLE, Kind::Phone, &Method::ALL).is_empty());
    }
}
