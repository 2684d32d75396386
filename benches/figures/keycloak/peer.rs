//! One of the two that are compared, and the clients that start recoveries there: load the form, send it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use reqwest::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use reqwest::{Client, Response};

use super::super::program::BEFORE_KEYCLOAK;
use super::realm::{PEOPLE, Realm};

/// Whom the clients ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// People of the realm.
    Known,
    /// People whom nobody knows.
    Unknown,
}

/// Whom one start is for: all for the same, or as by a coin.
#[derive(Clone, Copy)]
enum Asked {
    For(Who),
    /// Not in turns: then what one start leaves for afterwards would burden the next, which is always of the other kind.
    Mixed,
}

impl Asked {
    fn who(self, number: u32) -> Who {
        match self {
            Self::For(who) => who,
            // Knuth's multiplicative hash: the same order in every round, and no pattern in it.
            Self::Mixed if number.wrapping_mul(2_654_435_761) >> 31 == 0 => Who::Known,
            Self::Mixed => Who::Unknown,
        }
    }
}

impl Who {
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Known => "whom it knows",
            Self::Unknown => "whom nobody knows",
        }
    }

    fn identifier(self, number: u32) -> String {
        match self {
            Self::Known => format!("known{}@example.org", number % PEOPLE),
            Self::Unknown => format!("nobody{number}@example.org"),
        }
    }
}

/// What the clients saw.
pub(crate) struct Seen {
    /// How long each form took to be answered, the shortest first.
    times: Vec<Duration>,
    within: Duration,
}

impl Seen {
    fn of(who: Who, all: &[(Who, Duration)], within: Duration) -> Self {
        let mut times: Vec<Duration> = all.iter().filter(|(of, _)| *of == who).map(|(_, took)| *took).collect();
        times.sort();
        Self { times, within }
    }

    /// Starts in a second, the loading of their forms included.
    pub(crate) fn a_second(&self) -> f64 {
        let count = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.within.as_secs_f64()
    }

    /// The time within which this share of the forms was answered.
    pub(crate) fn quantile_ms(&self, hundredths: usize) -> f64 {
        let at = (self.times.len() * hundredths / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(f64::NAN, Duration::as_secs_f64) * 1e3
    }
}

/// One of the two.
pub(crate) enum Peer {
    /// Keycloak's own reset page.
    Keycloak { form: String },
    /// Ours.
    Regain { form: String, host: String },
}

impl Peer {
    /// Keycloak's own.
    pub(crate) fn keycloak(realm: &Realm) -> Self {
        let form = format!("{}/realms/{}/login-actions/reset-credentials?client_id=account", realm.url(), realm.name());
        Self::Keycloak { form }
    }

    /// Ours, at the address of a program that serves.
    pub(crate) fn regain(public: SocketAddr) -> Self {
        Self::Regain {
            form: format!("http://{public}/recovery/"),
            host: format!("{BEFORE_KEYCLOAK}:{}", public.port()),
        }
    }

    /// Starts recoveries for as long as `within`, each client one after the other.
    pub(crate) async fn starts(&self, clients: usize, who: Who, within: Duration) -> Result<Seen> {
        let times = self.all(clients, Asked::For(who), within).await?;
        Ok(Seen::of(who, &times, within))
    }

    /// The same for known and unknown people at the same time, told apart: what else happens meanwhile meets both alike.
    pub(crate) async fn mixed(&self, clients: usize, within: Duration) -> Result<[Seen; 2]> {
        let times = self.all(clients, Asked::Mixed, within).await?;
        Ok([Who::Known, Who::Unknown].map(|who| Seen::of(who, &times, within)))
    }

    async fn all(&self, clients: usize, asked: Asked, within: Duration) -> Result<Vec<(Who, Duration)>> {
        let (until, number) = (Instant::now() + within, AtomicU32::new(0));
        let all = (0..clients).map(|_| self.client(asked, until, &number));
        Ok(try_join_all(all).await?.into_iter().flatten().collect())
    }

    async fn client(&self, asked: Asked, until: Instant, number: &AtomicU32) -> Result<Vec<(Who, Duration)>> {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        let mut times = Vec::new();
        while Instant::now() < until {
            let this = number.fetch_add(1, Ordering::Relaxed);
            let who = asked.who(this);
            let took = match self {
                Self::Keycloak { form } => keycloak(&client, form, &who.identifier(this)).await?,
                Self::Regain { form, host } => regain(&client, form, host, &who.identifier(this), this).await?,
            };
            if Instant::now() < until {
                times.push((who, took));
            }
        }
        Ok(times)
    }
}

/// Keycloak's form needs the cookies that came with it.
async fn keycloak(client: &Client, form: &str, identifier: &str) -> Result<Duration> {
    let page = client.get(form).send().await?;
    ensure!(page.status() == 200, "Keycloak's form was answered {}", page.status());
    let cookies = cookies(&page);
    let page = page.text().await?;
    let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
    let action = action.context("Keycloak's page has no form")?.replace("&amp;", "&");
    let asked = Instant::now();
    let answer = client.post(action).header(COOKIE, cookies).form(&[("username", identifier)]).send().await?;
    let status = answer.status();
    answer.bytes().await?;
    ensure!(status == 200 || status == 302, "Keycloak answered a start {status}");
    Ok(asked.elapsed())
}

fn cookies(answer: &Response) -> String {
    let lines = answer.headers().get_all(SET_COOKIE).iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Every client comes from an address of its own, told by a hop that regain trusts.
async fn regain(client: &Client, form: &str, host: &str, identifier: &str, number: u32) -> Result<Duration> {
    let page = client.get(form).header(HOST, host).send().await?;
    ensure!(page.status() == 200, "our form was answered {}", page.status());
    page.bytes().await?;
    let [_, a, b, c] = number.to_be_bytes();
    let asked = Instant::now();
    let answer = client
        .post(form)
        .header(HOST, host)
        .header(ORIGIN, format!("http://{host}"))
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", format!("10.{a}.{b}.{c}"))
        .form(&[("identifier", identifier), ("lang", "en")])
        .send()
        .await?;
    ensure!(answer.status() == 303, "regain answered a start {}", answer.status());
    answer.bytes().await?;
    Ok(asked.elapsed())
}
