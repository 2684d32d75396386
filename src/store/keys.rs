//! Fingerprints of the keys that the store has been used with: a foreign keyset is noticed at start, not when the
//! first link fails.

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::rows::Keys;
use super::sql::{self, Sql};
use super::{Error, Store};

impl Store {
    /// Whether neither a fingerprint nor a recovery is in it: only then may a keys file be made.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        let question = Sql::new("SELECT id FROM key_fingerprint UNION ALL SELECT key_id FROM recovery LIMIT 1");
        Ok(sql::one(self.reader()?, question).await?.is_none())
    }

    /// Compares the keys of this process with those the store has seen, and remembers those that are new. The ids in
    /// `lost` are not missed.
    pub async fn check_keys(&self, fingerprints: &[(u8, [u8; 32])], lost: &[u8]) -> Result<Keys, Error> {
        let (given, lost) = (fingerprints.to_vec(), lost.to_vec());
        self.write(move |transaction| Box::pin(async move { check(transaction, &given, &lost).await })).await
    }

    /// Compares as [`Store::check_keys`] does, and remembers nothing.
    pub async fn compare_keys(&self, fingerprints: &[(u8, [u8; 32])], lost: &[u8]) -> Result<Keys, Error> {
        compare(self.reader()?, fingerprints, lost).await
    }
}

async fn compare(connection: &impl ConnectionTrait, given: &[(u8, [u8; 32])], lost: &[u8]) -> Result<Keys, Error> {
    let seen = seen(connection).await?;
    if let Some(id) = differing(&seen, given) {
        return Ok(Keys::Mismatch { id });
    }
    let mut ids: Vec<u8> = seen.iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        // Where only recoveries are there, the table of fingerprints was lost, and the rows say whose they are.
        for row in sql::all(connection, Sql::new("SELECT DISTINCT key_id FROM recovery ORDER BY key_id")).await? {
            ids.push(row.small("key_id")?);
        }
    }
    let first = ids.is_empty();
    ids.retain(|id| !lost.contains(id));
    if !ids.is_empty() && !given.iter().any(|(id, _)| ids.contains(id)) {
        return Ok(Keys::Missing { ids });
    }
    Ok(if first { Keys::First } else { Keys::Known })
}

async fn check(transaction: &DatabaseTransaction, given: &[(u8, [u8; 32])], lost: &[u8]) -> Result<Keys, Error> {
    let found = compare(transaction, given, lost).await?;
    match &found {
        Keys::Mismatch { .. } | Keys::Missing { .. } => return Ok(found),
        Keys::First | Keys::Known => {}
    }
    for (id, fingerprint) in given {
        let insert = Sql::new("INSERT INTO key_fingerprint (id, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        sql::execute(transaction, insert.bind(i64::from(*id)).bind(fingerprint.to_vec())).await?;
    }
    // Another replica may have started meanwhile, with other keys: what it stored is there now.
    if let Some(id) = differing(&seen(transaction).await?, given) {
        return Ok(Keys::Mismatch { id });
    }
    Ok(found)
}

async fn seen(connection: &impl ConnectionTrait) -> Result<Vec<(u8, [u8; 32])>, Error> {
    let rows = sql::all(connection, Sql::new("SELECT id, fingerprint FROM key_fingerprint ORDER BY id")).await?;
    rows.iter().map(|row| Ok((row.small("id")?, row.array("fingerprint")?))).collect()
}

/// The first id under which another key was seen.
fn differing(seen: &[(u8, [u8; 32])], given: &[(u8, [u8; 32])]) -> Option<u8> {
    let same = |id: u8, fingerprint: &[u8; 32]| given.iter().all(|(other, key)| *other != id || key == fingerprint);
    seen.iter().find(|(id, fingerprint)| !same(*id, fingerprint)).map(|(id, _)| *id)
}
