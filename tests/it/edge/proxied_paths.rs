//! Path confusion (PX-11): what we decide about is what the upstream sees, and a closed path has no other spelling.

use super::support::{Edge, OK, code, upstream};

async fn ask(raw: &str) -> (u16, Option<String>) {
    let (addr, seen) = upstream(OK).await;
    let edge = Edge::proxy_with(addr, &["/admin"], regain::proxy::Settings::default()).await;

    let answer = edge.exchange(format!("GET {raw} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).await;

    let path = seen.all().first().and_then(|request| request.split(' ').nth(1).map(ToOwned::to_owned));
    (code(&answer), path)
}

#[tokio::test]
async fn px_11_a_closed_path_is_closed_in_every_spelling() {
    for raw in [
        "/admin",
        "/admin/",
        "/admin/users?x=1",
        "//admin",
        "/%61dmin",
        "/%41DMIN",
        "/ADMIN",
        "/admin;a=b",
        "/;/admin",
        "/admin.",
        "/admin%20",
        "/admin?",
        "/admin#x",
        "http://a/admin",
    ] {
        assert_eq!(ask(raw).await, (404, None), "{raw}");
    }
}

#[tokio::test]
async fn px_11_what_can_be_read_in_two_ways_is_refused() {
    for raw in [
        "/admin/..;/",
        "/admin%2f",
        "/x/..%2fadmin",
        "/x/%252e%252e/admin",
        "/%c0%ae%c0%ae/admin",
        "/x/%2e%2e/admin",
        "/x/../admin",
        "/x\\..\\admin",
        "/x%5cadmin",
        "/x/.%2e;a=b/admin",
        "/%00",
        "/a%0d%0aX:y",
        "/%",
        "/%2561dmin",
        "/x/..",
    ] {
        assert_eq!(ask(raw).await, (400, None), "{raw}");
    }
}

#[tokio::test]
async fn px_11_the_upstream_sees_the_form_that_we_decided_about() {
    for (raw, seen) in [
        ("/", "/"),
        ("/a//b", "/a/b"),
        ("/%7Euser/%c3%a4?q=%2e%2E/../x", "/~user/%C3%A4?q=%2e%2E/../x"),
        ("/api../admin", "/api../admin"),
        ("/api%2e%2e/admin", "/api../admin"),
        ("/#/../admin", "/"),
        ("/administrator", "/administrator"),
        ("/x/admin;v=1", "/x/admin;v=1"),
        ("/a%2cb", "/a%2Cb"),
        ("/?", "/?"),
    ] {
        assert_eq!(ask(raw).await, (200, Some(seen.to_owned())), "{raw}");
    }
}
