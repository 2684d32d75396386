//! Signing in. Whoever fails learns only that: an unknown name, a wrong password and a locked account are answered
//! alike, after the same work.
//!
//! A login with the old password that is under way while the password changes ends here: the session begins only
//! while the account still has the password that was compared, and the change takes along the sessions that began
//! while it was being written. That is why this provider has no late logins.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::directory::Directory;
use crate::domain::Timestamp;
use crate::domain::address::EmailAddress;
use crate::domain::id::AccountId;
use crate::domain::secret::Secret;
use crate::identity::{Account, CannotHash};
use crate::store::{self, LocalAccount};

/// Wrong passwords in a row that lock an account out.
const MOST_FAILURES: u32 = 10;
/// How long they lock it.
const LOCK_OUT: Duration = Duration::from_mins(15);
/// How long a session lasts.
const SESSION: Duration = Duration::from_hours(12);

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown name, wrong password, or an account that may not sign in.
    #[error("not signed in")]
    Refused,
    /// The machine could not hash the password.
    #[error(transparent)]
    Hashing(#[from] CannotHash),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Directory {
    /// Signs in by username or verified mail address, and gives the session's token. Ten wrong passwords in a row
    /// lock the account for a quarter of an hour.
    pub async fn sign_in(&self, name: &str, password: &Secret) -> Result<Secret, SignInError> {
        let began_at = self.clock.now();
        let meant = self.meant(name).await?;
        let hash = meant.as_ref().and_then(|account| account.password.as_ref());
        let is_right = self.hashing.verify(password, hash).await?;
        let Some(account) = meant.filter(|account| may_sign_in(account, began_at)) else {
            // As much as a wrong password costs.
            let nobody = AccountId::new("");
            self.store.count_failure(&nobody, MOST_FAILURES, began_at + LOCK_OUT).await?;
            return Err(SignInError::Refused);
        };
        if !is_right {
            self.store.count_failure(&account.id, MOST_FAILURES, began_at + LOCK_OUT).await?;
            return Err(SignInError::Refused);
        }
        let token = Secret::new(BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()));
        let begun = self.store.begin_session(digest(&token), &account, began_at, began_at + SESSION).await?;
        if begun { Ok(token) } else { Err(SignInError::Refused) }
    }

    /// Whose session it is, while it lasts and the account may sign in.
    pub async fn session(&self, token: &Secret) -> Result<Option<Account>, store::Error> {
        let now = self.clock.now();
        let Some((id, _)) = self.store.session(digest(token), now).await? else { return Ok(None) };
        let account = self.store.account(&id).await?;
        // A lock-out keeps others from guessing on; it does not throw out who is in.
        let account = account.filter(|account| account.enabled && !account.locked_by_administrator);
        Ok(account.map(Account::from))
    }

    /// Ends one session.
    pub async fn sign_out(&self, token: &Secret) -> Result<(), store::Error> {
        self.store.end_session(digest(token)).await
    }

    /// The one account of that username, else the one whose verified address it is.
    async fn meant(&self, name: &str) -> Result<Option<LocalAccount>, store::Error> {
        let mut found = self.store.accounts_by_username(&name.to_ascii_lowercase()).await?;
        if let (true, Some(address)) = (found.is_empty(), EmailAddress::parse(name)) {
            found = self.store.accounts_by_email(&address.key()).await?;
            found.retain(|account| account.email_verified);
        }
        let only = found.pop();
        Ok(only.filter(|_| found.is_empty()))
    }
}

fn may_sign_in(account: &LocalAccount, now: Timestamp) -> bool {
    let is_locked_out = account.locked_until.is_some_and(|until| now < until);
    account.enabled && !account.locked_by_administrator && !account.federated && !is_locked_out
}

/// What is stored of a token. It has 256 random bits, so that a plain hash gives nothing back.
fn digest(token: &Secret) -> [u8; 32] {
    Sha256::digest(token.expose().as_bytes()).into()
}
