//! `upstream.intercept`: what may be written, whose realm is whose, and what stays shut while a file is mistaken.

use insta::assert_snapshot;
use regain::tenant::{Realm, Registry};

use super::{ACME, Folder};

const SHARED: &str = "[[host]]\nname = \"id.example.com\"\npublic_url = \"https://id.example.com\"\n\
                      upstream = { url = \"http://127.0.0.1:8081\", intercept = \"keycloak\" }\n";

fn keycloak(realm: &str) -> String {
    ACME.replace(
        "kind = \"local\"",
        &format!(
            "kind = \"keycloak\"\nurl = \"http://127.0.0.1:8081/auth\"\nrealm = \"{realm}\"\nclient_id = \"regain\"\n\
             client_secret = \"the secret\""
        ),
    )
}

fn on_path(path: &str, realm: &str) -> String {
    keycloak(realm)
        .replace("hosts = [\"login.acme.example\"]", &format!("host = \"id.example.com\"\npath = \"{path}\""))
        .replace("https://login.acme.example", &format!("https://id.example.com{path}"))
}

fn upstream(intercept: &str) -> String {
    format!("[upstream]\nurl = \"http://127.0.0.1:8081\"\nintercept = {intercept}\n")
}

fn whose(registry: &Registry, host: &str, realm: &str) -> String {
    match registry.realm(host, realm) {
        Realm::Tenant(tenant) => tenant.id.to_string(),
        Realm::Unusable => "unusable".to_owned(),
        Realm::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn only_what_can_be_intercepted_is_taken() {
    for (written, told) in [
        ("\"keycloak\"", ""),
        (
            "[\"/forgot\"]",
            "error: tenants/acme.toml:17: `upstream.intercept`: a list of paths is not yet supported by this version\n  \
             help: write `intercept = \"keycloak\"`, or leave it out",
        ),
        (
            "\"kratos\"",
            "error: tenants/acme.toml:17: `upstream.intercept`: \"kratos\" is nothing that can be intercepted\n  \
             help: write `intercept = \"keycloak\"`, or leave it out",
        ),
        (
            "true",
            "error: tenants/acme.toml:17: `upstream.intercept`: is no word\n  \
             help: write `intercept = \"keycloak\"`, or leave it out",
        ),
    ] {
        let folder = Folder::new("").with("tenants/acme.toml", &format!("{}{}", keycloak("acme"), upstream(written)));

        assert_eq!(folder.told(), told, "{written}");
    }
}

#[test]
fn a_provider_that_is_no_keycloak_cannot_be_intercepted() {
    let folder = Folder::acme(&upstream("\"keycloak\""));

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:13: `upstream.intercept`: the provider `local` is no Keycloak
      help: leave it out, or say `kind = "keycloak"` in `[provider]`
    "##);
}

#[test]
fn an_intercepted_host_without_a_realm_is_warned_of() {
    let folder = Folder::new(SHARED)
        .with("tenants/acme.toml", &on_path("/t/acme", "acme").replace("id.example.com", "id.example.org"))
        .with("tenants/globex.toml", &ACME.replace("login.acme.example", "login.globex.example"));

    assert_snapshot!(folder.told(), @r##"
    warning: regain.toml: `host`: id.example.com intercepts Keycloak's recovery, but no tenant there has a realm
      help: say `kind = "keycloak"` and `realm` in `[provider]` of a tenant on this host
    error: tenants/acme.toml:2: `host`: "id.example.org" is no shared host
      help: regain.toml has: id.example.com
    "##);
}

#[test]
fn the_way_back_lies_below_the_realm_of_the_tenant_itself() {
    let folder = Folder::new(SHARED)
        .with("tenants/one.toml", &on_path("/t/one", "One realm"))
        .with("tenants/acme.toml", &format!("{}{}", keycloak("acme"), upstream("\"keycloak\"")))
        .with("tenants/bare.toml", &keycloak("bare").replace("login.acme.example", "login.bare.example"));

    let (registry, told) = folder.build();

    let mut paths: Vec<_> =
        registry.tenants().map(|tenant| (tenant.id.to_string(), tenant.login_path.clone())).collect();
    paths.sort();
    let path = |realm: &str| Some(format!("/auth/realms/{realm}/login-actions/authenticate"));
    let expected = [("acme", path("acme")), ("bare", None), ("one", path("One%20realm"))];
    assert_eq!(paths, expected.map(|(id, path)| (id.to_owned(), path)));
    assert_eq!(told, "");
}

#[test]
fn a_realm_claimed_twice_on_a_host_goes_to_nobody_and_is_named() {
    let folder = Folder::new(SHARED)
        .with("tenants/acme.toml", &on_path("/t/acme", "staff"))
        .with("tenants/globex.toml", &on_path("/t/globex", "STAFF"))
        .with("tenants/hooli.toml", &on_path("/t/hooli", "hooli"))
        .with("tenants/own.toml", &format!("{}{}", keycloak("staff"), upstream("\"keycloak\"")));

    let (registry, told) = folder.build();

    assert_eq!(whose(&registry, "id.example.com", "staff"), "unusable");
    assert_eq!(whose(&registry, "ID.example.com:443", "hooli"), "hooli");
    assert_eq!(whose(&registry, "login.acme.example", "staff"), "own");
    assert_eq!(whose(&registry, "login.acme.example", "hooli"), "unknown");
    assert_snapshot!(told, @r##"
    warning: regain.toml: `host`: id.example.com is one origin for acme, globex, hooli: they must trust each other
      help: tenants that do not trust each other need hosts of their own
    error: tenants/acme.toml:9: `provider.realm`: the realm staff on id.example.com is claimed by acme and globex: nobody gets it
      help: on one host a realm belongs to one tenant
    error: tenants/globex.toml:9: `provider.realm`: the realm staff on id.example.com is claimed by acme and globex: nobody gets it
      help: on one host a realm belongs to one tenant
    "##);
}

#[test]
fn a_mistaken_tenant_keeps_its_realm_as_far_as_it_can_be_read() {
    let lines = |text: String, more: &str| format!("{text}{more}");
    let folder = Folder::new(SHARED)
        .with("tenants/unknown-key.toml", &lines(on_path("/t/a", "Unknown-Key"), "nonsense = 1\n"))
        .with("tenants/no-path.toml", &on_path("/t/b", "no-path").replace("path = \"/t/b\"\n", ""))
        .with("tenants/no-toml.toml", &lines(on_path("/t/c", "no-toml"), "[brand\n"))
        .with("tenants/inline.toml", "host = \"id.example.com\"\nprovider = { realm = \"inline\" }\n= no TOML\n")
        .with("tenants/no-realm.toml", &on_path("/t/d", "x").replace("realm = \"x\"\n", ""))
        .with("tenants/hooli.toml", &on_path("/t/hooli", "hooli"));

    let (registry, _) = folder.build();

    for realm in ["unknown-key", "no-path", "no-toml", "inline"] {
        assert_eq!(whose(&registry, "id.example.com", realm), "unusable", "{realm}");
    }
    assert_eq!(whose(&registry, "id.example.com", "hooli"), "hooli");
    assert_eq!(whose(&registry, "id.example.com", "x"), "unknown");
}

#[test]
fn nobody_has_a_realm_on_a_host_that_is_not_intercepted() {
    let folder = Folder::new(&SHARED.replace(", intercept = \"keycloak\"", ""))
        .with("tenants/acme.toml", &on_path("/t/acme", "staff"))
        .with("tenants/globex.toml", &on_path("/t/globex", "staff"));

    let (registry, told) = folder.build();

    assert_eq!(whose(&registry, "id.example.com", "staff"), "unknown");
    assert!(!told.contains("realm"), "{told}");
}
