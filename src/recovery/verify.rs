//! A code is typed. What is answered depends on this recovery's own tries alone: a wrong code, an expired one, one of
//! another recovery and one for an account that does not exist are the same (EN-02).

use super::proof::Case;
use super::{Error, Recoveries};
use crate::audit::{self, Event, Source};
use crate::domain::Timestamp;
use crate::domain::code::Code;
use crate::domain::id::RecoveryId;
use crate::domain::issue::Issue;
use crate::domain::recovery::{RESET_LIFE, Recovery, Verdict};
use crate::domain::sending::WRONG_CODES;
use crate::domain::token::{Purpose, Token};
use crate::limit::Limited;
use crate::store::rows::{DeliveredTo, Record};
use crate::store::{Guess, Judged, Right};
use crate::tenant::Tenant;
use crate::{account, metrics, store};

/// Codes of so many of the last messages count, so that one that comes late is still a right one.
const LAST: usize = 2;
/// The limit that a right code meets where its account has been guessed at too often.
const REFUSED: &str = "wrong_codes_per_account";
/// How often a guess that met another one is decided again. Each meeting costs a recovery a try or its codes, so that
/// after as many meetings as there are tries everybody is told the same.
const MEETINGS: usize = 16;

/// What a typed code comes to. It has been saved before it is said (invariant 1).
#[derive(Debug)]
pub enum Verified {
    /// It was right: this client, and no other, is given the reset token.
    Right {
        /// Sets one password.
        reset: Token,
        /// When it no longer does.
        expires_at: Timestamp,
    },
    /// It was wrong, expired, used, or the account is unknown.
    Wrong {
        /// Further tries; after the last one none.
        left: u8,
    },
    /// No more codes can be tried in this recovery, and this one was not looked at. A link lives on.
    Closed,
}

/// The living code that was typed.
struct Match<'a> {
    issue: &'a Issue,
    to: &'a DeliveredTo,
    refuse_at: u32,
}

impl Recoveries {
    /// Judges a typed code. What can be no code costs no try.
    pub async fn verify(
        &self,
        tenant: &Tenant,
        id: RecoveryId,
        typed: &str,
        source: &Source,
    ) -> Result<Verified, Error> {
        self.admit(tenant, Limited::Code, source).await?;
        for _ in 0..MEETINGS {
            let case = self.load(tenant, id).await?.ok_or(Error::Over)?;
            if !case.has_codes() {
                return Err(Error::Over);
            }
            let code = Code::parse(typed).map_err(Error::Code)?;
            let now = self.clock.now();
            let subject = case.guessed_at(tenant)?;
            let matched = case.find(&code, now);
            let guess = self.guess(&case, matched.as_ref(), subject, source, now);
            let Some((guess, left)) = guess else {
                metrics::code_checked(&tenant.id.to_string(), "closed");
                return Ok(Verified::Closed);
            };
            let right = match self.store.tenant(&tenant.id).guess(guess).await {
                Ok(Judged::Right) => matched,
                Ok(Judged::Wrong) => None,
                Ok(Judged::Refused) => {
                    metrics::rate_limited(&tenant.id.to_string(), REFUSED);
                    None
                }
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            };
            return Ok(say(tenant, &case, right.as_ref(), left, now));
        }
        Err(store::Error::Conflict.into())
    }

    /// Both ways that the recovery can go, and the tries that a wrong code leaves; `None` where there are none already.
    fn guess(
        &self,
        case: &Case<'_>,
        matched: Option<&Match<'_>>,
        subject: [u8; 32],
        source: &Source,
        now: Timestamp,
    ) -> Option<(Guess, u8)> {
        let recovery = &case.loaded.recovery;
        let (wrong, Verdict::Wrong { left }) = recovery.clone().guess(None, now) else { return None };
        let line = |event, outcome| self.line(case, event, outcome, source, now);
        let mut wrong_audit = vec![line(Event::CodeFailed, "wrong")];
        if left == 0 {
            wrong_audit.push(line(Event::CodesClosed, "tries_used_up"));
        }
        let right = matched.and_then(|matched| {
            let (closed, verdict) = recovery.clone().guess(Some(matched.issue.number), now);
            let is_right = matches!(verdict, Verdict::Right { .. });
            let audit = vec![Record { account: Some(matched.to.account.clone()), ..line(Event::CodeVerified, "ok") }];
            is_right.then_some(Right { recovery: closed, issue: matched.issue.number, audit })
        });
        let guess = Guess {
            right,
            wrong,
            wrong_audit,
            refused_audit: matched.map(|matched| Record {
                account: Some(matched.to.account.clone()),
                reason: Some(REFUSED),
                ..line(Event::LimitReached, "limited")
            }),
            subject,
            refuse_at: matched.map_or(WRONG_CODES, |matched| matched.refuse_at),
            digits: case.digits_guessed_at(),
            at: now,
        };
        Some((guess, left))
    }

    fn line(&self, case: &Case<'_>, event: Event, outcome: &'static str, source: &Source, now: Timestamp) -> Record {
        let id = case.loaded.recovery.id;
        let method = case.last_issue().method;
        audit::record(event, now).outcome(outcome).recovery(id).method(method).by_person(source, self.audit_ip)
    }
}

impl Case<'_> {
    /// The last issue whose message was to carry a code.
    pub(super) fn last_code(&self) -> Option<&Issue> {
        self.loaded.issues.iter().rev().find(|issue| issue.has_code())
    }

    /// Whether codes can be typed on this recovery's page at all.
    pub(super) fn has_codes(&self) -> bool {
        self.last_code().is_some()
    }

    /// Digits of the code that is guessed at, for the count of the tenant's guesses.
    fn digits_guessed_at(&self) -> u8 {
        let delivered = self.loaded.deliveries.iter().rev().map(|delivery| delivery.digits).find(|digits| *digits > 0);
        delivered.or_else(|| self.last_code().map(|issue| issue.digits)).unwrap_or(0)
    }

    /// The living code among those of the last messages that went out. Every issue's code is derived and compared,
    /// whoever is meant, so that time tells nothing (EN-03).
    fn find(&self, code: &Code, now: Timestamp) -> Option<Match<'_>> {
        let recovery: &Recovery = &self.loaded.recovery;
        let mut delivered = 0;
        let mut found = None;
        for issue in self.loaded.issues.iter().rev().filter(|issue| issue.has_code()) {
            let delivery = self.loaded.delivery(issue.number).filter(|delivery| delivery.digits > 0);
            let digits = delivery.map_or(issue.digits, |delivery| delivery.digits);
            let is_typed = Code::derive(self.key, recovery.id, issue, digits).matches(code);
            let Some(delivery) = delivery else { continue };
            delivered += 1;
            let counts = is_typed && delivered <= LAST && recovery.is_code_alive(issue, now);
            let to = delivery.account.as_ref().filter(|_| counts && found.is_none());
            found = found.or(to.map(|to| Match { issue, to, refuse_at: delivery.refuse_at.unwrap_or(WRONG_CODES) }));
        }
        found
    }

    /// Under what a wrong code is counted: the account that a message went to, else what was typed. Both are made, so
    /// that known and unknown cost the same.
    fn guessed_at(&self, tenant: &Tenant) -> Result<[u8; 32], Error> {
        let asked = self.asked(tenant)?;
        let typed = account::guessed_identifier(self.key, &asked.identifier);
        let known = self.loaded.deliveries.iter().rev().find_map(|delivery| delivery.account.as_ref());
        Ok(known.map_or(typed, |to| account::guessed_account(self.key, &to.account)))
    }
}

/// Speaks, after the save.
fn say(tenant: &Tenant, case: &Case<'_>, right: Option<&Match<'_>>, left: u8, now: Timestamp) -> Verified {
    let label = tenant.id.to_string();
    if let Some(Match { issue, .. }) = right {
        metrics::code_checked(&label, "right");
        let reset = Token::mint(case.key, Purpose::Reset, case.loaded.recovery.id, issue);
        return Verified::Right { reset, expires_at: now + RESET_LIFE };
    }
    metrics::code_checked(&label, "wrong");
    if left == 0 {
        metrics::recovery_finished(&label, case.last_issue().method.as_str(), "closed");
    }
    Verified::Wrong { left }
}
