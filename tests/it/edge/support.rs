//! A server with a service of the test's choice, a proxy in front of a small upstream, and raw bytes on sockets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use regain::domain::problem::Problems;
use regain::domain::quantity::Span;
use regain::proxy::{self, Proxy, Target};
use regain::server::{Client, Config, Server, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longer than any deadline that a test sets; only a failing test waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A running server.
pub(super) struct Edge {
    pub(super) addr: SocketAddr,
    pub(super) stop: CancellationToken,
    pub(super) served: tokio::task::JoinHandle<()>,
    pub(super) tracker: TaskTracker,
}

impl Edge {
    /// Serves `service` with `config` on a port of the system's choice.
    pub(super) async fn serve<S>(config: Config, service: S) -> Self
    where
        S: tower::Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        Self::start(config, service, CancellationToken::new(), TaskTracker::new()).await
    }

    async fn start<S>(config: Config, service: S, stop: CancellationToken, tracker: TaskTracker) -> Self
    where
        S: tower::Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let server = Server::bind(&settings(config)).await.unwrap();
        let addr = server.addr();
        let served = TaskTracker::new().spawn(server.serve(service, stop.clone(), tracker.clone()));
        Self { addr, stop, served, tracker }
    }

    /// Serves a proxy in front of `upstream`, whose public address is `https://login.acme.example`.
    pub(super) async fn proxy(upstream: SocketAddr) -> Self {
        Self::proxy_with(upstream, &[], proxy::Settings::default()).await
    }

    /// The same, with closed paths and time limits of the test's.
    pub(super) async fn proxy_with(upstream: SocketAddr, close: &[&str], limits: proxy::Settings) -> Self {
        Self::proxy_behind(config(), upstream, close, limits).await
    }

    /// The same, behind a listener with settings of the test's.
    pub(super) async fn proxy_behind(
        config: Config,
        upstream: SocketAddr,
        close: &[&str],
        limits: proxy::Settings,
    ) -> Self {
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let proxy = Proxy::new(&limits, tracker.clone(), stop.clone());
        let close: Vec<String> = close.iter().map(ToString::to_string).collect();
        let upstream = format!("http://{upstream}").parse().unwrap();
        let target = Target::new(&upstream, &"https://login.acme.example".parse().unwrap(), &close).unwrap();
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let (proxy, target) = (proxy.clone(), target.clone());
            async move {
                let Client(client) = *request.extensions().get().unwrap();
                Ok(match proxy.pass(request, &target, client).await {
                    Ok(response) => response.map(Body::new),
                    Err(error) => status(match error {
                        proxy::Error::Unreachable | proxy::Error::Circular => StatusCode::BAD_GATEWAY,
                        proxy::Error::TimedOut => StatusCode::GATEWAY_TIMEOUT,
                        proxy::Error::Closed => StatusCode::NOT_FOUND,
                        proxy::Error::Ambiguous => StatusCode::BAD_REQUEST,
                        proxy::Error::Stalled => StatusCode::REQUEST_TIMEOUT,
                    }),
                })
            }
        });
        Self::start(config, service, stop, tracker).await
    }

    /// Sends the bytes on a connection of its own and gives everything that comes back until it is closed.
    pub(super) async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // the other side may close before it has read everything; what it said counts
        let _ = stream.write_all(bytes.as_ref()).await;
        read_to_end(&mut stream).await
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }
}

/// Defaults, on a port of the system's choice.
pub(super) fn config() -> Config {
    Config { listen: "127.0.0.1:0".into(), ..Config::default() }
}

pub(super) fn settings(config: Config) -> Settings {
    let mut problems = Problems::new();
    let settings = config.build(&mut problems);
    settings.unwrap_or_else(|| panic!("{:?}", problems.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

pub(super) fn ms(millis: u64) -> Span {
    Duration::from_millis(millis).into()
}

pub(super) fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A service that answers every request with `hello`.
pub(super) fn hello() -> impl tower::Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = std::future::Ready<Result<Response<Body>, Infallible>>,
> + Clone
+ Send
+ 'static {
    tower::service_fn(|_: Request<Incoming>| std::future::ready(Ok(Response::new(Body::from("hello")))))
}

pub(super) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match tokio::time::timeout(PATIENCE, stream.read(&mut chunk)).await.expect("the connection stayed open") {
            // a reset ends it as well: bytes of ours may have been left unread
            Ok(0) | Err(_) => return String::from_utf8_lossy(&all).into_owned(),
            Ok(count) => all.extend_from_slice(&chunk[..count]),
        }
    }
}

/// Reads until the bytes end with `end`.
pub(super) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    while !all.ends_with(end.as_bytes()) {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        all.push(
            byte.unwrap_or_else(|_| panic!("waited for {end:?}, got {:?}", String::from_utf8_lossy(&all))).unwrap(),
        );
    }
    String::from_utf8(all).unwrap()
}

pub(super) fn code(response: &str) -> u16 {
    response.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status: {response:?}"))
}

/// What an upstream was sent, request by request, as it stood on the wire.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The only request.
    pub(super) fn one(&self) -> String {
        let all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }

    /// The values of a header of the only request, in the order in which they were sent.
    pub(super) fn header(&self, name: &str) -> Vec<String> {
        let request = self.one();
        let head = request.split("\r\n\r\n").next().unwrap();
        let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        fields.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
    }
}

/// An upstream that answers every request with the same bytes and notes what it was sent.
pub(super) async fn upstream(answer: &str) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let (noted, answer) = (seen.clone(), answer.to_owned());
    let addr = connections(move |mut stream| {
        let (noted, answer) = (noted.clone(), answer.clone());
        async move {
            while let Some(request) = read_request(&mut stream).await {
                noted.0.lock().unwrap().push(request);
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (addr, seen)
}

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Listens on loopback and runs `each` for every connection.
pub(super) async fn connections<F, T>(each: F) -> SocketAddr
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let tracker = TaskTracker::new();
    tracker.clone().spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tracker.spawn(each(stream));
        }
    });
    addr
}

/// One request, head and body, as its own framing says; `None` at the end of the connection.
pub(super) async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes.clone()).unwrap().to_ascii_lowercase();
    if head.contains("\r\ntransfer-encoding: chunked\r\n") {
        while !bytes.ends_with(b"\r\n0\r\n\r\n") {
            bytes.push(stream.read_u8().await.ok()?);
        }
    } else if let Some(length) = head.split("\r\ncontent-length: ").nth(1) {
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        bytes.extend(body);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
