//! Looking accounts up. Keycloak's idea of "equal" is compared again here: it folds letters as Java does.

use std::collections::BTreeSet;

use futures_util::future::{join, try_join, try_join_all};
use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::account::{Attributes, Beside, User};
use super::groups;
use super::provider::Keycloak;
use super::realm::{Operation, plausible};
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::AccountId;
use crate::domain::identifier::Identifier;
use crate::identity::{Account, Error, MOST_FOUND};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    #[serde(rename = "type")]
    kind: String,
    created_date: Option<i64>,
}

impl Keycloak {
    /// Every account that answers to the identifier.
    pub(super) async fn matching(&self, identifier: &Identifier) -> Result<Vec<Account>, Error> {
        let operation = &self.realm.operation();
        let mut found = match identifier.as_phone() {
            Some(number) => self.numbered(operation, number).await?,
            None => named(operation, identifier).await?,
        };
        found.truncate(MOST_FOUND);
        try_join_all(found.into_iter().map(|user| self.whole(operation, user))).await
    }

    /// Those whose number it is and is said to be. Keycloak compares attributes as texts: the number is asked for as it
    /// should stand there and as numbers are most often written, and what comes back is read again.
    async fn numbered(&self, operation: &Operation<'_>, number: &PhoneNumber) -> Result<Vec<User>, Error> {
        let Attributes { phone, phone_verified } = &self.attributes;
        let lists = number.spellings().into_iter().map(|spelling| {
            // Both at once: those who have written somebody's number down at their own account must not fill the list.
            let query =
                format!("{}:{} {}:{}", quoted(phone), quoted(&spelling), quoted(phone_verified), quoted("true"));
            async move { list(operation, "q", &query).await }
        });
        let users = try_join_all(lists).await?.into_iter().flatten();
        Ok(distinct(users.filter(|user| {
            user.phones(&self.attributes).iter().any(|phone| phone.verified && phone.number == *number)
        })))
    }

    /// The account of that id.
    pub(super) async fn by_id(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        let Some(id) = plausible(id) else { return Ok(None) };
        let operation = &self.realm.operation();
        let answer = operation.ask(Method::GET, &["users", id], &[], None).await?;
        if answer.is_no_account() {
            return Ok(None);
        }
        match self.whole(operation, answer.read()?).await {
            Ok(account) => Ok(Some(account)),
            // It was removed in between.
            Err(Error::Denied(crate::identity::Cause::NoAccount)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks for what the record itself does not say.
    async fn whole(&self, operation: &Operation<'_>, user: User) -> Result<Account, Error> {
        let id = user.id.clone();
        let path = ["users", id.as_str(), "credentials"];
        let credentials = operation.read::<Vec<Credential>>(&path, &[]);
        let groups = groups::of(operation, &id, self.needs_all_groups);
        let roles = self.roles.of(operation, &id);
        let (credentials, (groups, roles)) = join(credentials, join(groups, roles)).await;
        let mut passwords = credentials?;
        passwords.retain(|credential| credential.kind == "password");
        // Only who has no password is asked about: it is one call more, and the answer would change nothing for others.
        let is_settled = !passwords.is_empty() || user.is_of_a_directory() || user.is_of_a_program();
        let signs_in_elsewhere = !is_settled && has_identities(operation, &id).await?;
        let changed_ms = passwords.into_iter().filter_map(|credential| credential.created_date).max();
        let credential_changed_at = changed_ms.and_then(|ms| self.realm.offset().to_ours(ms));
        let beside = Beside { signs_in_elsewhere, groups: groups?, roles: roles?, credential_changed_at };
        Ok(user.into_account(&self.attributes, beside))
    }
}

/// By address those whose address it is, then those whose username.
async fn named(operation: &Operation<'_>, identifier: &Identifier) -> Result<Vec<User>, Error> {
    let by_address = try_join_all(spellings(identifier).into_iter().map(|spelling| {
        let operation = &operation;
        async move { list(operation, "email", &spelling).await }
    }));
    let by_username = list(operation, "username", identifier.as_str());
    let (by_address, by_username) = try_join(by_address, by_username).await?;
    let users = by_address.into_iter().flatten().chain(by_username);
    Ok(distinct(
        users.filter(|user| has_address(user, identifier) || user.username.eq_ignore_ascii_case(identifier.as_str())),
    ))
}

/// Each user once, in their order.
fn distinct(users: impl Iterator<Item = User>) -> Vec<User> {
    let mut found: Vec<User> = Vec::new();
    for user in users {
        if found.iter().all(|other| other.id != user.id) {
            found.push(user);
        }
    }
    found
}

/// A name or a value as it stands in a query of attributes. What is not quoted ends at the first blank, and a query that
/// Keycloak cannot read is none: everybody comes back. Nothing here holds a quote: see `is_asked_for`.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Whether accounts can be asked for by an attribute of that name. In a query of Keycloak's a colon ends the name, also
/// within quotes, and a backslash stands for itself but before a quote.
pub(super) fn is_asked_for(name: &str) -> bool {
    !name.contains(['"', ':', '\\'])
}

/// Whether somebody is linked with an identity provider that the realm has. Links to one that was removed are not told;
/// they let nobody in.
async fn has_identities(operation: &Operation<'_>, id: &str) -> Result<bool, Error> {
    let identities: Vec<IgnoredAny> = operation.read(&["users", id, "federated-identity"], &[]).await?;
    Ok(!identities.is_empty())
}

/// The users whose `key` is exactly `value`, as Keycloak compares. An empty value is never sent: it is no filter at all,
/// and everybody would come back.
pub(super) async fn list(operation: &Operation<'_>, key: &str, value: &str) -> Result<Vec<User>, Error> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let most = MOST_FOUND.to_string();
    let query = [(key, value), ("exact", "true"), ("max", most.as_str()), ("briefRepresentation", "false")];
    operation.read(&["users"], &query).await
}

/// The spellings under which Keycloak may hold the address: as it was typed, and with the domain in either form of an
/// international name. None where it is no address.
fn spellings(identifier: &Identifier) -> BTreeSet<String> {
    let Some(address) = identifier.as_address() else { return BTreeSet::new() };
    let key = address.key();
    let unicode = key.split_once('@').map(|(local, domain)| format!("{local}@{}", idna::domain_to_unicode(domain).0));
    let typed = address.as_str().to_ascii_lowercase();
    [Some(key), unicode, Some(typed)].into_iter().flatten().collect()
}

fn has_address(user: &User, identifier: &Identifier) -> bool {
    let address = user.email.as_deref().and_then(EmailAddress::parse);
    address.is_some_and(|address| address.key() == identifier.key())
}
