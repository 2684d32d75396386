//! The service account's token: fetched once for all who wait, renewed before it ends, forgotten when it is refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::answer::Answer;
use crate::domain::secret::Secret;
use crate::identity::{Cause, Error};

/// How much of a token's life is used, in tenths: a call that begins with it must not meet its end.
const USED_TENTHS: u32 = 8;
/// Longest that any token is used, whatever its answer says.
const LONGEST: Duration = Duration::from_hours(1);

/// A token, and what it says of its holder.
#[derive(Debug)]
pub(super) struct Token {
    text: Secret,
    renew_at: Instant,
    claims: Claims,
}

/// What a token says. Keycloak signs it for others; to us it says what Keycloak thinks of us, and nothing rests on it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    /// When it was made, by the provider's clock.
    pub(super) iat: Option<i64>,
    resource_access: std::collections::BTreeMap<String, Roles>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Roles {
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: u64,
}

impl Token {
    /// Reads the answer to a request for a token.
    pub(super) fn read(answer: &Answer) -> Result<Self, Error> {
        match answer.status {
            200 => {}
            // Here these mean the client, its secret or the realm, never a right.
            400 | 401 | 403 | 404 => return Err(Error::Misconfigured(Cause::Status(answer.status))),
            _ => return Err(answer.refused()),
        }
        let granted: Granted = answer.read()?;
        let life = Duration::from_secs(granted.expires_in).min(LONGEST);
        let claims = Claims::of(&granted.access_token).unwrap_or_default();
        Ok(Self { text: granted.access_token, renew_at: Instant::now() + life * USED_TENTHS / 10, claims })
    }

    /// What is sent.
    pub(super) fn text(&self) -> &Secret {
        &self.text
    }

    /// What it says.
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.renew_at
    }
}

impl Claims {
    /// The middle of the three parts; `None` for a token of another form.
    fn of(token: &Secret) -> Option<Self> {
        let payload = token.expose().split('.').nth(1)?;
        let payload = zeroize::Zeroizing::new(BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?);
        serde_json::from_slice(&payload).ok()
    }

    /// Whether the service account has that role of the realm's own administration.
    pub(super) fn administers(&self, role: &str) -> bool {
        let own = self.resource_access.get("realm-management");
        own.is_some_and(|own| own.roles.iter().any(|held| held == role))
    }
}

/// The token that is in use. One fetch serves everybody who needs one meanwhile; no lock is held over it.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    current: Mutex<Arc<OnceCell<Arc<Token>>>>,
}

impl Tokens {
    /// The token in use, or the one that `fetch` brings.
    pub(super) async fn get(&self, fetch: impl Future<Output = Result<Token, Error>>) -> Result<Arc<Token>, Error> {
        let cell = {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            if current.get().is_some_and(|token| token.is_due()) {
                *current = Arc::default();
            }
            Arc::clone(&current)
        };
        cell.get_or_try_init(async || Ok(Arc::new(fetch.await?))).await.cloned()
    }

    /// Forgets a token that was refused, unless another stands there already.
    pub(super) fn forget(&self, refused: &Arc<Token>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.get().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            *current = Arc::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seconds: u64) -> Token {
        let body = format!(r#"{{"access_token":"a.b.c","expires_in":{seconds}}}"#);
        Token::read(&Answer::new(200, body.into_bytes().into())).expect("a token")
    }

    #[test]
    fn a_token_is_renewed_when_four_fifths_of_its_life_are_over_and_after_an_hour_at_most() {
        for (seconds, renewed) in [(300, 240), (10, 8), (0, 0), (u64::MAX, 2880)] {
            let began = Instant::now();

            let life = read(seconds).renew_at.duration_since(began);

            assert!((renewed..=renewed + 1).contains(&life.as_secs()), "{seconds}: {life:?}");
        }
    }

    #[test]
    fn a_token_of_another_form_says_nothing_and_is_used_all_the_same() {
        let token = read(300);

        assert_eq!((token.text().expose(), token.claims().iat), ("a.b.c", None));
        assert!(!format!("{token:?}").contains("a.b.c"));
    }
}
