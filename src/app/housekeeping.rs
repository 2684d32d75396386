//! What has to be done now and then: the clock is held against the database's, rows that have expired go, and health is
//! asked for.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::audit;
use crate::channel::{self, Channel};
use crate::clock::{Clock, SystemClock};
use crate::identity;
use crate::limit::Limiter;
use crate::store::{self, Kind, Store};
use crate::tenant::{Registry, Tenant};
use crate::web::health::{Component, Health, State};

/// How often the store and the shared limits are asked for a sign of life.
const PING: Duration = Duration::from_secs(5);
/// How often the clock is compared and providers and mail servers are asked.
const LOOK: Duration = Duration::from_mins(1);
/// How often expired rows go.
const PURGE: Duration = Duration::from_mins(10);
/// Most tenants whose connectors are asked in one look; the next look goes on with the others.
const ASKED_AT_ONCE: usize = 16;
/// Longest that one connector may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Keeps house until `stop`.
pub(super) async fn keep(
    store: Store,
    clock: Arc<SystemClock>,
    limiter: Arc<Limiter>,
    registry: Arc<ArcSwap<Registry>>,
    health: Health,
    stop: CancellationToken,
) {
    // Each goes at its own pace: a mail server that hangs must not hold up the news that the store is gone.
    let (mut ping, mut compare, mut look, mut purge) = (every(PING), every(LOOK), every(LOOK), every(PURGE));
    let mut count = every(PING);
    let store_is_asked = async {
        loop {
            ping.tick().await;
            ask_store(&store, &health).await;
        }
    };
    let limits_are_asked = async {
        loop {
            count.tick().await;
            ask_limits(&limiter, &health).await;
        }
    };
    let clocks_are_compared = async {
        loop {
            compare.tick().await;
            compare_clocks(&store, &clock, &health).await;
        }
    };
    let connectors_are_asked = async {
        let mut next = 0;
        loop {
            look.tick().await;
            next = ask_connectors(&registry.load_full(), next, &health).await;
        }
    };
    let what_has_expired_goes = async {
        loop {
            purge.tick().await;
            remove_expired(&store, &*clock).await;
        }
    };
    tokio::select! {
        () = store_is_asked => {}
        () = limits_are_asked => {}
        () = clocks_are_compared => {}
        () = connectors_are_asked => {}
        () = what_has_expired_goes => {}
        () = stop.cancelled() => {}
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

async fn ask_store(store: &Store, health: &Health) {
    match tokio::time::timeout(PATIENCE, store.ping()).await {
        Ok(Ok(())) => health.set(Component::Store, State::Up, "answers"),
        Ok(Err(_)) => health.set(Component::Store, State::Down, "does not answer"),
        Err(_) => health.set(Component::Store, State::Down, "does not answer in time"),
    }
}

/// What is counted elsewhere has a time limit of its own.
async fn ask_limits(limiter: &Limiter, health: &Health) {
    let (state, reason) = match limiter.ping().await {
        Ok(()) if limiter.is_shared() => (State::Up, "answer"),
        Ok(()) => (State::Up, "in this process"),
        Err(_) => (State::Down, "cannot be reached: recoveries, further messages and codes are refused"),
    };
    health.set(Component::Limits, state, reason);
}

/// SQLite lives on this machine's clock; a database server has one of its own, and all replicas go by it.
async fn compare_clocks(store: &Store, clock: &SystemClock, health: &Health) {
    if store.kind() == Kind::Sqlite {
        health.set(Component::Clock, State::Up, "the machine's own");
        return;
    }
    let Ok(theirs) = store.now().await else {
        return;
    };
    let ours = clock.now();
    let ahead_ms = i64::try_from((theirs - ours).whole_milliseconds()).unwrap_or(0);
    let offset_ms = clock.offset_ms() + ahead_ms;
    clock.correct_by(offset_ms);
    let (state, reason) = match offset_ms.unsigned_abs() {
        0..=2_000 => (State::Up, "agrees with the database's"),
        2_001..=30_000 => (State::Degraded, "differs from the database's by more than 2 s"),
        _ => (State::Down, "differs from the database's by more than 30 s"),
    };
    if state != State::Up {
        tracing::warn!(clock.offset_ms = offset_ms, "the machine's clock differs from the database's");
    }
    health.set(Component::Clock, state, reason);
}

/// Asks the next few tenants' providers and mail servers how they are; gives where to go on.
async fn ask_connectors(registry: &Registry, from: usize, health: &Health) -> usize {
    let mut tenants: Vec<&Arc<Tenant>> = registry.tenants().collect();
    tenants.sort_by(|one, other| one.id.cmp(&other.id));
    let count = tenants.len();
    if count == 0 {
        return 0;
    }
    let asked: Vec<Arc<Tenant>> =
        (0..count.min(ASKED_AT_ONCE)).map(|step| tenants[(from + step) % count].clone()).collect();
    let answers: Vec<Answers> = stream::iter(asked).map(ask).buffer_unordered(4).collect().await;
    let tell = |component, all| {
        let (state, reason) =
            if all { (State::Up, "answers") } else { (State::Degraded, "does not answer for every tenant") };
        health.set(component, state, reason);
    };
    tell(Component::Provider, answers.iter().all(|answers| answers.provider));
    tell(Component::Mail, answers.iter().all(|answers| answers.mail));
    tell(Component::Sms, answers.iter().all(|answers| answers.sms));
    (from + ASKED_AT_ONCE) % count
}

/// Whether a tenant's connectors answer; one that it has not is well.
struct Answers {
    provider: bool,
    mail: bool,
    sms: bool,
}

async fn ask(tenant: Arc<Tenant>) -> Answers {
    let provider = tokio::time::timeout(PATIENCE, tenant.provider.check()).await;
    let provider = provider.unwrap_or(Err(identity::Error::Unavailable(identity::Cause::Timeout)));
    if let Err(error) = &provider {
        tracing::warn!(tenant.id = %tenant.id, %error, "the provider cannot be used; `regain doctor` says what to do");
    }
    let mail = is_reached(tenant.mail.as_deref()).await;
    if let Err(error) = &mail {
        tracing::warn!(tenant.id = %tenant.id, %error, "the mail server cannot be used; `regain doctor` says what to do");
    }
    let sms = is_reached(tenant.sms.as_deref()).await;
    if let Err(error) = &sms {
        tracing::warn!(tenant.id = %tenant.id, %error, "text messages cannot be sent; `regain doctor` says what to do");
    }
    Answers { provider: provider.is_ok(), mail: mail.is_ok(), sms: sms.is_ok() }
}

async fn is_reached(channel: Option<&dyn Channel>) -> Result<(), channel::Error> {
    let Some(channel) = channel else { return Ok(()) };
    let answer = tokio::time::timeout(PATIENCE, channel.check()).await;
    answer.unwrap_or(Err(channel::Error::Transient(channel::Cause::Timeout)))
}

async fn remove_expired(store: &Store, clock: &dyn Clock) {
    let now = clock.now();
    let removed = async {
        let recoveries = store.purge(now - store::KEPT_FOR).await?;
        let lines = store.purge_audit(now - audit::KEPT_FOR).await?;
        let sessions = store.purge_sessions(now).await?;
        Ok::<_, store::Error>((recoveries, lines, sessions))
    };
    match removed.await {
        Ok((recoveries, lines, sessions)) => {
            tracing::debug!(recoveries, audit.lines = lines, sessions, "removed what has expired");
        }
        Err(error) => tracing::warn!(%error, "cannot remove what has expired"),
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::audit::Event;
    use crate::domain::Timestamp;
    use crate::domain::id::{MessageId, RecoveryId, TenantId};
    use crate::domain::method::Method;
    use crate::domain::recovery::{Recovery, Terms};
    use crate::domain::seal::Sealed;
    use crate::store::rows::NewRecovery;

    #[derive(Debug)]
    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    /// Who keeps house goes by the machine's clock, so that this cannot be shown through the public door.
    #[tokio::test]
    async fn a_recovery_stays_for_a_day_after_it_has_expired() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = store::Settings::sqlite(folder.path().join("regain.db"));
        let store = Store::open(&settings, &TaskTracker::new()).await.expect("a store");
        let rows = store.tenant(&TenantId::parse("acme").expect("a tenant's id"));
        let minutes = Duration::from_mins;
        let terms = Terms { link_life: minutes(20), code_life: minutes(10), attempts: 5, digits: 8 };
        let began = Timestamp::UNIX_EPOCH;
        let (recovery, issue) = Recovery::start(RecoveryId::random(), 1, Method::EmailOtp, terms, began);
        let (id, expires_at) = (recovery.id, recovery.expires_at);
        let request = Sealed::from_bytes(vec![7; 40]);
        let new = NewRecovery { recovery, issue, request, message: MessageId::new(began) };
        let record = audit::record(Event::RecoveryRequested, began).by_worker();
        rows.insert_recovery(new, record).await.expect("a recovery");

        remove_expired(&store, &At(expires_at + Duration::from_hours(24))).await;
        let after_a_day = rows.recovery(id).await.expect("an answer");
        remove_expired(&store, &At(expires_at + Duration::from_hours(25))).await;
        let after_another_hour = rows.recovery(id).await.expect("an answer");

        assert!(after_a_day.is_some());
        assert!(after_another_hour.is_none());
        store.close().await;
    }
}
