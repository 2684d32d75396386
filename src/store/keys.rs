//! Fingerprints of the keys that the store has been used with: a foreign keyset is noticed at start, not when the
//! first link fails.

use sea_orm::DatabaseTransaction;

use super::rows::Keys;
use super::sql::{self, Sql};
use super::{Error, Store};

impl Store {
    /// Whether neither a fingerprint nor a recovery is in it: only then may a keys file be made.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        let question = Sql::new("SELECT id FROM key_fingerprint UNION ALL SELECT key_id FROM recovery LIMIT 1");
        Ok(sql::one(self.reader()?, question).await?.is_none())
    }

    /// Compares the keys of this process with those the store has seen, and remembers those that are new.
    pub async fn check_keys(&self, fingerprints: &[(u8, [u8; 32])]) -> Result<Keys, Error> {
        let given = fingerprints.to_vec();
        self.write(move |transaction| Box::pin(async move { check(transaction, &given).await })).await
    }
}

async fn check(transaction: &DatabaseTransaction, given: &[(u8, [u8; 32])]) -> Result<Keys, Error> {
    let seen = sql::all(transaction, Sql::new("SELECT id, fingerprint FROM key_fingerprint ORDER BY id")).await?;
    let mut ids: Vec<u8> = Vec::with_capacity(seen.len());
    for row in &seen {
        let (id, fingerprint): (u8, [u8; 32]) = (row.small("id")?, row.array("fingerprint")?);
        if given.iter().any(|(given_id, given)| *given_id == id && *given != fingerprint) {
            return Ok(Keys::Mismatch { id });
        }
        ids.push(id);
    }
    let empty = ids.is_empty();
    if empty {
        // Rows without a fingerprint: the table of fingerprints was lost, and the rows say whose they are.
        for row in sql::all(transaction, Sql::new("SELECT DISTINCT key_id FROM recovery ORDER BY key_id")).await? {
            ids.push(row.small("key_id")?);
        }
    }
    let first = ids.is_empty();
    if !first && !given.iter().any(|(id, _)| ids.contains(id)) {
        return Ok(Keys::Missing { ids });
    }
    for (id, fingerprint) in given.iter().filter(|(id, _)| empty || !ids.contains(id)) {
        // Two replicas that start at once both come here; whoever is second finds the same key.
        let insert = Sql::new("INSERT INTO key_fingerprint (id, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        sql::execute(transaction, insert.bind(i64::from(*id)).bind(fingerprint.to_vec())).await?;
    }
    Ok(if first { Keys::First } else { Keys::Known })
}
