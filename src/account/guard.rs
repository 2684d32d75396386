//! Who may be recovered, and at which address. The same guards stand at the look-up and again before the password is
//! set, for much can happen to an account in between (TL-13, TL-15, TL-16).

use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::AccountId;
use crate::domain::identifier::Identifier;
use crate::domain::key::TenantKey;
use crate::identity::{Account, Usernames};
use crate::tenant::{Protect, Tenant};

/// The labels of keyed digests: of addresses, and of whom wrong codes are counted for.
const ADDRESS: &str = "address";
const NUMBER: &str = "number";
const GUESSED_ACCOUNT: &str = "guessed account";
const GUESSED_IDENTIFIER: &str = "guessed identifier";

/// Whether nothing about the account itself forbids its recovery.
pub(super) fn may_recover(tenant: &Tenant, account: &Account) -> bool {
    account.enabled
        && !account.locked_by_administrator
        && !account.federated
        && !account.service
        && !is_protected(&tenant.protect, account, tenant.provider.capabilities().usernames)
}

/// Whether the tenant keeps the account out of recovery: by id or username, by group, by role, by attribute. Case counts
/// nowhere: a name in another case would protect nobody, and nothing would tell.
fn is_protected(protect: &Protect, account: &Account, usernames: Usernames) -> bool {
    let named = protect
        .users
        .iter()
        .any(|user| user == account.id.as_str() || same_username(user, &account.username, usernames));
    named
        || protect.groups.iter().any(|group| account.groups.iter().any(|held| same_name(group, held)))
        || protect.roles.iter().any(|role| account.roles.iter().any(|held| same_name(role, held)))
        || protect.attributes.iter().any(|attribute| is_marked(account, attribute))
}

/// Whether an attribute stands at the account and says anything but `false`.
fn is_marked(account: &Account, attribute: &str) -> bool {
    let mut held = account.attributes.iter().filter(|(name, _)| same_name(attribute, name));
    held.any(|(_, values)| values.iter().any(|value| !matches!(value.as_str(), "" | "false")))
}

fn same_name(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// Whether two spellings are one username for this kind of provider.
pub(super) fn same_username(one: &str, other: &str, usernames: Usernames) -> bool {
    match usernames {
        Usernames::Exact => one == other,
        Usernames::AsciiFold => one.eq_ignore_ascii_case(other),
    }
}

/// The account's verified mail addresses, in the provider's order.
pub(super) fn verified(account: &Account) -> impl Iterator<Item = &EmailAddress> {
    account.emails.iter().filter(|email| email.verified).map(|email| &email.address)
}

/// What a delivery row keeps of an address.
pub(super) fn digest(key: &TenantKey, address: &EmailAddress) -> [u8; 32] {
    key.digest(ADDRESS, &address.key())
}

/// The account's verified telephone numbers, in the provider's order.
pub(super) fn verified_numbers(account: &Account) -> impl Iterator<Item = &PhoneNumber> {
    account.phones.iter().filter(|phone| phone.verified).map(|phone| &phone.number)
}

/// What a delivery row keeps of a number.
pub(super) fn number_digest(key: &TenantKey, number: &PhoneNumber) -> [u8; 32] {
    key.digest(NUMBER, number.as_str())
}

/// Under what wrong codes are counted that an account's message was guessed at with.
#[must_use]
pub fn guessed_account(key: &TenantKey, account: &AccountId) -> [u8; 32] {
    key.digest(GUESSED_ACCOUNT, account.as_str())
}

/// The same while no message has gone out: nobody is known to be meant. One key for all spellings (BF-09).
#[must_use]
pub fn guessed_identifier(key: &TenantKey, identifier: &Identifier) -> [u8; 32] {
    key.digest(GUESSED_IDENTIFIER, &identifier.key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AccountId;

    #[test]
    fn a_name_in_another_case_protects_all_the_same() {
        let account = Account {
            id: AccountId::new("1"),
            username: "root".into(),
            emails: vec![],
            phones: vec![],
            names: vec![],
            enabled: true,
            locked_by_administrator: false,
            federated: false,
            service: false,
            groups: vec!["Staff".into(), "Staff/Admins".into()],
            roles: vec!["realm-management/Realm-Admin".into()],
            attributes: [("No-Recovery".to_owned(), vec!["true".to_owned()])].into(),
            locale: None,
            credential_changed_at: None,
        };
        let name = |name: &str| vec![name.to_owned()];
        let none = Protect::default();

        for protect in [
            Protect { users: name("ROOT"), ..none.clone() },
            Protect { groups: name("staff/admins"), ..none.clone() },
            Protect { roles: name("realm-management/realm-admin"), ..none.clone() },
            Protect { attributes: name("no-recovery"), ..none.clone() },
        ] {
            assert!(is_protected(&protect, &account, Usernames::AsciiFold), "{protect:?}");
        }
        assert!(!is_protected(&none, &account, Usernames::AsciiFold));
        assert!(!is_protected(&Protect { groups: name("admins"), ..none }, &account, Usernames::AsciiFold));
    }
}
