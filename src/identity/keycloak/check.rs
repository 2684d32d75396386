//! Whether recovery is possible at all: the sentinel is found, may be read, and may be changed. Where a right is missing
//! it is named, also where the lack of it looks like an empty realm. `diagnose` says more, and what to do.

use super::account::User;
use super::find::list;
use super::groups;
use super::provider::Keycloak;
use crate::identity::{Cause, Error};

/// What it takes to ask for users at all.
const QUERY: &str = "find users (`query-users`)";
/// What it takes to see them. Without it everybody looks unknown.
const VIEW: &str = "see users (`view` on Users), or `sentinel` is no account";
/// What the record's `access` calls a right, and what it is for.
const CHANGES: [(&str, &str); 2] =
    [("resetPassword", "set passwords (`manage` on Users)"), ("manage", "end sessions (`manage` on Users)")];

impl Keycloak {
    /// The first right that is missing, or nothing.
    pub(super) async fn may_recover(&self) -> Result<(), Error> {
        let operation = self.realm.operation();
        let username = self.sentinel.username();
        let found = list(&operation, "username", username).await.map_err(|error| named(error, QUERY))?;
        let sentinel = found.iter().find(|user| user.username.eq_ignore_ascii_case(username));
        let sentinel = sentinel.ok_or(Error::Denied(Cause::Right(VIEW)))?;
        let record = operation.read::<User>(&["users", &sentinel.id], &[]).await.map_err(|error| named(error, VIEW))?;
        for (access, right) in CHANGES {
            if !record.access.get(access).copied().unwrap_or(false) {
                return Err(Error::Denied(Cause::Right(right)));
            }
        }
        groups::of(&operation, &record.id, self.needs_all_groups).await?;
        self.roles.of(&operation, &record.id).await.map(drop)
    }
}

/// A refusal, by the right that would have prevented it.
fn named(error: Error, right: &'static str) -> Error {
    match error {
        Error::Denied(_) => Error::Denied(Cause::Right(right)),
        Error::PasswordRefused(_) | Error::Unavailable(_) | Error::UnknownOutcome(_) | Error::Misconfigured(_) => error,
    }
}
