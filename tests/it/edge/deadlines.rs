//! Silent, slow and half-open clients (DS-02). The deadlines are real and short.

use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use regain::server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Edge, config, hello, ms, read_to_end, read_until};

const DEADLINE: Duration = Duration::from_millis(200);

fn hurried() -> Config {
    Config { head_timeout: DEADLINE.into(), ..config() }
}

#[tokio::test]
async fn a_silent_client_is_closed_at_the_deadline() {
    let edge = Edge::serve(hurried(), hello()).await;
    let began = Instant::now();

    let answer = edge.exchange("").await;

    assert_eq!(answer, "");
    assert!(began.elapsed() >= DEADLINE);
}

#[tokio::test]
async fn half_a_head_is_closed_at_the_deadline() {
    let edge = Edge::serve(hurried(), hello()).await;

    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: a").await;

    assert_eq!(answer, "");
}

#[tokio::test]
async fn half_an_http2_preface_is_closed() {
    let edge = Edge::serve(hurried(), hello()).await;

    let answer = edge.exchange("PRI * HTTP/2.0\r\n\r\nSM").await;

    assert!(!answer.contains("hello"), "{answer}");
}

#[tokio::test]
async fn a_head_that_drips_is_closed_at_the_deadline() {
    let edge = Edge::serve(hurried(), hello()).await;
    let mut stream = edge.connect().await;
    let began = Instant::now();

    let mut sent = 0;
    for byte in b"GET / HTTP/1.1\r\nHost: a.example\r\nX-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaa".iter().cycle() {
        if stream.write_all(&[*byte]).await.is_err() || began.elapsed() > Duration::from_secs(3) {
            break;
        }
        sent += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert!(sent < 40, "{sent} bytes were taken");
}

#[tokio::test]
async fn an_idle_connection_outlives_the_deadline_of_heads() {
    let edge = Edge::serve(hurried(), hello()).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;
    tokio::time::sleep(2 * DEADLINE).await;

    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();

    read_until(&mut stream, "hello").await;
}

#[tokio::test]
async fn the_second_head_has_a_deadline_as_well() {
    let edge = Edge::serve(hurried(), hello()).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;
    tokio::time::sleep(2 * DEADLINE).await;

    stream.write_all(b"GET / HT").await.unwrap();

    let began = Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert!(began.elapsed() >= DEADLINE);
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_the_end() {
    let edge = Edge::serve(Config { idle_timeout: ms(300), ..config() }, hello()).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;

    let rest = read_to_end(&mut stream).await;

    assert_eq!(rest, "");
}

#[tokio::test]
async fn a_slow_answer_is_not_held_against_the_client() {
    let slow = tower::service_fn(|_: Request<Incoming>| async {
        tokio::time::sleep(3 * DEADLINE).await;
        Ok(Response::new(Body::from("late")))
    });
    let edge = Edge::serve(hurried(), slow).await;

    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;

    assert!(answer.ends_with("late"), "{answer}");
}

#[tokio::test]
async fn who_does_not_read_the_answer_is_cut() {
    let endless = tower::service_fn(|_: Request<Incoming>| async {
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::convert::Infallible>(vec![0_u8; 64 * 1024]));
        Ok(Response::new(Body::from_stream(chunks)))
    });
    let edge = Edge::serve(Config { proxied_idle_timeout: ms(200), ..config() }, endless).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();

    edge.tracker.close();
    tokio::time::timeout(super::support::PATIENCE, edge.tracker.wait()).await.expect("the connection was let go");

    assert!(stream.read_u8().await.is_ok());
}
