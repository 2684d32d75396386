//! `regain demo`: a clear word where it cannot start, and nothing left behind.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use http::StatusCode;

use super::{regain, shown};
use crate::support::app::{NEW, twice};
use crate::support::browser::Browser;
use crate::support::process::{Process, until};

/// What alice's password is in the demo until she changes it.
const OLD: &str = "correct horse battery staple";

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
    let (mut demo, address) = listening(data.path()).await;

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

/// A demo that listens, and where.
async fn listening(data: &Path) -> (Process, SocketAddr) {
    let mut demo = regain(["demo", "--port", "0", "--data", &shown(data)]);
    let words = until("the addresses", || {
        assert!(demo.is_running(), "it ended: {}", demo.words());
        demo.words().contains("follow the link").then(|| demo.words())
    });
    let words = words.await;
    let all_sites = words.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:")).expect("an address");
    let address = all_sites["http://".len()..].trim_end_matches('/').parse().expect("a port");
    (demo, address)
}

#[tokio::test]
async fn one_site_lets_people_choose_between_all_methods_and_the_other_leaves_no_choice() {
    let data = tempfile::tempdir().expect("a folder");
    let (_demo, address) = listening(data.path()).await;
    let browser = Browser::at_address(address, &address.to_string());

    let acme = browser.get("/t/acme/recovery/").await;
    let globex = browser.get("/t/globex/recovery/").await;
    let id = browser.post("/t/globex/recovery/", &[("identifier", "alice")]).await.location().to_owned();
    let code = browser.get(&id).await;

    assert_eq!(acme.body.matches("type=\"radio\"").count(), 3, "{}", acme.body);
    for method in ["email_link", "email_otp", "sms_otp"] {
        assert!(acme.body.contains(&format!("value=\"{method}\"")), "{method}: {}", acme.body);
    }
    assert!(globex.body.contains("name=\"identifier\"") && !globex.body.contains("type=\"radio\""), "{}", globex.body);
    assert!(code.body.contains("name=\"code\""), "{}", code.body);
}

#[tokio::test]
async fn a_text_message_arrives_in_the_inbox_and_its_code_leads_to_a_password_that_signs_in() {
    let data = tempfile::tempdir().expect("a folder");
    let (_demo, address) = listening(data.path()).await;
    let browser = Browser::at_address(address, &address.to_string());
    let fields = [("identifier", "alice@acme.example"), ("method", "sms_otp")];
    let page = browser.post("/t/acme/recovery/", &fields).await.location().to_owned();
    let began = Instant::now();
    let inbox = loop {
        let inbox = browser.get("/inbox").await;
        if inbox.body.contains("<td>Text</td>") {
            break inbox;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain for a text message: {}", inbox.body);
    };

    let text = browser.get("/inbox/0").await;
    let (before, _) = text.body.split_once(" is your Acme").expect("a text message with a code");
    let code = before[before.len() - 6..].to_owned();
    let right = browser.post(&format!("{page}/code"), &[("code", &code)]).await;
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;
    let done = browser.get(set.location()).await;
    let old = browser.post("/t/acme/sign-in", &[("username", "alice"), ("password", OLD)]).await;
    let new = browser.post("/t/acme/sign-in", &[("username", "alice"), ("password", NEW)]).await;

    assert!(inbox.body.contains("+12025550123"), "{}", inbox.body);
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.body);
    assert!(done.body.contains("has been changed"), "{}", done.body);
    assert_eq!((old.status, new.status), (StatusCode::UNAUTHORIZED, StatusCode::SEE_OTHER));
    assert!(browser.get(new.location()).await.body.contains("alice"));
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
