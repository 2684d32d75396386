//! What is wrong in `[email]`, and how it is told.

use figment::providers::Format as _;
use regain::channel::Config;

use super::{build, build_for};

#[test]
fn everything_that_is_wrong_is_told_at_once_and_no_secret_with_it() {
    let told = build(
        "kind = 'smtp'\nhost = 'a b'\ntls = 'none'\nfrom = 'nobody'\nreply_to = \"x\\r\\n@y.example\"\npassword = 'hunter2'\nca_file = '/does/not/exist'\nhello_name = 'a b'",
        None,
    )
    .expect_err("all wrong");
    let insecure = build("kind = 'smtp'\nhost = 'mail.example'\ntls = 'none'\nfrom = 'a@b.example'", None)
        .expect_err("clear text");
    let unknown =
        build("kind = 'smtp'\nhost = 'mail.example'\nfrom = 'a@b.example'\npasword = 'x'", None).expect_err("a typo");

    insta::assert_snapshot!(told, @r#"
    error: `host`: this is no host name
      help: write the server's name or address, without a port
    error: `tls`: a mail server beyond this machine needs TLS
      help: use "starttls" or "implicit"; insecure = true allows the clear text
    error: `user`: there is a password and no user
    error: `ca_file`: cannot read /does/not/exist: No such file or directory (os error 2)
      help: a file of PEM certificates is expected
    error: `reply_to`: this is no mail address
      help: write `address` or `Name <address>`
    error: `from`: this is no mail address
      help: write `address` or `Name <address>`
    error: `hello_name`: this is no host name
    "#);
    insta::assert_snapshot!(insecure, @r#"
    error: `tls`: a mail server beyond this machine needs TLS
      help: use "starttls" or "implicit"; insecure = true allows the clear text
    "#);
    insta::assert_snapshot!(unknown, @"unknown field: found `pasword`, expected `one of `host`, `port`, `tls`, `insecure`, `ca_file`, `user`, `password`, `from`, `reply_to`, `hello_name``");
}

/// IN-06
#[test]
fn a_tenants_name_makes_no_header() {
    let told = |name: &str| build_for(name, "kind = 'smtp'\nhost = 'mail.example'\nfrom = 'a@b.example'", None);

    for name in ["Acme\r\nBcc: eve@evil.example", "Acme\nx", "Acme\0", "Acme\u{85}"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(name).expect_err("two lines"), @r"
            error: `from`: the name beside the address must be one line
              help: it is the tenant's `name`
            ");
        }
    }
    for name in ["\"Acme\" <x@y.example>", "Acme, Inc.; (EU)", "Äcme", ""] {
        told(name).expect("a name");
    }
}

#[test]
fn a_password_prints_nowhere() {
    let toml = "kind = 'smtp'\nhost = 'mail.example'\nfrom = 'a@b.example'\nuser = 'regain'\npassword = 'hunter2'";
    let config: Config = figment::Figment::from(figment::providers::Toml::string(toml)).extract().expect("a section");

    let printed = format!("{config:?} {:?}", build(toml, None).expect("a right configuration"));

    assert!(!printed.contains("hunter2"), "{printed}");
}
