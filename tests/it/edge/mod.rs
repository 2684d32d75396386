//! The edge over real sockets on loopback: listener, proxy, health.

#![expect(clippy::unwrap_used, reason = "what a test's helper cannot do fails the test")]

mod client;
mod deadlines;
mod dispatch;
mod drain;
mod head;
mod health;
mod intercept;
mod proxied_headers;
mod proxied_paths;
mod proxy;
mod streaming;
mod support;
mod websocket;
