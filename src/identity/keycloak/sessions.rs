//! Ending sessions: those of browsers and the offline ones, which a client keeps alive for months.
//!
//! Two things of Keycloak's stand behind the order here, both measured. A logout leaves an offline token of the same
//! second alive, so the offline consents are deleted as well. And a client that refreshes while its session is being
//! ended can bring it back, and then no list shows it any more: only its id still ends it. So all ids are read first,
//! and each is deleted until Keycloak says that there is no such session.
//!
//! Whoever has the old password can begin sessions without end, so that their list is too long to be read or does not
//! come in time: Keycloak gives it whole or not at all. Then everybody is signed out first, and what is left is listed.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::try_join_all;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use reqwest::Method;
use serde::Deserialize;

use super::provider::Keycloak;
use super::realm::{Operation, plausible};
use super::unfinished::Session;
use crate::domain::Timestamp;
use crate::domain::id::AccountId;
use crate::identity::{Cause, Ended, Error};

/// What a consent's grant is called that stands for offline sessions.
const OFFLINE: &str = "Offline Token";
/// How long after a deletion a session is looked for again: longer than a refresh that was under way takes.
const SETTLE: Duration = Duration::from_millis(250);
/// Most deletions at a time.
const AT_ONCE: usize = 8;
/// How many sessions are seen to be gone before the next ones are: where the time ends in between, the next try begins
/// after them.
const TOGETHER: usize = 500;
/// Longest that all lists may take, so that there is time left to sign out whoever has more sessions than that.
const LISTS: Duration = Duration::from_secs(4);

#[derive(Deserialize)]
struct Listed {
    id: String,
    /// When it began, in milliseconds without those below a second; of an offline one when its token was given.
    start: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consent {
    client_id: String,
    #[serde(default)]
    additional_grants: Vec<Grant>,
}

#[derive(Deserialize)]
struct Grant {
    key: String,
    client: String,
}

/// All that an account holds open.
struct Held {
    sessions: Vec<(Session, i64)>,
    /// The clients with offline sessions.
    clients: Vec<String>,
}

impl Keycloak {
    /// Ends what began before a moment. A session's beginning is known to the second: what began in the second of the
    /// moment may have begun before it and is ended.
    pub(super) async fn end(&self, account: &AccountId, before: Timestamp) -> Result<Ended, Error> {
        let Some(id) = plausible(account) else { return Ok(Ended { sessions: Some(0) }) };
        let operation = &self.realm.operation();
        let listed = match held(&operation.part(LISTS), id).await {
            Err(Error::Unavailable(Cause::TooLong | Cause::Timeout)) => {
                // Whoever has signed in since the change is signed out with them.
                logout(operation, id, &offline_clients(&consents(operation, id).await?)).await?;
                held(operation, id).await
            }
            listed => listed,
        };
        let Some(held) = listed? else { return Ok(Ended { sessions: Some(0) }) };
        let before = self.realm.offset().to_theirs(before);
        let began_later = held.sessions.iter().any(|(_, start)| *start >= before);
        let old = held.sessions.into_iter().filter(|(_, start)| *start < before);
        let ends = self.unfinished.add(account, old.map(|(session, _)| session));
        if !began_later {
            logout(operation, id, &held.clients).await?;
        }
        for some in ends.chunks(TOGETHER) {
            delete(operation, some).await?;
            self.unfinished.done(account, some);
        }
        Ok(Ended { sessions: u64::try_from(ends.len()).ok() })
    }
}

/// Reads all that an account holds open; `None` where there is no such account.
async fn held(operation: &Operation<'_>, id: &str) -> Result<Option<Held>, Error> {
    let answer = operation.ask(Method::GET, &["users", id, "sessions"], &[], None).await?;
    if answer.is_no_account() {
        return Ok(None);
    }
    let online: Vec<Listed> = answer.read()?;
    let consents = consents(operation, id).await?;
    let grants = consents.iter().flat_map(|consent| &consent.additional_grants);
    let uuids: BTreeSet<&str> =
        grants.filter(|grant| grant.key == OFFLINE).map(|grant| grant.client.as_str()).collect();
    let offline = try_join_all(uuids.into_iter().map(|client| offline(operation, id, client))).await?;
    let named = |is_offline| move |it: Listed| (Session { id: it.id, is_offline }, it.start);
    let sessions = online.into_iter().map(named(false)).chain(offline.into_iter().flatten().map(named(true)));
    Ok(Some(Held { sessions: sessions.collect(), clients: offline_clients(&consents) }))
}

async fn consents(operation: &Operation<'_>, id: &str) -> Result<Vec<Consent>, Error> {
    operation.read(&["users", id, "consents"], &[]).await
}

/// The clients with offline sessions.
fn offline_clients(consents: &[Consent]) -> Vec<String> {
    let is_offline = |consent: &&Consent| consent.additional_grants.iter().any(|grant| grant.key == OFFLINE);
    consents.iter().filter(is_offline).map(|consent| consent.client_id.clone()).collect()
}

async fn offline(operation: &Operation<'_>, id: &str, client: &str) -> Result<Vec<Listed>, Error> {
    let answer = operation.ask(Method::GET, &["users", id, "offline-sessions", client], &[], None).await?;
    // The client was removed, and its sessions with it.
    if answer.status == 404 { Ok(Vec::new()) } else { answer.read() }
}

/// Signs the account out everywhere, and takes its offline tokens from every client.
async fn logout(operation: &Operation<'_>, id: &str, clients: &[String]) -> Result<(), Error> {
    let answer = operation.ask(Method::POST, &["users", id, "logout"], &[], None).await?;
    if answer.status != 204 && !answer.is_no_account() {
        return Err(answer.refused());
    }
    for client in clients {
        let answer = operation.ask(Method::DELETE, &["users", id, "consents", client], &[], None).await?;
        if !matches!(answer.status, 204 | 404) {
            return Err(answer.refused());
        }
    }
    Ok(())
}

/// Deletes each session, and again until it is not there: at least once after a pause.
async fn delete(operation: &Operation<'_>, ends: &[Session]) -> Result<(), Error> {
    let mut left = ends.to_vec();
    let mut is_first = true;
    while !left.is_empty() {
        if !is_first && !operation.pause(SETTLE).await {
            return Err(Error::Unavailable(Cause::Timeout));
        }
        let deleted = iter(left).map(|session| delete_one(operation, session));
        let deleted: Vec<(Session, bool)> = deleted.buffer_unordered(AT_ONCE).try_collect().await?;
        left =
            deleted.into_iter().filter(|(_, was_there)| is_first || *was_there).map(|(session, _)| session).collect();
        is_first = false;
    }
    Ok(())
}

/// Deletes one, and says whether it was there.
async fn delete_one(operation: &Operation<'_>, session: Session) -> Result<(Session, bool), Error> {
    let offline: &[(&str, &str)] = if session.is_offline { &[("isOffline", "true")] } else { &[] };
    let answer = operation.ask(Method::DELETE, &["sessions", &session.id], offline, None).await?;
    match answer.status {
        204 => Ok((session, true)),
        404 => Ok((session, false)),
        _ => Err(answer.refused()),
    }
}
