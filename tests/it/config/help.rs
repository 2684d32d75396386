//! The help of every verb, as people read it.

use insta::assert_snapshot;

use super::commands::run;

fn help(verb: &[&str]) -> String {
    let output = run(&[verb, &["--help"]].concat());
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn help_of_the_program() {
    assert_snapshot!(help(&[]), @r#"
    Gives the identity provider you already run a good "forgot password": per tenant, by email link, email code or text message

    Usage: regain <COMMAND>

    Commands:
      demo     Starts everything embedded, with four tenants to try, and prints the addresses to open
      init     Writes a first regain.toml and tenants/<id>.toml for a Keycloak realm
      serve    Serves the tenants until SIGTERM or Ctrl-C, then lets what is under way finish
      check    Tells every mistake of the configuration, offline: the same code as start-up
      doctor   Looks at everything that recovery needs, live: store, keys, limits, providers, mail servers, text messages, proxy, clocks
      config   Looks at the configuration
      migrate  Brings the store's schema up to date; old programs run on a newer schema, new ones not on an older
      account  Adds, lists and removes accounts of tenants whose provider is `local`
      openapi  Prints the description of the JSON API, as an OpenAPI 3.1 document
      health   Asks the running server whether it is ready
      version  Prints the version
      help     Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    "#);
}

#[test]
fn help_of_demo() {
    assert_snapshot!(help(&["demo"]), @r##"
    Starts everything embedded, with four tenants to try, and prints the addresses to open

    Usage: regain demo [OPTIONS]

    Options:
          --port <PORT>          The port to listen on, on this machine only [default: 8080]
          --data <DIR>           Where the demo's folder is made, which goes when it ends [default: the system's folder for temporary files]
          --smtp <ADDRESS:PORT>  A mail server on this machine that takes the mails instead of the inbox page, such as maildev
      -h, --help                 Print help

    Examples:
      regain demo
      regain demo --port 9000
      regain demo --smtp 127.0.0.1:1025

    Ctrl-C ends it. Nothing is installed, and without --smtp nothing is sent: mails go to an inbox page.
    "##);
}

#[test]
fn help_of_serve() {
    assert_snapshot!(help(&["serve"]), @r##"
    Serves the tenants until SIGTERM or Ctrl-C, then lets what is under way finish

    Usage: regain serve [OPTIONS]

    Options:
          --config <DIR>  The folder with regain.toml in it [default: ./config, then /etc/regain]
      -h, --help          Print help

    Examples:
      regain serve
      regain serve --config /etc/regain
      REGAIN_SERVER__LISTEN=0.0.0.0:8080 regain serve

    A mistaken regain.toml refuses the start; a mistaken tenant file costs that tenant alone.
    "##);
}

#[test]
fn help_of_check() {
    assert_snapshot!(help(&["check"]), @r##"
    Tells every mistake of the configuration, offline: the same code as start-up

    Usage: regain check [OPTIONS]

    Options:
          --config <DIR>     The folder with regain.toml in it [default: ./config, then /etc/regain]
          --tenant <T>       Tell of this tenant's file only
          --format <FORMAT>  How to tell it [default: text] [possible values: text, json]
          --strict           Count warnings as problems
      -h, --help             Print help

    Examples:
      regain check
      regain check --config /etc/regain --strict
      regain check --tenant acme
      regain check --format json | jq '.categories[].checks[] | select(.result != "success")'

    Exit: 0 nothing found, 1 problems found, 2 usage.
    "##);
}

#[test]
fn help_of_doctor() {
    assert_snapshot!(help(&["doctor"]), @r##"
    Looks at everything that recovery needs, live: store, keys, limits, providers, mail servers, text messages, proxy, clocks

    Usage: regain doctor [OPTIONS]

    Options:
          --config <DIR>         The folder with regain.toml in it [default: ./config, then /etc/regain]
          --tenant <T>           Look at this tenant only
          --only <TOPICS>        Look at these only, by commas [possible values: store, keys, limits, provider, smtp, sms, proxy, clock]
          --send-test <ADDRESS>  Send a test mail to this address by every tenant's mail server, and show the link as it was sent
          --format <FORMAT>      How to tell it [default: text] [possible values: text, json]
      -h, --help                 Print help

    Examples:
      regain doctor
      regain doctor --tenant acme --only provider,smtp
      regain doctor --only smtp --send-test you@acme.example
      regain doctor --format json | jq '.categories[].checks[] | select(.result != "success")'

    It changes nothing and may run beside the server. Exit: 0 nothing worse than a warning, 1 problems found, 2 usage, 3 somebody does not answer and nothing is worse.
    "##);
}

#[test]
fn help_of_init() {
    assert_snapshot!(help(&["init"]), @r##"
    Writes a first regain.toml and tenants/<id>.toml for a Keycloak realm

    Usage: regain init [OPTIONS] [DIR]

    Arguments:
      [DIR]  The folder to write to; made if need be [default: config]

    Options:
          --tenant <T>                   The tenant's id: small letters, digits, single dashes
          --name <NAME>                  Its name as people read it [default: the id]
          --public-url <URL>             Where people reach its sign-in, and now regain
          --keycloak-url <URL>           Where this machine reaches Keycloak, with its relative path if it has one
          --realm <REALM>                The realm [default: the tenant's id]
          --client-id <ID>               The confidential client whose service account regain uses [default: regain]
          --client-secret-file <F>       Read its secret from this file, - for stdin
          --smtp-host <HOST>             The mail server; its certificate must bear this name
          --smtp-port <PORT>             Its port [default: 587 for starttls, 465 for implicit, 25 for none]
          --smtp-tls <SMTP_TLS>          How the way to it is encrypted; none only on this machine [default: starttls] [possible values: starttls, implicit, none]
          --smtp-user <USER>             The user to log in as [default: nobody logs in]
          --smtp-password-file <F>       Read that user's password from this file, - for stdin
          --from <FROM>                  Who mails come from, as `address` or `Name <address>`
          --phone-attribute <ATTRIBUTE>  The user attribute that holds the telephone number [default: phoneNumber]
      -h, --help                         Print help

    Examples:
      regain init
      regain init /etc/regain --tenant acme --name Acme \
        --public-url https://login.acme.example \
        --keycloak-url http://127.0.0.1:8081 --realm acme --client-secret-file kc.secret \
        --smtp-host smtp.acme.example --smtp-user regain --smtp-password-file smtp.secret \
        --from 'Acme <no-reply@acme.example>'

    What is missing is asked for on a terminal, and only there. No file is ever written over. Exit: 0 written and passes check, 1 a file is in the way or check finds problems, 2 something is missing.
    "##);
}

#[test]
fn help_of_config_show() {
    assert_snapshot!(help(&["config", "show"]), @r##"
    Prints every key with its value, all layers merged; secrets are ***

    Usage: regain config show [OPTIONS]

    Options:
          --config <DIR>  The folder with regain.toml in it [default: ./config, then /etc/regain]
          --origin        Say of each value which file and line, or which variable, it comes from
      -h, --help          Print help

    Examples:
      regain config show
      regain config show --origin | grep email

    A secret shows where it was read from, never what it is.
    "##);
}

#[test]
fn help_of_migrate() {
    assert_snapshot!(help(&["migrate"]), @r##"
    Brings the store's schema up to date; old programs run on a newer schema, new ones not on an older

    Usage: regain migrate [OPTIONS]

    Options:
          --config <DIR>  The folder with regain.toml in it [default: ./config, then /etc/regain]
          --status        Only tell which steps have been made and which are to come
      -h, --help          Print help

    Examples:
      regain migrate --status
      regain migrate --config /etc/regain

    SQLite is brought up to date at every start; PostgreSQL by this, or with migrate_on_start.
    "##);
}

#[test]
fn help_of_account() {
    assert_snapshot!(help(&["account"]), @r##"
    Adds, lists and removes accounts of tenants whose provider is `local`

    Usage: regain account <COMMAND>

    Commands:
      add     Adds an account and prints its id
      list    Lists a tenant's accounts: id, username, mail address, verified or not
      remove  Removes an account and its sessions
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    "##);
    assert_snapshot!(help(&["account", "add"]), @r##"
    Adds an account and prints its id

    Usage: regain account add [OPTIONS] --email <E> <T> <USER>

    Arguments:
      <T>     The tenant
      <USER>  The name to sign in with

    Options:
          --config <DIR>       The folder with regain.toml in it [default: ./config, then /etc/regain]
          --email <E>          The mail address
          --phone <P>          The telephone number with + and the country's code, as +12025550142
          --verified           The address and the number are known to be the person's; others are never sent anything
          --password-file <F>  Read the password from this file, - for stdin; a line break at its end does not belong to it
      -h, --help               Print help

    Examples:
      regain account add acme alice --email alice@acme.example --verified
      pwgen -s 24 1 | regain account add acme bob --email bob@acme.example --verified --password-file -

    Without a password nobody signs in until a recovery has set one.
    "##);
    assert_snapshot!(help(&["account", "list"]), @r##"
    Lists a tenant's accounts: id, username, mail address, verified or not

    Usage: regain account list [OPTIONS] <T>

    Arguments:
      <T>  The tenant

    Options:
          --config <DIR>  The folder with regain.toml in it [default: ./config, then /etc/regain]
      -h, --help          Print help

    Examples:
      regain account list acme
    "##);
    assert_snapshot!(help(&["account", "remove"]), @r##"
    Removes an account and its sessions

    Usage: regain account remove [OPTIONS] <T> <USER>

    Arguments:
      <T>     The tenant
      <USER>  The account's id, or its username

    Options:
          --config <DIR>  The folder with regain.toml in it [default: ./config, then /etc/regain]
      -h, --help          Print help

    Examples:
      regain account remove acme alice
    "##);
}

#[test]
fn help_of_openapi() {
    assert_snapshot!(help(&["openapi"]), @r##"
    Prints the description of the JSON API, as an OpenAPI 3.1 document

    Usage: regain openapi

    Options:
      -h, --help  Print help

    Examples:
      regain openapi > openapi.json
      regain openapi | jq '.paths | keys'

    It is the same for every tenant and needs no configuration: docs/api.md.
    "##);
}

#[test]
fn help_of_health() {
    assert_snapshot!(help(&["health"]), @r##"
    Asks the running server whether it is ready

    Usage: regain health [OPTIONS]

    Options:
          --config <DIR>  The folder with regain.toml in it [default: ./config, then /etc/regain]
      -h, --help          Print help

    Examples:
      regain health
      regain health --config /etc/regain | jq .

    Exit: 0 ready (also when a provider or mail server is down), 1 not ready, 3 nobody answers.
    "##);
}

#[test]
fn help_of_version() {
    assert_snapshot!(help(&["version"]), @r##"
    Prints the version

    Usage: regain version [OPTIONS]

    Options:
          --json  As JSON
      -h, --help  Print help

    Examples:
      regain version
      regain version --json
    "##);
}
