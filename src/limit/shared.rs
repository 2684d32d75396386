//! Counts that several processes share, in a Redis or Valkey: one script, one round trip for each act (`gcra.lua`).
//!
//! Promises: no question takes longer than [`PATIENCE`]. One that is not answered is [`Unreachable`] and leaves the
//! connection for dead; for [`REST`] nobody is kept waiting for another try. It is logged once when the server goes and
//! once when it comes back. What lies there is digests; what reaches them without the key learns no address.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client as Redis, Script};
use tokio::time::{Instant, timeout};

use super::SlowDown;
use super::address::Address;
use super::client::{Client, Fingerprint};
use super::config::OfAct;
use super::rate::Rate;
use super::unreachable::Unreachable;
use crate::metrics;

/// Longest that one question may take, with a new connection where there is none.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// How long nobody tries to connect again after a failure.
const REST: Duration = Duration::from_secs(1);
const SCRIPT: &str = include_str!("gcra.lua");

/// The way to the server. It is not connected before the first question.
pub(super) struct Shared {
    server: Redis,
    script: Script,
    line: Mutex<Line>,
    /// Held by whoever connects; the others wait for what comes of it.
    connecting: tokio::sync::Mutex<()>,
}

/// The one connection, on which all questions travel at the same time.
#[derive(Default)]
struct Line {
    connection: Option<MultiplexedConnection>,
    /// Which connection it is: what an earlier one failed at says nothing of this one.
    number: u64,
    failed_at: Option<Instant>,
}

impl Shared {
    pub(super) fn new(address: &Address) -> Self {
        // The program installs it first thing; a test that never ran main has not.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let server = Redis::open(*address.0.clone()).expect("an address that was read once is read again");
        Self { server, script: Script::new(SCRIPT), line: Mutex::default(), connecting: tokio::sync::Mutex::default() }
    }

    /// Counts one act for all of its rates, or says for how long the client must wait.
    pub(super) async fn check(
        &self,
        client: &Client,
        (rate, second): OfAct,
    ) -> Result<Result<(), SlowDown>, Unreachable> {
        let rates = || [Some(rate), second].into_iter().flatten().enumerate();
        let mut question = self.script.prepare_invoke();
        let mut ask = |of: &Fingerprint, number: usize, rate: Rate| {
            question.key(format!("regain:limit:{}:{number}", BASE64URL_NOPAD.encode(of)));
            question.arg(rate.one_each_us).arg(rate.burst.get());
        };
        for (number, rate) in rates() {
            ask(&client.narrow, number, rate);
        }
        if let Some(wide) = &client.wide {
            for (number, rate) in rates() {
                ask(wide, number, rate.of_neighbours());
            }
        }
        let mut on = self.line().number;
        let asked = timeout(PATIENCE, async {
            let mut connection = self.connection(&mut on).await?;
            question.invoke_async::<u64>(&mut connection).await.map_err(|error| Unreachable::of(&error))
        });
        match asked.await.unwrap_or(Err(Unreachable::Slow)) {
            Ok(wait) => {
                self.answered(on);
                Ok(SlowDown::unless_zero(Duration::from_micros(wait)))
            }
            Err(why) => {
                self.failed(on, why);
                Err(why)
            }
        }
    }

    /// The connection there is, or a new one; its number is written to `on`.
    async fn connection(&self, on: &mut u64) -> Result<MultiplexedConnection, Unreachable> {
        if let Some(found) = self.line().usable(on)? {
            return Ok(found);
        }
        let _alone = self.connecting.lock().await;
        // Whoever was first has found out for all.
        if let Some(found) = self.line().usable(on)? {
            return Ok(found);
        }
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let made = self.server.get_multiplexed_async_connection_with_config(&config).await;
        let connection = made.map_err(|error| Unreachable::of(&error))?;
        let mut line = self.line();
        line.number += 1;
        *on = line.number;
        line.connection = Some(connection.clone());
        Ok(connection)
    }

    fn answered(&self, on: u64) {
        let mut line = self.line();
        if line.number != on || line.connection.is_none() {
            return;
        }
        if line.failed_at.take().is_some() {
            tracing::info!("the shared limits can be reached again");
        }
        metrics::limits_reachable(true);
    }

    /// Lets go of the connection that failed, where it is still the one in use.
    fn failed(&self, on: u64, why: Unreachable) {
        let mut line = self.line();
        if why == Unreachable::Resting || line.number != on {
            return;
        }
        line.connection = None;
        if line.failed_at.replace(Instant::now()).is_none() {
            tracing::warn!(
                reason = %why,
                "the shared limits cannot be reached: recoveries, further messages and codes are answered 503"
            );
        }
        metrics::limits_reachable(false);
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn usable(&self, on: &mut u64) -> Result<Option<MultiplexedConnection>, Unreachable> {
        *on = self.number;
        match (&self.connection, self.failed_at) {
            (Some(connection), _) => Ok(Some(connection.clone())),
            (None, Some(at)) if at.elapsed() < REST => Err(Unreachable::Resting),
            (None, Some(_) | None) => Ok(None),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}
