//! Layers: the later wins, and every value tells where it comes from.

use insta::assert_snapshot;

use super::{ACME, Folder};

#[test]
fn the_later_layer_wins() {
    let regain = "[defaults.password]\nmin_length = 20\n";
    let acme = format!("{ACME}\n[password]\nmin_length = 24\n");

    let built_in = Folder::new("").with("tenants/acme.toml", ACME);
    let defaults = Folder::new(regain).with("tenants/acme.toml", ACME);
    let tenant = Folder::new(regain).with("tenants/acme.toml", &acme);
    let environment =
        Folder::new(regain).with("tenants/acme.toml", &acme).env("REGAIN_TENANT_ACME__PASSWORD__MIN_LENGTH", "28");

    let lines: Vec<String> = [&built_in, &defaults, &tenant, &environment]
        .map(|folder| {
            assert_eq!(folder.told(), "");
            folder.line("password.min_length")
        })
        .into();
    assert_snapshot!(lines.join("\n"), @r##"
    password.min_length = 15  # built in
    password.min_length = 20  # regain.toml:2
    password.min_length = 24  # tenants/acme.toml:13
    password.min_length = "28"  # REGAIN_TENANT_ACME__PASSWORD__MIN_LENGTH
    "##);
}

#[test]
fn the_environment_gives_numbers_truths_and_lists_where_the_key_wants_them() {
    let folder = Folder::acme("")
        .env("REGAIN_SERVER__HEADER_COUNT", "32")
        .env("REGAIN_STORE__INSECURE", "true")
        .env("REGAIN_SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]")
        .env("REGAIN_TENANT_ACME__EMAIL__PORT", "2525")
        .env("REGAIN_TENANT_ACME__RECOVERY__EMAIL_LINK__TTL", "15m");

    assert_eq!(folder.told(), "");
    assert_snapshot!(folder.line("recovery.email_link.ttl"), @r##"recovery.email_link.ttl = "15m"  # REGAIN_TENANT_ACME__RECOVERY__EMAIL_LINK__TTL"##);
}

#[test]
fn a_wrong_value_in_the_environment_is_told_by_its_variable() {
    let folder = Folder::acme("")
        .env("REGAIN_STORE__INSECURE", "maybe")
        .env("REGAIN_SERVER__LISTN", "x")
        .env("REGAIN_TENANT_ACME__BRAND__COLOUR", "x")
        .env("REGAIN_TENANT_ACME__EMAIL__PORT", "smtp");

    assert_snapshot!(folder.told(), @r##"
    error: REGAIN_SERVER__LISTN: unknown key `server.listn`
      help: did you mean `server.listen`?
    error: REGAIN_STORE__INSECURE: `store.insecure`: expected true or false, found a string
    error: REGAIN_TENANT_ACME__BRAND__COLOUR: unknown key `brand.colour`
      help: did you mean `brand.color`?
    error: REGAIN_TENANT_ACME__EMAIL__PORT: `email.port`: expected a whole number, found a string
    "##);
}

#[test]
fn other_variables_are_left_alone_with_one_warning() {
    let folder = Folder::acme("")
        .env("REGAIN_SERVICE_HOST", "10.0.0.1")
        .env("REGAIN_PORT_8080_TCP", "tcp://10.0.0.1:8080")
        .env("REGAIN_TENANT_GLOBEX__EMAIL__HOST", "x")
        .env("PATH", "/bin");

    assert_snapshot!(folder.told(), @r##"
    warning: environment: left alone, because no section or tenant goes by that name: REGAIN_PORT_8080_TCP, REGAIN_SERVICE_HOST, REGAIN_TENANT_GLOBEX__EMAIL__HOST
      help: settings are named REGAIN_<SECTION>__<KEY> and REGAIN_TENANT_<ID>__<SECTION>__<KEY>
    "##);
}

#[test]
fn a_tenant_with_a_dash_is_written_with_an_underscore() {
    let folder = Folder::new("").with("tenants/acme-corp.toml", ACME).env("REGAIN_TENANT_ACME_CORP__NAME", "Acme Corp");

    assert_eq!(folder.told(), "");
    assert_snapshot!(folder.line("name"), @r##"name = "Acme Corp"  # REGAIN_TENANT_ACME_CORP__NAME"##);
}

#[test]
fn another_kind_starts_anew_and_keeps_whom_recovery_never_touches() {
    let regain = "[defaults.email]\nhost = \"smtp.example.com\"\nfrom = \"x@example.com\"\n\
                  [defaults.provider]\nprotect = { groups = [\"admins\"] }\n";
    let acme = ACME.replace("host = \"smtp.acme.example\"\nfrom = \"no-reply@acme.example\"", "kind = \"inbox\"");
    let folder = Folder::new(regain).with("tenants/acme.toml", &acme);

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:9: `email.kind`: there is no inbox in this program
      help: `inbox` belongs to `regain demo`; use kind = "smtp"
    "##);
    assert_snapshot!(folder.line("provider.protect.groups"), @r##"provider.protect.groups = ["admins"]  # regain.toml:5"##);
    assert_eq!(folder.line("email.host"), "");
}

#[test]
fn paths_are_relative_to_the_file_that_they_stand_in() {
    let folder = Folder::acme("\n[templates]\ndir = \"acme\"\n").with("tenants/acme/keep", "");

    assert_snapshot!(folder.line("secrets.keys_file"), @r##"secrets.keys_file = "DIR/keys/regain.keys"  # built in"##);
    assert_snapshot!(folder.line("store.url"), @r##"store.url = "sqlite://DIR/data/regain.db"  # built in"##);
    assert_snapshot!(folder.line("templates.dir"), @r##"templates.dir = "DIR/tenants/acme"  # tenants/acme.toml:13"##);
}

#[test]
fn a_mistake_in_a_list_from_the_environment_is_told_of_its_variable() {
    let folder = Folder::acme("\n[api]\norigins = [\"https://app.acme.example\"]\n")
        .env("REGAIN_TENANT_ACME__API__ORIGINS", "[\"nonsense\"]");

    assert_snapshot!(folder.told(), @"error: REGAIN_TENANT_ACME__API__ORIGINS: `api.origins.0`: is no address such as `https://login.example.com`");
}
