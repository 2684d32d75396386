//! A browser without a window: keeps cookies, says where its forms come from, and shows redirects instead of following
//! them, so that a test sees each step.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, Ordering};

use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Wire;
use hyper_util::rt::TokioExecutor;
use regain::app::Dispatcher;
use regain::server::Client;

/// Each browser comes from an address of its own, so that no test meets another one's limits.
static ADDRESSES: AtomicU16 = AtomicU16::new(1);

/// Where the program is.
enum At {
    Here(Dispatcher),
    Address(SocketAddr),
}

/// A browser at one host.
pub(crate) struct Browser {
    at: At,
    host: String,
    pub(crate) ip: IpAddr,
    pub(crate) cookies: RefCell<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Where a redirect leads.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).expect("a redirect").to_str().expect("an address")
    }

    /// All headers but `date`, cookies' values and the request's id, for comparing answers byte by byte.
    pub(crate) fn shape(&self, id: &str) -> String {
        let headers: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                let value = if *name == SET_COOKIE {
                    cookie_without_value(&value)
                } else if *name == "x-request-id" {
                    "<request>".to_owned()
                } else {
                    value
                };
                format!("{name}: {value}")
            })
            .collect();
        let text = format!("{}\n{}\n\n{}", self.status, headers.join("\n"), self.body);
        if id.is_empty() { text } else { text.replace(id, "<id>").replace(&id[..8], "<id8>") }
    }
}

fn cookie_without_value(line: &str) -> String {
    let (name, rest) = line.split_once('=').unwrap_or((line, ""));
    let attributes = rest.split_once(';').map_or("", |(_, attributes)| attributes);
    format!("{name}=<value>;{attributes}")
}

impl Browser {
    pub(crate) fn new(dispatcher: Dispatcher, host: &str) -> Self {
        let [high, low] = ADDRESSES.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let ip = IpAddr::from(Ipv4Addr::new(198, 18, high, low));
        Self { at: At::Here(dispatcher), host: host.to_owned(), ip, cookies: RefCell::default() }
    }

    /// A fresh browser at a host of another process, by real HTTP.
    pub(crate) fn at_address(address: SocketAddr, host: &str) -> Self {
        let ip = IpAddr::from(Ipv4Addr::LOCALHOST);
        Self { at: At::Address(address), host: host.to_owned(), ip, cookies: RefCell::default() }
    }

    /// The same browser, where the process has come back on another port.
    pub(crate) fn moved_to(self, address: SocketAddr) -> Self {
        Self { at: At::Address(address), ..self }
    }

    /// Opens an address of this host; an absolute one is cut to its path.
    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.send(self.request("GET", address)).await
    }

    /// Sends a form of our own page.
    pub(crate) async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(address, fields)).await
    }

    /// A form of our own page, to be changed before it is sent.
    pub(crate) fn form(&self, address: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.raw_form(address, body)
    }

    /// A form whose body is written by hand.
    pub(crate) fn raw_form(&self, address: &str, body: String) -> Request<Body> {
        let mut request = self.request("POST", address);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        *request.body_mut() = Body::from(body);
        request
    }

    /// A request with this browser's host, cookies and address.
    pub(crate) fn request(&self, method: &str, address: &str) -> Request<Body> {
        let path = path_of(address);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(ACCEPT, "text/html,application/xhtml+xml")
            .header("accept-language", "en")
            .header("user-agent", "Test/1.0")
            .body(Body::empty())
            .expect("a request");
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(COOKIE, cookies.join("; ").parse().expect("cookies of ours"));
        }
        request.extensions_mut().insert(Client(self.ip));
        request
    }

    /// Sends a request and keeps the cookies that come back.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// The same; `None` where the connection broke before an answer came.
    pub(crate) async fn try_send(&self, request: Request<Body>) -> Option<Answer> {
        let (head, body) = match &self.at {
            At::Here(dispatcher) => {
                let answer = dispatcher.answer_ours(request).await.expect("an address of ours");
                let (head, body) = answer.into_parts();
                (head, body.collect().await.expect("a body").to_bytes())
            }
            At::Address(address) => {
                let (head, body) = over_the_wire(*address, request).await?.into_parts();
                (head, body.collect().await.ok()?.to_bytes())
            }
        };
        for line in head.headers.get_all(SET_COOKIE) {
            self.keep(line.to_str().expect("a cookie"));
        }
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        Some(Answer { status: head.status, headers: head.headers, body })
    }

    fn keep(&self, line: &str) {
        let (name, rest) = line.split_once('=').expect("a name");
        let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
        if attributes.contains("Max-Age=0") {
            self.cookies.borrow_mut().remove(name);
        } else {
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Sends on a connection of its own, which closes where nobody waits for the answer any more.
async fn over_the_wire(address: SocketAddr, mut request: Request<Body>) -> Option<Response<Incoming>> {
    let target = format!("http://{address}{}", request.uri());
    *request.uri_mut() = target.parse().expect("an address");
    Wire::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http().request(request).await.ok()
}

fn path_of(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) => match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
        Err(_) => address.to_owned(),
    }
}
