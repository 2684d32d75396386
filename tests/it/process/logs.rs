//! PL-01: the whole program logs at its lowest level, the crates beneath it included, and says nothing of a person.

use reqwest::header::{HOST, ORIGIN};

use super::{regain, shown};
use crate::support::process::until;
use crate::support::scripted::{Scripted, json};

/// Answers as a Keycloak does in which nobody is found.
fn keycloak() -> Scripted {
    Scripted::open(|asked| match asked.method.as_str() {
        "POST" => json(200, r#"{"access_token":"e30.e30.canary-of-the-token","expires_in":300}"#),
        _ => json(200, "[]"),
    })
}

#[tokio::test]
async fn pl_01_no_identifier_secret_or_token_is_logged_when_everything_is() {
    let keycloak = keycloak();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("config/tenants")).expect("a folder");
    let operator = "[server]\nlisten = '127.0.0.1:0'\n[management]\nlisten = '127.0.0.1:0'\n\
                    [store]\nurl = 'sqlite://../data/regain.db'\n[secrets]\nkeys_file = '../keys/regain.keys'\n\
                    [log]\nlevel = 'trace'\nformat = 'json'\n";
    let tenant = format!(
        "name = 'Acme'\nhosts = ['localhost']\npublic_url = 'http://localhost:8080'\n\
         [provider]\nkind = 'keycloak'\nurl = 'http://127.0.0.1:{}'\nrealm = 'acme'\nclient_id = 'regain'\n\
         client_secret = 'canary-of-the-secret'\n\
         [email]\nhost = '127.0.0.1'\nport = 9\ntls = 'none'\nfrom = 'no-reply@acme.example'\n",
        keycloak.port()
    );
    std::fs::write(folder.path().join("config/regain.toml"), operator).expect("a file");
    std::fs::write(folder.path().join("config/tenants/acme.toml"), tenant).expect("a file");
    let mut serve = regain(["serve", "--config", &shown(&folder.path().join("config"))]);
    let address = until("its address", || {
        assert!(serve.is_running(), "it ended: {}", serve.words());
        let line = serve.words().lines().find(|line| line.contains("listening")).map(str::to_owned)?;
        let line: serde_json::Value = serde_json::from_str(&line).ok()?;
        line["address"].as_str().map(str::to_owned)
    })
    .await;
    let client = regain::outward::Clients::default().trusting(None).expect("a client");

    let answer = client
        .post(format!("http://{address}/recovery/"))
        .header(HOST, "localhost:8080")
        .header(ORIGIN, "http://localhost:8080")
        .form(&[("identifier", "canary-of-a-name@example.org")])
        .send()
        .await
        .expect("an answer");
    let is_asked_for = |line: &str| line.contains("/users?email=canary-of-a-name");
    until("the look-up", || keycloak.asked().iter().any(|asked| is_asked_for(&asked.line())).then_some(())).await;
    serve.signal("TERM");
    serve.ended().await;

    assert_eq!(answer.status(), 303);
    let words = serve.words();
    assert!(
        words.contains("TRACE") || words.contains("DEBUG") || words.contains("INFO"),
        "the search finds what is there"
    );
    let told = words.lines().find(|line| line.contains("canary"));
    assert_eq!(told, None);
}
