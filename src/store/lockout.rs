//! The temporary lock-out of the `local` directory. Its statements touch the counter and nothing else: overwriting a
//! whole account that was read a moment ago could bring back the password that has just been replaced.

use sea_orm::DatabaseTransaction;

use super::columns::ms;
use super::sql::{self, Sql};
use super::{Error, TenantStore};
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

    async fn alter(&self, statement: Sql) -> Result<(), Error> {
        let work = async move |transaction: &DatabaseTransaction| sql::execute(transaction, statement).await;
        self.store.write(move |transaction| Box::pin(work(transaction))).await.map(drop)
    }
}
