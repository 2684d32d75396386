//! How much is too much: limits on clients, kept in memory and outside every tenant's snapshot, so that no reload is
//! an amnesty. Limits on accounts are none of this room's; they stand in the store.
//!
//! Promises: what is counted under is a digest, so no address stays in memory; the number of counts is bounded, and
//! once it is reached a client never seen before is refused (it fails closed, BF-11). Clients are counted by the
//! prefix that one of them can have to itself (BF-05): an IPv4 address whole, IPv6 by /64, and by /48 at four times.

mod client;
mod config;
mod gate;

use std::net::IpAddr;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};

use crate::domain::id::TenantId;
use client::Fingerprints;
use config::Rates;
use gate::Gate;

pub use config::{Config, Kept, Settings};

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
        }
    }
}

/// The client does too much; it may come back after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowDown {
    /// For how long, at least a second.
    pub retry_after: Duration,
}

/// All limits on clients of one process. The clock is the machine's monotonic one: no step of the wall clock opens
/// or shuts a limit.
#[derive(Debug)]
pub struct Limiter<C: Clock + Clone = DefaultClock> {
    fingerprints: Fingerprints,
    start: Gate<C>,
    code: Gate<C>,
    other: Gate<C>,
}

impl Limiter {
    /// Begins with nobody counted.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::with_clock(settings, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limiter<C> {
    fn with_clock(settings: &Settings, clock: &C) -> Self {
        let Rates { start, code, other, clients } = &settings.0;
        Self {
            fingerprints: Fingerprints::random(),
            start: Gate::new(start, *clients, clock),
            code: Gate::new(code, *clients, clock),
            other: Gate::new(other, *clients, clock),
        }
    }

    /// Counts one act of a client of a tenant, or says that it is too much.
    pub fn check(&self, what: Limited, tenant: &TenantId, ip: IpAddr) -> Result<(), SlowDown> {
        let client = self.fingerprints.of(what, tenant, ip);
        match what {
            Limited::Start => self.start.check(&client),
            Limited::Code => self.code.check(&client),
            Limited::Resend | Limited::Link | Limited::Password | Limited::Cancel => self.other.check(&client),
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn limiter(config: &Config) -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let settings = config.build(&mut crate::domain::problem::Problems::new()).expect("settings");
        let clock = FakeRelativeClock::default();
        (Limiter::with_clock(&settings, &clock), clock)
    }

    fn tenant(name: &str) -> TenantId {
        TenantId::parse(name).expect("a tenant's id")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// How many acts in a row are let through.
    fn allowed(limiter: &Limiter<FakeRelativeClock>, what: Limited, from: &str) -> usize {
        (0..1000).take_while(|_| limiter.check(what, &tenant("acme"), ip(from)).is_ok()).count()
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

        let refused = limiter.check(Limited::Code, &tenant("acme"), ip("192.0.2.1")).expect_err("a refusal");
        clock.advance(refused.retry_after);

        assert!(refused.retry_after >= Duration::from_secs(1) && refused.retry_after <= MINUTE);
        assert!(limiter.check(Limited::Code, &tenant("acme"), ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn each_kind_each_tenant_and_each_client_is_counted_alone() {
        let (limiter, _) = limiter(&Config::default());
        assert_eq!(allowed(&limiter, Limited::Password, "192.0.2.1"), 30);

        for what in [Limited::Link, Limited::Resend, Limited::Cancel, Limited::Start, Limited::Code] {
            assert!(limiter.check(what, &tenant("acme"), ip("192.0.2.1")).is_ok(), "{what:?}");
        }
        assert!(limiter.check(Limited::Password, &tenant("globex"), ip("192.0.2.1")).is_ok());
        assert!(limiter.check(Limited::Password, &tenant("acme"), ip("192.0.2.2")).is_ok());
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
            limiter.check(Limited::Code, &tenant("acme"), ip)
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
}
