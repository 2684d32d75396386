//! Lifting a lock-out that brute-force detection has set for a time, and no other.

use reqwest::Method;
use serde::Deserialize;

use super::provider::Keycloak;
use super::realm::plausible;
use crate::domain::id::AccountId;
use crate::identity::Error;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detection {
    disabled: bool,
    failed_login_not_before: i64,
}

impl Detection {
    /// A permanent lock-out is an administrator's to lift: it has set `enabled` to false, and the mark that told the two
    /// apart would be gone with the record.
    fn is_temporary_lock_out(&self) -> bool {
        self.disabled && self.failed_login_not_before != i64::MAX
    }
}

impl Keycloak {
    /// Reads before it deletes; never touches `enabled`.
    pub(super) async fn forgive(&self, id: &AccountId) -> Result<(), Error> {
        let Some(id) = plausible(id) else { return Ok(()) };
        let operation = self.realm.operation();
        let path = ["attack-detection", "brute-force", "users", id];
        let detection: Detection = operation.read(&path, &[]).await?;
        if !detection.is_temporary_lock_out() {
            return Ok(());
        }
        let answer = operation.ask(Method::DELETE, &path, &[], None).await?;
        if answer.status == 204 { Ok(()) } else { Err(answer.refused()) }
    }
}
