//! A typed code is judged: the recovery moves and the guess is counted in one transaction, alike for known and unknown
//! accounts, and a right code counts only while the account has not been guessed at too often.

use super::recovery::{records, swap};
use super::rows::Record;
use super::sql::{self, Sql};
use super::tally::{self, What};
use super::{Error, TenantStore, columns};
use crate::domain::Timestamp;
use crate::domain::recovery::Recovery;

/// A typed code, with both ways that the recovery can go.
#[derive(Clone, Debug)]
pub struct Guess {
    /// Where the code is right: what becomes of the recovery.
    pub right: Option<Right>,
    /// What becomes of it otherwise, and where the account has been guessed at too often.
    pub wrong: Recovery,
    /// What the audit is told of a wrong code.
    pub wrong_audit: Vec<Record>,
    /// What it is told beside that where a right one was refused.
    pub refused_audit: Option<Record>,
    /// Under what wrong codes of the account are counted: a keyed digest.
    pub subject: [u8; 32],
    /// At how many wrong codes in a day a right one is a wrong one.
    pub refuse_at: u32,
    /// Digits of the code that was guessed at: of the last one that went out, else of the one that was to.
    pub digits: u8,
    /// When.
    pub at: Timestamp,
}

/// How a guess was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// As a right one.
    Right,
    /// As a wrong one, which it was.
    Wrong,
    /// As a wrong one, because the account has been guessed at too often.
    Refused,
}

/// A right code.
#[derive(Clone, Debug)]
pub struct Right {
    /// The recovery with its codes closed.
    pub recovery: Recovery,
    /// The issue whose code it was.
    pub issue: u8,
    /// What the audit is told.
    pub audit: Vec<Record>,
}

impl TenantStore {
    /// Saves a guess, compared and swapped on the recovery's version, and says how it was taken. Of many at once on one
    /// account none sees the count of before another's.
    pub async fn guess(&self, guess: Guess) -> Result<Judged, Error> {
        let tenant = self.tenant.clone();
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let Guess { right, wrong, mut wrong_audit, refused_audit, subject, refuse_at, digits, at } = guess;
                    // The account's row is held first, by every guess in the same order.
                    let by = u32::from(right.is_none());
                    tally::add(transaction, &tenant, What::Wrong, &subject, at, by).await?;
                    let wrong_codes = tally::sum(transaction, &tenant, What::Wrong, &subject, at).await?;
                    let right = right.filter(|_| wrong_codes < u64::from(refuse_at));
                    let is_refused = right.is_none() && by == 0;
                    if is_refused {
                        tally::add(transaction, &tenant, What::Wrong, &subject, at, 1).await?;
                        wrong_audit.extend(refused_audit);
                    }
                    let spread = wrong.id.as_bytes()[0];
                    let (recovery, audit) = match &right {
                        Some(right) => (&right.recovery, &right.audit),
                        None => (&wrong, &wrong_audit),
                    };
                    swap(transaction, &tenant, recovery).await?;
                    records(&tenant, audit).insert(transaction).await?;
                    if let Some(right) = &right {
                        let verified = Sql::new(
                            "UPDATE sent SET verified_at = $4 \
                             WHERE tenant = $1 AND recovery = $2 AND issue = $3 AND way = 'text'",
                        );
                        let id = columns::id(recovery.id.as_bytes());
                        let verified = verified.bind(tenant.as_str()).bind(id).bind(i64::from(right.issue));
                        sql::execute(transaction, verified.bind(columns::ms(at))).await?;
                        tally::add_striped(transaction, &tenant, What::Right(digits), spread, at).await?;
                    } else {
                        tally::add_striped(transaction, &tenant, What::Guess(digits), spread, at).await?;
                    }
                    Ok(match right {
                        Some(_) => Judged::Right,
                        None if is_refused => Judged::Refused,
                        None => Judged::Wrong,
                    })
                })
            })
            .await
    }
}
