//! A password is posted with a proof.

use std::sync::Arc;

use super::proof::Case;
use super::{Error, Presented, Recoveries};
use crate::account::{self, Accounts, Changed};
use crate::audit::Source;
use crate::domain::id::RecoveryId;
use crate::domain::password::NewPassword;
use crate::domain::recovery::Standing;
use crate::limit::Limited;
use crate::metrics;
use crate::tenant::Tenant;

/// What the form carries.
#[derive(Debug)]
pub struct PasswordForm {
    /// The new password.
    pub password: NewPassword,
    /// The same once more.
    pub confirmation: Confirmation,
}

/// Who compares what was typed twice.
#[derive(Debug)]
pub enum Confirmation {
    /// We do, where the tenant asks for it: what stood in the second field.
    Typed(Option<NewPassword>),
    /// Whoever has a form of their own.
    Elsewhere,
}

/// The password is set.
#[derive(Clone, Debug)]
pub struct PasswordSet {
    /// Whether the sessions are known to have ended already; if not, they end shortly.
    pub sessions_ended: bool,
    /// Where the person wanted to go.
    pub return_to: Option<String>,
}

impl Recoveries {
    /// Sets a password. The tenant's rules come first, all at once, before anything is spent; from the first row on
    /// the deed runs in a tracked task, so that a client that hangs up is no crash.
    pub async fn set_password(
        &self,
        tenant: &Arc<Tenant>,
        id: RecoveryId,
        presented: &Presented,
        form: PasswordForm,
        source: &Source,
    ) -> Result<PasswordSet, Error> {
        if presented.proof.is_none() {
            return Err(Error::Over);
        }
        self.admit(tenant, Limited::Password, source).await?;
        let case = self.load(tenant, id).await?.ok_or(Error::Over)?;
        let proven = case.proven(presented, self.clock.now()).ok_or(Error::Over)?;
        match proven.standing {
            Standing::Live => {}
            Standing::Done { .. } | Standing::Over => return Err(Error::Over),
        }
        let asked = case.asked(tenant)?;
        Self::keep_rules(tenant, &case, asked.identifier.as_str(), proven.proof.issue, &form)?;
        let accounts = Accounts::new(tenant.clone(), self.store.tenant(&tenant.id), self.clock.clone());
        let request = account::Request {
            recovery: id,
            proof: proven.proof,
            password: form.password,
            source: source.clone(),
            audit_ip: self.audit_ip,
        };
        let change = self.tasks.spawn(async move { accounts.change(request).await });
        // The task is never aborted; a join error is its panic, and the rows it left behind end the sessions.
        let changed = change.await.unwrap_or(Ok(Changed::Unconfirmed))?;
        match changed {
            Changed::Done => {
                metrics::recovery_finished(&tenant.id.to_string(), case.last_issue().method.as_str(), "changed");
                // What cannot be read now is not known to have ended: the password is set all the same.
                let has_open = self.store.tenant(&tenant.id).has_open_end_sessions(id).await;
                Ok(PasswordSet { sessions_ended: has_open.is_ok_and(|open| !open), return_to: asked.return_to })
            }
            Changed::Refused(violations) => Err(Error::Refused(violations)),
            Changed::Busy => Err(Error::Busy),
            Changed::Over => Err(Error::Over),
            Changed::Unreachable => Err(Error::ProviderDown),
            Changed::Unconfirmed => Err(Error::Unconfirmed),
        }
    }

    /// The tenant's own rules, with the person's identifiers among the words that make no password.
    fn keep_rules(tenant: &Tenant, case: &Case<'_>, typed: &str, issue: u8, form: &PasswordForm) -> Result<(), Error> {
        let login = case.login(tenant, issue)?.unwrap_or_default();
        let personal = [typed, login.as_str()];
        let again = match &form.confirmation {
            Confirmation::Typed(again) => again.as_ref(),
            Confirmation::Elsewhere => Some(&form.password),
        };
        let violations = tenant.password.violations(&form.password, again, &personal);
        if violations.is_empty() { Ok(()) } else { Err(Error::Refused(violations)) }
    }
}
