//! Clients that begin recoveries: plain HTTP/1.1 over connections that stay open, all on one thread, so that what they
//! cost themselves is small. They take from the program the time that they need; on few cores its figures are better
//! than these.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::program::TENANTS;

/// How long the clients ask before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// What the clients saw.
pub(crate) struct Asked {
    /// Recoveries that were begun, those of the warm-up too.
    pub(crate) total: u64,
    /// How long each took after the warm-up, the shortest first.
    times: Vec<Duration>,
    within: Duration,
}

impl Asked {
    /// Answers in a second.
    pub(crate) fn a_second(&self) -> f64 {
        let count = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.within.as_secs_f64()
    }

    /// The time within which this share of them was answered.
    pub(crate) fn quantile_ms(&self, hundredths: usize) -> f64 {
        let at = (self.times.len() * hundredths / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(f64::NAN, Duration::as_secs_f64) * 1e3
    }
}

/// When what is asked counts: after the warm-up, and before the end.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    from: Instant,
    until: Instant,
}

impl Window {
    /// Whether there is still time to ask.
    pub(crate) fn is_open(self) -> bool {
        Instant::now() < self.until
    }

    /// How long an answer took, if it counts.
    pub(crate) fn took(self, asked: Instant, answered: Instant) -> Option<Duration> {
        (asked >= self.from && answered <= self.until).then(|| answered - asked)
    }
}

/// Runs clients at the same time, each told its number, a counter that they share and the window, for as long as `within`.
pub(crate) fn at_once<F>(
    clients: usize,
    within: Duration,
    one: impl Fn(usize, Arc<AtomicU32>, Window) -> F,
) -> Result<Asked>
where
    F: Future<Output = Result<Vec<Duration>>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let began = Instant::now();
        let window = Window { from: began + WARM_UP, until: began + WARM_UP + within };
        let number = Arc::new(AtomicU32::new(0));
        let all = (0..clients).map(|client| one(client, number.clone(), window));
        let mut times: Vec<Duration> = try_join_all(all).await?.into_iter().flatten().collect();
        times.sort();
        Ok(Asked { total: number.load(Ordering::Relaxed).into(), times, within })
    })
}

/// Starts recoveries of people whom nobody knows, for as long as `within`.
pub(crate) fn starts(address: SocketAddr, clients: usize, within: Duration) -> Result<Asked> {
    at_once(clients, within, |client, number, window| ask(address, TENANTS[client % TENANTS.len()], number, window))
}

/// Looks at each tenant's first page.
pub(crate) fn look(address: SocketAddr) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for tenant in TENANTS {
            let host = format!("{tenant}.localhost:{}", address.port());
            let mut connection = Connection::open(address).await?;
            let status = connection.ask(&format!("GET /recovery/ HTTP/1.1\r\nHost: {host}\r\n\r\n")).await?;
            ensure!(status == 200, "the page answered {status}");
        }
        Ok(())
    })
}

/// One client's starts, one after the other: how long each took that counts.
async fn ask(address: SocketAddr, tenant: &str, number: Arc<AtomicU32>, window: Window) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let host = format!("{tenant}.localhost:{}", address.port());
    let mut times = Vec::new();
    while window.is_open() {
        let this = number.fetch_add(1, Ordering::Relaxed);
        let form = format!("identifier=nobody{this}%40example.org&lang=en");
        let request = post(&host, "/recovery/", this, &form);
        let asked = Instant::now();
        let status = connection.ask(&request).await?;
        let answered = Instant::now();
        ensure!(status == 303, "a start was answered {status}");
        times.extend(window.took(asked, answered));
    }
    Ok(times)
}

/// A form as a browser sends it, from the client of that number.
pub(crate) fn post(host: &str, path: &str, client: u32, form: &str) -> String {
    let [_, a, b, c] = client.to_be_bytes();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
         Accept: text/html,application/xhtml+xml\r\nAccept-Language: en-US,en;q=0.5\r\n\
         X-Forwarded-For: 10.{a}.{b}.{c}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

/// A connection that stays open.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(16 * 1024) })
    }

    /// Where the last answer led.
    pub(crate) fn location(&self) -> Result<String> {
        let text = String::from_utf8_lossy(&self.read);
        let line = text.lines().find_map(|line| {
            line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location")).map(|(_, to)| to.to_owned())
        });
        line.context("no redirect")
    }

    /// Asks, reads the whole answer, and gives its status.
    pub(crate) async fn ask(&mut self, request: &str) -> Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection was closed");
            if let Some((status, length)) = answer(&self.read)?
                && self.read.len() >= length
            {
                return Ok(status);
            }
        }
    }
}

/// Status and length of the answer that has begun, once its head is there.
fn answer(read: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(head) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&read[..head])?;
    let status = text.get(9..12).context("no status")?.parse()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    let body = length.transpose()?.unwrap_or(0);
    Ok(Some((status, head + 4 + body)))
}
