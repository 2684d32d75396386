//! Tunnels: asked for, granted, and only then bytes cross (PX-03).

use std::time::Duration;

use regain::proxy::Settings;
use regain::server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Edge, OK, PATIENCE, config, connections, ms, read_request, read_to_end, read_until, upstream};

const ASK: &str = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
                   Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Grants every WebSocket and says back what it hears.
async fn echo() -> std::net::SocketAddr {
    connections(|mut stream| async move {
        let request = read_request(&mut stream).await.unwrap().to_ascii_lowercase();
        assert!(request.contains("connection: upgrade\r\n") && request.contains("upgrade: websocket\r\n"), "{request}");
        assert!(request.contains("sec-websocket-key: x\r\n"), "{request}");
        let granted = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Accept: y\r\nSet-Cookie: regain-x=evil\r\n\r\n";
        stream.write_all(granted.as_bytes()).await.unwrap();
        let (mut read, mut write) = stream.split();
        let _ = tokio::io::copy(&mut read, &mut write).await;
    })
    .await
}

#[tokio::test]
async fn a_websocket_is_granted_and_echoes() {
    let edge = Edge::proxy(echo().await).await;
    let mut stream = edge.connect().await;

    stream.write_all(ASK.as_bytes()).await.unwrap();
    let head = read_until(&mut stream, "\r\n\r\n").await.to_ascii_lowercase();
    stream.write_all(b"ping").await.unwrap();
    let echoed = read_until(&mut stream, "ping").await;

    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("upgrade: websocket\r\n") && head.contains("sec-websocket-accept: y\r\n"), "{head}");
    assert!(!head.contains("evil"), "{head}");
    assert_eq!(echoed, "ping");
}

#[tokio::test]
async fn the_deadline_of_heads_does_not_rule_a_tunnel() {
    let hurried = Config { head_timeout: ms(200), ..config() };
    let edge = Edge::proxy_behind(hurried, echo().await, &[], Settings::default()).await;
    let mut stream = edge.connect().await;
    stream.write_all(ASK.as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;

    stream.write_all(b"one").await.unwrap();
    read_until(&mut stream, "one").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stream.write_all(b"two").await.unwrap();

    assert_eq!(read_until(&mut stream, "two").await, "two");
}

#[tokio::test]
async fn a_tunnel_is_closed_when_one_side_closes_it() {
    let edge = Edge::proxy(echo().await).await;
    let mut stream = edge.connect().await;
    stream.write_all(ASK.as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;

    stream.shutdown().await.unwrap();

    assert_eq!(read_to_end(&mut stream).await, "");
    edge.tracker.close();
    tokio::time::timeout(PATIENCE, edge.tracker.wait()).await.unwrap();
}

#[tokio::test]
async fn a_tunnel_on_which_nothing_crosses_is_closed() {
    let limits = Settings { tunnel_idle: Duration::from_millis(200), ..Settings::default() };
    let edge = Edge::proxy_with(echo().await, &[], limits).await;
    let mut stream = edge.connect().await;
    stream.write_all(ASK.as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;

    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_tunnel_does_not_hold_up_the_end() {
    let edge = Edge::proxy(echo().await).await;
    let mut stream = edge.connect().await;
    stream.write_all(ASK.as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;

    edge.stop.cancel();

    edge.tracker.close();
    tokio::time::timeout(PATIENCE, edge.tracker.wait()).await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn px_03_nothing_is_forwarded_before_the_upstream_grants_it() {
    let (grant, granted) = tokio::sync::oneshot::channel::<()>();
    let granted = std::sync::Arc::new(tokio::sync::Mutex::new(Some(granted)));
    let addr = connections(move |mut stream| {
        let granted = granted.clone();
        async move {
            read_request(&mut stream).await;
            let early = tokio::time::timeout(Duration::from_millis(100), stream.read_u8()).await;
            assert!(early.is_err(), "a byte crossed before the 101: {early:?}");
            granted.lock().await.take().unwrap().await.unwrap();
            let answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            let (mut read, mut write) = stream.split();
            let _ = tokio::io::copy(&mut read, &mut write).await;
        }
    })
    .await;
    let edge = Edge::proxy(addr).await;
    let mut stream = edge.connect().await;
    stream.write_all(format!("{ASK}early").as_bytes()).await.unwrap();

    grant.send(()).unwrap();

    read_until(&mut stream, "\r\n\r\n").await;
    assert_eq!(read_until(&mut stream, "early").await, "early");
}

#[tokio::test]
async fn px_03_any_other_upgrade_is_stripped_and_its_tail_is_a_request() {
    for ask in [
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\nx",
    ] {
        let (addr, seen) = upstream(OK).await;
        let edge = Edge::proxy_with(addr, &["/admin"], Settings::default()).await;

        let answers = edge.exchange(format!("{ask}GET /admin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).await;

        assert!(!seen.one().to_ascii_lowercase().contains("upgrade"), "{ask:?} {}", seen.one());
        assert!(!seen.one().contains("/admin"), "{ask:?} {}", seen.one());
        assert!(answers.contains("HTTP/1.1 200 OK") && answers.contains("HTTP/1.1 404"), "{ask:?} {answers}");
    }
}

#[tokio::test]
async fn a_101_that_nobody_asked_for_is_an_error() {
    let (addr, _) =
        upstream("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n").await;
    let edge = Edge::proxy(addr).await;

    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;

    assert_eq!(super::support::code(&answer), 502, "{answer}");
}

#[tokio::test]
async fn a_101_to_something_else_than_was_asked_for_is_an_error() {
    for other in ["Connection: upgrade\r\nUpgrade: x\r\n", "Upgrade: websocket\r\n", "Connection: upgrade\r\n", ""] {
        let (addr, _) = upstream(&format!("HTTP/1.1 101 Switching Protocols\r\n{other}\r\n")).await;
        let edge = Edge::proxy(addr).await;
        let mut stream = edge.connect().await;

        stream.write_all(ASK.as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, "\r\n\r\n").await;

        assert_eq!(super::support::code(&answer), 502, "{other:?} {answer}");
    }
}
