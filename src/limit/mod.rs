//! How much is too much: limits on clients, kept outside every tenant's snapshot, so that no reload is an amnesty.
//! Limits on accounts are none of this room's; they stand in the store.
//!
//! Clients are counted in this process, or by several processes together in a Redis or Valkey. Promises: what is counted
//! under is a digest, so no address is kept; in memory the number of counts is bounded, and once it is reached a client
//! never seen before is refused; shared limits that cannot be asked are told as [`Refused::Unreachable`], never as leave
//! (BF-11). Clients are counted by the prefix that one of them can have to itself (BF-05): an IPv4 address whole, IPv6 by
//! /64, and by /48 at four times.

mod address;
mod client;
mod config;
mod diagnose;
mod memory;
mod rate;
mod shared;
mod unreachable;

use std::net::IpAddr;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};

use crate::domain::id::TenantId;
use crate::domain::key::Keyset;
use address::Kept;
use client::{Client, Fingerprints};
use config::Rates;
use memory::Memory;
use shared::Shared;

pub use config::{
    BACKEND_CALLS, Bound, CLIENTS, CLIENTS_BETWEEN, CODES, Config, OTHERS, Own, OwnConfig, STARTS, STARTS_FOR_GOOD,
    Settings, TEXTS,
};
pub use diagnose::diagnose;
pub use shared::PATIENCE;
pub use unreachable::Unreachable;

/// Nobody is told to come back sooner.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// What a client does. Each kind has limits of its own, so that none can be used up through another (BF-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Asks for a recovery.
    Start,
    /// Asks for a further message.
    Resend,
    /// Types a code.
    Code,
    /// Opens a link.
    Link,
    /// Posts a password.
    Password,
    /// Says "I did not ask for this".
    Cancel,
    /// Calls the JSON API with a backend's key, whatever for.
    Backend,
}

impl Limited {
    /// The name in labels and in the audit.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resend => "resend",
            Self::Code => "code",
            Self::Link => "link",
            Self::Password => "password",
            Self::Cancel => "cancel",
            Self::Backend => "backend",
        }
    }

    /// Whether it may be done where nobody counts. What sends, and what guesses, may not; the others need a proof that
    /// nobody guesses, and the store bounds what that is good for. A backend's call is one of these, and is asked again.
    #[must_use]
    pub fn may_go_uncounted(self) -> bool {
        match self {
            Self::Start | Self::Resend | Self::Code => false,
            Self::Link | Self::Password | Self::Cancel | Self::Backend => true,
        }
    }
}

/// The client does too much; it may come back after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowDown {
    /// For how long, at least a second.
    pub retry_after: Duration,
}

impl SlowDown {
    fn unless_zero(wait: Duration) -> Result<(), Self> {
        if wait.is_zero() { Ok(()) } else { Err(Self { retry_after: wait.max(LEAST_WAIT) }) }
    }
}

/// Why an act is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The client does too much.
    SlowDown(SlowDown),
    /// Nobody can say how much it does: [`Limited::may_go_uncounted`] says what becomes of the act.
    Unreachable,
}

/// All limits on clients, of one process or of several. Lives as long as the process.
#[derive(Debug)]
pub struct Limiter<C: Clock = DefaultClock> {
    rates: Rates,
    fingerprints: Fingerprints,
    counts: Counts<C>,
}

#[derive(Debug)]
enum Counts<C: Clock> {
    Memory(Box<Memory<C>>),
    Shared(Box<Shared>),
}

impl Limiter {
    /// Begins where the settings say, and connects to nobody. Processes that share a keyset share what they count.
    #[must_use]
    pub fn new(settings: &Settings, keyset: &Keyset) -> Self {
        match &settings.kept {
            Kept::Memory => Self::in_memory(settings, DefaultClock::default()),
            Kept::Shared(address) => Self {
                rates: settings.rates,
                fingerprints: Fingerprints::new(keyset.limits()),
                counts: Counts::Shared(Box::new(Shared::new(address))),
            },
        }
    }
}

impl<C: Clock> Limiter<C> {
    /// Counts in this process, by a clock that the caller moves.
    pub fn in_memory(settings: &Settings, clock: C) -> Self {
        Self {
            rates: settings.rates,
            fingerprints: Fingerprints::random(),
            counts: Counts::Memory(Box::new(Memory::new(settings.clients, clock))),
        }
    }

    /// Counts one act of a client of a tenant whose own rates are `own`, or says that it is too much.
    pub async fn check(&self, what: Limited, tenant: &TenantId, own: &Own, ip: IpAddr) -> Result<(), Refused> {
        self.count(what, &self.fingerprints.of(what, tenant, ip), own).await
    }

    /// Counts one call of a tenant's backend of that name. The person whom it names is counted besides, by
    /// [`Limiter::check`] and under the address that it names.
    pub async fn check_backend(&self, tenant: &TenantId, name: &str) -> Result<(), Refused> {
        self.count(Limited::Backend, &self.fingerprints.of_backend(tenant, name), &Own::default()).await
    }

    async fn count(&self, what: Limited, client: &Client, own: &Own) -> Result<(), Refused> {
        let rates = self.rates.of(what, own);
        let counted = match &self.counts {
            Counts::Memory(memory) => memory.check(what, client, rates),
            Counts::Shared(shared) => shared.check(client, rates).await.map_err(|_| {
                crate::metrics::uncounted(what.as_str());
                Refused::Unreachable
            })?,
        };
        counted.map_err(Refused::SlowDown)
    }

    /// Asks for a sign of life, by counting an act of nobody's: what only answers might still refuse to count.
    pub async fn ping(&self) -> Result<(), Unreachable> {
        match &self.counts {
            Counts::Memory(_) => {
                crate::metrics::limits_reachable(true);
                Ok(())
            }
            Counts::Shared(shared) => {
                let nobody = Client { narrow: [0; 16], wide: None };
                shared.check(&nobody, self.rates.of(Limited::Backend, &Own::default())).await.map(|_| ())
            }
        }
    }

    /// Whether several processes count together.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.counts, Counts::Shared(_))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::domain::problem::Problems;

    const MINUTE: Duration = Duration::from_mins(1);

    fn limiter(config: &Config) -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::in_memory(&settings(config), clock.clone()), clock)
    }

    fn settings(config: &Config) -> Settings {
        config.build(&mut Problems::new()).expect("settings")
    }

    fn own(json: &str, operator: &Config) -> Own {
        let written: OwnConfig = serde_json::from_str(json).expect("a section");
        written.build(&settings(operator), &mut Problems::new())
    }

    fn tenant(name: &str) -> TenantId {
        TenantId::parse(name).expect("a tenant's id")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    type InMemory = Limiter<FakeRelativeClock>;

    fn check(limiter: &InMemory, what: Limited, at: &str, from: &str) -> Result<(), Refused> {
        check_by(limiter, what, at, &Own::default(), ip(from))
    }

    fn check_by(limiter: &InMemory, what: Limited, at: &str, own: &Own, from: IpAddr) -> Result<(), Refused> {
        limiter.check(what, &tenant(at), own, from).now_or_never().expect("memory answers at once")
    }

    /// How many acts in a row are let through.
    fn allowed(limiter: &InMemory, what: Limited, from: &str) -> usize {
        (0..1000).take_while(|_| check(limiter, what, "acme", from).is_ok()).count()
    }

    /// How many starts in a row are let through at a tenant with rates of its own.
    fn allowed_by(limiter: &InMemory, own: &Own) -> usize {
        (0..1000).take_while(|_| check_by(limiter, Limited::Start, "acme", own, ip("192.0.2.1")).is_ok()).count()
    }

    #[test]
    fn a_client_starts_ten_times_at_once_and_thirty_times_an_hour_for_good() {
        let (limiter, clock) = limiter(&Config::default());
        let mut told = Vec::new();

        for _ in 0..18 {
            told.push(allowed(&limiter, Limited::Start, "192.0.2.1"));
            clock.advance(MINUTE * 10);
        }

        assert_eq!(told[..4], [10; 4]);
        assert!(told[6..].iter().all(|count| *count == 5), "{told:?}");
    }

    #[test]
    fn a_refusal_says_when_to_come_back_and_then_lets_in() {
        let (limiter, clock) = limiter(&Config::default());
        assert_eq!(allowed(&limiter, Limited::Code, "192.0.2.1"), 10);

        let refused = check(&limiter, Limited::Code, "acme", "192.0.2.1").expect_err("a refusal");
        let Refused::SlowDown(SlowDown { retry_after }) = refused else { panic!("{refused:?}") };
        clock.advance(retry_after);

        assert_eq!(retry_after, Duration::from_secs(6));
        assert_eq!(allowed(&limiter, Limited::Code, "192.0.2.1"), 1);
    }

    #[test]
    fn each_kind_each_tenant_and_each_client_is_counted_alone() {
        let (limiter, _) = limiter(&Config::default());
        assert_eq!(allowed(&limiter, Limited::Password, "192.0.2.1"), 30);

        for what in [Limited::Link, Limited::Resend, Limited::Cancel, Limited::Start, Limited::Code] {
            assert!(check(&limiter, what, "acme", "192.0.2.1").is_ok(), "{what:?}");
        }
        assert!(check(&limiter, Limited::Password, "globex", "192.0.2.1").is_ok());
        assert!(check(&limiter, Limited::Password, "acme", "192.0.2.2").is_ok());
    }

    #[test]
    fn an_ipv6_client_is_its_64_and_its_48_has_four_times_as_much() {
        let (limiter, _) = limiter(&Config::default());

        let same_64 = allowed(&limiter, Limited::Start, "2001:db8:1:1::1");
        let again = allowed(&limiter, Limited::Start, "2001:db8:1:1:ffff::2");
        let others: usize = (2..20).map(|net| allowed(&limiter, Limited::Start, &format!("2001:db8:1:{net}::1"))).sum();
        let elsewhere = allowed(&limiter, Limited::Start, "2001:db8:2:1::1");

        assert_eq!((same_64, again, others, elsewhere), (10, 0, 30, 10));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_the_same_client() {
        let (limiter, _) = limiter(&Config::default());
        assert_eq!(allowed(&limiter, Limited::Start, "192.0.2.1"), 10);

        assert_eq!(allowed(&limiter, Limited::Start, "::ffff:192.0.2.1"), 0);
        assert_eq!(allowed(&limiter, Limited::Start, "::ffff:192.0.2.2"), 10);
    }

    #[test]
    fn where_no_more_clients_can_be_counted_new_ones_are_refused_until_old_ones_are_forgotten() {
        let (limiter, clock) = limiter(&Config { clients: 1000, ..Config::default() });
        let check = |number: u32| {
            let ip = IpAddr::from(std::net::Ipv4Addr::from(number));
            check_by(&limiter, Limited::Code, "acme", &Own::default(), ip)
        };
        let taken = (0..2000).filter(|number| check(*number).is_ok()).count();

        let known = check(0);
        let new = check(5000);
        clock.advance(MINUTE * 2);
        let later = check(5000);

        assert_eq!(taken, 1000);
        assert!(known.is_ok());
        assert!(new.is_err());
        assert!(later.is_ok());
    }

    #[test]
    fn a_tenants_own_rate_is_stricter_and_never_looser() {
        let (operator, strict) = (Config::default(), r#"{"starts_per_10_min": 3, "starts_per_hour": 5}"#);
        let (limiter, clock) = limiter(&operator);
        let strict = own(strict, &operator);
        // What was built beside a looser operator is held to the one who runs it now.
        let loose = own(r#"{"starts_per_10_min": 100}"#, &Config { starts_per_10_min: 100, ..operator.clone() });

        let first = allowed_by(&limiter, &strict);
        clock.advance(MINUTE * 10);
        let then = allowed_by(&limiter, &strict);
        clock.advance(MINUTE * 120);
        let by_the_loose = allowed_by(&limiter, &loose);

        assert_eq!((first, then, by_the_loose), (3, 2, 10));
    }

    #[test]
    fn a_changed_rate_is_no_amnesty() {
        let operator = Config::default();
        let (limiter, _) = limiter(&operator);
        assert_eq!(allowed_by(&limiter, &own(r#"{"starts_per_10_min": 4}"#, &operator)), 4);

        let stricter = allowed_by(&limiter, &own(r#"{"starts_per_10_min": 3}"#, &operator));
        let back = allowed_by(&limiter, &own(r#"{"starts_per_10_min": 4}"#, &operator));
        let none = allowed_by(&limiter, &Own::default());

        assert_eq!((stricter, back, none), (0, 0, 0));
    }

    #[test]
    fn what_a_backend_calls_is_counted_by_its_name_and_whom_it_names_by_their_address() {
        let (limiter, clock) = limiter(&Config { backend_calls_per_min: 20, ..Config::default() });
        let call = |at: &str, name: &str| {
            limiter.check_backend(&tenant(at), name).now_or_never().expect("memory answers at once").is_ok()
        };

        let calls = (0..100).filter(|_| call("acme", "portal")).count();
        let others = [call("acme", "app"), call("globex", "portal")];
        let named = ["192.0.2.1", "192.0.2.2"].map(|from| allowed(&limiter, Limited::Start, from));
        clock.advance(Duration::from_secs(3));
        let later = (0..100).filter(|_| call("acme", "portal")).count();

        assert_eq!((calls, others, named, later), (20, [true; 2], [10, 10], 1));
    }
}
