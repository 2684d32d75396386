//! An account as Keycloak tells it, and what the contract makes of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::Timestamp;
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::AccountId;
use crate::identity::{Account, Email, Phone};

/// What marks the account of a program: neither list nor record says so otherwise.
pub(super) const SERVICE: &str = "service-account-";

/// Keycloak's own record of a user. What is missing counts as the more careful of the two.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    enabled: bool,
    federation_link: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
    /// What we may do to it, where it was read by itself.
    #[serde(default)]
    pub(super) access: BTreeMap<String, bool>,
}

/// The attributes that hold what the contract has names for.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) phone: String,
    pub(super) phone_verified: String,
}

/// What other calls say of the account.
#[derive(Debug)]
pub(super) struct Beside {
    /// Whether it has no password and signs in by another's identity provider.
    pub(super) signs_in_elsewhere: bool,
    pub(super) groups: Vec<String>,
    pub(super) roles: Vec<String>,
    pub(super) credential_changed_at: Option<Timestamp>,
}

impl User {
    /// Whether a directory beside Keycloak keeps its password.
    pub(super) fn is_of_a_directory(&self) -> bool {
        self.federation_link.is_some()
    }

    pub(super) fn is_of_a_program(&self) -> bool {
        self.username.starts_with(SERVICE)
    }

    /// The account. Only an administrator and a permanent lock-out by failures make `enabled` false; the two cannot be
    /// told apart here, and both are an administrator's to lift.
    pub(super) fn into_account(self, names: &Attributes, beside: Beside) -> Account {
        let phones = self.phones(names);
        let email = self.email.as_deref().and_then(EmailAddress::parse);
        let email = email.map(|address| Email { address, verified: self.email_verified });
        let federated = self.is_of_a_directory() || beside.signs_in_elsewhere;
        Account {
            service: self.is_of_a_program(),
            id: AccountId::new(self.id),
            username: self.username,
            names: [self.first_name, self.last_name].into_iter().flatten().collect(),
            emails: email.into_iter().collect(),
            phones,
            enabled: self.enabled,
            locked_by_administrator: !self.enabled,
            federated,
            groups: beside.groups,
            roles: beside.roles,
            locale: self.attributes.get("locale").and_then(|values| values.first()).cloned(),
            attributes: self.attributes,
            credential_changed_at: beside.credential_changed_at,
        }
    }

    /// One flag stands for one number: where several are held, none is known to be verified.
    pub(super) fn phones(&self, names: &Attributes) -> Vec<Phone> {
        let held = self.attributes.get(&names.phone).map(Vec::as_slice).unwrap_or_default();
        let flags = self.attributes.get(&names.phone_verified).map(Vec::as_slice).unwrap_or_default();
        let verified = held.len() == 1 && matches!(flags, [flag] if flag == "true");
        let numbers = held.iter().filter_map(|text| PhoneNumber::held(text).ok());
        numbers.map(|number| Phone { number, verified }).collect()
    }
}
