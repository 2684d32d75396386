//! Counts by the hour: what must be known of the last day, also after a restart and by every replica.

use sea_orm::ConnectionTrait;

use super::Error;
use super::sql::{self, Sql};
use crate::domain::Timestamp;
use crate::domain::id::TenantId;

const MS_PER_HOUR: i64 = 3_600_000;
/// Hours that count: the present one and the 24 before it, so that a day is never less than one.
const HOURS: i64 = 24;
/// A tenant's counts are spread over so many rows that its requests do not queue for one of them.
const STRIPES: u8 = 8;

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// Wrong codes of one account, or of one identifier that no message has gone out for.
    Wrong,
    /// Wrong guesses at a tenant's codes of so many digits, delivered or not.
    Guess(u8),
    /// Right codes of a tenant, by their digits.
    Right(u8),
    /// Quotas that an operator has been told of in this hour.
    Told,
}

impl What {
    fn name(self) -> String {
        match self {
            Self::Wrong => "wrong".into(),
            Self::Guess(digits) => format!("guess{digits}"),
            Self::Right(digits) => format!("right{digits}"),
            Self::Told => "told".into(),
        }
    }
}

/// The hour that a moment lies in.
pub(super) fn hour(moment: Timestamp) -> i64 {
    super::columns::ms(moment).div_euclid(MS_PER_HOUR)
}

/// The first hour that is kept at `now`.
pub(super) fn oldest(now: Timestamp) -> i64 {
    hour(now) - HOURS
}

/// Adds to one count and holds its row until the transaction ends; also by nothing, to hold it alone.
pub(super) async fn add(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    what: What,
    subject: &[u8],
    now: Timestamp,
    by: u32,
) -> Result<(), Error> {
    let upsert = Sql::new(
        "INSERT INTO tally (tenant, what, subject, hour, count) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, what, subject, hour) DO UPDATE SET count = tally.count + excluded.count",
    );
    let upsert = upsert.bind(tenant.as_str()).bind(what.name()).bind(subject.to_vec()).bind(hour(now));
    sql::execute(connection, upsert.bind(i64::from(by))).await.map(drop)
}

/// Adds one to a count of the whole tenant. `spread` is any byte that differs from request to request.
pub(super) async fn add_striped(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    what: What,
    spread: u8,
    now: Timestamp,
) -> Result<(), Error> {
    add(connection, tenant, what, &[spread % STRIPES], now, 1).await
}

/// Makes the first count of this hour and says whether it was the first.
pub(super) async fn is_first(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    what: What,
    subject: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    let insert = Sql::new(
        "INSERT INTO tally (tenant, what, subject, hour, count) VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING",
    );
    let insert = insert.bind(tenant.as_str()).bind(what.name()).bind(subject.to_vec()).bind(hour(now));
    Ok(sql::execute(connection, insert).await? > 0)
}

/// A count over the last day.
pub(super) async fn sum(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    what: What,
    subject: &[u8],
    now: Timestamp,
) -> Result<u64, Error> {
    let question = Sql::new(
        "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) AS total FROM tally \
         WHERE tenant = $1 AND what = $2 AND subject = $3 AND hour >= $4",
    );
    let question = question.bind(tenant.as_str()).bind(what.name()).bind(subject.to_vec()).bind(oldest(now));
    total(connection, question).await
}

/// A count of the whole tenant over the last day.
pub(super) async fn sum_striped(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    what: What,
    now: Timestamp,
) -> Result<u64, Error> {
    let question = Sql::new(
        "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) AS total FROM tally \
         WHERE tenant = $1 AND what = $2 AND hour >= $3",
    );
    total(connection, question.bind(tenant.as_str()).bind(what.name()).bind(oldest(now))).await
}

async fn total(connection: &impl ConnectionTrait, question: Sql) -> Result<u64, Error> {
    let row = sql::one(connection, question).await?.ok_or(Error::Unreadable { column: "total" })?;
    row.small("total")
}
