//! An account of the directory as the contract tells it.

use std::collections::BTreeMap;

use crate::identity::{Account, Email, Phone};
use crate::store::LocalAccount;

impl From<LocalAccount> for Account {
    fn from(local: LocalAccount) -> Self {
        let email = local.email.map(|address| Email { address, verified: local.email_verified });
        let phone = local.phone.map(|number| Phone { number, verified: local.phone_verified });
        Self {
            id: local.id,
            username: local.username,
            names: Vec::new(),
            emails: email.into_iter().collect(),
            phones: phone.into_iter().collect(),
            enabled: local.enabled,
            locked_by_administrator: local.locked_by_administrator,
            federated: local.federated,
            service: local.service,
            groups: local.groups,
            attributes: BTreeMap::new(),
            roles: Vec::new(),
            locale: local.locale,
            credential_changed_at: local.password_changed_at,
        }
    }
}
