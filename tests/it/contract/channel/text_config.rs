//! What is wrong in `[sms]`, and how it is told.

use figment::providers::Format as _;
use regain::channel::TextConfig;

use super::{build_text, build_text_at};

const ACCOUNT: &str = "kind = 'twilio'\naccount_sid = 'AC0123456789abcdef0123456789abcdef'\n";
const TOKEN: &str = "auth_token = '0123456789abcdef0123456789abcdef'\n";
const FROM: &str = "from = '+15005550006'\n";

fn told(toml: &str) -> String {
    build_text(toml, None).map_or_else(|told| told, |channel| format!("{channel:?}"))
}

#[test]
fn everything_that_is_wrong_with_twilio_is_told_at_once_and_no_secret_with_it() {
    let told = told(
        "kind = 'twilio'\naccount_sid = 'AC12'\nauth_token = 'hunter2 '\napi_key = 'SKhunter2'\napi_secret = 'x'\n\
         from = 'Acme Incorporated'\nbase_url = 'http://api.example.com'\nca_file = '/does/not/exist'",
    );

    insta::assert_snapshot!(told, @r#"
    error: `account_sid`: is no account: "AC" and 32 digits of base 16
      help: copy it from the front page of Twilio's console
    error: `from`: is no sender that Twilio knows
      help: write a number such as "+15005550006", a short code, or a name of at most 11 letters and digits
    error: `base_url`: is spoken to over the network in the clear
      help: use https, or say `insecure = true` beside it
    error: `ca_file`: cannot read /does/not/exist: No such file or directory (os error 2)
      help: a file of PEM certificates is expected
    error: `auth_token`: holds something that Twilio does not give out
      help: copy it from Twilio's console
    error: `api_key`: is no key: "SK" and 32 digits of base 16
      help: copy the key's SID from the console; what was shown once beside it is `api_secret`
    "#);
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn one_sender_and_whole_credentials_are_needed() {
    let service = format!("messaging_service_sid = 'MG{}'\n", "0f".repeat(16));
    let key = format!("api_key = 'SK{}'\n", "0f".repeat(16));

    insta::assert_snapshot!(told(&format!("{ACCOUNT}{TOKEN}")), @r"
    error: nobody sends: there is neither `from` nor `messaging_service_sid`
      help: write one of your Twilio numbers as `from`, or the id of a messaging service
    ");
    insta::assert_snapshot!(told(&format!("{ACCOUNT}{TOKEN}{FROM}{service}")), @r"
    error: `messaging_service_sid`: stands beside `from`, and one of them sends
      help: keep the service, and add the number to it in Twilio's console; or keep `from`
    ");
    insta::assert_snapshot!(told(&format!("{ACCOUNT}{TOKEN}messaging_service_sid = 'MG1'")), @r#"
    error: `messaging_service_sid`: is no messaging service: "MG" and 32 digits of base 16
      help: copy it from the console, below Messaging, Services
    "#);
    insta::assert_snapshot!(told(&format!("{ACCOUNT}{FROM}")), @r"
    error: `auth_token`: there are no credentials
      help: write the account's `auth_token`, or the `api_key` and `api_secret` of a key
    ");
    insta::assert_snapshot!(told(&format!("{ACCOUNT}{FROM}{key}")), @r"
    error: `api_secret`: is missing beside `api_key`
      help: Twilio shows a key's secret once, when it is made: make another key if it is lost
    ");
    insta::assert_snapshot!(told(&format!("{ACCOUNT}{FROM}api_secret = 'x'")), @r#"
    error: `api_key`: is missing beside `api_secret`
      help: write the key's SID, "SK…"
    "#);
    insta::assert_snapshot!(told(&format!("{ACCOUNT}{FROM}{TOKEN}pasword = 'x'")), @"unknown field: found `pasword`, expected `one of `account_sid`, `auth_token`, `api_key`, `api_secret`, `from`, `messaging_service_sid`, `base_url`, `region`, `insecure`, `ca_file``");
}

#[test]
fn a_region_is_one_that_is_known_and_stands_alone() {
    let with = |more: &str| told(&format!("{ACCOUNT}{TOKEN}{FROM}{more}"));

    for (region, host) in [
        ("us1", "api.twilio.com"),
        ("ie1", "api.dublin.ie1.twilio.com"),
        ("au1", "api.sydney.au1.twilio.com"),
        ("jp1", "api.tokyo.jp1.twilio.com"),
    ] {
        let built = with(&format!("region = '{region}'"));
        assert!(built.contains(host), "{built}");
    }
    insta::assert_snapshot!(with("region = 'mars1'"), @r"
    error: `region`: is no region that is known here
      help: one of us1, ie1, au1, jp1; for another one write the address of its API as `base_url`
    ");
    insta::assert_snapshot!(with("region = 'ie1'\nbase_url = 'https://api.example.com'"), @r"
    error: `region`: stands beside `base_url`, which names the region already
      help: keep one of them
    ");
}

#[test]
fn numbers_short_codes_and_names_may_send() {
    for good in ["+15005550006", "12345", "Acme", "Acme 24-7", "A"] {
        let built = told(&format!("{ACCOUNT}{TOKEN}from = '{good}'"));
        assert!(built.contains("Twilio {"), "{good}: {built}");
    }
    for bad in
        ["", "12", "123456789", "15005550006", "whatsapp:+15005550006", "Acme\\nBcc", "Twelve Chars", " Acme", "Äcme"]
    {
        let told = told(&format!("{ACCOUNT}{TOKEN}from = \"{bad}\""));
        assert!(told.starts_with("error: `from`: is no sender"), "{bad}: {told}");
    }
}

#[test]
fn a_host_that_twilio_does_not_call_is_told_where_it_would_be_called() {
    let at = |more: &str| build_text_at("https://my_login.acme.example", &format!("{ACCOUNT}{FROM}{more}"), None);
    let key = format!("api_key = 'SK{}'\napi_secret = 'x'\n", "0f".repeat(16));

    insta::assert_snapshot!(at(TOKEN).expect_err("an underscore"), @r"
    error: `auth_token`: Twilio calls no host with an underscore in its name, and `public_url` has one
      help: give the tenant another host; or send by `api_key` and `api_secret` and leave `auth_token` out: then no delivery is told
    ");
    at(&key).expect("nobody calls");
}

#[test]
fn everything_that_is_wrong_with_a_webhook_is_told_at_once() {
    insta::assert_snapshot!(told("kind = 'webhook'\nurl = 'http://sms.example.com/hook'\nsecret = 'hunter2'\nca_file = '/x'"), @r#"
    error: `url`: is spoken to over the network in the clear
      help: use https, or say `insecure = true` beside it
    error: `secret`: is no secret of Standard Webhooks: "whsec_" and base64 of 24 to 64 bytes
      help: make one with: echo "whsec_$(openssl rand -base64 32)"
    error: `ca_file`: cannot read /x: No such file or directory (os error 2)
      help: a file of PEM certificates is expected
    "#);
    insta::assert_snapshot!(told("kind = 'webhook'\nurl = 'sms.example.com'\nsecret = 'whsec_c2hvcnQ='"), @r#"
    error: `url`: is no address such as `https://id.example.com`
    error: `secret`: is no secret of Standard Webhooks: "whsec_" and base64 of 24 to 64 bytes
      help: make one with: echo "whsec_$(openssl rand -base64 32)"
    "#);
    insta::assert_snapshot!(told("kind = 'carrier_pigeon'"), @r#"unknown variant: found `carrier_pigeon`, expected `one of `twilio`, `webhook`, `inbox`` for key "default.kind" in TOML source string"#);
}

#[test]
fn no_secret_of_a_channel_prints() {
    let twilio = format!("{ACCOUNT}{FROM}api_key = 'SK{}'\napi_secret = 'hunter2hunter2'\n{TOKEN}", "0f".repeat(16));
    let webhook =
        "kind = 'webhook'\nurl = 'https://sms.example.com'\nsecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'";

    for toml in [twilio.as_str(), webhook] {
        let config: TextConfig =
            figment::Figment::from(figment::providers::Toml::string(toml)).extract().expect("a section");
        let printed = format!("{config:?} {:?}", build_text(toml, None).expect("a configuration"));

        for secret in ["hunter2", "0f0f", "auth_token = '0123", "MfKQ"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
