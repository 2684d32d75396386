//! What a browser presents, and whether it is believed. A cookie that somebody planted is worth nothing without its
//! MAC; the row decides the rest.

use super::{Error, Recoveries};
use crate::account;
use crate::domain::Timestamp;
use crate::domain::id::RecoveryId;
use crate::domain::issue::Issue;
use crate::domain::key::TenantKey;
use crate::domain::recovery::{Proof, ProofKind, Standing};
use crate::domain::token::{Purpose, Token};
use crate::store::rows::Loaded;
use crate::tenant::Tenant;

/// What the recovery's cookie carries. Nothing of it is believed yet.
#[derive(Clone, Debug, Default)]
pub struct Presented {
    /// When the browser got its proof, by its own word. It authorises nothing: it only tells a link that was opened
    /// again from the page on which "I did not ask for this" was said.
    pub at: Option<Timestamp>,
    /// The starter token.
    pub starter: Option<Token>,
    /// The link's or the reset token.
    pub proof: Option<Token>,
}

/// A recovery, loaded, with its key.
pub(super) struct Case<'a> {
    pub(super) loaded: Loaded,
    pub(super) key: &'a TenantKey,
}

/// A proof that was found genuine.
pub(super) struct Proven {
    pub(super) proof: Proof,
    pub(super) standing: Standing,
}

impl Recoveries {
    /// Loads a recovery of this tenant; `None` where there is none or it has expired.
    pub(super) async fn load<'a>(&self, tenant: &'a Tenant, id: RecoveryId) -> Result<Option<Case<'a>>, Error> {
        let now = self.clock.now();
        let Some(mut loaded) = self.store.tenant(&tenant.id).recovery(id).await? else {
            return Ok(None);
        };
        if loaded.recovery.is_expired(now) {
            return Ok(None);
        }
        let key_id = loaded.recovery.key_id;
        if tenant.keys.is_lost(key_id) {
            return Ok(None);
        }
        // A replica that does not know the key yet is not one where the recovery is over.
        let key = tenant.keys.get(key_id).ok_or(account::Error::MissingKey(key_id))?;
        loaded.recovery = loaded.recovery.as_of(now);
        Ok(Some(Case { loaded, key }))
    }
}

impl Case<'_> {
    /// The latest issue.
    pub(super) fn last_issue(&self) -> &Issue {
        self.loaded.issues.last().expect("a recovery and its first issue are one transaction")
    }

    /// The issue that `token` is genuine for, if it is for this recovery and under the key of its row.
    fn genuine(&self, token: &Token) -> Option<&Issue> {
        let recovery = &self.loaded.recovery;
        if token.recovery() != recovery.id || token.key_id() != recovery.key_id {
            return None;
        }
        self.loaded.issue(token.issue()).filter(|issue| token.is_genuine(self.key, issue))
    }

    /// Whether this browser started the recovery.
    pub(super) fn is_starter(&self, presented: &Presented) -> bool {
        presented.starter.as_ref().is_some_and(|token| match token.purpose() {
            Purpose::Starter => self.genuine(token).is_some(),
            Purpose::Link | Purpose::Reset | Purpose::Pickup => false,
        })
    }

    /// What the presented proof is worth now; `None` where it is not genuine. Whoever said "I did not ask for this"
    /// on this page sees "over" until the link is opened again.
    pub(super) fn proven(&self, presented: &Presented, now: Timestamp) -> Option<Proven> {
        let token = presented.proof.as_ref()?;
        let proof = Proof { kind: ProofKind::of(token.purpose())?, issue: token.issue() };
        let issue = self.genuine(token)?;
        let standing = match self.loaded.recovery.standing(proof, issue, now) {
            Standing::Live if self.was_disowned_by(presented) => Standing::Over,
            standing @ (Standing::Live | Standing::Done { .. } | Standing::Over) => standing,
        };
        Some(Proven { proof, standing })
    }

    /// Whether "I did not ask for this" was said after this browser got its proof.
    pub(super) fn was_disowned_by(&self, presented: &Presented) -> bool {
        let cancelled_at = self.loaded.recovery.cancelled_at;
        cancelled_at.is_some_and(|cancelled| presented.at.is_none_or(|at| at <= cancelled))
    }
}
