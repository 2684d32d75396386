//! Heads that are not one plain request to one host (PX-01, PX-08, PX-15), request ids, and the settings.

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use regain::domain::problem::Problems;
use regain::server::{Config, RequestId};

use super::support::{Edge, code, config, hello};

#[tokio::test]
async fn px_08_a_request_without_exactly_one_plain_host_is_refused() {
    let edge = Edge::serve(config(), hello()).await;

    for head in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example:evil\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example:99999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example/x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@a.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    ] {
        let answer = edge.exchange(head).await;

        assert_eq!(code(&answer), 400, "{head:?} {answer}");
        assert!(!answer.contains("hello"), "{head:?} {answer}");
    }
}

#[tokio::test]
async fn px_15_no_request_names_another_host_or_asks_for_a_tunnel() {
    let edge = Edge::serve(config(), hello()).await;

    for (head, expected) in [
        ("GET http://evil.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ("GET http://169.254.169.254/latest HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ("GET ftp://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ("GET http://a.example@evil.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 405),
        ("TRACE / HTTP/1.1\r\nHost: a.example\r\n\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ("GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", 200),
        ("GET http://A.example/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n", 200),
    ] {
        let answer = edge.exchange(head).await;

        assert_eq!(code(&answer), expected, "{head:?} {answer}");
        assert_eq!(answer.contains("\r\nallow: GET"), expected == 405, "{head:?} {answer}");
    }
}

#[tokio::test]
async fn px_01_ambiguous_framing_ends_the_connection() {
    let edge = Edge::serve(config(), hello()).await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    for fields in [
        "Content-Length: +6\r\n",
        "Content-Length: 0x6\r\n",
        "Content-Length: 6,6\r\n",
        "Content-Length: 6\r\nContent-Length: 7\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 6 6\r\n",
        "Content-Length : 6\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "X: a\r\n b\r\n",
        " X: a\r\n",
        "X\x00: a\r\n",
        "X: a\x00b\r\n",
        "X Y: a\r\n",
        ": a\r\n",
    ] {
        let answer = edge.exchange(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{smuggled}")).await;

        assert_eq!(code(&answer), 400, "{fields:?} {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{fields:?} {answer}");
    }
}

#[tokio::test]
async fn a_head_beyond_its_limits_is_refused() {
    let edge = Edge::serve(config(), hello()).await;
    let head = |path: usize, header: usize| {
        let (path, header) = ("p".repeat(path), "h".repeat(header));
        format!("GET /{path} HTTP/1.1\r\nHost: a\r\nX: {header}\r\nConnection: close\r\n\r\n")
    };

    let answers = [
        code(&edge.exchange(head(16 * 1024 - 1, 60 * 1024)).await),
        code(&edge.exchange(head(16 * 1024, 0)).await),
        code(&edge.exchange(head(0, 64 * 1024)).await),
        code(&edge.exchange(head(0, 200 * 1024)).await),
        code(&edge.exchange(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(101))).await),
    ];

    assert_eq!(answers, [200, 414, 431, 431, 431]);
}

#[tokio::test]
async fn a_request_id_is_taken_from_trusted_peers_only() {
    let tell = tower::service_fn(|request: Request<Incoming>| async move {
        let id = request.extensions().get::<RequestId>().unwrap();
        assert_eq!(request.headers()["x-request-id"], id.as_str());
        Ok(Response::new(Body::from(id.as_str().to_owned())))
    });
    let ask = "GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: from-outside\r\nConnection: close\r\n\r\n";
    let trusting = Config { trusted_proxies: vec!["127.0.0.1".into()], ..config() };

    let trusted = Edge::serve(trusting, tell).await.exchange(ask).await;
    let untrusted = Edge::serve(config(), tell).await.exchange(ask).await;

    assert!(trusted.contains("x-request-id: from-outside\r\n") && trusted.ends_with("from-outside"), "{trusted}");
    assert!(!untrusted.contains("from-outside"), "{untrusted}");
    let id = untrusted.split("\r\n\r\n").nth(1).unwrap();
    assert!(id.len() == 22 && untrusted.contains(&format!("x-request-id: {id}\r\n")), "{untrusted}");
}

#[test]
fn what_is_wrong_with_the_settings_is_told_all_at_once() {
    let config = Config {
        listen: "localhost".into(),
        trusted_proxies: vec!["10.0.0.0/8".into(), "0.0.0.0/0".into(), "everybody".into()],
        head_timeout: super::support::ms(0),
        ..Config::default()
    };
    let mut problems = Problems::new();

    let settings = problems.within("server", |problems| config.build(problems));

    assert!(settings.is_none());
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    error: `server.listen`: not an address and a port
      help: write an IP address and a port, such as `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`
    error: `server.trusted_proxies`: `0.0.0.0/0` trusts everybody to say who the client is
      help: list the addresses or networks of your own load balancers
    error: `server.trusted_proxies`: `everybody` is neither an address nor a network
      help: write an address such as `10.0.0.7` or a network such as `10.0.0.0/8`
    error: `server.head_timeout`: nothing would get through
      help: write more than zero, or leave the key out
    ");
}

#[test]
fn the_other_sections_refuse_wrong_values_as_well() {
    let mut problems = Problems::new();

    let management = regain::server::Management { listen: "9180".into() };
    let log = regain::telemetry::Config { level: "info,=loud".into(), ..Default::default() };
    let built = (
        problems.within("management", |problems| management.build(problems)).is_some(),
        problems.within("log", |problems| log.build(problems)).is_some(),
    );

    assert_eq!(built, (false, false));
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    error: `management.listen`: not an address and a port
      help: write an IP address and a port, such as `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`
    error: `log.level`: not a level
      help: write error, warn, info, debug or trace, or a filter such as `info,regain::proxy=debug`
    ");
}

#[test]
fn the_management_listener_names_its_own_key() {
    let settings = regain::server::Management::default().build(&mut Problems::new()).unwrap();

    assert_eq!((settings.key, settings.listen.to_string().as_str()), ("management.listen", "127.0.0.1:9180"));
}
