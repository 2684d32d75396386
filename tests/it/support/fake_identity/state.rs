//! What the fake knows: people, their sessions, and what it was asked. In clear text, because nobody is in it.

use std::collections::BTreeMap;

use regain::domain::Timestamp;
use regain::domain::address::{EmailAddress, PhoneNumber};
use regain::domain::id::AccountId;
use regain::domain::identifier::Identifier;
use regain::identity::{Account, Email, Phone};
use serde::{Deserialize, Serialize};

use super::script::Op;

/// Wrong passwords in a row that lock an account out.
pub(crate) const LOCKED_AFTER: u32 = 10;

/// All that the fake knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) people: Vec<Person>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) calls: BTreeMap<Op, u32>,
}

/// One account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) names: Vec<String>,
    pub(crate) emails: Vec<(EmailAddress, bool)>,
    pub(crate) phones: Vec<(PhoneNumber, bool)>,
    pub(crate) password: String,
    pub(crate) must_change: bool,
    pub(crate) enabled: bool,
    pub(crate) locked_by_administrator: bool,
    pub(crate) failed: u32,
    pub(crate) federated: bool,
    pub(crate) service: bool,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, Vec<String>>,
    pub(crate) locale: Option<String>,
    pub(crate) changed_at_ms: Option<i64>,
}

/// One session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) account: String,
    pub(crate) began_at_ms: i64,
}

impl Person {
    /// Somebody who can sign in and has one verified address.
    pub(crate) fn new(username: &str, email: &str, password: &str) -> Self {
        let email = EmailAddress::parse(email).expect("a mail address");
        Self {
            id: format!("id-{}", uuid::Uuid::from_bytes(rand::random())),
            username: username.to_owned(),
            names: Vec::new(),
            emails: vec![(email, true)],
            phones: Vec::new(),
            password: password.to_owned(),
            must_change: false,
            enabled: true,
            locked_by_administrator: false,
            failed: 0,
            federated: false,
            service: false,
            groups: Vec::new(),
            roles: Vec::new(),
            attributes: BTreeMap::new(),
            locale: None,
            changed_at_ms: None,
        }
    }

    /// Whether wrong passwords have locked it out.
    pub(crate) fn is_locked_out(&self) -> bool {
        self.failed >= LOCKED_AFTER
    }

    /// When its password was last changed.
    pub(crate) fn password_changed_at(&self) -> Option<Timestamp> {
        self.changed_at_ms.map(from_ms)
    }

    /// Whether it answers to exactly this.
    pub(super) fn answers_to(&self, identifier: &Identifier) -> bool {
        if let Some(number) = identifier.as_phone() {
            return self.phones.iter().any(|(phone, verified)| *verified && phone == number);
        }
        let address_key = identifier.as_address().map(|address| address.key());
        self.username.eq_ignore_ascii_case(identifier.as_str())
            || self.emails.iter().any(|(email, _)| Some(email.key()) == address_key)
    }

    /// As the contract tells it.
    pub(super) fn account(&self) -> Account {
        let emails =
            self.emails.iter().map(|(address, verified)| Email { address: address.clone(), verified: *verified });
        let phones = self.phones.iter().map(|(number, verified)| Phone { number: number.clone(), verified: *verified });
        Account {
            id: AccountId::new(&self.id),
            username: self.username.clone(),
            names: self.names.clone(),
            emails: emails.collect(),
            phones: phones.collect(),
            enabled: self.enabled,
            locked_by_administrator: self.locked_by_administrator,
            federated: self.federated,
            service: self.service,
            groups: self.groups.clone(),
            roles: self.roles.clone(),
            attributes: self.attributes.clone(),
            locale: self.locale.clone(),
            credential_changed_at: self.changed_at_ms.map(from_ms),
        }
    }
}

/// A moment as the file holds it.
pub(super) fn to_ms(moment: Timestamp) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).expect("a moment of our times")
}

/// A moment as the file held it.
pub(super) fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).expect("a moment of our times")
}
