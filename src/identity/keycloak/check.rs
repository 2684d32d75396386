//! Whether recovery is possible at all: the sentinel is found, may be read, and may be changed. Where a right is missing
//! it is named, also where the lack of it looks like an empty realm. `diagnose` says more, and what to do.

use futures_util::future::try_join_all;

use super::account::User;
use super::find::list;
use super::groups;
use super::provider::Keycloak;
use super::reads::READS;
use crate::identity::{Cause, Error};

/// What it takes to ask for users at all.
const QUERY: &str = "find users (`query-users`, or `manage-users`)";
/// What it takes to see them. Without it everybody looks unknown.
const VIEW: &str = "see users (`view` on Users, or `manage-users`), or `sentinel` is no account";
/// What the record's `access` calls a right, and what it is for.
const CHANGES: [(&str, &str); 2] = [
    ("resetPassword", "set passwords (`manage` on Users, or `manage-users`)"),
    ("manage", "end sessions (`manage` on Users, or `manage-users`)"),
];
/// What it takes to see an account's groups, all of them.
const GROUPS: &str = "see groups (`view` on Groups, or `manage-users`)";
/// What it takes to see an account's roles of clients. Those of the realm go with the account.
const ROLES: &str =
    "see the roles of `protect.roles` (`query-clients` with `view` on their Clients, or `view-clients`)";

impl Keycloak {
    /// The first right that is missing, or nothing.
    pub(super) async fn may_recover(&self) -> Result<(), Error> {
        let operation = &self.realm.operation();
        let username = self.sentinel.username();
        let found = list(operation, "username", username).await.map_err(|error| named(error, QUERY))?;
        let sentinel = found.iter().find(|user| user.username.eq_ignore_ascii_case(username));
        let sentinel = sentinel.ok_or(Error::Denied(Cause::Right(VIEW)))?;
        let record = operation.read::<User>(&["users", &sentinel.id], &[]).await.map_err(|error| named(error, VIEW))?;
        for (access, right) in CHANGES {
            if !record.access.get(access).copied().unwrap_or(false) {
                return Err(Error::Denied(Cause::Right(right)));
            }
        }
        let id = record.id.as_str();
        let reads =
            READS.iter().map(async |read| read.of(operation, id).await.map_err(|error| named(error, read.right)));
        try_join_all(reads).await?;
        groups::of(operation, id, self.needs_all_groups).await.map_err(|error| named(error, GROUPS))?;
        self.roles.of(operation, id).await.map(drop).map_err(|error| named(error, ROLES))
    }
}

/// A refusal, by the right that would have prevented it.
fn named(error: Error, right: &'static str) -> Error {
    match error {
        Error::Denied(_) => Error::Denied(Cause::Right(right)),
        Error::PasswordRefused(_) | Error::Unavailable(_) | Error::UnknownOutcome(_) | Error::Misconfigured(_) => error,
    }
}
