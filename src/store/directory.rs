//! The accounts and sessions of the `local` provider. It is the directory itself, and so the one place where
//! addresses and (hashed) passwords stand readable.

use std::fmt;

use sea_orm::Value;

use super::columns::ms;
use super::sql::{self, Row, Sql};
use super::{Error, TenantStore};
use crate::domain::Timestamp;
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::AccountId;
use crate::domain::secret::Secret;

/// An account of the `local` directory.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalAccount {
    /// Its immutable id.
    pub id: AccountId,
    /// The name to sign in with.
    pub username: String,
    /// Its mail address.
    pub email: Option<EmailAddress>,
    /// Whether the address is known to be the person's.
    pub email_verified: bool,
    /// Its telephone number.
    pub phone: Option<PhoneNumber>,
    /// Whether the number is known to be the person's.
    pub phone_verified: bool,
    /// The password's hash as a PHC string.
    pub password: Option<Secret>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Whether an administrator locked it.
    pub locked_by_administrator: bool,
    /// Until when too many wrong passwords have locked it.
    pub locked_until: Option<Timestamp>,
    /// Wrong passwords since the last right one.
    pub failed: u32,
    /// Whether its password lives elsewhere.
    pub federated: bool,
    /// Whether it belongs to a program.
    pub service: bool,
    /// Its groups.
    pub groups: Vec<String>,
    /// The language that the person chose, as a BCP 47 tag.
    pub locale: Option<String>,
    /// When its password was last changed.
    pub password_changed_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl fmt::Debug for LocalAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalAccount({:?})", self.id)
    }
}

/// The columns of an account, in the order of [`values`].
const COLUMNS: [&str; 20] = [
    "tenant",
    "id",
    "username",
    "username_key",
    "email",
    "email_key",
    "email_verified",
    "phone",
    "phone_verified",
    "password",
    "enabled",
    "locked_by_administrator",
    "locked_until",
    "failed",
    "federated",
    "service",
    "groups_json",
    "locale",
    "password_changed_at",
    "created_at",
];

impl TenantStore {
    /// Adds an account; [`Error::Exists`] where its id or its username is taken.
    pub async fn insert_account(&self, account: &LocalAccount) -> Result<(), Error> {
        let text =
            format!("INSERT INTO local_account ({}) VALUES ({})", COLUMNS.join(", "), sql::places(1, COLUMNS.len()));
        self.change(Sql::new(text).bind_all(self.values(account))).await.map(drop)
    }

    /// The account of that id.
    pub async fn account(&self, id: &AccountId) -> Result<Option<LocalAccount>, Error> {
        let question = Sql::new("SELECT * FROM local_account WHERE tenant = $1 AND id = $2");
        let row = sql::one(self.store.reader()?, question.bind(self.name()).bind(id.as_str())).await?;
        row.as_ref().map(account).transpose()
    }

    /// All accounts, by username.
    pub async fn accounts(&self) -> Result<Vec<LocalAccount>, Error> {
        self.find(Sql::new("SELECT * FROM local_account WHERE tenant = $1 ORDER BY username").bind(self.name())).await
    }

    /// The accounts whose username, its ASCII letters lowered, is `key`.
    pub async fn accounts_by_username(&self, key: &str) -> Result<Vec<LocalAccount>, Error> {
        let question = Sql::new("SELECT * FROM local_account WHERE tenant = $1 AND username_key = $2 ORDER BY id");
        self.find(question.bind(self.name()).bind(key)).await
    }

    /// The accounts whose mail address has this key, verified or not.
    pub async fn accounts_by_email(&self, key: &str) -> Result<Vec<LocalAccount>, Error> {
        let question = Sql::new("SELECT * FROM local_account WHERE tenant = $1 AND email_key = $2 ORDER BY id");
        self.find(question.bind(self.name()).bind(key)).await
    }

    /// The accounts whose number it is known to be.
    pub async fn accounts_by_phone(&self, number: &PhoneNumber) -> Result<Vec<LocalAccount>, Error> {
        let question =
            Sql::new("SELECT * FROM local_account WHERE tenant = $1 AND phone = $2 AND phone_verified ORDER BY id");
        self.find(question.bind(self.name()).bind(number.as_str())).await
    }

    /// Removes an account and its sessions, and says whether it was there.
    pub async fn remove_account(&self, id: &AccountId) -> Result<bool, Error> {
        let (tenant, id) = (self.name(), id.as_str().to_owned());
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let sessions = Sql::new("DELETE FROM local_session WHERE tenant = $1 AND account = $2");
                    sql::execute(transaction, sessions.bind(tenant.clone()).bind(id.clone())).await?;
                    let account = Sql::new("DELETE FROM local_account WHERE tenant = $1 AND id = $2");
                    Ok(sql::execute(transaction, account.bind(tenant).bind(id)).await? > 0)
                })
            })
            .await
    }

    /// Overwrites an account, and says whether it was there.
    pub async fn update_account(&self, account: &LocalAccount) -> Result<bool, Error> {
        let columns: Vec<String> =
            COLUMNS.iter().enumerate().skip(2).map(|(index, column)| format!("{column} = ${}", index + 1)).collect();
        let text = format!("UPDATE local_account SET {} WHERE tenant = $1 AND id = $2", columns.join(", "));
        Ok(self.change(Sql::new(text).bind_all(self.values(account))).await? > 0)
    }

    /// Sets the password's hash, and says whether the account was there. What wrong passwords have locked stays so.
    ///
    /// A session that stands here already and began at `now` or later was begun with the old password, while this
    /// was waiting to be written; whoever ends sessions by the time of the change would miss it, so it goes now.
    pub async fn set_password(&self, id: &AccountId, phc: &Secret, now: Timestamp) -> Result<bool, Error> {
        let account =
            Sql::new("UPDATE local_account SET password = $3, password_changed_at = $4 WHERE tenant = $1 AND id = $2");
        let account = account.bind(self.name()).bind(id.as_str()).bind(phc.expose()).bind(ms(now));
        let sessions = Sql::new("DELETE FROM local_session WHERE tenant = $1 AND account = $2 AND began_at >= $3");
        let sessions = sessions.bind(self.name()).bind(id.as_str()).bind(ms(now));
        self.store
            .write(move |transaction| {
                Box::pin(async move {
                    let is_there = sql::execute(transaction, account).await? > 0;
                    sql::execute(transaction, sessions).await?;
                    Ok(is_there)
                })
            })
            .await
    }

    /// Whose session it is and when it began, while it lasts.
    pub async fn session(&self, digest: [u8; 32], now: Timestamp) -> Result<Option<(AccountId, Timestamp)>, Error> {
        let question = Sql::new(
            "SELECT account, began_at FROM local_session WHERE tenant = $1 AND digest = $2 AND expires_at > $3",
        );
        let question = question.bind(self.name()).bind(digest.to_vec()).bind(ms(now));
        let row = sql::one(self.store.reader()?, question).await?;
        row.map(|row| Ok((AccountId::new(row.text("account")?), row.time("began_at")?))).transpose()
    }

    /// Ends one session.
    pub async fn end_session(&self, digest: [u8; 32]) -> Result<(), Error> {
        let statement = Sql::new("DELETE FROM local_session WHERE tenant = $1 AND digest = $2");
        self.change(statement.bind(self.name()).bind(digest.to_vec())).await.map(drop)
    }

    /// Ends the sessions of an account that began before `before`, and says how many.
    pub async fn end_sessions(&self, account: &AccountId, before: Timestamp) -> Result<u64, Error> {
        let statement = Sql::new("DELETE FROM local_session WHERE tenant = $1 AND account = $2 AND began_at < $3");
        self.change(statement.bind(self.name()).bind(account.as_str()).bind(ms(before))).await
    }

    async fn find(&self, question: Sql) -> Result<Vec<LocalAccount>, Error> {
        sql::all(self.store.reader()?, question).await?.iter().map(account).collect()
    }

    async fn change(&self, statement: Sql) -> Result<u64, Error> {
        self.store.write(move |transaction| Box::pin(async move { sql::execute(transaction, statement).await })).await
    }

    fn values(&self, account: &LocalAccount) -> Vec<Value> {
        let groups = serde_json::to_string(&account.groups).expect("a list of texts is always JSON");
        vec![
            self.name().into(),
            account.id.as_str().into(),
            account.username.clone().into(),
            account.username.to_ascii_lowercase().into(),
            account.email.as_ref().map(|email| email.as_str().to_owned()).into(),
            account.email.as_ref().map(EmailAddress::key).into(),
            account.email_verified.into(),
            account.phone.as_ref().map(|phone| phone.as_str().to_owned()).into(),
            account.phone_verified.into(),
            account.password.as_ref().map(|password| password.expose().to_owned()).into(),
            account.enabled.into(),
            account.locked_by_administrator.into(),
            account.locked_until.map(ms).into(),
            i64::from(account.failed).into(),
            account.federated.into(),
            account.service.into(),
            groups.into(),
            account.locale.clone().into(),
            account.password_changed_at.map(ms).into(),
            ms(account.created_at).into(),
        ]
    }
}

fn account(row: &Row) -> Result<LocalAccount, Error> {
    let email = row.maybe_text("email")?.map(|text| EmailAddress::parse(&text));
    let phone = row.maybe_text("phone")?.map(|text| PhoneNumber::parse(&text));
    let groups = serde_json::from_str(&row.text("groups_json")?);
    Ok(LocalAccount {
        id: AccountId::new(row.text("id")?),
        username: row.text("username")?,
        email: email.map(|email| email.ok_or(Error::Unreadable { column: "email" })).transpose()?,
        email_verified: row.flag("email_verified")?,
        phone: phone.map(|phone| phone.ok_or(Error::Unreadable { column: "phone" })).transpose()?,
        phone_verified: row.flag("phone_verified")?,
        password: row.maybe_text("password")?.map(Secret::new),
        enabled: row.flag("enabled")?,
        locked_by_administrator: row.flag("locked_by_administrator")?,
        locked_until: row.maybe_time("locked_until")?,
        failed: row.small("failed")?,
        federated: row.flag("federated")?,
        service: row.flag("service")?,
        groups: groups.map_err(|_| Error::Unreadable { column: "groups_json" })?,
        locale: row.maybe_text("locale")?,
        password_changed_at: row.maybe_time("password_changed_at")?,
        created_at: row.time("created_at")?,
    })
}
