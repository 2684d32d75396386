//! What a recovery's page shows: to the holder of a proof what it is worth, to everybody else the same page until the
//! recovery expires (invariant 9).

use super::proof::Case;
use super::{Error, Presented, Recoveries};
use crate::account;
use crate::domain::Timestamp;
use crate::domain::asked::Asked;
use crate::domain::id::RecoveryId;
use crate::domain::login::Login;
use crate::domain::method::Method;
use crate::domain::recovery::{COOL_DOWN, Standing};
use crate::tenant::Tenant;

/// A recovery's page and the language that this browser is known to read.
#[derive(Debug)]
pub struct Seen {
    /// The page.
    pub view: View,
    /// The language of the start, for the browser that started and the holder of a proof; nobody else is told.
    pub locale: Option<String>,
}

/// The page of a recovery.
#[derive(Debug)]
pub enum View {
    /// "Check your messages".
    Check {
        /// The method of the last issue.
        method: Method,
        /// Whether its message was to carry a code.
        has_code: bool,
        /// What was typed, for the browser that typed it.
        typed: Option<String>,
        /// Seconds until the next message can be asked for; `None` where none can be any more.
        resend_in: Option<u64>,
        /// Minutes that a link of this recovery lives.
        link_minutes: u64,
        /// Whether a code can be typed.
        codes: Codes,
    },
    /// The form for a new password.
    Password {
        /// The account's login name.
        login: Option<String>,
    },
    /// The password was changed with this proof.
    Done {
        /// Whether the sessions are known to have ended.
        sessions_ended: bool,
        /// Where the person wanted to go.
        return_to: Option<String>,
        /// The login that the person left, for the browser that left it: in any other it would lead nowhere, or
        /// somebody into a login that was begun by another.
        left: Option<Login>,
    },
    /// Nothing works any more.
    Over {
        /// Whether this browser said "I did not ask for this".
        cancelled: bool,
    },
}

/// Whether a code can be typed on a recovery's page. It depends on the recovery's own messages and tries alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    /// None of its messages was to carry one.
    None,
    /// One can be.
    Open {
        /// Minutes that a code lives.
        minutes: u64,
    },
    /// All tries are used up.
    Closed,
}

impl Recoveries {
    /// What `id` shows to who presents this. Reads the store and the snapshot, nothing else: it works with the
    /// provider down.
    pub async fn view(&self, tenant: &Tenant, id: RecoveryId, presented: &Presented) -> Result<Seen, Error> {
        let Some(case) = self.load(tenant, id).await? else {
            return Ok(Seen { view: View::Over { cancelled: false }, locale: None });
        };
        let now = self.clock.now();
        let Some(proven) = case.proven(presented, now) else {
            let asked = if case.is_starter(presented) { Some(case.asked(tenant)?) } else { None };
            let typed = asked.as_ref().map(|asked| asked.identifier.as_str().to_owned());
            return Ok(Seen { view: case.check(typed, now), locale: asked.map(|asked| asked.locale) });
        };
        let asked = case.asked(tenant)?;
        let view = match proven.standing {
            Standing::Live => View::Password { login: case.login(tenant, proven.proof.issue)? },
            Standing::Done { .. } => {
                let sessions_ended = !self.store.tenant(&tenant.id).has_open_end_sessions(id).await?;
                let left = asked.login.filter(|_| case.is_starter(presented));
                View::Done { sessions_ended, return_to: asked.return_to, left }
            }
            Standing::Over => View::Over { cancelled: case.was_disowned_by(presented) },
        };
        Ok(Seen { view, locale: Some(asked.locale) })
    }
}

impl Case<'_> {
    /// The page of everybody without a proof: it goes by time and by this recovery's own issues alone.
    fn check(&self, typed: Option<String>, now: Timestamp) -> View {
        let recovery = &self.loaded.recovery;
        let last = self.last_issue();
        let resend_at = recovery.resend_at(last);
        let wait_ms = ((last.at + COOL_DOWN) - now).whole_milliseconds().max(0);
        let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000);
        let has_tries = recovery.codes_left > 0 || self.last_code().is_none();
        View::Check {
            method: last.method,
            has_code: last.has_code(),
            typed,
            // Where no more codes can be tried, one more message is a new start.
            resend_in: resend_at.filter(|_| has_tries).map(|_| seconds),
            link_minutes: recovery.terms.link_life.as_secs() / 60,
            codes: match self.last_code() {
                None => Codes::None,
                Some(_) if recovery.codes_left == 0 => Codes::Closed,
                Some(_) => Codes::Open { minutes: recovery.terms.code_life.as_secs() / 60 },
            },
        }
    }

    /// What the recovery was started with.
    pub(super) fn asked(&self, tenant: &Tenant) -> Result<Asked, Error> {
        self.loaded.asked(self.key, &tenant.id).map_err(|broken| account::Error::from(broken).into())
    }

    /// The login name of the account that an issue's message went to.
    pub(super) fn login(&self, tenant: &Tenant, issue: u8) -> Result<Option<String>, Error> {
        self.loaded.login(issue, self.key, &tenant.id).map_err(|broken| account::Error::from(broken).into())
    }
}
