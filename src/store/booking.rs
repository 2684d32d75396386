//! A message of a recovery is booked before it is handed over: what has been sent is counted, what may be sent is
//! decided (pure, in `domain::sending`), and both the delivery and the booking are written, in one transaction. Of many
//! workers with messages for one account none counts past another.

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::columns::{self, ms};
use super::recovery::records;
use super::rows::{DeliveredTo, Delivery, Record};
use super::schema::Table;
use super::spent::spent;
use super::sql::{self, Rows, Sql};
use super::tally::{self, What};
use super::{Error, TenantStore, is_postgres};
use crate::domain::Timestamp;
use crate::domain::id::{AccountId, MessageId, RecoveryId, TenantId};
use crate::domain::sending::{Limit, Sending, Step, Wanted, Way, plan};

/// Text messages are booked one after the other, for their budgets are shared by all tenants.
const TEXTS_LOCK: i64 = 0x7265_6761_7478;

/// A message that the worker would send.
#[derive(Clone, Debug)]
pub struct Booking {
    /// The outbox row.
    pub message: MessageId,
    /// Its recovery.
    pub recovery: RecoveryId,
    /// Its issue.
    pub issue: u8,
    /// Whose account it is for.
    pub account: AccountId,
    /// Under what wrong codes of the account are counted.
    pub subject: [u8; 32],
    /// What it would be.
    pub wanted: Wanted,
    /// What the delivery keeps where it goes by mail.
    pub to_mail: Option<DeliveredTo>,
    /// The same where it goes by text message.
    pub to_text: Option<DeliveredTo>,
    /// Whether it stands in for a text message that was refused: then the delivery is the mail's from here on.
    pub instead_of_text: bool,
    /// A line of the audit about a quota that was met; which one stands in for its reason.
    pub limit_audit: Record,
    /// When.
    pub now: Timestamp,
}

/// What was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// What is to be done.
    pub step: Step,
    /// The quotas that were met.
    pub met: Vec<Limit>,
    /// Those of them that an operator is to hear of, for the first time in this hour.
    pub alarms: Vec<Limit>,
}

impl TenantStore {
    /// Books a message. [`Step::Later`] writes no delivery; [`Step::Nothing`] writes one to nobody, as for an unknown
    /// account. A mail that stands in for a text message takes over its delivery, so that what it carries dies with the
    /// address that it went to (TL-13), and gives back what the text message had spent.
    pub async fn book(&self, booking: Booking) -> Result<Booked, Error> {
        let tenant = self.tenant.clone();
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    hold(transaction, &tenant, &booking).await?;
                    if booking.instead_of_text {
                        sql::execute(transaction, unbook(&tenant, booking.message, Way::Text)).await?;
                    }
                    let spent = spent(transaction, &tenant, &booking).await?;
                    let plan = plan(&booking.wanted, &spent, booking.now);
                    let mut rows = Rows::default();
                    match plan.step {
                        Step::Send(sending) => {
                            if booking.instead_of_text {
                                readdress(transaction, &tenant, &booking).await?;
                            } else {
                                rows.add(Table::Delivery, delivered(&tenant, &booking, &sending));
                            }
                            insert_sent(transaction, &tenant, &booking, &sending).await?;
                        }
                        Step::Nothing if booking.instead_of_text => {}
                        Step::Nothing => rows.add(Table::Delivery, to_nobody(&tenant, &booking)),
                        Step::Later { .. } => return Ok(Booked { step: plan.step, met: vec![], alarms: vec![] }),
                    }
                    let alarms = tell(transaction, &tenant, &booking, &plan.met, &mut rows).await?;
                    rows.insert(transaction).await?;
                    Ok(Booked { step: plan.step, met: plan.met, alarms })
                })
            })
            .await
    }

    /// The way that a message was booked by last; `None` where it was not.
    pub async fn booked_way(&self, message: MessageId) -> Result<Option<Way>, Error> {
        // `mail` is what a text message falls back to, so it is the later one, and the first by name.
        let question = Sql::new("SELECT MIN(way) AS way FROM sent WHERE tenant = $1 AND message = $2");
        let question = question.bind(self.name()).bind(columns::id(message.as_bytes()));
        let row = sql::one(self.store.reader()?, question).await?;
        let way = row.map(|row| row.maybe_text("way")).transpose()?.flatten();
        way.map(|way| Way::parse(&way).ok_or(Error::Unreadable { column: "way" })).transpose()
    }

    /// Gives back what a message that never went out has spent.
    pub async fn unbook(&self, message: MessageId, way: Way) -> Result<(), Error> {
        self.store.write_one(unbook(&self.tenant, message, way)).await.map(drop)
    }
}

fn unbook(tenant: &TenantId, message: MessageId, way: Way) -> Sql {
    let statement = Sql::new("DELETE FROM sent WHERE tenant = $1 AND message = $2 AND way = $3");
    statement.bind(tenant.as_str()).bind(columns::id(message.as_bytes())).bind(way.as_str())
}

/// Makes the delivery of a text message that of the mail which stands in for it.
async fn readdress(connection: &impl ConnectionTrait, tenant: &TenantId, booking: &Booking) -> Result<(), Error> {
    let Some(to) = &booking.to_mail else { return Ok(()) };
    let statement =
        Sql::new("UPDATE delivery SET login = $4, address = $5 WHERE tenant = $1 AND recovery = $2 AND issue = $3");
    let statement = statement.bind(tenant.as_str()).bind(columns::id(booking.recovery.as_bytes()));
    let statement = statement.bind(i64::from(booking.issue)).bind(to.login.as_bytes().to_vec());
    sql::execute(connection, statement.bind(to.address.to_vec())).await.map(drop)
}

/// Keeps others who book for the same account waiting. SQLite has one writer and needs nothing.
async fn hold(transaction: &DatabaseTransaction, tenant: &TenantId, booking: &Booking) -> Result<(), Error> {
    if !is_postgres(transaction) {
        return Ok(());
    }
    if booking.wanted.text.is_some() {
        let lock = Sql::new("SELECT 1 AS one FROM (SELECT pg_advisory_xact_lock($1)) AS held").bind(TEXTS_LOCK);
        sql::all(transaction, lock).await?;
    }
    let lock = Sql::new("SELECT 1 AS one FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS held");
    let name = format!("{}\u{1f}{}", tenant.as_str(), booking.account.as_str());
    sql::all(transaction, lock.bind(name)).await.map(drop)
}

fn delivered(tenant: &TenantId, booking: &Booking, sending: &Sending) -> Vec<sea_orm::Value> {
    let account = match sending.way {
        Way::Mail => booking.to_mail.clone(),
        Way::Text => booking.to_text.clone(),
    };
    let delivery = Delivery {
        issue: booking.issue,
        at: booking.now,
        account,
        digits: sending.digits,
        refuse_at: Some(sending.refuse_at),
    };
    columns::delivery_row(tenant, booking.recovery, &delivery)
}

fn to_nobody(tenant: &TenantId, booking: &Booking) -> Vec<sea_orm::Value> {
    let delivery = Delivery { issue: booking.issue, at: booking.now, account: None, digits: 0, refuse_at: None };
    columns::delivery_row(tenant, booking.recovery, &delivery)
}

async fn insert_sent(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    booking: &Booking,
    sending: &Sending,
) -> Result<(), Error> {
    let texts = booking.wanted.text.as_ref().filter(|_| sending.way == Way::Text);
    let statement = Sql::new(
        "INSERT INTO sent (tenant, message, way, account, recovery, issue, at, full_at, country, prefix) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    );
    let statement = statement
        .bind(tenant.as_str())
        .bind(columns::id(booking.message.as_bytes()))
        .bind(sending.way.as_str())
        .bind(booking.account.as_str())
        .bind(columns::id(booking.recovery.as_bytes()))
        .bind(i64::from(booking.issue))
        .bind(ms(booking.now))
        .bind(ms(sending.full_at))
        .bind(texts.map(|texts| texts.country.clone()))
        .bind(texts.map(|texts| texts.prefix.to_vec()));
    sql::execute(connection, statement).await.map(drop)
}

/// Writes what the audit is told of quotas: each message of an account, and what is about a whole tenant once in an
/// hour.
async fn tell(
    connection: &impl ConnectionTrait,
    tenant: &TenantId,
    booking: &Booking,
    met: &[Limit],
    rows: &mut Rows,
) -> Result<Vec<Limit>, Error> {
    let mut alarms = Vec::new();
    for limit in met {
        let name = limit.as_str();
        if limit.is_alarming() {
            if !tally::is_first(connection, tenant, What::Told, name.as_bytes(), booking.now).await? {
                continue;
            }
            alarms.push(*limit);
        }
        rows.append(&records(tenant, &[Record { reason: Some(name), ..booking.limit_audit.clone() }]));
    }
    Ok(alarms)
}
