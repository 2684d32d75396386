//! The command line: exit codes, what goes to stdout and what to stderr.

use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;

use super::Folder;

fn regain(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regain"));
    command.args(args).env_clear().env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

pub(super) fn run(args: &[&str]) -> Output {
    regain(args).output().expect("the program")
}

fn in_folder(folder: &Folder, args: &[&str]) -> (String, String, Option<i32>) {
    let output = regain(args).arg("--config").arg(folder.path()).output().expect("the program");
    let text = |bytes: &[u8]| folder.portable(&String::from_utf8_lossy(bytes));
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn usage_exits_with_two_and_says_nothing_on_stdout() {
    for args in [&["nonsense"][..], &["check", "--nonsense"], &[]] {
        let output = run(args);

        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_version_is_data() {
    let output = run(&["version", "--json"]);

    let version: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(version["name"], "regain");
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn check_tells_on_stderr_and_exits_with_one() {
    let folder = Folder::acme("\n[brand]\ncolour = \"#123456\"\n");

    let (out, err, code) = in_folder(&folder, &["check"]);

    assert_eq!((out.as_str(), code), ("", Some(1)));
    assert_snapshot!(err, @r##"
    error: tenants/acme.toml:13: unknown key `brand.colour`
      help: did you mean `brand.color`?
    2 files checked: 1 error, 0 warnings
    "##);
}

#[test]
fn check_of_what_is_right_exits_with_nought() {
    let (out, err, code) = in_folder(&Folder::acme(""), &["check", "--strict"]);

    assert_eq!((out.as_str(), code), ("", Some(0)));
    assert_snapshot!(err, @r##"2 files checked: 0 errors, 0 warnings"##);
}

#[test]
fn check_counts_warnings_where_it_is_strict() {
    let folder = Folder::acme("\n[upstream]\nurl = \"http://10.0.0.7:8081\"\ninsecure = true\n");

    assert_eq!(in_folder(&folder, &["check"]).2, Some(0));
    assert_eq!(in_folder(&folder, &["check", "--strict"]).2, Some(1));
}

#[test]
fn check_speaks_json() {
    let folder = Folder::acme("\n[brand]\ncolour = \"#123456\"\n");

    let (out, err, code) = in_folder(&folder, &["check", "--format", "json"]);

    assert_eq!((err.as_str(), code), ("", Some(1)));
    assert_snapshot!(out, @r##"
    {
      "success": false,
      "categories": [
        {
          "categoryName": "regain.toml",
          "checks": [
            {
              "description": "can be served as it is",
              "result": "success"
            }
          ]
        },
        {
          "categoryName": "tenants/acme.toml",
          "checks": [
            {
              "description": "brand.colour",
              "result": "error",
              "hint": "did you mean `brand.color`?",
              "error": "unknown key `brand.colour`",
              "line": 13
            }
          ]
        }
      ]
    }
    "##);
}

#[test]
fn check_of_one_tenant_leaves_the_others_out() {
    let folder = Folder::acme("").with("tenants/globex.toml", "nonsense = 1\n");

    assert_eq!(in_folder(&folder, &["check", "--tenant", "acme"]).2, Some(0));
    assert_eq!(in_folder(&folder, &["check", "--tenant", "globex"]).2, Some(1));
    let (_, err, code) = in_folder(&folder, &["check", "--tenant", "initech"]);
    assert_eq!(code, Some(2));
    assert_snapshot!(err, @r##"error: there is no tenant initech; there are: acme, globex"##);
}

#[test]
fn config_show_names_every_origin_and_no_secret() {
    let folder = Folder::new("[server]\nlisten = \"127.0.0.1:9000\"\n[defaults.password]\nmin_length = 20\n")
        .with("tenants/acme.toml", &format!("{}user = \"u\"\npassword_file = \"acme/smtp\"\n", super::ACME))
        .with("tenants/acme/smtp", "hunter2-canary\n");

    let (out, err, code) = in_folder(&folder, &["config", "show", "--origin"]);

    assert_eq!((err.as_str(), code), ("", Some(0)));
    assert!(!out.contains("hunter2-canary"));
    assert_snapshot!(out, @r##"
    admin.hosts = []  # built in
    admin.listen = ""  # built in
    audit.ip = "full"  # built in
    limits.backend_calls_per_min = 600  # built in
    limits.clients = 1000000  # built in
    limits.codes_per_min = 10  # built in
    limits.insecure = false  # built in
    limits.others_per_10_min = 30  # built in
    limits.sms_per_day = 5000  # built in
    limits.starts_per_10_min = 10  # built in
    limits.starts_per_hour = 30  # built in
    limits.store = "memory"  # built in
    log.format = "auto"  # built in
    log.level = "info"  # built in
    management.listen = "127.0.0.1:9180"  # built in
    secrets.keys_file = "DIR/keys/regain.keys"  # built in
    server.body_limit = "16KiB"  # built in
    server.body_timeout = "10s"  # built in
    server.drain = "30s"  # built in
    server.head_timeout = "10s"  # built in
    server.header_count = 64  # built in
    server.header_limit = "16KiB"  # built in
    server.hsts = "0s"  # built in
    server.idle_timeout = "30s"  # built in
    server.listen = "127.0.0.1:9000"  # regain.toml:2
    server.proxied_header_limit = "64KiB"  # built in
    server.proxied_idle_timeout = "30s"  # built in
    server.proxied_uri_limit = "16KiB"  # built in
    server.trusted_proxies = []  # built in
    server.uri_limit = "4KiB"  # built in
    store.insecure = false  # built in
    store.max_connections = 16  # built in
    store.migrate_on_start = false  # built in
    store.url = "sqlite://DIR/data/regain.db"  # built in
    telemetry.tenant_label = true  # built in
    tenants.dir = "DIR/tenants"  # built in
    tenants.files = ["DIR/tenants/{id}"]  # built in

    # tenant acme
    admin.allow = ["send", "generate"]  # built in
    api.backends = []  # built in
    api.origins = []  # built in
    brand.locales = []  # built in
    email.from = "no-reply@acme.example"  # tenants/acme.toml:10
    email.host = "smtp.acme.example"  # tenants/acme.toml:9
    email.insecure = false  # built in
    email.kind = "smtp"  # built in
    email.password = ***(file:acme/smtp)  # tenants/acme.toml:12
    email.tls = "starttls"  # built in
    email.user = "u"  # tenants/acme.toml:11
    hosts = ["login.acme.example"]  # tenants/acme.toml:2
    name = "Acme"  # tenants/acme.toml:1
    password.confirm = true  # built in
    password.context_words = []  # built in
    password.max_length = 256  # built in
    password.min_length = 20  # regain.toml:4
    password.second_factor = false  # built in
    password.strength = true  # built in
    profile = "default"  # built in
    provider.kind = "local"  # tenants/acme.toml:6
    provider.protect.groups = []  # built in
    provider.protect.roles = []  # built in
    provider.protect.users = []  # built in
    public_url = "https://login.acme.example"  # tenants/acme.toml:3
    recovery.email_link.include_code = false  # built in
    recovery.email_link.ttl = "20m"  # built in
    recovery.email_otp.attempts = 5  # built in
    recovery.email_otp.digits = 8  # built in
    recovery.email_otp.link = true  # built in
    recovery.email_otp.ttl = "10m"  # built in
    recovery.identifier = "either"  # built in
    recovery.link_path = "/recovery/link"  # built in
    recovery.link_url = ""  # built in
    recovery.methods = ["email_link"]  # built in
    recovery.path = "/recovery"  # built in
    recovery.phone_region = ""  # built in
    recovery.return_to = []  # built in
    recovery.sms_only = false  # built in
    recovery.sms_otp.attempts = 5  # built in
    recovery.sms_otp.countries = []  # built in
    recovery.sms_otp.daily_budget = 500  # built in
    recovery.sms_otp.digits = 6  # built in
    recovery.sms_otp.ttl = "10m"  # built in
    recovery.unlinked = false  # built in
    "##);
}

#[test]
fn accounts_are_added_listed_and_removed() {
    let folder = Folder::acme("");

    let (id, err, code) =
        in_folder(&folder, &["account", "add", "acme", "alice", "--email", "alice@acme.example", "--verified"]);
    assert_eq!((err.as_str(), code), ("", Some(0)));
    let (_, err, code) = in_folder(&folder, &["account", "add", "acme", "ALICE", "--email", "a@acme.example"]);
    assert_eq!((err.as_str(), code), ("error: the username is taken\n", Some(1)));
    let (listed, _, _) = in_folder(&folder, &["account", "list", "acme"]);
    assert_eq!(listed, format!("{}\talice\talice@acme.example\tverified\n", id.trim_end()));
    assert_eq!(in_folder(&folder, &["account", "remove", "acme", "alice"]).2, Some(0));
    assert_eq!(in_folder(&folder, &["account", "remove", "acme", "alice"]).2, Some(1));
    assert_eq!(in_folder(&folder, &["account", "list", "globex"]).2, Some(2));
}

#[test]
fn an_accounts_number_is_kept_in_one_form_and_what_is_wrong_with_it_is_told() {
    let folder = Folder::acme("");
    let add = |user: &str, number: &str| {
        let args = ["account", "add", "acme", user, "--email", "a@acme.example", "--phone", number];
        in_folder(&folder, &args)
    };

    let kept: Vec<Option<i32>> = [("alice", "+1 (202) 555-0142"), ("bob", "+44 (0)20 7946 0018")]
        .map(|(user, number)| add(user, number).2)
        .to_vec();
    let told: Vec<String> = ["2025550142", "+1 202 555", "+210 1234567", "call me", "+1 202 555 0142 ext 7", ""]
        .map(|number| add("carol", number).1)
        .to_vec();

    assert_eq!(kept, [Some(0), Some(0)]);
    assert_snapshot!(told.concat(), @r"
    error: --phone does not say its country: begin with + and the country's code; a right one is +12025550142
    error: --phone has too few or too many digits for its country; a right one is +12025550142
    error: --phone begins with no country's code; a right one is +12025550142
    error: --phone holds more than digits, blanks and - . / ( ); a right one is +12025550142
    error: --phone holds more than digits, blanks and - . / ( ); a right one is +12025550142
    error: --phone has no digit; a right one is +12025550142
    ");
}

#[test]
fn migrate_tells_what_has_been_made() {
    let folder = Folder::acme("");

    let (before, _, _) = in_folder(&folder, &["migrate", "--status"]);
    let (made, _, code) = in_folder(&folder, &["migrate"]);
    let (after, _, _) = in_folder(&folder, &["migrate", "--status"]);

    assert_eq!(code, Some(0));
    assert!(before.lines().all(|line| line.starts_with("to come ")), "{before}");
    assert_eq!(made.lines().count(), before.lines().count());
    assert!(after.lines().all(|line| line.starts_with("made ")), "{after}");
}

#[test]
fn health_without_a_server_exits_with_three() {
    let folder = Folder::acme("").with("regain.toml", "[management]\nlisten = \"127.0.0.1:9\"\n");

    let (out, err, code) = in_folder(&folder, &["health"]);

    assert_eq!((out.as_str(), code), ("", Some(3)));
    assert!(err.starts_with("error: nobody answers on 127.0.0.1:9 (`management.listen`)"), "{err}");
}
