//! How it is told: to programs, by exit codes, and where the question or the configuration is wrong.

use insta::assert_snapshot;

use super::{Place, deaf};
use crate::support::sink::{Manners, Sink};

#[test]
fn programs_are_told_in_the_shape_of_check() {
    let (_deaf, port) = deaf();
    let place = Place::acme(port, "").with(
        "config/tenants/globex.toml",
        "name = \"Globex\"\nhosts = [\"login.globex.example\"]\npublic_url = \"https://login.globex.example\"\n\
         [provider]\nkind = \"local\"\n[email]\nhost = \"smtp.globex.example\"\nfrom = \"nobody\"\n",
    );

    let said = place.doctor(&["--only", "store,smtp", "--format", "json"]);

    assert_eq!((said.err.as_str(), said.code), ("", Some(1)));
    assert_snapshot!(said.out, @r##"
    {
      "success": false,
      "categories": [
        {
          "categoryName": "tenants/globex.toml",
          "checks": [
            {
              "description": "email.from",
              "result": "error",
              "hint": "write `address` or `Name <address>`",
              "error": "this is no mail address",
              "line": 8
            }
          ]
        },
        {
          "categoryName": "store",
          "checks": [
            {
              "description": "there is a database",
              "result": "warning",
              "hint": "nothing to do on a new installation: the first `regain serve` makes it; if there was one, `store.url` names another file",
              "error": "there is no database file at DIR/config/../data/regain.db"
            }
          ]
        },
        {
          "categoryName": "smtp acme",
          "checks": [
            {
              "description": "the name 127.0.0.1 is known",
              "result": "success"
            },
            {
              "description": "127.0.0.1:SMTP takes connections",
              "result": "unreachable",
              "hint": "look at `email.host` and `email.port`, at the mail server, and at firewalls on the way",
              "error": "no connection"
            }
          ]
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn an_unreachable_part_weighs_less_than_a_problem_and_more_than_a_warning() {
    let (_deaf, port) = deaf();
    let place = Place::acme(port, "");

    let with_warnings = place.doctor(&["--only", "store,smtp"]);
    place.used().await.close().await;
    place.keys();
    let with_problems = place.doctor(&["--only", "keys,smtp"]);

    assert_eq!((with_warnings.code, with_warnings.err.as_str()), (Some(3), "0 errors, 1 warning, 1 unreachable\n"));
    assert_eq!((with_problems.code, with_problems.err.as_str()), (Some(1), "1 error, 0 warnings, 1 unreachable\n"));
}

#[test]
fn a_mistake_is_told_as_check_tells_it_and_the_rest_is_looked_at() {
    let sink = Sink::open(Manners::default());
    let place = Place::acme(sink.port(), "").with("config/regain.toml", "[store]\nurl = \"mysql://nowhere\"\n");

    let said = place.doctor(&[]);

    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.err, @r##"
    error: regain.toml:2: `store.url`: the store's address is neither `sqlite://` nor `postgres://`
      help: write `sqlite://data/regain.db`, or `postgres://user@host/database?sslmode=verify-full`
    1 error, 1 warning, 0 unreachable
    "##);
    assert_snapshot!(said.out, @r##"
    provider acme
    warning     the provider answers: its accounts lie in the store, which is not open
        help: look at the store first

    smtp acme
    ok          the name 127.0.0.1 is known
    ok          127.0.0.1:SMTP takes connections
    ok          `email.tls` is "none": mails go in the clear
    ok          nobody logs in: `email.user` is not set

    sms acme
    ok          this tenant sends no text messages

    clock
    ok          nobody else tells the time
    "##);
}

#[test]
fn one_tenant_is_looked_at_without_the_mistakes_of_others() {
    let sink = Sink::open(Manners::default());
    let place = Place::acme(sink.port(), "").with("config/tenants/globex.toml", "nonsense = 1\n");

    assert_eq!(place.doctor(&["--only", "smtp"]).code, Some(1));
    let said = place.doctor(&["--only", "smtp", "--tenant", "acme"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
}

#[test]
fn a_question_that_makes_no_sense_exits_with_two() {
    let place = Place::acme(25, "");

    let unknown = place.doctor(&["--only", "store,tea"]);
    let tenant = place.doctor(&["--tenant", "initech"]);
    let unsent = place.doctor(&["--only", "store", "--send-test", "ops@acme.example"]);
    let address = place.doctor(&["--send-test", "ops"]);

    assert_eq!([unknown.code, tenant.code, unsent.code, address.code], [Some(2); 4]);
    let known = "[possible values: store, keys, limits, provider, smtp, sms, proxy, clock]";
    assert!(unknown.err.contains(known), "{}", unknown.err);
    assert_snapshot!(tenant.err, @r##"error: there is no tenant initech; there are: acme"##);
    assert_snapshot!(unsent.err, @r##"error: --send-test needs `smtp` in --only"##);
    assert_snapshot!(address.err, @r##"error: --send-test is no mail address"##);
}
