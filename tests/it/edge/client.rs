//! Who the client is behind the hops that the operator trusts (BF-05).

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;
use regain::server::client_ip;

fn client(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
    }
    for other in ["x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip", "x-client-ip"] {
        headers.insert(other, HeaderValue::from_static("6.6.6.6"));
    }
    let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
    client_ip(peer.parse::<IpAddr>().unwrap(), &headers, &trusted).to_string()
}

#[test]
fn bf_05_nobody_is_trusted_by_default() {
    assert_eq!(client("192.0.2.9", &["1.1.1.1"], &[]), "192.0.2.9");
    assert_eq!(client("127.0.0.1", &["1.1.1.1", "2.2.2.2, 3.3.3.3"], &[]), "127.0.0.1");
    assert_eq!(client("192.0.2.9", &["1.1.1.1"], &["10.0.0.0/8"]), "192.0.2.9");
}

#[test]
fn bf_05_the_client_is_the_rightmost_hop_that_is_not_trusted() {
    let lb = &["10.0.0.0/8", "2001:db8::/32"];

    assert_eq!(client("10.0.0.1", &[], lb), "10.0.0.1");
    assert_eq!(client("10.0.0.1", &["1.1.1.1"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["6.6.6.6, 1.1.1.1"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["6.6.6.6", "1.1.1.1"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["10.0.0.3", "10.0.0.2"], lb), "10.0.0.3");
    assert_eq!(client("2001:db8::1", &["6.6.6.6, 2001:dead::7"], lb), "2001:dead::7");
}

#[test]
fn bf_05_mapped_addresses_are_what_they_map() {
    let lb = &["10.0.0.0/8"];

    assert_eq!(client("::ffff:10.0.0.1", &["1.1.1.1"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["::ffff:1.1.1.1"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["1.1.1.1, ::ffff:10.0.0.2"], lb), "1.1.1.1");
}

#[test]
fn bf_05_ports_and_brackets_are_read() {
    let lb = &["10.0.0.0/8"];

    assert_eq!(client("10.0.0.1", &["1.1.1.1:4711"], lb), "1.1.1.1");
    assert_eq!(client("10.0.0.1", &["[2001:dead::7]:4711"], lb), "2001:dead::7");
    assert_eq!(client("10.0.0.1", &["[2001:dead::7]"], lb), "2001:dead::7");
}

#[test]
fn bf_05_a_hop_that_is_no_address_ends_the_walk() {
    let lb = &["10.0.0.0/8"];

    for garbage in ["", "unknown", "1.1.1.1, unknown", "1.1.1.1,", "1.1.1.1, 999.1.1.1", "1.1.1.1 2.2.2.2", "1.1.1.1;"]
    {
        assert_eq!(client("10.0.0.1", &[garbage], lb), "10.0.0.1", "{garbage}");
    }
    assert_eq!(client("10.0.0.1", &["1.1.1.1, _hidden, 10.0.0.2"], lb), "10.0.0.2");
}
