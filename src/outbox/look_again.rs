//! Looking again after a change: at its times, and never given up before it has been done.

use super::{Done, Error, Job, backoff};
use crate::account::Looked;
use crate::domain::id::AttemptId;
use crate::store::rows::Fate;

impl Job {
    /// Looks whether another hand has changed the password since `attempt` did.
    pub(super) async fn look_again(&self, attempt: AttemptId) -> Done {
        match self.accounts().look_again(attempt).await {
            Ok(Looked::Again(at, audit)) => Done { fate: Fate::Retry { at }, last_error: None, audit },
            Ok(Looked::Last(audit)) => Done { fate: Fate::Sent, last_error: None, audit },
            Ok(Looked::Nothing) => Done::dropped(),
            Err(error) => {
                let error = Error::from(error);
                let now = self.now();
                let age = (now - self.message.created_at).unsigned_abs();
                tracing::warn!(
                    tenant.id = %self.tenant.id, message.id = %self.message.id, %error,
                    "an account cannot be looked at again and will be"
                );
                let at = now + backoff::end_sessions(self.message.tries, age);
                Done { fate: Fate::Retry { at }, last_error: Some(error.class()), audit: vec![] }
            }
        }
    }
}
