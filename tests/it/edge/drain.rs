//! The end: requests under way are finished, nothing new begins, and the end comes in time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use regain::server::{Config, Server};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::support::{Edge, PATIENCE, config, hello, ms, read_to_end, read_until, settings};

#[tokio::test]
async fn a_request_under_way_is_finished_and_nothing_new_begins() {
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (enter, wait) = (entered.clone(), go_on.clone());
    let slow = tower::service_fn(move |_: Request<Incoming>| {
        let (enter, wait) = (enter.clone(), wait.clone());
        async move {
            enter.notify_one();
            wait.notified().await;
            Ok(Response::new(Body::from("finished")))
        }
    });
    let edge = Edge::serve(config(), slow).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    entered.notified().await;

    edge.stop.cancel();
    while TcpStream::connect(edge.addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    let answer = read_to_end(&mut stream).await;

    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("finished"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    tokio::time::timeout(PATIENCE, edge.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn idle_and_silent_connections_do_not_hold_up_the_end() {
    let edge = Edge::serve(config(), hello()).await;
    let _silent = edge.connect().await;
    // connections are taken in turn: once this one is answered, the silent one is ours as well
    let mut idle = edge.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut idle, "hello").await;

    edge.stop.cancel();

    tokio::time::timeout(PATIENCE, edge.served).await.expect("drained at once").unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_cut_when_the_drain_is_over() {
    let endless = tower::service_fn(|_: Request<Incoming>| std::future::pending());
    let edge = Edge::serve(Config { drain: ms(200), ..config() }, endless).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    // long enough for the request to be taken; if it is not, the test passes for a lesser reason
    tokio::time::sleep(Duration::from_millis(50)).await;

    edge.stop.cancel();

    tokio::time::timeout(PATIENCE, edge.served).await.unwrap().unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_key_to_change() {
    let first = Server::bind(&settings(config())).await.unwrap();
    let taken = Config { listen: first.addr().to_string(), ..config() };

    let error = Server::bind(&settings(taken)).await.unwrap_err();

    let port = first.addr().port().to_string();
    insta::assert_snapshot!(
        error.to_string().replace(&port, "PORT"),
        @"cannot listen on 127.0.0.1:PORT: another program has this port; stop it, or choose another port in `server.listen`"
    );
}
