//! `regain account`: who is in the directory that comes with regain.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use tokio_util::task::TaskTracker;

use super::{Dir, Failure, diagnose, say, wait};
use crate::clock::SystemClock;
use crate::domain::address::{EmailAddress, PhoneNumber};
use crate::domain::id::{AccountId, TenantId};
use crate::domain::password::{MAX_BYTES, NewPassword};
use crate::identity::Hashing;
use crate::identity::local::{AddError, Directory, NewAccount};
use crate::store::Store;

/// Adds, lists and removes accounts of tenants whose provider is `local`
#[derive(Debug, Args)]
pub(super) struct Account {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Adds an account and prints its id
    #[command(
        after_help = "Examples:\n  regain account add acme alice --email alice@acme.example --verified\n  pwgen -s 24 \
                            1 | regain account add acme bob --email bob@acme.example --verified --password-file -\n\n\
                            Without a password nobody signs in until a recovery has set one."
    )]
    Add(Add),
    /// Lists a tenant's accounts: id, username, mail address, verified or not
    #[command(after_help = "Examples:\n  regain account list acme")]
    List(Whose),
    /// Removes an account and its sessions
    #[command(after_help = "Examples:\n  regain account remove acme alice")]
    Remove(Remove),
}

#[derive(Debug, Args)]
struct Whose {
    /// The tenant
    #[arg(value_name = "T")]
    tenant: String,
    #[command(flatten)]
    dir: Dir,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    whose: Whose,
    /// The name to sign in with
    user: String,
    /// The mail address
    #[arg(long, value_name = "E")]
    email: String,
    /// The telephone number with + and the country's code, as +12025550142
    #[arg(long, value_name = "P")]
    phone: Option<String>,
    /// The address and the number are known to be the person's; others are never sent anything
    #[arg(long)]
    verified: bool,
    /// Read the password from this file, - for stdin; a line break at its end does not belong to it
    #[arg(long, value_name = "F")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Remove {
    #[command(flatten)]
    whose: Whose,
    /// The account's id, or its username
    user: String,
}

impl Account {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.deed {
            Deed::Add(add) => wait(add.run()),
            Deed::List(whose) => wait(whose.list()),
            Deed::Remove(remove) => wait(remove.run()),
        }
    }
}

impl Add {
    async fn run(self) -> Result<(), Failure> {
        let email =
            EmailAddress::parse(&self.email).ok_or_else(|| Failure::Usage("--email is no mail address".into()))?;
        let wrong_phone = |wrong| Failure::Usage(format!("--phone {wrong}; a right one is +12025550142"));
        let phone = self.phone.as_deref().map(PhoneNumber::held).transpose().map_err(wrong_phone)?;
        let password = match &self.password_file {
            Some(path) => Some(read_password(path)?),
            None => None,
        };
        let opened = self.whose.open().await?;
        let new = NewAccount {
            username: self.user,
            email: Some(email),
            email_verified: self.verified,
            phone_verified: self.verified && phone.is_some(),
            phone,
            password,
            ..NewAccount::default()
        };
        let added = opened.directory.add(new).await;
        opened.close().await;
        match added {
            Ok(id) => say(id.as_str()),
            Err(AddError::Store(error)) => return Err(error.into()),
            Err(refusal @ (AddError::Username | AddError::Taken | AddError::Hashing(_))) => {
                return Err(Failure::Refused(refusal.to_string()));
            }
        }
        Ok(())
    }
}

impl Remove {
    async fn run(self) -> Result<(), Failure> {
        let opened = self.whose.open().await?;
        let removed = remove(&opened.directory, &self.user).await;
        opened.close().await;
        if removed? { Ok(()) } else { Err(Failure::Refused(format!("there is no account {}", self.user))) }
    }
}

async fn remove(directory: &Directory, user: &str) -> Result<bool, Failure> {
    if directory.remove(&AccountId::new(user)).await? {
        return Ok(true);
    }
    let accounts = directory.list().await?;
    match accounts.iter().find(|account| account.username.eq_ignore_ascii_case(user)) {
        Some(account) => Ok(directory.remove(&account.id).await?),
        None => Ok(false),
    }
}

/// A tenant's directory and the store it lies in.
struct Opened {
    directory: Directory,
    store: Store,
    tracker: TaskTracker,
}

impl Opened {
    /// Lets the store finish what it began.
    async fn close(self) {
        drop(self.directory);
        self.store.close().await;
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl Whose {
    async fn list(self) -> Result<(), Failure> {
        let opened = self.open().await?;
        let accounts = opened.directory.list().await;
        opened.close().await;
        for account in accounts? {
            let email = account.emails.first();
            let address = email.map_or("-", |email| email.address.as_str());
            let verified = if email.is_some_and(|email| email.verified) { "verified" } else { "unverified" };
            say(&format!("{}\t{}\t{address}\t{verified}", account.id.as_str(), account.username));
        }
        Ok(())
    }

    async fn open(&self) -> Result<Opened, Failure> {
        let config = self.dir.open()?;
        let (id, kind) = self.tenant(&config)?;
        if kind != "local" {
            return Err(Failure::Refused(format!("the accounts of {id} live with its provider, `{kind}`")));
        }
        let tracker = TaskTracker::new();
        let store = Store::open(&config.store, &tracker).await?;
        let directory = Directory::new(store.tenant(&id), Arc::new(SystemClock::default()), Hashing::new(1));
        Ok(Opened { directory, store, tracker })
    }

    fn tenant(&self, config: &crate::config::Config) -> Result<(TenantId, &'static str), Failure> {
        let found = config.tenants.files().find(|(id, _)| id.as_str() == self.tenant);
        let Some((id, file)) = found else {
            let known: Vec<&str> = config.tenants.files().map(|(id, _)| id.as_str()).collect();
            let known = known.join(", ");
            return Err(Failure::Usage(format!("there is no tenant {}; there are: {known}", self.tenant)));
        };
        let Some(kind) = config.tenants.provider_kind(id) else {
            diagnose(&format!("help: regain check --tenant {id}"));
            return Err(Failure::Refused(format!("{file} is mistaken")));
        };
        Ok((id.clone(), kind))
    }
}

fn read_password(path: &Path) -> Result<NewPassword, Failure> {
    let failed = |error: std::io::Error| Failure::Refused(format!("cannot read --password-file: {error}"));
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 2;
    let mut text = zeroize::Zeroizing::new(String::new());
    if path == Path::new("-") {
        std::io::stdin().take(limit).read_to_string(&mut text).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(limit).read_to_string(&mut text).map_err(failed)?;
    }
    let password = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() || password.len() > MAX_BYTES {
        return Err(Failure::Refused(format!("--password-file does not hold 1 to {MAX_BYTES} bytes")));
    }
    Ok(NewPassword::new(password))
}
