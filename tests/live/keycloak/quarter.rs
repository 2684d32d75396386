//! The README's quarter of an hour, in its order and with its commands: from a realm to a recovered person.

use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use super::front::{Front, free_port, regain};
use super::kcadm::Kcadm;
use super::login::{forgot, post_sign_in};
use super::person::{NEW, OLD};
use super::portal::Portal;
use super::realm::{PORTAL, Realm};
use crate::mailbox::{self, Mailbox};

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// What is not as it should be, of everything that doctor has looked at.
fn not_good(report: &Value) -> Vec<String> {
    let categories = report["categories"].as_array().expect("categories").iter();
    let checks = categories.flat_map(|category| category["checks"].as_array().expect("checks"));
    let bad = checks.filter(|check| check["result"] != "success");
    bad.map(|check| format!("{} {}", check["result"], check["description"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_realm_to_working_recovery_by_the_readme() {
    let mut realm = Realm::bare(false).await;
    let (person, folder) = (realm.person().await, tempfile::tempdir().expect("a folder"));
    let secret = folder.path().join("client.secret");

    // 1. A client for regain, and the link on the login page.
    let kcadm = Kcadm::at(&realm);
    realm.secret = kcadm.script("least-privilege.sh", &realm);
    std::fs::write(&secret, format!("{}\n", realm.secret)).expect("a file");
    kcadm.run(&["update", &format!("realms/{}", realm.name), "-s", "resetPasswordAllowed=true"]);

    // 3. The configuration. (2 is how the starter starts Keycloak.)
    let (site, smtp) = (folder.path().join("site"), mailbox::SMTP.to_string());
    let ports = [free_port(), free_port()];
    let public = format!("http://127.0.0.1:{}", ports[0]);
    let mut init = regain(&["init"]);
    init.arg(&site).args(["--tenant", "acme", "--name", "Acme", "--public-url", &public]);
    init.args(["--keycloak-url", realm.admin.url(), "--realm", &realm.name, "--client-secret-file"]).arg(&secret);
    init.args(["--smtp-host", "127.0.0.1", "--smtp-port", &smtp, "--smtp-tls", "none"]);
    init.args(["--from", "Acme <no-reply@acme.example>"]);
    let made = init.output().expect("a program");
    assert!(made.status.success(), "{}", told(&made));
    std::fs::remove_file(&secret).expect("a file that init has read");
    let file = site.join("regain.toml");
    let written = std::fs::read_to_string(&file).expect("a file of init's");
    let written = written.replace(":8080", &format!(":{}", ports[0])).replace(":9180", &format!(":{}", ports[1]));
    std::fs::write(&file, written).expect("a file");
    let checked = regain(&["check", "--config"]).arg(&site).output().expect("a program");
    assert!(checked.status.success(), "{}", told(&checked));

    // 4. Serve, and look at all of it.
    let front = Front::serve(folder, &site, ports);
    let you = format!("you-{}@acme.example", realm.name);
    let test = Mailbox::open(&you, "");
    let looked = front.run(&["doctor", "--format", "json", "--send-test", &you]);
    let report: Value = serde_json::from_slice(&looked.stdout).unwrap_or_else(|_| panic!("{}", told(&looked)));
    assert_eq!(looked.status.code(), Some(0), "{report:#}");
    let names: Vec<&str> = report["categories"]
        .as_array()
        .expect("categories")
        .iter()
        .filter_map(|it| it["categoryName"].as_str())
        .collect();
    insta::assert_snapshot!(names.join(", "), @"store, keys, limits, provider acme, smtp acme, sms acme, proxy 127.0.0.1, clock");
    let bad = not_good(&report).join("\n").replace(&realm.name, "REALM").replace(realm.admin.url(), "KEYCLOAK");
    insta::assert_snapshot!(bad.replace(realm.admin.url().trim_start_matches("http://"), "KEYCLOAK"), @r#"
    "warning" "the sentinel is found"
    "warning" "the realm's lifespans can be read"
    "warning" "nobody goes past regain to the realm REALM at KEYCLOAK"
    "#);
    test.mail(1).await;

    // 5. Forget a password: from a login, and back into it.
    let portal = Portal::at(&front.url(), &realm).await;
    let anywhere = json!({ "clientId": PORTAL, "redirectUris": ["*"] });
    realm.must(Method::PUT, &format!("/clients/{}", realm.client(PORTAL).await), &anywhere).await;
    let (browser, request) = (front.browser(), portal.request(&[]));
    let login = browser.get(&request.address).await;
    let help = browser.get(&forgot(&login)).await;
    assert!(help.location().starts_with("/recovery/"), "{help:?}");
    front.recover(&person, NEW).await;
    assert!(realm.sign_in(&person.username, OLD, "openid").await.is_none());
    let back = post_sign_in(&browser, &request, &person.username, NEW).await;
    portal.exchange(&request, back.location()).await.expect("tokens");
}
