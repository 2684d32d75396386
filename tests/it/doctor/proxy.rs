//! What is proxied: the settings of Keycloak that make its addresses wrong, its own doors, and who goes past us.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use insta::assert_snapshot;
use regain::config::{Inputs, load};
use regain::doctor::{Topic, Wish, examine};
use regain::domain::finding::{Finding, Verdict};

use super::keycloak::{Keycloak, Settings};
use super::{Place, deaf};
use crate::support::authority::Authority;
use crate::support::process::{Process, until};
use crate::support::scripted::whole;

const PUBLIC: &str = "https://login.acme.example";

/// A tenant with the realm acme, before what listens on this port.
fn place(keycloak: u16, more: &str) -> Place {
    let text = format!(
        "name = \"Acme\"\nhosts = [\"login.acme.example\"]\npublic_url = \"{PUBLIC}\"\n\
         [provider]\nkind = \"keycloak\"\nurl = \"http://127.0.0.1:{keycloak}\"\nrealm = \"acme\"\n\
         client_id = \"regain\"\nclient_secret = \"canary-of-a-secret\"\n\
         [upstream]\nurl = \"http://127.0.0.1:{keycloak}\"\n{more}\n\
         [email]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom = \"no-reply@acme.example\"\n"
    );
    Place::new().with("config/tenants/acme.toml", &text).called(keycloak, "KEYCLOAK")
}

/// What doctor says of the addresses that a Keycloak with these settings builds: the line and its remedy.
fn of_addresses(settings: &Settings) -> String {
    let keycloak = Keycloak::start(settings);
    let said = place(keycloak.port, "").doctor(&["--only", "proxy"]);
    let lines: Vec<&str> = said.out.lines().collect();
    let at = lines.iter().position(|line| line.contains("builds its addresses")).expect("a line about addresses");
    let remedy = lines[at + 1..].iter().take(1).filter(|line| line.starts_with("    help"));
    std::iter::once(&lines[at]).chain(remedy).copied().collect::<Vec<_>>().join("\n")
}

#[test]
fn a_keycloak_that_is_set_right_is_good() {
    let by_name = Settings { hostname: Some(PUBLIC.into()), ..Settings::default() };
    let by_headers = Settings { proxy_headers: true, ..Settings::default() };

    let good = "ok          the realm acme builds its addresses for https://login.acme.example";
    assert_eq!([of_addresses(&by_name), of_addresses(&by_headers)], [good; 2]);
}

#[test]
fn a_keycloak_that_reads_no_forwarding_headers_is_named() {
    assert_snapshot!(of_addresses(&Settings::default()), @r##"
    error       the realm acme builds its addresses for https://login.acme.example: it builds them for http://login.acme.example: it reads no forwarding headers, or its KC_HOSTNAME has that scheme
        help: start Keycloak with KC_PROXY_HEADERS=xforwarded, or with the whole address in KC_HOSTNAME=https://login.acme.example
    "##);
}

#[test]
fn a_keycloak_that_believes_in_another_host_is_named() {
    let other = Settings { hostname: Some("https://sso.acme.example".into()), ..Settings::default() };

    assert_snapshot!(of_addresses(&other), @r##"
    error       the realm acme builds its addresses for https://login.acme.example: it builds them for https://sso.acme.example: its KC_HOSTNAME names another host
        help: start Keycloak with KC_HOSTNAME=https://login.acme.example; where it serves several hosts, leave KC_HOSTNAME out and set KC_PROXY_HEADERS=xforwarded
    "##);
}

#[test]
fn a_keycloak_that_believes_in_another_port_is_named() {
    let other = Settings { hostname: Some(format!("{PUBLIC}:8443")), ..Settings::default() };

    assert_snapshot!(of_addresses(&other), @r##"
    error       the realm acme builds its addresses for https://login.acme.example: it builds them for https://login.acme.example:8443, with another port
        help: start Keycloak with the whole address in KC_HOSTNAME=https://login.acme.example, or with KC_PROXY_HEADERS=xforwarded and no KC_HOSTNAME
    "##);
}

#[test]
fn a_keycloak_with_another_path_is_named() {
    let other = Settings { hostname: Some(format!("{PUBLIC}/auth")), ..Settings::default() };

    assert_snapshot!(of_addresses(&other), @r##"
    error       the realm acme builds its addresses for https://login.acme.example: it builds them for https://login.acme.example, with another path
        help: let the paths of `provider.url`, KC_HTTP_RELATIVE_PATH and KC_HOSTNAME be the same
    "##);
}

/// With `sslRequired` "all", or "external" where the forwarded client is none of a private network.
#[test]
fn a_realm_that_demands_https_and_sees_none_is_named() {
    let deaf_to_headers = Settings { demands_https: true, ..Settings::default() };
    let hearing = Settings { proxy_headers: true, ..deaf_to_headers.clone() };

    assert_snapshot!(of_addresses(&deaf_to_headers), @r#"
    error       the realm acme builds its addresses for https://login.acme.example: "HTTPS required" (status 403): it takes what comes over https here for http
        help: start Keycloak with KC_PROXY_HEADERS=xforwarded, so that it reads what regain tells it
    "#);
    assert_eq!(
        of_addresses(&hearing),
        "ok          the realm acme builds its addresses for https://login.acme.example"
    );
}

#[test]
fn an_upstream_that_leaks_its_own_address_is_named() {
    let keycloak = Keycloak::start(&Settings { is_own_host: true, ..Settings::default() });

    let said = place(keycloak.port, "").doctor(&["--only", "proxy"]);

    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("it builds them for http://127.0.0.1:KEYCLOAK, the upstream itself"), "{}", said.out);
}

#[test]
fn an_unknown_realm_is_named() {
    let keycloak = Keycloak::start(&Settings { proxy_headers: true, ..Settings::default() });
    let place = place(keycloak.port, "").env("REGAIN_TENANT_ACME__PROVIDER__REALM", "globex");

    let said = place.doctor(&["--only", "proxy"]);

    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("the upstream knows no such realm"), "{}", said.out);
}

#[test]
fn an_upstream_that_is_away_exits_with_three() {
    let (_deaf, port) = deaf();

    let said = place(port, "").doctor(&["--only", "proxy"]);

    assert_eq!(said.code, Some(3));
    let told = "unreachable the upstream answers at http://127.0.0.1:KEYCLOAK/: no connection\n    help: start it";
    assert!(said.out.contains(told), "{}", said.out);
}

/// PX-12
#[tokio::test]
async fn doors_are_tried_through_the_server_that_runs() {
    let keycloak = Keycloak::start(&Settings { proxy_headers: true, ..Settings::default() });
    let doors = ["login-actions/reset-credentials", "protocol/openid-connect/forgot-credentials"];
    let [reset, forgot] = doors.map(|door| format!("/realms/acme/{door}"));
    let closed = place(keycloak.port, &format!("close = [\"{reset}\", \"{forgot}\"]"));
    let intercepted = place(keycloak.port, "intercept = \"keycloak\"");
    let open = place(keycloak.port, "");

    let (_serve, address) = serve(&closed).await;
    let said_of_closed = closed.env("REGAIN_SERVER__LISTEN", &address).doctor(&["--only", "proxy"]);
    let (_serve, address) = serve(&intercepted).await;
    let said_of_intercepted = intercepted.env("REGAIN_SERVER__LISTEN", &address).doctor(&["--only", "proxy"]);
    let (_serve, address) = serve(&open).await;
    let said_of_open = open.env("REGAIN_SERVER__LISTEN", &address).doctor(&["--only", "proxy"]);

    assert_eq!(said_of_closed.code, Some(0), "{}", said_of_closed.out);
    let good = "ok          the realm acme's own ways to reset a password are closed here\n";
    assert!(said_of_closed.out.contains(good), "{}", said_of_closed.out);
    assert!(said_of_intercepted.out.contains(good), "{}", said_of_intercepted.out);
    let [reset, forgot] = [reset, forgot].map(|door| format!("{door} on login.acme.example"));
    let told = format!(
        "GET {reset} (200), POST {reset} (400), GET {forgot} (302), HEAD {forgot} (400), POST {forgot} (400)\n"
    );
    let warned = "warning     the realm acme's own ways to reset a password are closed here: open: ";
    assert!(said_of_open.out.contains(&format!("{warned}{told}")), "{}", said_of_open.out);
}

#[test]
fn doors_are_not_tried_where_regain_does_not_run() {
    let keycloak = Keycloak::start(&Settings { proxy_headers: true, ..Settings::default() });
    let (_deaf, port) = deaf();
    let stranger = Keycloak::start(&Settings::default());

    for (port, told) in [(port, "no connection"), (stranger.port, "somebody else does")] {
        let place = place(keycloak.port, "intercept = \"keycloak\"");
        let said = place.env("REGAIN_SERVER__LISTEN", &format!("127.0.0.1:{port}")).doctor(&["--only", "proxy"]);

        assert_eq!(said.code, Some(0), "{}", said.out);
        assert!(said.out.contains(&format!("{told}; the doors were not tried")), "{}", said.out);
    }
}

#[test]
fn doors_that_the_configuration_leaves_open_are_told_of_without_a_try() {
    let keycloak = Keycloak::start(&Settings { proxy_headers: true, ..Settings::default() });

    let said = place(keycloak.port, "").doctor(&["--only", "proxy"]);

    assert_eq!(said.code, Some(0), "{}", said.out);
    assert!(said.out.contains("are closed here: `upstream.intercept` is not set\n"), "{}", said.out);
}

/// PX-12. Another loopback address stands for one that others reach: tests listen nowhere else.
#[tokio::test]
async fn a_provider_beside_us_is_told_of_and_bad_where_others_reach_it() {
    let settings = Settings { proxy_headers: true, ..Settings::default() };
    let keycloak = Keycloak::start(&settings);
    let elsewhere = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
    let place = place(keycloak.port, "");

    let on_loopback = beside(&place, elsewhere).await;
    keycloak.also_at(elsewhere, &settings);
    let everywhere = beside(&place, elsewhere).await;

    let verdicts = |found: &[Finding]| found.iter().map(|finding| finding.verdict).collect::<Vec<_>>();
    assert_eq!(verdicts(&on_loopback), [Verdict::Warning, Verdict::Good]);
    assert_eq!(verdicts(&everywhere), [Verdict::Warning, Verdict::Bad]);
    let detail = everywhere[1].detail.as_deref().unwrap_or_default().replace(&keycloak.port.to_string(), "KEYCLOAK");
    assert_snapshot!(detail, @r##"the provider answers beside us at 127.0.0.2:KEYCLOAK: whoever reaches it skips every control"##);
}

/// PX-12. Whoever trusts its certificate, or looks at none, goes past us all the same.
#[tokio::test]
async fn a_provider_beside_us_is_told_of_also_where_tls_fails() {
    let (ours, another) = (Authority::new(), Authority::new());
    let keycloak = Keycloak::start(&Settings { proxy_headers: true, ..Settings::default() });
    let over_tls = ours.server("localhost", |_| whole(200, "text/html", "Forgot Your Password?"));
    let at = |authority: &Authority| {
        let file = format!("ca_file = \"acme/ca.pem\"\nurl = \"https://localhost:{}\"\n", over_tls.port());
        let place = place(keycloak.port, "").with("config/tenants/acme/ca.pem", &authority.pem());
        let text = std::fs::read_to_string(place.path("config/tenants/acme.toml")).expect("a file");
        let text = text.replacen(&format!("url = \"http://127.0.0.1:{}\"\n", keycloak.port), &file, 1);
        place.with("config/tenants/acme.toml", &text)
    };
    // The certificate is made for the name and not for the address.
    let own = IpAddr::from(Ipv4Addr::LOCALHOST);

    let mut told = Vec::new();
    for authority in [&ours, &another] {
        for finding in beside(&at(authority), own).await {
            let detail = finding.detail.unwrap_or_default();
            if detail.contains(&over_tls.port().to_string()) {
                told.push(format!("{:?} {detail}", finding.verdict).replace(&over_tls.port().to_string(), "TLS"));
            }
        }
    }

    assert_snapshot!(told.join("\n"), @r"
    Warning the provider answers beside us at localhost:TLS, to programs on this machine
    Bad something that may be the provider takes connections beside us at 127.0.0.1:TLS (no trust in its certificate): whoever reaches it skips every control
    Warning something that may be the provider takes connections beside us at localhost:TLS (no trust in its certificate), to programs on this machine
    Bad something that may be the provider takes connections beside us at 127.0.0.1:TLS (no trust in its certificate): whoever reaches it skips every control
    ");
}

/// What is found about ways past us, where this machine has that address as well.
async fn beside(place: &Place, own: IpAddr) -> Vec<Finding> {
    let loaded = load(&Inputs { dir: place.path("config"), env: Vec::new() });
    let wish = Wish { topics: vec![Topic::Proxy], tenant: None, send_test: None, own_addresses: vec![own] };
    let report = examine(loaded, &wish).await;
    let findings = report.categories.into_iter().flat_map(|category| category.findings);
    findings.filter(|finding| finding.what.starts_with("nobody goes past regain")).collect()
}

/// Serves the place, and gives the address that it listens on.
async fn serve(place: &Place) -> (Process, String) {
    let mut command: Command = place.regain("serve");
    let mut serve = Process::start(&mut command);
    let line = until("its address", || {
        assert!(serve.is_running(), "it ended: {}", serve.words());
        serve.words().lines().find(|line| line.contains("\"listening\"")).map(str::to_owned)
    });
    let line: serde_json::Value = serde_json::from_str(&line.await).expect("a line of JSON");
    let address = line["address"].as_str().expect("an address").to_owned();
    (serve, address)
}

#[test]
fn an_upstream_whose_clock_is_wrong_is_a_problem() {
    let keycloak = Keycloak::start(&Settings { date: Some("Sun, 06 Nov 1994 08:49:37 GMT"), ..Settings::default() });

    let said = place(keycloak.port, "").doctor(&["--only", "clock"]);

    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("the clock of http://127.0.0.1:KEYCLOAK/ agrees with this machine's"), "{}", said.out);
    assert!(said.out.contains(" s behind\n"), "{}", said.out);
}
