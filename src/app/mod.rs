//! The composition root: configuration → store, keys, tenants, workers, listeners; and their end.
//!
//! [`start`] is what `regain serve`, the demo and the tests of a whole process go through; it is the only place that
//! knows all rooms. Nothing is decided here that a room could decide.

mod body;
mod dispatch;
mod doors;
mod housekeeping;
pub(crate) mod keyset;
mod routes;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use body::Body;
pub use dispatch::Dispatcher;
pub use routes::Routes;
pub use signals::stop_signal;

use crate::channel::Inbox;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::domain::phone;
use crate::domain::problem::Problems;
use crate::identity::Hashing;
use crate::limit::Limiter;
use crate::metrics;
use crate::outbox::Worker;
use crate::outward::Clients;
use crate::proxy::{self, Proxy};
use crate::recovery::Recoveries;
use crate::server::{self, BindError, Server};
use crate::store::{self, Store};
use crate::template::Shipped;
use crate::tenant::{Registry, Tenant, Wiring};
use crate::web::health::{self, Component, Health, State};
use crate::web::{self, Web};

/// Why the program does not start. Each names what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Store(#[from] store::OpenError),
    /// The store was opened and does not answer.
    #[error("the store does not answer")]
    Ask(#[from] store::Error),
    /// There is no keyset, or another one than the store has seen.
    #[error("cannot use the keyset")]
    Keys(#[from] keyset::Error),
    /// An address cannot be listened on.
    #[error("cannot listen")]
    Bind(#[from] BindError),
}

impl StartError {
    /// Whether a dependency could not be reached, rather than a file be wrong.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Store(error) => matches!(error, store::OpenError::Connect(_)),
            Self::Ask(_) => true,
            Self::Keys(_) | Self::Bind(_) => false,
        }
    }
}

/// A program that listens and works, and waits to be told to stop.
#[derive(Debug)]
pub struct Program {
    store: Store,
    clock: Arc<SystemClock>,
    hashing: Hashing,
    limiter: Arc<Limiter>,
    registry: Arc<ArcSwap<Registry>>,
    public: Server,
    management: Server,
    dispatcher: Dispatcher,
    health: Health,
    metrics: metrics::Handle,
    problems: Problems,
    drain: Duration,
    /// Stops listeners and workers.
    stop: CancellationToken,
    /// What a client that hangs up must not end: changes of passwords, tunnels.
    tasks: TaskTracker,
    /// The store's writer.
    writer: TaskTracker,
}

/// Builds everything and begins to listen; nothing is answered before [`Program::run`]. `inbox` takes the mails of
/// tenants whose channel is `inbox`.
pub async fn start(config: Config, inbox: Option<Inbox>) -> Result<Program, StartError> {
    start_with(config, inbox, Arc::default(), |_| {}).await
}

/// Like [`start`], by a clock that the caller may have set ahead, and with a provider or channel put into a tenant
/// before it serves: see [`config::Tenants::build_with`].
pub async fn start_with(
    config: Config,
    inbox: Option<Inbox>,
    clock: Arc<SystemClock>,
    stand_in: impl FnMut(&mut Tenant),
) -> Result<Program, StartError> {
    let metrics = metrics::install(config.telemetry.tenant_label);
    let (stop, tasks, writer) = (CancellationToken::new(), TaskTracker::new(), TaskTracker::new());
    // The listeners come first: a taken port is told before anything is written.
    let public = Server::bind(&config.server).await?;
    let management = Server::bind(&config.management).await?;
    let store = Store::open(&config.store, &writer).await?;
    let keyset = keyset::load(&config.keys_file, &store).await?;
    let hashing = Hashing::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let limiter = Arc::new(Limiter::new(&config.limits, &keyset));
    let wiring = Wiring {
        store: store.clone(),
        clock: clock.clone() as Arc<dyn Clock>,
        keyset: Arc::new(keyset),
        shipped: Shipped::load(),
        inbox,
        hashing: hashing.clone(),
        clients: Clients::default(),
    };
    let (registry, problems) = config.tenants.build_with(&wiring, stand_in);
    let valid = registry.tenants().map(|tenant| (tenant.id.as_str(), true));
    metrics::tenant_configs(valid.chain(registry.broken().map(|id| (id.as_str(), false))));
    metrics::config_loaded(clock.now().unix_timestamp());
    if registry.tenants().any(|tenant| tenant.recovery.uses_phones()) {
        // Now, or the first who types a number waits for it. Nobody is answered yet.
        drop(tokio::task::spawn_blocking(phone::warm_up).await);
    }
    let dyn_clock = clock.clone() as Arc<dyn Clock>;
    let recoveries = Recoveries::new(store.clone(), dyn_clock, limiter.clone(), config.audit.ip, tasks.clone());
    let idle = config.server.limits.write;
    let proxy = Proxy::new(&proxy::Settings { idle, ..proxy::Settings::default() }, tasks.clone(), stop.clone());
    let broken = registry.broken().next().is_some();
    let registry = Arc::new(registry);
    let routes = Arc::new(ArcSwap::from_pointee(Routes::new(registry.clone())));
    let dispatcher = Dispatcher::new(routes, Web::new(recoveries, own_limits(&config.server)), proxy);
    let health = Health::new();
    if broken {
        health.set(Component::Config, State::Degraded, "a tenant's file is mistaken");
    } else {
        health.set(Component::Config, State::Up, "loaded");
    }
    Ok(Program {
        store,
        clock,
        hashing,
        limiter,
        registry: Arc::new(ArcSwap::new(registry)),
        public,
        management,
        dispatcher,
        health,
        metrics,
        problems,
        drain: config.server.drain,
        stop,
        tasks,
        writer,
    })
}

impl Program {
    /// Where the public listener listens.
    #[must_use]
    pub fn public_addr(&self) -> SocketAddr {
        self.public.addr()
    }

    /// Where health and metrics are asked for.
    #[must_use]
    pub fn management_addr(&self) -> SocketAddr {
        self.management.addr()
    }

    /// What is kept, for who seeds or asks beside the program.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The program's clock.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Where passwords are hashed.
    #[must_use]
    pub fn hashing(&self) -> &Hashing {
        &self.hashing
    }

    /// What is wrong with single tenants' files, and every warning.
    #[must_use]
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Serves until `stopped`, then drains: no new connections, what is under way is finished within `[server] drain`,
    /// what is left stands in the store.
    pub async fn run(self, stopped: impl Future<Output = ()>) {
        let Self { store, clock, registry, public, management, dispatcher, health, metrics, drain, stop, .. } = self;
        let (tasks, writer, limiter) = (self.tasks, self.writer, self.limiter);
        let listeners = TaskTracker::new();
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let dispatcher = dispatcher.clone();
            async move { Ok::<Response<Body>, std::convert::Infallible>(dispatcher.answer(request).await) }
        });
        listeners.spawn(public.serve(service, stop.clone(), tasks.clone()));
        let worker = Worker::new(store.clone(), clock.clone(), registry.clone());
        listeners.spawn(worker.run(stop.clone()));
        listeners.spawn(housekeeping::keep(store.clone(), clock, limiter, registry, health.clone(), stop.clone()));
        // Health is told to the very end, so that whoever balances load sees us go.
        let last = CancellationToken::new();
        let telling = TaskTracker::new();
        let router = health::router(health.clone(), metrics);
        telling.spawn(management.serve(router, last.clone(), TaskTracker::new()));

        stopped.await;
        tracing::info!("stopping: no new connections, finishing what is under way");
        health.stop();
        stop.cancel();
        for tracker in [&listeners, &tasks] {
            tracker.close();
            if tokio::time::timeout(drain, tracker.wait()).await.is_err() {
                tracing::warn!("what was not finished in time stands in the store");
            }
        }
        last.cancel();
        telling.close();
        telling.wait().await;
        store.close().await;
        writer.close();
        writer.wait().await;
        tracing::info!("stopped");
    }
}

/// Reads the configuration for a program that starts: every problem is told by who calls.
pub fn configuration(inputs: &config::Inputs) -> Result<(Config, Problems), Problems> {
    config::load(inputs).start()
}

fn own_limits(settings: &server::Settings) -> web::Settings {
    let own = &settings.own;
    web::Settings {
        body: own.body,
        body_timeout: own.body_timeout,
        address: own.uri,
        headers: own.headers,
        header_count: own.header_count,
        hsts: settings.hsts,
    }
}
