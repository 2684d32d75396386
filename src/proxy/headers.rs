//! Which headers cross, in which direction, and which are ours to say.
//!
//! Order matters: first everything goes that the hop or the client must not decide, then we set ours. So no
//! `Connection` option can name them away (PX-07), and no other spelling of them survives beside them (PX-09).

use std::net::IpAddr;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::{Target, cookies};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// What belongs to one connection (RFC 9110 §7.6.1), and what hyper has answered or framed for us.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("keep-alive"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("http2-settings"),
];

/// Names by which a proxy tells its upstream who somebody is, whence they come or what they asked for. A client
/// that could send them would be believed. An upstream behind a forward-auth proxy must get them from beside us.
const CLAIMS: [&str; 8] =
    ["x-forwarded-", "x-auth-", "x-remote-", "x-webauth-", "x-original-", "x-rewrite-", "remote-", "regain-"];
const CLAIM: [&str; 11] = [
    "forwarded",
    "x-forwarded",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "client-ip",
    "x-host",
    "x-envoy-external-address",
];
/// A credential, not a claim: whoever gets it checks it. And the name that our server has given the request. Both
/// in their one spelling.
const NO_CLAIMS: [&str; 2] = ["x-auth-token", "x-request-id"];

/// Names that frame or route a message and are never written with `_` or `.` by anybody honest.
const FRAMING: [&str; 6] = ["transfer-encoding", "content-length", "host", "connection", "upgrade", "cookie"];

/// Makes the client's headers ours to send.
pub(super) fn towards_upstream(headers: &mut HeaderMap, target: &Target, client: IpAddr, upgrade: bool) {
    let is_chunked = headers.contains_key(header::TRANSFER_ENCODING);
    strip_hop_by_hop(headers);
    // hyper has answered `100-continue` for us, and sends no trailers that were not asked for
    headers.remove(header::EXPECT);
    headers.remove(header::TRAILER);
    let claims: Vec<HeaderName> = headers.keys().filter(|name| is_claim(name.as_str())).cloned().collect();
    for name in claims {
        headers.remove(name);
    }
    cookies::remove_from_request(headers);

    forwarding(headers, target, client);
    if is_chunked {
        // hyper would take a GET of unknown length for one without a body
        headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    if upgrade {
        grant_upgrade(headers);
    }
}

/// Says who asks, and by which address.
pub(super) fn forwarding(headers: &mut HeaderMap, target: &Target, client: IpAddr) {
    if let Ok(client) = HeaderValue::try_from(client.to_string()) {
        headers.insert(X_FORWARDED_FOR, client);
    }
    headers.insert(X_FORWARDED_PROTO, target.proto.clone());
    headers.insert(X_FORWARDED_HOST, target.host.clone());
    headers.insert(X_FORWARDED_PORT, target.port.clone());
}

/// Makes the upstream's headers ours to send.
pub(super) fn towards_client(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    cookies::remove_from_answer(headers);
}

/// Says that this hop speaks WebSocket from here on.
pub(super) fn grant_upgrade(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

/// Whether a list of `Connection` options holds `option`.
pub(super) fn has_option(headers: &HeaderMap, option: &str) -> bool {
    options(headers).any(|listed| listed.eq_ignore_ascii_case(option.as_bytes()))
}

fn options(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(header::CONNECTION).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let is_plain = |option: &&[u8]| {
            !option.is_empty() && !option.eq_ignore_ascii_case(b"close") && !option.eq_ignore_ascii_case(b"keep-alive")
        };
        let named: Vec<HeaderName> =
            options(headers).filter(is_plain).filter_map(|option| HeaderName::from_bytes(option).ok()).collect();
        // Host and Content-Length are the message's, not the hop's: without them it would be another message
        for name in named.iter().filter(|name| **name != header::HOST && **name != header::CONTENT_LENGTH) {
            headers.remove(name);
        }
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Whether a client must not say this, in any spelling that an upstream could take for the real name: CGI-like
/// servers read `_` and `.` as `-`.
fn is_claim(name: &str) -> bool {
    let is_spelt_oddly = name.contains(['_', '.']);
    if is_spelt_oddly && FRAMING.iter().any(|framing| is_spelling(name, framing)) {
        return true;
    }
    if NO_CLAIMS.iter().any(|plain| is_spelling(name, plain)) {
        return is_spelt_oddly;
    }
    CLAIM.iter().any(|claim| is_spelling(name, claim))
        || CLAIMS.iter().any(|claim| name.get(..claim.len()).is_some_and(|start| is_spelling(start, claim)))
}

fn is_spelling(name: &str, plain: &str) -> bool {
    let dashed = |byte: u8| if matches!(byte, b'_' | b'.') { b'-' } else { byte.to_ascii_lowercase() };
    name.len() == plain.len() && name.bytes().map(dashed).eq(plain.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_claim_passes() {
        for claim in [
            "x-forwarded-for",
            "x_forwarded_for",
            "x.forwarded.for",
            "x-forwarded_user",
            "x-auth-user",
            "x_auth_email",
            "forwarded",
            "x-real-ip",
            "x_real_ip",
            "x-original-url",
            "x-rewrite-url",
            "x-forwarded-uri",
            "remote_user",
            "transfer_encoding",
            "content.length",
            "x_auth_token",
            "x_request_id",
            "regain-client-ip",
        ] {
            assert!(is_claim(claim), "{claim}");
        }
        for other in
            ["accept", "x-auth-token", "x-request-id", "x_custom", "authorization", "cookie", "host", "x-forward", "x"]
        {
            assert!(!is_claim(other), "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_connection_header_makes_it_panic(bytes: Vec<u8>, name in "[a-z_.-]{1,20}") {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.insert(header::CONNECTION, value);
            }

            strip_hop_by_hop(&mut headers);

            let _ = is_claim(&name);
        }
    }
}
