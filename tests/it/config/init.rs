//! `regain init`: a first configuration from flags, which passes `check`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::commands::run;

/// A folder with the two secrets in it; `site` is where init shall write.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("kc"), "canary of the client\n").expect("a file");
    std::fs::write(folder.path().join("smtp"), "canary of the mail\n").expect("a file");
    folder
}

fn init(folder: &Path, more: &[&str]) -> Output {
    let mut args = flags(folder);
    args.extend(more.iter().map(ToString::to_string));
    run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Init with another value for one of the flags that it is always given.
fn init_with(folder: &Path, [flag, value]: [&str; 2]) -> Output {
    let mut args = flags(folder);
    let at = args.iter().position(|arg| arg == flag).expect("one of the flags");
    value.clone_into(&mut args[at + 1]);
    run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn flags(folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut args = vec!["init".to_owned(), path("site")];
    for (flag, value) in [
        ("--tenant", "acme"),
        ("--public-url", "https://login.acme.example"),
        ("--keycloak-url", "http://127.0.0.1:8081"),
        ("--client-secret-file", &path("kc")),
        ("--smtp-host", "smtp.acme.example"),
        ("--smtp-user", "regain"),
        ("--smtp-password-file", &path("smtp")),
        ("--from", "Acme <no-reply@acme.example>"),
    ] {
        args.extend([flag.to_owned(), value.to_owned()]);
    }
    args
}

fn text(folder: &Path, bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace(&folder.display().to_string(), "DIR")
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).expect("a file")
}

#[test]
fn what_init_writes_passes_check() {
    let folder = folder();

    let output = init(folder.path(), &[]);

    let told = text(folder.path(), &output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_snapshot!(text(folder.path(), &output.stdout), @r##"
    DIR/site/regain.toml
    DIR/site/tenants/acme.toml
    DIR/site/tenants/acme/client.secret
    DIR/site/tenants/acme/smtp.password
    "##);
    assert_snapshot!(told, @r##"
    2 files checked: 0 errors, 0 warnings

    In Keycloak:
      the realm acme has a confidential client `regain` with a service account, which may find users and reset
      their passwords and nothing else: docs/providers/keycloak.md, step by step
      "Forgot password" is on in the realm's settings (Login): else its login page shows no way to recovery
      it is started with KC_HOSTNAME=https://login.acme.example KC_PROXY_HEADERS=xforwarded KC_HTTP_ENABLED=true
      and, if it runs on this machine, KC_HTTP_HOST=127.0.0.1: nobody shall reach it but through regain
    Then:
      regain check --strict --config DIR/site
      regain migrate --config DIR/site      # PostgreSQL only; SQLite is made at the start
      regain doctor --config DIR/site
      regain serve --config DIR/site
      regain doctor --config DIR/site --only proxy   # once more, now that the doors can be tried
    "##);
    assert_snapshot!(read(folder.path(), "site/tenants/acme.toml"), @r##"
    name = "Acme"   # as people read it
    hosts = ["login.acme.example"]   # the names that lead here
    public_url = "https://login.acme.example"   # every address that people see is built from this

    [recovery]
    sign_in_url = "https://login.acme.example/realms/acme/account/"   # where "Sign in" leads; your application is better, it knows whom to ask
    # return_to = ["https://app.example.com"]   # where a person may be sent back to, each origin by itself

    [provider]
    kind = "keycloak"
    url = "http://127.0.0.1:8081"   # Keycloak as this machine reaches it
    realm = "acme"   # whose accounts these are
    client_id = "regain"   # a confidential client of that realm, with a service account
    client_secret_file = "acme/client.secret"   # its secret, readable by regain alone
    # phone = "phoneNumber"   # the attribute with the telephone number; let administrators alone edit it
    # sentinel = "somebody"   # a username that `regain doctor` must find: a missing right looks like an empty realm
    # protect = { groups = ["administrators"] }   # whom recovery never touches

    [upstream]
    url = "http://127.0.0.1:8081"   # what is proxied here: the same Keycloak
    intercept = "keycloak"   # its own "Forgot Password?" leads to regain, and its other ways to reset are closed
    # close = ["/admin", "/realms/master"]   # not for the internet: answered 404, with all that lies below

    [email]
    host = "smtp.acme.example"   # the mail server; its certificate must bear this name
    # port = 587   # by default 587 for starttls, 465 for implicit, 25 for none
    tls = "starttls"   # never "if possible"
    user = "regain"   # whom to log in as
    password_file = "acme/smtp.password"   # that user's password, readable by regain alone
    from = "Acme <no-reply@acme.example>"   # who mails come from
    "##);
}

#[test]
fn secrets_lie_in_files_of_their_own_for_their_owner_alone() {
    let folder = folder();

    let output = init(folder.path(), &[]);

    let site = folder.path().join("site/tenants/acme");
    for (file, secret) in [("client.secret", "canary of the client"), ("smtp.password", "canary of the mail")] {
        assert_eq!(std::fs::read_to_string(site.join(file)).expect("a file"), secret);
        assert_eq!(site.join(file).metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let told = [output.stdout, output.stderr, read(folder.path(), "site/tenants/acme.toml").into_bytes()].concat();
    assert!(!String::from_utf8_lossy(&told).contains("canary"));
}

#[test]
fn a_file_that_is_there_is_never_written_over_and_nothing_else_is_written() {
    let folder = folder();
    let site = folder.path().join("site");
    std::fs::create_dir_all(site.join("tenants")).expect("a folder");
    std::fs::write(site.join("tenants/acme.toml"), "mine").expect("a file");

    let output = init(folder.path(), &[]);

    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(text(folder.path(), &output.stderr), @r##"
    error: not written over, and nothing was written: DIR/site/tenants/acme.toml
      help: name another folder, or move them away
    "##);
    assert_eq!(read(folder.path(), "site/tenants/acme.toml"), "mine");
    assert!(!site.join("regain.toml").exists() && !site.join("tenants/acme").exists());
}

#[test]
fn all_that_is_missing_is_named_at_once_where_nobody_can_be_asked() {
    let folder = folder();
    let site = folder.path().join("site").display().to_string();

    let output = run(&["init", &site, "--smtp-user", "regain"]);

    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(text(folder.path(), &output.stderr), @r##"
    error: missing: --tenant, --public-url, --keycloak-url, --client-secret-file, --smtp-host, --smtp-password-file, --from
      help: on a terminal they are asked for
    "##);
    assert!(!folder.path().join("site").exists());
}

#[test]
fn no_value_can_write_other_keys() {
    let folder = folder();

    let output = init(folder.path(), &["--name", "A\"\nprofile = \"x", "--realm", "<from> \"a\" \\ <name>"]);

    let written = read(folder.path(), "site/tenants/acme.toml");
    let document: toml_edit::DocumentMut = written.parse().expect("TOML");
    assert_eq!(document["name"].as_str(), Some("A\"\nprofile = \"x"));
    assert_eq!(document["provider"]["realm"].as_str(), Some("<from> \"a\" \\ <name>"));
    assert!(document.get("profile").is_none());
    let told = text(folder.path(), &output.stderr);
    assert!(told.contains("`name`: must be a name that people can read, on one line"), "{told}");
    assert_eq!(output.status.code(), Some(1), "what check finds decides");
}

#[test]
fn what_differs_from_a_default_is_written_and_the_default_stands_as_a_comment() {
    let (plain, other) = (folder(), folder());

    init(plain.path(), &[]);
    init(other.path(), &["--phone-attribute", "mobile", "--smtp-port", "2525", "--realm", "people"]);

    let plain = read(plain.path(), "site/tenants/acme.toml");
    assert!(plain.contains("\n# phone = \"phoneNumber\" ") && plain.contains("\n# port = 587 "), "{plain}");
    let other = read(other.path(), "site/tenants/acme.toml");
    assert!(other.contains("\nphone = \"mobile\" ") && other.contains("\nport = 2525 "), "{other}");
    assert!(other.contains("\nrealm = \"people\" ") && other.contains("/realms/people/account/\" "), "{other}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    for wrong in [["--tenant", "Acme!"], ["--public-url", "login.acme.example"], ["--keycloak-url", "ldap://x"]] {
        let folder = folder();

        let output = init_with(folder.path(), wrong);

        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(text(folder.path(), &output.stderr).contains(wrong[0]), "{wrong:?}");
        assert!(!folder.path().join("site").exists());
    }
}
