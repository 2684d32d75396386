//! What became of a message after it had been handed over, as its next hop tells later. It changes the message's own row
//! and nothing else: no page, no recovery, no other message hangs on it.

use super::columns;
use super::sql::Sql;
use super::{Error, TenantStore};
use crate::domain::id::MessageId;

/// A row that was given up because nobody knew whether its message had been taken.
const UNKNOWN: &str = "(status = 'abandoned' AND last_error = 'channel_unknown')";

impl TenantStore {
    /// Notes that the next hop has the message: where that was unknown it counts as sent.
    pub async fn note_taken(&self, message: MessageId) -> Result<(), Error> {
        let text = format!(
            "UPDATE outbox SET status = 'sent', last_error = NULL WHERE tenant = $1 AND id = $2 AND {UNKNOWN} RETURNING id"
        );
        let statement = Sql::new(text).bind(self.name()).bind(columns::id(message.as_bytes()));
        self.store.write_one(statement).await.map(drop)
    }

    /// Notes the end of a message that was sent: that it has arrived, or our class of why it has not. A row in a worker's
    /// hand is left to it: its own end is written in a moment, and this one is lost, which costs a class in a row.
    pub async fn note_end(&self, message: MessageId, last_error: Option<&'static str>) -> Result<(), Error> {
        let text = format!(
            "UPDATE outbox SET status = 'sent', last_error = $3 WHERE tenant = $1 AND id = $2 \
             AND (status = 'sent' OR {UNKNOWN}) RETURNING id"
        );
        let statement = Sql::new(text).bind(self.name()).bind(columns::id(message.as_bytes())).bind(last_error);
        self.store.write_one(statement).await.map(drop)
    }
}
