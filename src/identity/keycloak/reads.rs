//! What is read of an account, each by itself, and the right that it takes. Recovery, a check and a diagnosis read the
//! same, so that a right which one of them misses is missed by all.

use reqwest::Method;

use super::realm::Operation;
use crate::identity::Error;

/// One thing that is read of an account.
pub(super) struct Read {
    /// What it is, as a diagnosis tells it.
    pub(super) what: &'static str,
    /// The right, as the operator gives it.
    pub(super) right: &'static str,
    /// What cannot be done without it.
    pub(super) without: &'static str,
    /// Where it is, before the account's id and behind it.
    path: (&'static [&'static str], Option<&'static str>),
}

/// All of them. With fine-grained permissions `view` shows them all, as measured.
pub(super) const READS: [Read; 5] = [
    Read {
        what: "sessions can be read",
        right: "see sessions (`view` on Users, or `manage-users`)",
        without: "sessions could not be ended",
        path: (&["users"], Some("sessions")),
    },
    Read {
        what: "consents can be read",
        right: "see consents (`view` on Users, or `manage-users`)",
        without: "offline sessions could not be ended",
        path: (&["users"], Some("consents")),
    },
    Read {
        what: "credentials can be read",
        right: "see credentials (`view` on Users, or `manage-users`)",
        without: "nobody could tell when a password was changed",
        path: (&["users"], Some("credentials")),
    },
    Read {
        what: "linked identities can be read",
        right: "see linked identities (`view` on Users, or `manage-users`)",
        without: "nobody could tell who signs in elsewhere and has no password",
        path: (&["users"], Some("federated-identity")),
    },
    Read {
        what: "lock-outs can be read",
        right: "see lock-outs (`view` on Users, or `manage-users`)",
        without: "a temporary lock-out could not be lifted",
        path: (&["attack-detection", "brute-force", "users"], None),
    },
];

impl Read {
    /// Reads it of this account, whatever it says.
    pub(super) async fn of(&self, operation: &Operation<'_>, id: &str) -> Result<(), Error> {
        let (before, behind) = self.path;
        let path: Vec<&str> = before.iter().copied().chain([id]).chain(behind).collect();
        let answer = operation.ask(Method::GET, &path, &[], None).await?;
        if answer.status == 200 { Ok(()) } else { Err(answer.refused()) }
    }
}
