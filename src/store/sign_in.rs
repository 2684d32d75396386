//! Signing in to the `local` directory: the counter of wrong passwords, and the session that a right one begins. The
//! statements touch what they are about and nothing else: overwriting a whole account that was read a moment ago
//! could bring back the password that has just been replaced.

use super::columns::ms;
use super::sql::{self, Sql};
use super::{Error, LocalAccount, TenantStore};
use crate::domain::Timestamp;
use crate::domain::id::AccountId;

impl TenantStore {
    /// Counts a wrong password; the `most`th in a row locks the account until `until`, and counting begins anew.
    pub async fn count_failure(&self, id: &AccountId, most: u32, until: Timestamp) -> Result<(), Error> {
        let statement = Sql::new(
            "UPDATE local_account SET locked_until = CASE WHEN failed + 1 >= $3 THEN $4 ELSE locked_until END, \
             failed = CASE WHEN failed + 1 >= $3 THEN 0 ELSE failed + 1 END WHERE tenant = $1 AND id = $2",
        );
        let statement = statement.bind(self.tenant.as_str()).bind(id.as_str()).bind(i64::from(most)).bind(ms(until));
        self.alter(statement).await
    }

    /// Forgets wrong passwords and lifts the lock-out that they brought, never an administrator's lock.
    pub async fn forgive(&self, id: &AccountId) -> Result<(), Error> {
        let statement = Sql::new(
            "UPDATE local_account SET failed = 0, locked_until = NULL \
             WHERE tenant = $1 AND id = $2 AND (failed > 0 OR locked_until IS NOT NULL)",
        );
        self.alter(statement.bind(self.tenant.as_str()).bind(id.as_str())).await
    }

    /// Begins a session, found by the digest of its token, if the account still has the password that was compared
    /// and may still sign in; says whether it has begun.
    ///
    /// The account is written to, so that this and a change of the password come one after the other, on PostgreSQL
    /// too: then either this sees the new password, or the change sees this session.
    pub async fn begin_session(
        &self,
        digest: [u8; 32],
        account: &LocalAccount,
        began_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let forgive = Sql::new(
            "UPDATE local_account SET failed = 0, locked_until = NULL \
             WHERE tenant = $1 AND id = $2 AND password = $3 AND enabled AND NOT locked_by_administrator",
        );
        let phc = account.password.as_ref().map(|phc| phc.expose().to_owned());
        let forgive = forgive.bind(self.tenant.as_str()).bind(account.id.as_str()).bind(phc);
        let begin = Sql::new(
            "INSERT INTO local_session (tenant, digest, account, began_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        );
        let begin = begin.bind(self.tenant.as_str()).bind(digest.to_vec()).bind(account.id.as_str());
        let begin = begin.bind(ms(began_at)).bind(ms(expires_at));
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let stands = sql::execute(transaction, forgive).await? > 0;
                    if stands {
                        sql::execute(transaction, begin).await?;
                    }
                    Ok(stands)
                })
            })
            .await
    }

    async fn alter(&self, statement: Sql) -> Result<(), Error> {
        let done =
            self.store.write(move |transaction| Box::pin(async move { sql::execute(transaction, statement).await }));
        done.await.map(drop)
    }
}
