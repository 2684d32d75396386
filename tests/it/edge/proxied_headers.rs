//! What crosses the proxy in heads, and what does not: PX-07, PX-09, PX-10, cookies both ways.

use super::support::{Edge, OK, Seen, code, upstream};

/// Sends a GET with these fields through the proxy and gives what the upstream saw.
async fn seen(fields: &str) -> Seen {
    let (addr, seen) = upstream(OK).await;
    let edge = Edge::proxy(addr).await;

    let answer = edge.exchange(format!("GET /x?q=1 HTTP/1.1\r\nHost: Login.acme.example\r\n{fields}\r\n")).await;

    assert_eq!(code(&answer), 200, "{answer}");
    seen
}

#[tokio::test]
async fn forwarding_headers_are_ours_and_the_host_is_kept() {
    let fields = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil.example\r\n\
                  X-Forwarded-Port: 1\r\nForwarded: for=6.6.6.6\r\nAccept: a\r\nConnection: close\r\n";

    let seen = seen(fields).await;

    assert!(seen.one().starts_with("GET /x?q=1 HTTP/1.1\r\n"), "{}", seen.one());
    assert_eq!(seen.header("host"), ["Login.acme.example"]);
    assert_eq!(seen.header("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.header("x-forwarded-proto"), ["https"]);
    assert_eq!(seen.header("x-forwarded-host"), ["login.acme.example"]);
    assert_eq!(seen.header("x-forwarded-port"), ["443"]);
    assert_eq!(seen.header("forwarded"), [""; 0]);
    assert_eq!(seen.header("accept"), ["a"]);
    assert_eq!(seen.header("x-request-id").len(), 1);
}

#[tokio::test]
async fn px_07_a_connection_option_cannot_name_our_headers_away() {
    let fields = "Connection: close, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Request-ID, Host, X-Hop\r\n\
                  X-Hop: 1\r\nX-Kept: 1\r\n";

    let seen = seen(fields).await;

    assert_eq!(seen.header("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.header("x-forwarded-proto"), ["https"]);
    assert_eq!(seen.header("x-forwarded-host"), ["login.acme.example"]);
    assert_eq!(seen.header("host"), ["Login.acme.example"]);
    assert_eq!(seen.header("x-hop"), [""; 0]);
    assert_eq!(seen.header("x-kept"), ["1"]);
    assert_eq!(seen.header("connection"), [""; 0]);
}

#[tokio::test]
async fn hop_by_hop_headers_stay_on_their_hop() {
    let fields = "Connection: keep-alive, close\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers\r\nTrailer: X-T\r\n\
                  Proxy-Authorization: Basic eDp5\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nExpect: 100-continue\r\n";

    let seen = seen(fields).await;

    for name in [
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "proxy-authorization",
        "upgrade",
        "http2-settings",
        "expect",
    ] {
        assert_eq!(seen.header(name), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn px_09_no_spelling_of_an_identity_header_passes() {
    let names = [
        "X_Forwarded_For",
        "X.Forwarded.For",
        "x-FORWARDED-for",
        "X-Forwarded_For",
        "X-Forwarded-User",
        "X-Auth-User",
        "X_Auth_Email",
        "X-Auth-Request-User",
        "Remote-User",
        "X-Remote-User",
        "X-WebAuth-User",
        "X-Real-IP",
        "X_Real_IP",
        "True-Client-IP",
        "X_Request_ID",
        "Transfer_Encoding",
        "Content_Length",
        "X_Forwarded_Proto",
    ];
    let fields = names.join(": evil\r\n");

    let seen = seen(&format!("{fields}: evil\r\nConnection: close\r\n")).await;

    assert!(!seen.one().contains("evil"), "{}", seen.one());
    assert_eq!(seen.header("x-forwarded-for"), ["127.0.0.1"]);
}

#[tokio::test]
async fn px_10_no_header_says_what_was_asked_for() {
    let fields = "X-Forwarded-Uri: /admin\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX_Original_URL: /admin\r\n\
                  X-Forwarded-Prefix: /admin\r\nConnection: close\r\n";

    let seen = seen(fields).await;

    assert!(!seen.one().contains("/admin"), "{}", seen.one());
}

#[tokio::test]
async fn our_cookies_do_not_go_upstream_and_the_others_stay_byte_for_byte() {
    let fields = "Cookie: a=1;  b=\"x y\" ;__Host-regain-abcdefgh=s;c\r\nCookie: __Secure-regain-x=s; regain-y=s\r\n\
                  Cookie: d=regain-z=1;e=\r\nConnection: close\r\n";

    let seen = seen(fields).await;

    assert_eq!(seen.header("cookie"), ["a=1;  b=\"x y\" ;c", "d=regain-z=1;e="]);
}

#[tokio::test]
async fn cookies_without_ours_are_not_touched() {
    let seen = seen("Cookie: a=1;b=2 ; ;c\r\nConnection: close\r\n").await;

    assert_eq!(seen.header("cookie"), ["a=1;b=2 ; ;c"]);
}

#[tokio::test]
async fn wb_04_no_cookie_of_our_names_is_taken_from_the_upstream() {
    let (addr, _) = upstream(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nSet-Cookie: sid=1; Path=/; HttpOnly\r\n\
         Set-Cookie: __Host-regain-abcdefgh=evil; Path=/; Secure\r\nSet-Cookie: __host-REGAIN-x=evil\r\n\
         Set-Cookie: =__Secure-regain-x=evil\r\nSet-Cookie: regain-x=evil\r\nSet-Cookie: lang=regain-; Path=/\r\n\r\n",
    )
    .await;
    let edge = Edge::proxy(addr).await;

    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;

    assert!(!answer.contains("evil"), "{answer}");
    assert!(answer.contains("set-cookie: sid=1; Path=/; HttpOnly\r\nset-cookie: lang=regain-; Path=/\r\n"), "{answer}");
}

#[tokio::test]
async fn the_upstreams_hop_by_hop_headers_stay_on_their_hop() {
    let (addr, _) = upstream(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
         Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Kept: 1\r\nServer: that\r\n\r\n",
    )
    .await;
    let edge = Edge::proxy(addr).await;

    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.to_ascii_lowercase();

    for name in ["x-hop", "keep-alive:", "proxy-authenticate", "upgrade"] {
        assert!(!answer.contains(name), "{name} {answer}");
    }
    assert!(answer.contains("x-kept: 1\r\n") && answer.contains("server: that\r\n"), "{answer}");
}

#[tokio::test]
async fn px_15_a_redirect_is_passed_back_and_not_followed() {
    let (addr, seen) =
        upstream("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nLocation: http://169.254.169.254/latest\r\n\r\n").await;
    let edge = Edge::proxy(addr).await;

    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;

    assert_eq!(code(&answer), 302);
    assert!(answer.contains("location: http://169.254.169.254/latest\r\n"), "{answer}");
    assert_eq!(seen.all().len(), 1);
}
