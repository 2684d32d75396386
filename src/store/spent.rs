//! What has been sent to an account and guessed at its codes, counted where the decision about the next message is made.

use std::time::Duration;

use sea_orm::ConnectionTrait;

use super::Error;
use super::booking::Booking;
use super::columns::{self, ms};
use super::sql::{self, Row, Sql};
use super::tally::{self, What};
use crate::domain::Timestamp;
use crate::domain::code::DIGITS;
use crate::domain::id::TenantId;
use crate::domain::sending::{COUNTRY_WINDOW, Spent, Texts, spray_threshold};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// No code lives longer (SECURITY, "Defaults and ceilings").
const LONGEST_CODE: Duration = Duration::from_mins(10);

/// Counts what the plan of a message goes by. What cannot matter for it is not asked.
pub(super) async fn spent(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    booking: &Booking,
) -> Result<Spent, Error> {
    let mut spent = of_account(connection, tenant, booking).await?;
    if booking.wanted.digits > 0 {
        spent.live_codes = live_codes(connection, tenant, booking).await?;
        let wrong = tally::sum(connection, tenant, What::Wrong, &booking.subject, booking.now).await?;
        spent.wrong_codes = u32::try_from(wrong).unwrap_or(u32::MAX);
        spent.spray = is_sprayed(connection, tenant, booking.now).await?;
    }
    if let Some(texts) = &booking.wanted.text {
        of_texts(connection, tenant, texts, booking.now, &mut spent).await?;
    }
    Ok(spent)
}

async fn of_account(connection: &impl ConnectionTrait, tenant: &TenantId, booking: &Booking) -> Result<Spent, Error> {
    let question = Sql::new(
        "SELECT MAX(CASE WHEN way = 'mail' THEN at END) AS last_mail, \
         MAX(CASE WHEN way = 'mail' THEN full_at END) AS full_at, \
         MAX(CASE WHEN way = 'text' THEN at END) AS last_text, \
         COUNT(CASE WHEN way = 'text' AND at > $4 THEN 1 END) AS in_hour, \
         COUNT(CASE WHEN way = 'text' THEN 1 END) AS in_day \
         FROM sent WHERE tenant = $1 AND account = $2 AND at > $3",
    );
    let (day, hour) = (booking.now - DAY, booking.now - HOUR);
    let question = question.bind(tenant.as_str()).bind(booking.account.as_str()).bind(ms(day)).bind(ms(hour));
    let row = first(connection, question).await?;
    Ok(Spent {
        last_mail: row.maybe_time("last_mail")?,
        mails_full_at: row.maybe_time("full_at")?,
        last_text: row.maybe_time("last_text")?,
        texts_in_hour: row.small("in_hour")?,
        texts_in_day: row.small("in_day")?,
        ..Spent::default()
    })
}

/// Other recoveries of the account with a code that could still be right.
async fn live_codes(connection: &impl ConnectionTrait, tenant: &TenantId, booking: &Booking) -> Result<u32, Error> {
    let question = Sql::new(
        "SELECT COUNT(DISTINCT r.id) AS live FROM delivery d \
         JOIN recovery r ON r.tenant = d.tenant AND r.id = d.recovery \
         WHERE d.tenant = $1 AND d.account = $2 AND d.recovery <> $3 AND d.digits > 0 AND d.at > $4 \
         AND r.state IN ('open', 'changing') AND r.codes_left > 0 AND r.codes_closed_at IS NULL \
         AND r.cancelled_at IS NULL AND r.expires_at > $5",
    );
    let question = question
        .bind(tenant.as_str())
        .bind(booking.account.as_str())
        .bind(columns::id(booking.recovery.as_bytes()))
        .bind(ms(booking.now - LONGEST_CODE))
        .bind(ms(booking.now));
    first(connection, question).await?.small("live")
}

/// Whether the tenant's codes of any length are being guessed at.
async fn is_sprayed(connection: &impl ConnectionTrait, tenant: &TenantId, now: Timestamp) -> Result<bool, Error> {
    for digits in DIGITS {
        if spray_threshold(digits, 0).is_none() {
            continue;
        }
        let guesses = tally::sum_striped(connection, tenant, What::Guess(digits), now).await?;
        let right = tally::sum_striped(connection, tenant, What::Right(digits), now).await?;
        if spray_threshold(digits, right).is_some_and(|threshold| guesses >= threshold) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn of_texts(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    texts: &Texts,
    now: Timestamp,
    spent: &mut Spent,
) -> Result<(), Error> {
    let question = Sql::new(
        "SELECT COUNT(*) AS in_day, \
         COUNT(CASE WHEN country = $3 AND at > $4 THEN 1 END) AS country, \
         COUNT(CASE WHEN prefix = $5 THEN 1 END) AS prefix, \
         COUNT(CASE WHEN prefix = $5 AND verified_at IS NOT NULL THEN 1 END) AS verified \
         FROM sent WHERE tenant = $1 AND way = 'text' AND at > $2",
    );
    let question = question
        .bind(tenant.as_str())
        .bind(ms(now - DAY))
        .bind(texts.country.clone())
        .bind(ms(now - COUNTRY_WINDOW))
        .bind(texts.prefix.to_vec());
    let row = first(connection, question).await?;
    spent.tenant_texts = row.small("in_day")?;
    spent.country_texts = row.small("country")?;
    spent.prefix_texts = row.small("prefix")?;
    spent.prefix_verified = row.small("verified")?;
    // Of all tenants: what the operator pays.
    let question = Sql::new("SELECT COUNT(*) AS in_day FROM sent WHERE way = 'text' AND at > $1").bind(ms(now - DAY));
    spent.operator_texts = first(connection, question).await?.small("in_day")?;
    Ok(())
}

async fn first(connection: &impl ConnectionTrait, question: Sql) -> Result<Row, Error> {
    sql::one(connection, question).await?.ok_or(Error::Unreadable { column: "count" })
}
