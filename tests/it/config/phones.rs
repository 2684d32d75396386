//! Telephone numbers: whose are typed, and where text messages may go.

use insta::assert_snapshot;
use regain::domain::phone::Country;

use super::Folder;

fn recovery(keys: &str) -> Folder {
    Folder::acme(&format!("\n[recovery]\n{keys}\n"))
}

#[test]
fn a_country_that_is_none_is_named() {
    let folder = recovery(
        "identifier = \"phone\"\nphone_region = \"uk\"\n\
         sms_otp = { countries = [\"US\", \"UK\", \"us\", \"US\"] }",
    );

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:14: `recovery.phone_region`: "uk" is no country
      help: write the two letters of ISO 3166, such as "US", "GB" or "DE"; territories have their own
    error: tenants/acme.toml:15: `recovery.sms_otp.countries.1`: "UK" is no country
      help: write the two letters of ISO 3166, such as "US", "GB" or "DE"; territories have their own
    error: tenants/acme.toml:15: `recovery.sms_otp.countries.2`: "us" is no country
      help: write the two letters of ISO 3166, such as "US", "GB" or "DE"; territories have their own
    error: tenants/acme.toml:15: `recovery.sms_otp.countries.3`: "US" stands here twice
    "##);
}

/// DA-03
#[test]
fn text_messages_go_nowhere_that_is_not_listed() {
    assert_snapshot!(recovery("methods = [\"email_link\", \"sms_otp\"]").told(), @r##"
    error: tenants/acme.toml:12: `recovery.sms_otp.countries`: text messages go to listed countries only, and none is listed
      help: write those where your people have their telephones, such as `countries = ["US"]`
    "##);
}

/// BF-08
#[test]
fn text_messages_alone_are_said_to_be_meant_or_are_a_mistake() {
    let folder = recovery("methods = [\"sms_otp\"]\nsms_otp = { countries = [\"US\"] }");

    assert_snapshot!(folder.told(), @r##"
    error: tenants/acme.toml:13: `recovery.methods`: text messages alone can be shut by whoever knows the number
      help: offer a method by mail too, or say `sms_only = true`
    "##);
}

#[test]
fn a_number_without_a_plus_needs_a_region() {
    assert_snapshot!(recovery("identifier = \"phone\"").told(), @r##"
    error: tenants/acme.toml:12: `recovery.phone_region`: says nowhere how a number without + is read
      help: write the country of most of your people, such as "US", or "international" where everybody types + and the country's code
    "##);
}

#[test]
fn the_region_is_the_one_that_is_named_else_the_first_country_on_the_list() {
    let region = |keys: &str| {
        let (registry, told) = recovery(keys).build();
        assert_eq!(told, "");
        let tenant = registry.tenants().next().expect("a tenant");
        tenant.recovery.region
    };

    let countries = "identifier = \"phone\"\nsms_otp = { countries = [\"DE\", \"US\"] }";
    assert_eq!(region("identifier = \"phone\"\nphone_region = \"US\""), Country::parse("US"));
    assert_eq!(region(countries), Country::parse("DE"));
    assert_eq!(region(&format!("{countries}\nphone_region = \"US\"")), Country::parse("US"));
    assert_eq!(region(&format!("{countries}\nphone_region = \"international\"")), None);
    assert_eq!(region("identifier = \"email\""), None);
}

#[test]
fn countries_and_budget_are_kept_as_they_are_written() {
    let (registry, told) = recovery("sms_otp = { countries = [\"DE\", \"US\"], daily_budget = 40 }").build();

    assert_eq!(told, "");
    let recovery = &registry.tenants().next().expect("a tenant").recovery;
    let countries: Vec<&str> = recovery.countries.iter().map(Country::as_str).collect();
    assert_eq!((countries, recovery.sms_daily_budget), (vec!["DE", "US"], 40));
    assert!(!recovery.uses_phones());
}
