//! `regain demo`: a clear word where it cannot start, and nothing left behind.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use http::StatusCode;

use super::{regain, shown};
use crate::support::browser::Browser;
use crate::support::process::until;

#[tokio::test]
async fn a_taken_port_is_named_with_the_option_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("a port").port().to_string();
    let data = tempfile::tempdir().expect("a folder");

    let mut demo = regain(["demo", "--port", &port, "--data", &shown(data.path())]);
    let status = demo.ended().await;

    assert_eq!(status.code(), Some(1), "{}", demo.words());
    insta::assert_snapshot!(demo.words().replace(&port, "PORT"), @r"
    error: cannot listen on 127.0.0.1:PORT: Address already in use (os error 98)
      help: choose another port with --port
    ");
    assert!(is_empty(data.path()), "its folder is gone");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named_with_the_option_to_change() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("file");
    std::fs::write(&file, "no folder").expect("a file");

    let mut demo = regain(["demo", "--port", "0", "--data", &shown(&file.join("below"))]);
    let status = demo.ended().await;

    assert_eq!(status.code(), Some(1), "{}", demo.words());
    insta::assert_snapshot!(demo.words().replace(&shown(data.path()), "DATA"), @r"
    error: cannot write the demo's folder below DATA/file/below: Not a directory (os error 20)
      help: name a folder that can be written to with --data
    ");
}

#[tokio::test]
async fn it_tells_addresses_that_answer_and_ctrl_c_ends_it_and_removes_its_folder() {
    let data = tempfile::tempdir().expect("a folder");
    let mut demo = regain(["demo", "--port", "0", "--data", &shown(data.path())]);
    let words = until("the addresses", || {
        assert!(demo.is_running(), "it ended: {}", demo.words());
        demo.words().contains("follow the link").then(|| demo.words())
    });
    let words = words.await;
    let all_sites = words.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:")).expect("an address");
    let address: SocketAddr = all_sites["http://".len()..].trim_end_matches('/').parse().expect("a port");

    let browser = Browser::at_address(address, &address.to_string());
    let front = browser.get("/").await;
    let form = browser.get("/t/acme/recovery/").await;
    let own_host = format!("globex.localhost:{}", address.port());
    let other_form = Browser::at_address(address, &own_host).get("/recovery/").await;
    demo.signal("INT");
    let status = demo.ended().await;

    assert_eq!(front.status, StatusCode::OK);
    assert!(form.body.contains(r#"name="identifier""#), "{}", form.body);
    assert!(other_form.body.contains(r#"name="identifier""#), "{}", other_form.body);
    assert_eq!(status.code(), Some(0), "{}", demo.words());
    assert!(is_empty(data.path()), "its folder is gone");
}

#[tokio::test]
async fn ctrl_c_while_it_starts_leaves_nothing_behind() {
    let data = tempfile::tempdir().expect("a folder");
    let mut demo = regain(["demo", "--port", "0", "--data", &shown(data.path())]);
    until("its folder", || (!is_empty(data.path())).then_some(())).await;

    demo.signal("INT");
    let status = demo.ended().await;

    assert_eq!(status.code(), Some(0), "{}", demo.words());
    assert!(is_empty(data.path()), "its folder is gone");
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("a folder").next().is_none()
}
