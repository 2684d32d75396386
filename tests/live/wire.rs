//! HTTP by hand over a socket: for servers that are asked one thing, scanners that keep no cookies, and requests that
//! must arrive at the same moment.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::process::PATIENCE;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &str| line.split_once(": ").is_some_and(|(other, _)| other.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| named(line)).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }
}

/// A request on a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    target: String,
    lines: String,
    body: String,
}

impl Request {
    /// A request for a target, by the name under which it is public.
    pub(crate) fn new(method: &'static str, target: &str, host: &str) -> Self {
        let lines = format!("host: {host}\r\naccept: text/html\r\nconnection: close\r\n");
        Self { method, target: target.to_owned(), lines, body: String::new() }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.lines.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// Adds the fields of a form on a page of the same site.
    pub(crate) fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let length = self.body.len().to_string();
        self.header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("content-length", &length)
    }

    /// Adds a body of JSON, as a backend sends it.
    pub(crate) fn json(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        let length = self.body.len().to_string();
        self.header("content-type", "application/json").header("content-length", &length)
    }

    /// Sends it and reads the answer to its end.
    pub(crate) fn send(&self, to: SocketAddr) -> Answer {
        self.hold_back(to).release()
    }

    /// Sends all of it but the last byte.
    pub(crate) fn hold_back(&self, to: SocketAddr) -> Held {
        let mut stream = TcpStream::connect(to).expect("a server that listens");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let mut bytes =
            format!("{} {} HTTP/1.1\r\n{}\r\n{}", self.method, self.target, self.lines, self.body).into_bytes();
        let last = bytes.pop().expect("a request line");
        stream.write_all(&bytes).expect("a server that reads");
        Held { stream, last }
    }
}

/// A request that lacks its last byte.
#[derive(Debug)]
pub(crate) struct Held {
    stream: TcpStream,
    last: u8,
}

impl Held {
    /// Sends the last byte and reads the answer to its end.
    pub(crate) fn release(mut self) -> Answer {
        self.stream.write_all(&[self.last]).expect("a server that reads");
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).expect("an answer");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}

/// Sends them all at the same moment: first everything but the last byte of each, then all last bytes at once.
pub(crate) fn at_once(requests: &[(Request, SocketAddr)]) -> Vec<Answer> {
    let held: Vec<Held> = requests.iter().map(|(request, to)| request.hold_back(*to)).collect();
    let start = std::sync::Barrier::new(held.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = held
            .into_iter()
            .map(|held| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    held.release()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}
