//! Each right by itself. Remedies name them as the console does: fine-grained permissions first, then the role.

use super::super::account::User;
use super::super::find::list;
use super::super::groups;
use super::super::provider::{Keycloak, Sentinel};
use super::super::reads::READS;
use super::super::realm::Operation;
use crate::domain::finding::Finding;
use crate::identity::{Cause, Error};

/// What lets us ask for users at all.
const QUERY: &str = "give the service account the role `query-users` of `realm-management` (fine-grained permissions), or \
                     the role `manage-users`";
/// What lets us see them.
const VIEW: &str = "give the service account the permission `view` on `Users`, by a user policy (a client policy does not \
                    work here), or the role `manage-users`";
/// What lets us change them.
const MANAGE: &str = "give the service account the permission `manage` on `Users`, or the role `manage-users`";
/// What lets us see groups.
const GROUPS: &str = "give the service account the permission `view` on `Groups`, by the same policy";
/// What lets us see a client's roles.
const CLIENTS: &str = "give the service account the role `query-clients` and the permission `view` on the `Clients` that \
                       `protect.roles` names; the role `view-clients` does too, and shows it every client's secret";

impl Keycloak {
    /// Finds the account that must be found, and reads its record.
    pub(super) async fn look_for_sentinel(&self, findings: &mut Vec<Finding>) -> Result<User, Finding> {
        let operation = self.realm.operation();
        let what = "users can be listed";
        let username = self.sentinel.username();
        let found = list(&operation, "username", username).await.map_err(|error| failed(what, &error, QUERY))?;
        findings.push(Finding::good(what));
        let what = "users can be seen";
        let found = found.into_iter().find(|user| user.username.eq_ignore_ascii_case(username));
        let Some(found) = found else {
            return Err(match &self.sentinel {
                Sentinel::Named(_) => Finding::bad(
                    "the sentinel is found",
                    "no account has its username, or none may be seen",
                    format!("let `sentinel` name an account that exists; if it does: {VIEW}"),
                ),
                Sentinel::Own(_) => Finding::bad(what, "not even our own service account is found", VIEW),
            });
        };
        let record = operation.read(&["users", &found.id], &[]).await.map_err(|error| failed(what, &error, VIEW))?;
        findings.push(Finding::good(what));
        findings.push(match &self.sentinel {
            Sentinel::Named(_) => Finding::good("the sentinel is found"),
            Sentinel::Own(_) => Finding::warning(
                "the sentinel is found",
                "none is configured; our own service account stands in for it",
                "name an ordinary account in `sentinel`: where a right is missing everybody else looks unknown",
            ),
        });
        Ok(record)
    }

    /// Looks at what we may do to the sentinel, and so to others.
    pub(super) async fn rights(&self, sentinel: &User) -> Vec<Finding> {
        let operation = self.realm.operation();
        let mut findings = Vec::new();
        for (what, right, without) in [
            ("passwords can be set", "resetPassword", "no password could be set"),
            ("sessions can be ended", "manage", "no session could be ended and no lock-out lifted"),
        ] {
            let may = sentinel.access.get(right).copied().unwrap_or(false);
            findings.push(if may { Finding::good(what) } else { Finding::bad(what, without, MANAGE) });
        }
        for read in &READS {
            findings.push(match read.of(&operation, &sentinel.id).await {
                Ok(()) => Finding::good(read.what),
                Err(error @ Error::Denied(_)) => failed(read.what, &error, VIEW).with_detail(read.without),
                Err(error) => failed(read.what, &error, VIEW),
            });
        }
        findings.push(self.look_at_groups(&operation, sentinel).await);
        findings.extend(self.look_at_roles(&operation, sentinel).await);
        findings
    }

    async fn look_at_groups(&self, operation: &Operation<'_>, sentinel: &User) -> Finding {
        let what = "groups can be seen";
        match groups::of(operation, &sentinel.id, true).await {
            Ok(groups) if groups.is_empty() && self.needs_all_groups => Finding::warning(
                what,
                "the account that was looked at is in none, so nothing is known",
                "let `sentinel` name an account that is in a group",
            ),
            Ok(_) => Finding::good(what),
            Err(error) if self.needs_all_groups => failed(what, &error, GROUPS),
            Err(error) => {
                Finding::warning(what, error.to_string(), format!("only `protect.groups` would need it: {GROUPS}"))
            }
        }
    }

    async fn look_at_roles(&self, operation: &Operation<'_>, sentinel: &User) -> Option<Finding> {
        let what = "roles can be seen";
        if !self.roles.is_any() {
            return None;
        }
        Some(match self.roles.of(operation, &sentinel.id).await {
            Ok(_) => Finding::good(what),
            Err(error) => failed(what, &error, CLIENTS),
        })
    }
}

/// A look that failed: for want of a right, or because nobody answered.
pub(super) fn failed(what: &str, error: &Error, remedy: &str) -> Finding {
    match error {
        Error::Denied(Cause::Hidden) => Finding::bad(what, "some are hidden from the service account", remedy),
        Error::Denied(_) | Error::PasswordRefused(_) => Finding::bad(what, "the service account may not", remedy),
        Error::Unavailable(cause) | Error::UnknownOutcome(cause) => {
            Finding::unreachable(what, cause.to_string(), "look at Keycloak's log, and try again")
        }
        Error::Misconfigured(cause) => Finding::bad(what, cause.to_string(), "look at `url` and `realm`"),
    }
}
