//! Limits that several processes share, on a real Redis or Valkey: counted together, shut while it is away, counted
//! again when it is back; and the script's arithmetic beside the program's.

mod arithmetic;
mod loss;
mod server;
mod sharing;
mod states;

use std::net::{IpAddr, SocketAddr};

use regain::domain::id::TenantId;
use regain::domain::key::Keyset;
use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::limit::{Config, Limited, Limiter, Own, Refused, Settings};

use super::wire::{Answer, Request};

/// What a limiter is made with that shares what it counts at this address.
fn settings(store: &str) -> Settings {
    let config = Config { store: Secret::new(store), ..Config::default() };
    config.build(&mut Problems::new()).expect("settings")
}

/// A limiter with a keyset of its own.
fn limiter(store: &str) -> Limiter {
    Limiter::new(&settings(store), &Keyset::parse(&Keyset::generate()).expect("a keyset"))
}

async fn code(limiter: &Limiter, from: &str) -> Result<(), Refused> {
    let acme = TenantId::parse("acme").expect("an id");
    limiter.check(Limited::Code, &acme, &Own::default(), from.parse::<IpAddr>().expect("an address")).await
}

/// Asks for a recovery of nobody.
fn start(at: SocketAddr) -> Answer {
    Request::new("POST", "/recovery/", super::replicas::HOST).form(&[("identifier", "nobody@example.org")]).send(at)
}
