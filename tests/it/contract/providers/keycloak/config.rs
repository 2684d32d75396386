//! `[provider]` with `kind = "keycloak"`.

use std::sync::Arc;

use regain::domain::id::TenantId;
use regain::store::Store;

use super::super::fixture::provider;
use super::stand::section;
use crate::support::hand_clock::HandClock;

fn told(section: &str) -> String {
    let store = Store::offline().tenant(&TenantId::parse("acme").expect("a tenant"));
    provider(section, &store, Arc::new(HandClock::new())).err().unwrap_or_default()
}

#[test]
fn a_right_section_is_taken() {
    let more = "sentinel = 'alice'\nphone = 'mobile'\nphone_verified = 'mobileVerified'\nunlock = false\n\
                late_logins = 'end'\nprotect = { users = ['root'], groups = ['/staff/admins'], roles = ['admin', \
                'realm-management/realm-admin'], attributes = ['administrator'] }";

    assert_eq!(told(&section("https://id.example.org/auth", more)), "");
    assert_eq!(told(&section("http://127.0.0.1:8081", "")), "");
}

/// In a query of Keycloak's nothing stands for them.
#[test]
fn an_attribute_that_cannot_be_asked_for_is_told() {
    let told = told(&section("http://127.0.0.1:8081", "phone = 'a\"b'\nphone_verified = 'a:b'"));

    insta::assert_snapshot!(told, @r#"
    error: `phone`: cannot be asked for
      help: name an attribute without quotes, colons and backslashes
    error: `phone_verified`: cannot be asked for
      help: name an attribute without quotes, colons and backslashes
    "#);
}

#[test]
fn every_mistake_in_the_section_is_told() {
    let wrong = "kind = 'keycloak'\nurl = 'http://id.example.org'\nrealm = 'a/b'\nclient_id = ''\nclient_secret = ''\n\
                 phone = ' '\nphone_verified = \"a\\u0007\"\nsentinel = ''\nca_file = '/nowhere/ca.pem'\n\
                 protect = { users = ['root '], groups = ['/'], roles = [''], attributes = [\"a\\nb\"] }";

    insta::assert_snapshot!(told(wrong), @r#"
    error: `url`: is spoken to over the network in the clear
      help: use https, or say `insecure = true` beside it
    error: `ca_file`: cannot read /nowhere/ca.pem: No such file or directory (os error 2)
    error: `realm`: is no name
      help: write it as Keycloak's console shows it
    error: `client_id`: is no name
      help: write it as Keycloak's console shows it
    error: `phone`: is no name
      help: write it as Keycloak's console shows it
    error: `phone_verified`: is no name
      help: write it as Keycloak's console shows it
    error: `client_secret`: is empty
      help: copy it from the client's tab "Credentials"
    error: `protect.users`: no account can have one of these names
      help: write usernames
    error: `sentinel`: no account can have this name
      help: write a username
    error: `protect.groups`: holds something that is no name
      help: write them as Keycloak's console does
    error: `protect.roles`: holds something that is no name
      help: write them as Keycloak's console does
    error: `protect.attributes`: holds something that is no name
      help: write them as Keycloak's console does
    "#);
    insta::assert_snapshot!(told("kind = 'keycloak'"), @"missing field `url`");
    insta::assert_snapshot!(told(&section("http://127.0.0.1:8081", "clientid = 'x'")), @"unknown field: found `clientid`, expected `one of `url`, `insecure`, `ca_file`, `realm`, `client_id`, `client_secret`, `phone`, `phone_verified`, `sentinel`, `protect`, `unlock`, `late_logins``");
    for (key, name) in [("groups", "admins "), ("roles", " admin"), ("attributes", "no-recovery ")] {
        let section = section("http://127.0.0.1:8081", &format!("protect = {{ {key} = ['{name}'] }}"));
        assert!(told(&section).contains(&format!("protect.{key}")), "{name:?}");
    }
    for realm in ["", ".", "..", " acme"] {
        let section = section("http://127.0.0.1:8081", "").replace("realm = 'acme'", &format!("realm = '{realm}'"));
        assert!(told(&section).contains("realm"), "{realm:?}");
    }
}

#[test]
fn an_address_in_the_clear_beyond_this_machine_is_refused_unless_somebody_means_it() {
    let refused = told(&section("http://id.example.org", ""));

    assert!(refused.contains("in the clear"), "{refused}");
    assert_eq!(told(&section("http://id.example.org", "insecure = true")), "");
}
