//! Whom an identifier means.

use super::guard::{digest, may_recover, number_digest, same_username, verified, verified_numbers};
use super::{Accounts, call};
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::identifier::{Identifier, Kind};
use crate::domain::key::TenantKey;
use crate::domain::method::Method;
use crate::identity::{Account, Error, Usernames};

/// An account that may be recovered, and where its message goes: verified addresses that the provider holds, never
/// what was typed.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The account.
    pub account: Account,
    /// Where mail reaches it.
    pub mail: Option<EmailAddress>,
    /// Where text messages do.
    pub number: Option<PhoneNumber>,
}

impl Subject {
    /// The keyed digest of the mail address, as a delivery row keeps it.
    #[must_use]
    pub fn mail_digest(&self, key: &TenantKey) -> Option<[u8; 32]> {
        self.mail.as_ref().map(|address| digest(key, address))
    }

    /// The keyed digest of the number, as a delivery row keeps it.
    #[must_use]
    pub fn number_digest(&self, key: &TenantKey) -> Option<[u8; 32]> {
        self.number.as_ref().map(|number| number_digest(key, number))
    }
}

impl Accounts {
    /// Whom `identifier` means, if it is exactly one account that may be recovered by `method`. Nobody, several, and
    /// somebody who may not are one answer.
    pub async fn find(&self, identifier: &Identifier, method: Method) -> Result<Option<Subject>, Error> {
        let tenant = &*self.tenant;
        let found = call::call(tenant, "find", tenant.provider.find(identifier)).await?;
        let usernames = tenant.provider.capabilities().usernames;
        let Some(account) = meant(identifier, tenant.recovery.identifier, usernames, found) else {
            return Ok(None);
        };
        if !may_recover(tenant, &account) {
            return Ok(None);
        }
        let (mail, number) = (address_for(identifier, &account), number_for(identifier, &account));
        let reaches = match method {
            Method::EmailLink | Method::EmailOtp => mail.is_some(),
            Method::SmsOtp => number.is_some(),
        };
        Ok(reaches.then_some(Subject { account, mail, number }))
    }
}

/// The one account that the identifier means. What looks like an address means the account whose verified address it
/// is, and only if there is none the username; a telephone number means the account whose verified number it is. Every
/// record is compared again: a provider's idea of "equal" is not ours (IN-04, IN-05).
fn meant(identifier: &Identifier, kind: Kind, usernames: Usernames, found: Vec<Account>) -> Option<Account> {
    let key = identifier.key();
    let by_address = |account: &Account| verified(account).any(|address| address.key() == key);
    let phone = identifier.as_phone();
    let by_phone = |account: &Account| verified_numbers(account).any(|number| Some(number) == phone);
    // A number is nobody's username, also where the tenant has begun to ask for usernames since it was typed.
    let by_username =
        |account: &Account| phone.is_none() && same_username(identifier.as_str(), &account.username, usernames);
    match kind {
        Kind::Email => only(found, by_address),
        Kind::Either if identifier.has_shape_of_address() && found.iter().any(by_address) => only(found, by_address),
        Kind::Either | Kind::Username => only(found, by_username),
        Kind::Phone => only(found, by_phone),
    }
}

/// The one that fits; nobody where none or several do.
fn only(found: Vec<Account>, fits: impl Fn(&Account) -> bool) -> Option<Account> {
    let mut fitting = found.into_iter().filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// The verified address that was typed, else the first verified one.
fn address_for(identifier: &Identifier, account: &Account) -> Option<EmailAddress> {
    let key = identifier.key();
    verified(account).find(|address| address.key() == key).or_else(|| verified(account).next()).cloned()
}

/// The verified number that was typed, else the first verified one.
fn number_for(identifier: &Identifier, account: &Account) -> Option<PhoneNumber> {
    let typed = identifier.as_str();
    verified_numbers(account)
        .find(|number| number.as_str() == typed)
        .or_else(|| verified_numbers(account).next())
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AccountId;
    use crate::identity::{Email, Phone};

    fn account(id: &str, username: &str, emails: &[(&str, bool)]) -> Account {
        let emails = emails
            .iter()
            .map(|(address, verified)| Email {
                address: EmailAddress::parse(address).expect("an address"),
                verified: *verified,
            })
            .collect();
        Account {
            id: AccountId::new(id),
            username: username.into(),
            emails,
            phones: vec![],
            names: vec![],
            enabled: true,
            locked_by_administrator: false,
            federated: false,
            service: false,
            groups: vec![],
            roles: vec![],
            attributes: std::collections::BTreeMap::new(),
            locale: None,
            credential_changed_at: None,
        }
    }

    fn who(typed: &str, kind: Kind, found: Vec<Account>) -> Option<String> {
        let identifier = Identifier::parse(typed, kind).expect("an identifier");
        meant(&identifier, kind, Usernames::AsciiFold, found).map(|account| account.id.as_str().to_owned())
    }

    #[test]
    fn an_address_means_its_verified_owner_before_a_username() {
        let owner = account("1", "alice", &[("a@x.test", true)]);
        let squatter = account("2", "a@x.test", &[("b@x.test", true)]);

        assert_eq!(who("A@X.test", Kind::Either, vec![squatter.clone(), owner]).as_deref(), Some("1"));
        assert_eq!(who("a@x.test", Kind::Either, vec![squatter]).as_deref(), Some("2"));
    }

    #[test]
    fn two_owners_of_one_address_are_nobody() {
        let one = account("1", "alice", &[("a@x.test", true)]);
        let two = account("2", "alicia", &[("A@x.test", true)]);

        assert_eq!(who("a@x.test", Kind::Email, vec![one, two]), None);
    }

    #[test]
    fn a_number_means_the_one_whose_verified_number_it_is() {
        let with = |id: &str, phones: &[(&str, bool)]| {
            let phones = phones.iter().map(|(number, verified)| Phone {
                number: PhoneNumber::held(number).expect("a number"),
                verified: *verified,
            });
            Account { phones: phones.collect(), ..account(id, "+12025550142", &[]) }
        };
        let owner = with("1", &[("+12025550142", true)]);
        let unverified = with("2", &[("+12025550142", false)]);
        let lax = with("3", &[("+12025550143", true)]);
        let twin = with("4", &[("+12025550143", true), ("+1 202 555 0142", true)]);
        let others = vec![unverified, lax];

        assert_eq!(who("+1 (202) 555-0142", Kind::Phone, others.clone()), None);
        assert_eq!(
            who("+12025550142", Kind::Phone, [others.clone(), vec![owner.clone()]].concat()).as_deref(),
            Some("1")
        );
        assert_eq!(who("+12025550142", Kind::Phone, [others, vec![owner.clone(), twin]].concat()), None);
        // A number that was typed before the tenant asked for usernames.
        let number = Identifier::parse("+12025550142", Kind::Phone).expect("a number");
        for kind in [Kind::Username, Kind::Either, Kind::Email] {
            assert!(meant(&number, kind, Usernames::AsciiFold, vec![owner.clone()]).is_none());
        }
    }

    #[test]
    fn an_unverified_address_means_nobody() {
        let account = account("1", "alice", &[("a@x.test", false)]);

        assert_eq!(who("a@x.test", Kind::Email, vec![account.clone()]), None);
        assert_eq!(who("a@x.test", Kind::Either, vec![account]), None);
    }

    #[test]
    fn what_a_lax_provider_finds_is_compared_again() {
        let mike = account("1", "mike", &[("mike@example.org", true)]);

        assert_eq!(who("mıke@example.org", Kind::Either, vec![mike.clone()]), None);
        assert_eq!(who("mik", Kind::Either, vec![mike.clone()]), None);
        assert_eq!(who("MIKE", Kind::Username, vec![mike]).as_deref(), Some("1"));
    }
}
