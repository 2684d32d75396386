//! The certain end of an account's sessions: retried until it is done, never given up.

use super::{Done, Error, Job, backoff};
use crate::account::Swept;
use crate::domain::id::AttemptId;
use crate::store::rows::Fate;

impl Job {
    /// Ends the sessions of the account that `attempt` was made on.
    pub(super) async fn end_sessions(&self, attempt: AttemptId) -> Done {
        match self.accounts().end_sessions(attempt).await {
            Ok(Swept::Ended(record)) => Done::sent(record),
            Ok(Swept::Again(at, record)) => Done { fate: Fate::Retry { at }, last_error: None, audit: vec![record] },
            Ok(Swept::TooEarly(at)) => Done { fate: Fate::Retry { at }, last_error: None, audit: vec![] },
            Ok(Swept::Nothing) => Done::dropped(),
            Err(error) => {
                let error = Error::from(error);
                let now = self.now();
                let age = (now - self.message.created_at).unsigned_abs();
                tracing::error!(
                    tenant.id = %self.tenant.id, message.id = %self.message.id, %error,
                    "sessions have not ended and will be ended"
                );
                let at = now + backoff::end_sessions(self.message.tries, age);
                Done { fate: Fate::Retry { at }, last_error: Some(error.class()), audit: vec![] }
            }
        }
    }
}
