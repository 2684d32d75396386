//! Tenants side by side: hosts, paths, and what a mistaken file costs the others.

use insta::assert_snapshot;
use regain::tenant::{Registry, Route};

use super::{ACME, Folder};

const SHARED: &str = "[[host]]\nname = \"id.example.com\"\npublic_url = \"https://id.example.com\"\n\
                      upstream = { url = \"http://127.0.0.1:8081\" }\n";

fn on_path(path: &str) -> String {
    ACME.replace("hosts = [\"login.acme.example\"]", &format!("host = \"id.example.com\"\npath = \"{path}\""))
        .replace("https://login.acme.example", &format!("https://id.example.com{path}"))
}

fn on_host(host: &str) -> String {
    ACME.replace("login.acme.example", host)
}

fn route(registry: &Registry, host: &str, path: &str) -> String {
    match registry.route(host, path) {
        Route::Tenant { tenant, upstream } => format!("{} {}", tenant.id, upstream.is_some()),
        Route::Shared { .. } => "shared".to_owned(),
        Route::Broken(id) => format!("broken {id}"),
        Route::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn one_mistaken_tenant_costs_nobody_else() {
    let folder = Folder::new("")
        .with("tenants/acme.toml", ACME)
        .with("tenants/globex.toml", &format!("{}nonsense = 1\n", on_host("login.globex.example")))
        .with("tenants/hooli.toml", "hosts = [\"login.hooli.example\"]\nname = \n")
        .with("tenants/initech.toml", "= nothing can be read\n");

    let (registry, told) = folder.build();

    assert_eq!(route(&registry, "login.acme.example", "/"), "acme false");
    assert_eq!(route(&registry, "login.globex.example", "/"), "broken globex");
    assert_eq!(route(&registry, "login.hooli.example", "/"), "broken hooli");
    assert_eq!(route(&registry, "login.initech.example", "/"), "unknown");
    assert!(folder.load().start().is_ok(), "a tenant's mistake does not keep the others from starting");
    assert_snapshot!(told, @r##"
    error: tenants/globex.toml:11: unknown key `email.nonsense`
      help: known in `[email]`: host, port, tls, insecure, ca_file, user, password, from, reply_to, hello_name
    error: tenants/hooli.toml:2: cannot be read as TOML: invalid string
    error: tenants/initech.toml:1: cannot be read as TOML: invalid key
    "##);
}

#[test]
fn a_host_claimed_twice_goes_to_nobody_and_is_named() {
    let folder = Folder::new("")
        .with("tenants/acme.toml", ACME)
        .with("tenants/globex.toml", ACME)
        .with("tenants/hooli.toml", &on_host("login.hooli.example"));

    let (registry, told) = folder.build();

    assert_eq!(route(&registry, "login.acme.example", "/"), "unknown");
    assert_eq!(route(&registry, "login.hooli.example", "/"), "hooli false");
    assert_snapshot!(told, @r##"
    error: tenants/acme.toml:2: `hosts`: login.acme.example is claimed by acme and globex: nobody gets it
      help: name it in one file only
    error: tenants/globex.toml:2: `hosts`: login.acme.example is claimed by acme and globex: nobody gets it
      help: name it in one file only
    "##);
}

#[test]
fn a_shared_host_belongs_to_no_tenant() {
    let folder = Folder::new(SHARED).with("tenants/acme.toml", &on_host("id.example.com"));

    let (registry, told) = folder.build();

    assert_eq!(route(&registry, "id.example.com", "/"), "unknown");
    assert_snapshot!(told, @r##"
    error: tenants/acme.toml:2: `hosts`: id.example.com is a shared host and claimed by acme: nobody gets it
      help: join it with `host` and `path`
    "##);
}

#[test]
fn paths_match_whole_segments_and_the_longest_first() {
    let folder = Folder::new(SHARED)
        .with("tenants/acme.toml", &on_path("/t/acme"))
        .with("tenants/inner.toml", &on_path("/t/acme/inner"));

    let (registry, told) = folder.build();

    let found: Vec<String> = [
        "/t/acme",
        "/t/acme/",
        "/t/acme/x",
        "/t/acme/inner",
        "/t/acme/inner/x",
        "/t/acme/innerx",
        "/t/acmex",
        "/t",
        "/",
        "/T/acme",
    ]
    .map(|path| format!("{path} {}", route(&registry, "id.example.com", path)))
    .into();
    assert_snapshot!(found.join("\n"), @r##"
    /t/acme acme true
    /t/acme/ acme true
    /t/acme/x acme true
    /t/acme/inner inner true
    /t/acme/inner/x inner true
    /t/acme/innerx acme true
    /t/acmex shared
    /t shared
    / shared
    /T/acme shared
    "##);
    assert_snapshot!(told, @r##"
    warning: regain.toml: `host`: id.example.com is one origin for acme, inner: they must trust each other
      help: tenants that do not trust each other need hosts of their own
    "##);
}

#[test]
fn px_08_a_host_is_known_only_as_browsers_send_it() {
    let folder = Folder::acme("")
        .with("tenants/local.toml", &on_host("localhost").replace("https://localhost", "http://localhost:8080"));

    let (registry, told) = folder.build();

    assert_eq!(told, "");
    for host in ["login.acme.example", "LOGIN.Acme.Example", "login.acme.example:443"] {
        assert_eq!(route(&registry, host, "/"), "acme false", "{host}");
    }
    for host in [
        "",
        "login.acme.example.",
        "login.acme.example:evil",
        "login.acme.example:",
        "login.acme.example:8443",
        "login.acme.example:99999",
        "login.acme.example:443:443",
        "login.acme.example.evil",
        "evil.login.acme.example",
        "acme.example",
        " login.acme.example",
        "login.acme.example/",
        "user@login.acme.example",
        "login.acme.example\\",
        "login.acme.example#",
        "[::1]",
        "[",
        "169.254.169.254",
    ] {
        assert_eq!(route(&registry, host, "/"), "unknown", "{host:?}");
    }
    assert_eq!(route(&registry, "localhost:8080", "/"), "local false");
    assert_eq!(route(&registry, "localhost:8081", "/"), "unknown");
}

#[test]
fn a_tenant_on_a_path_lives_below_it() {
    let acme = format!("{}\n[recovery]\npath = \"/t/acme/forgot\"\n", on_path("/t/acme"));
    let folder = Folder::new(SHARED).with("tenants/acme.toml", &acme);

    let (registry, told) = folder.build();

    assert_eq!(told, "");
    let tenant = registry.tenants().next().expect("a tenant");
    assert_eq!(tenant.recovery.base, "/t/acme/forgot");
    assert_eq!(tenant.recovery.link_path, "/t/acme/recovery/link");
    assert_eq!(tenant.recovery.sign_in_url.as_str(), "https://id.example.com/t/acme/");
    assert_eq!(tenant.origin, "https://id.example.com");
    assert_eq!(tenant.cookie().prefix, "__Secure-regain-");
}

#[test]
fn a_tenant_on_a_path_must_fit_its_host() {
    let acme = on_path("/t/acme").replace("https://id.example.com/t/acme", "https://id.example.com/t/other");
    let folder = Folder::new(SHARED)
        .with("tenants/acme.toml", &format!("{acme}\n[upstream]\nurl = \"http://127.0.0.1:8082\"\n"))
        .with(
            "tenants/globex.toml",
            &on_path("/t/globex").replace("host = \"id.example.com\"", "host = \"id.example.org\""),
        )
        .with("tenants/hooli.toml", &on_path("/t/hooli").replace("path = \"/t/hooli\"\n", ""));

    assert_snapshot!(folder.told(), @r##"
    warning: regain.toml: `host`: id.example.com is one origin for acme, hooli: they must trust each other
      help: tenants that do not trust each other need hosts of their own
    error: tenants/acme.toml:4: `public_url`: is not the shared host's address with the tenant's path
      help: write `public_url = "https://id.example.com/t/acme"`
    error: tenants/globex.toml:2: `host`: "id.example.org" is no shared host
      help: regain.toml has: id.example.com
    error: tenants/hooli.toml: `path`: is missing beside `host`
      help: write a path such as `path = "/t/acme"`
    "##);
}

#[test]
fn a_mistaken_shared_host_is_told() {
    let folder = Folder::new(
        "[[host]]\nname = \"id.example.com\"\npublic_url = \"https://other.example.com/x\"\n\
         [[host]]\nname = \"b.example.com\"\npublic_url = \"https://b.example.com\"\nupstream = { url = \"x\", shut = [] }\n",
    )
    .with("tenants/acme.toml", ACME);

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml:3: `host.0.public_url`: must not have a path: the paths belong to its tenants
    error: regain.toml:3: `host.0.public_url`: does not lie on the host "id.example.com"
    error: regain.toml:7: unknown key `host.1.upstream.shut`
      help: known in `[host.1.upstream]`: url, insecure, close, ca_file, intercept, inject
    error: regain.toml:7: `host.1.upstream.url`: is no address such as `http://127.0.0.1:8081`
    "##);
}

#[test]
fn no_upstream_is_a_listener_of_our_own() {
    let folder = Folder::new(
        "[server]\nlisten = \"0.0.0.0:8080\"\n[[host]]\nname = \"id.example.com\"\n\
         public_url = \"https://id.example.com\"\nupstream = { url = \"http://127.0.0.1:8080\" }\n",
    )
    .with("tenants/acme.toml", &format!("{ACME}[upstream]\nurl = \"http://localhost:9180\"\n"))
    .with(
        "tenants/globex.toml",
        &format!("{ACME}[upstream]\nurl = \"http://127.0.0.2:8080\"\n").replace("acme", "globex"),
    )
    .with(
        "tenants/hooli.toml",
        &format!("{ACME}[upstream]\nurl = \"http://127.0.0.1:8081\"\n").replace("acme", "hooli"),
    );

    assert_snapshot!(folder.told(), @r##"
    error: regain.toml:6: `host.0.upstream.url`: is regain's own listener (`server.listen`), not what stands behind it
    error: tenants/acme.toml:12: `upstream.url`: is regain's own listener (`management.listen`), not what stands behind it
    error: tenants/globex.toml:12: `upstream.url`: is regain's own listener (`server.listen`), not what stands behind it
    "##);
}
