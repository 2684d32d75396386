//! The way in, over TLS and not, as `diagnose` tells it.

use std::sync::Arc;

use regain::domain::finding::{Finding, Verdict};
use regain::domain::id::TenantId;
use regain::identity::{Cause, Error, IdentityProvider};
use regain::store::Store;
use tempfile::TempDir;

use super::stand::{Stand, granted, noon, section};
use crate::contract::identity::typed;
use crate::contract::providers::fixture::provider;
use crate::support::authority::Authority;
use crate::support::hand_clock::HandClock;
use crate::support::scripted::{Scripted, json, whole};

/// A server whose certificate `authority` has signed for `name`.
fn server(authority: &Authority, name: &str) -> Scripted {
    authority.server(name, |asked| if asked.method == "POST" { granted(noon(), 300) } else { json(200, "[]") })
}

fn over_tls(server: &Scripted, trusted: &str) -> (Arc<dyn IdentityProvider>, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, trusted).expect("a file");
    let more = format!("ca_file = '{}'", file.display());
    let section = section(&format!("https://localhost:{}", server.port()), &more);
    let store = Store::offline().tenant(&TenantId::parse("acme").expect("a tenant"));
    (provider(&section, &store, Arc::new(HandClock::new())).expect("a right configuration"), folder)
}

fn first_bad(findings: &[Finding]) -> String {
    let bad = findings.iter().find(|it| it.verdict >= Verdict::Unreachable).expect("something bad");
    let told = [bad.detail.as_deref(), bad.remedy.as_deref()].map(Option::unwrap_or_default).join("; ");
    format!("{:?} {}: {told}", bad.verdict, bad.what)
}

#[tokio::test]
async fn a_certificate_of_the_ca_in_the_file_is_trusted_and_no_other() {
    let (ours, another) = (Authority::new(), Authority::new());
    let right = server(&ours, "localhost");
    let misnamed = server(&ours, "id.example.org");

    let (trusting, _file) = over_tls(&right, &ours.pem());
    let (distrusting, _file) = over_tls(&right, &another.pem());
    let (misled, _file) = over_tls(&misnamed, &ours.pem());

    assert_eq!(trusting.find(&typed("alice")).await.expect("an answer"), []);
    for refusing in [distrusting, misled] {
        let found = refusing.find(&typed("alice")).await;
        assert!(matches!(found, Err(Error::Unavailable(Cause::Tls))), "{found:?}");
        assert!(first_bad(&refusing.diagnose().await).contains("its certificate is not trusted"));
    }
    assert!(misnamed.asked().is_empty());
}

#[tokio::test]
async fn every_shut_door_has_its_own_remedy() {
    let moved = "HTTP/1.1 301 X\r\nlocation: https://localhost/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let answers = [
        json(
            401,
            r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#,
        ),
        json(401, r#"{"error":"invalid_client","error_description":"Invalid client or Invalid client credentials"}"#),
        json(
            401,
            r#"{"error":"unauthorized_client","error_description":"Public client not allowed to retrieve service account"}"#,
        ),
        json(
            401,
            r#"{"error":"unauthorized_client","error_description":"Client not enabled to retrieve service account"}"#,
        ),
        json(401, r#"{"error":"invalid_request","error_description":"User 'service-account-regain' disabled"}"#),
        json(400, r#"{"error":"invalid_client","error_description":"Parameter client_assertion_type is missing"}"#),
        json(403, r#"{"error":"invalid_request","error_description":"HTTPS required"}"#),
        json(403, r#"{"error":"access_denied","error_description":"Realm not enabled"}"#),
        json(404, r#"{"error":"Realm does not exist"}"#),
        json(404, r#"{"error":"Unable to find matching target resource method"}"#),
        moved.to_owned(),
        json(503, ""),
        whole(200, "text/html", "<html>"),
        String::new(),
    ];
    let mut told = Vec::new();
    for answer in answers {
        let stand = Stand::new(move |line, _| (line == "POST token").then(|| answer.clone()));

        told.push(first_bad(&stand.provider.diagnose().await));
    }
    let elsewhere =
        Stand::new(|line, _| line.starts_with("GET ").then(|| json(401, r#"{"error":"HTTP 401 Unauthorized"}"#)));
    told.push(first_bad(&elsewhere.provider.diagnose().await));
    insta::assert_snapshot!(told.join("\n"), @r#"
    Bad client and secret are accepted: the secret is wrong; copy it again from the client's tab "Credentials"
    Bad client and secret are accepted: there is no such client in this realm, or it is disabled; make the client `client_id` in the same realm, as `docs/providers/keycloak.md` says
    Bad client and secret are accepted: the client is public; switch on "Client authentication" of the client `client_id`
    Bad client and secret are accepted: the client has no service account; switch on "Service account roles" of the client `client_id`
    Bad client and secret are accepted: the service account itself is disabled; enable the user `service-account-<client_id>`
    Bad client and secret are accepted: the client takes no secret; let its tab "Credentials" say "Client Id and Secret"
    Bad the Keycloak can be reached: Keycloak demands https of this address; use https in `url`, or let the proxy in front of Keycloak send X-Forwarded-Proto
    Bad the realm exists: the realm is disabled; enable it in its settings
    Bad the realm exists: there is no such realm; write `realm` as it stands in Keycloak's addresses
    Bad the Keycloak can be reached: something answers that knows no such path; let `url` end in Keycloak's `http-relative-path`, where it has one
    Bad the Keycloak can be reached: it redirects, and redirects are not followed; let `url` be the address to which it redirects, such as https in place of http
    Unreachable the Keycloak can be reached: status 503; look at Keycloak's log
    Bad the Keycloak can be reached: status 200, in a form that is not Keycloak's; look where `url` leads
    Unreachable the Keycloak can be reached: its answer broke off or is too long; look whether `url` leads to Keycloak itself
    Bad the token counts at the same address: a token was given and then refused; let `url` be an address that Keycloak takes for its own: set its KC_HOSTNAME to a full URL, and let nothing on the way change Host or X-Forwarded headers from call to call
    "#);
}

/// Each right is looked at by itself; a page in place of an answer is no missing right.
#[tokio::test]
async fn a_right_that_is_missing_is_told_by_itself() {
    let refused = || json(403, r#"{"error":"HTTP 403 Forbidden"}"#);
    let mut told = Vec::new();
    for what in
        ["/sessions", "/consents", "/credentials", "/federated-identity", "/groups", "/composite", "brute-force"]
    {
        let more = "sentinel = 'alice'\nprotect = { groups = ['staff'], roles = ['admin'] }";
        let stand = Stand::with(more, move |line, _| (line.ends_with(what) || line.contains(what)).then(refused));

        let findings = stand.provider.diagnose().await;

        let bad = findings.iter().filter(|it| it.verdict >= Verdict::Unreachable && it.remedy.is_some());
        let bad: Vec<&str> = bad.map(|it| it.what.as_str()).collect();
        let checked = stand.provider.check().await;
        let Err(Error::Denied(Cause::Right(right))) = checked else { panic!("{what}: {checked:?}") };
        told.push(format!("{what}: {}; {right}", bad.join(", ")));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    /sessions: sessions can be read; see sessions (`view` on Users, or `manage-users`)
    /consents: consents can be read; see consents (`view` on Users, or `manage-users`)
    /credentials: credentials can be read; see credentials (`view` on Users, or `manage-users`)
    /federated-identity: linked identities can be read; see linked identities (`view` on Users, or `manage-users`)
    /groups: groups can be seen; see groups (`view` on Groups, or `manage-users`)
    /composite: roles can be seen; see the roles of `protect.roles` (`query-clients` with `view` on their Clients, or `view-clients`)
    brute-force: lock-outs can be read; see lock-outs (`view` on Users, or `manage-users`)
    ");
}
