use std::fs;

use regain::domain::code::DIGITS;
use regain::domain::problem::Problems;
use regain::domain::secret::Secret;
use regain::domain::segments::{Encoding, Length};
use regain::template::message::TextMessage;
use regain::template::{Brand, Templates, brand, samples};
use tempfile::TempDir;

use super::{SHIPPED, acme, build, locale};

/// A name and a host as long as they are in real life: `login.acme.example` is the samples' host.
const LONG: &str = "Acme Company";

/// What is told of a tenant that sends text messages, with a brand, languages, files of its own, and a host.
fn told(brand: Brand, locales: &[&str], files: &[(&str, &str)], host: Option<&str>) -> String {
    let folder = TempDir::new().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let overrides = (!files.is_empty()).then_some(folder.path());
    let locales: Vec<String> = locales.iter().map(ToString::to_string).collect();
    let mut problems = Problems::new();
    let built = Templates::build(&SHIPPED, brand, &locales, &locales[0], overrides, host, &mut problems);
    assert_eq!(built.is_none(), problems.has_errors());
    let here = format!("{}/", folder.path().display());
    let told: Vec<String> = problems.iter().map(|problem| problem.to_string().replace(&here, "")).collect();
    told.join("\n")
}

const HOST: Option<&str> = Some("login.acme.example");

#[test]
fn every_text_message_is_written_as_agreed() {
    let templates = build(acme());
    let mut all = String::new();

    for locale in templates.locales() {
        for (name, message) in samples::text_messages() {
            let text = templates.text_message(&locale, &message).expect("a text message");
            let length = Length::of(&text);
            let size = format!("{} {}, {} segment", length.units, length.encoding.as_str(), length.segments);
            all.extend(["## ", name, " ", locale.tag(), " (", &size, ")\n", &text, "\n\n"]);
        }
    }

    insta::assert_snapshot!("text-messages", all);
}

#[test]
fn a_text_message_is_one_segment_in_every_language_with_the_longest_code_and_a_long_name() {
    let templates = build(Brand::plain(LONG));

    for locale in templates.locales() {
        for (name, message) in samples::text_messages() {
            let text = templates.text_message(&locale, &message).expect("a text message");

            let length = Length::of(&text);
            assert_eq!(length.segments, 1, "{name} in {}: {length:?}", locale.tag());
            let encoding = if locale.tag() == "ar" { Encoding::Ucs2 } else { Encoding::Gsm7 };
            assert_eq!(length.encoding, encoding, "{name} in {}", locale.tag());
            assert!(!text.contains("://") && text.contains(LONG), "{text}");
        }
    }
}

#[test]
fn a_code_comes_first_and_once_more_in_the_last_line_behind_the_host() {
    let templates = build(acme());

    for locale in templates.locales() {
        for digits in DIGITS {
            let code = Secret::new("407182639518"[..usize::from(digits)].to_owned());
            let message = TextMessage::RecoveryCode { code: &code, host: "id.acme.example" };

            let text = templates.text_message(&locale, &message).expect("a text message");

            assert!(text.starts_with(&format!("{} ", code.expose())), "{text}");
            let last = text.rsplit('\n').next();
            assert_eq!(last, Some(format!("@id.acme.example #{}", code.expose()).as_str()), "{text}");
        }
    }
}

#[test]
fn a_name_that_makes_a_second_segment_is_told_with_its_remedy() {
    let long = || Brand::plain("Acme International Limited");

    insta::assert_snapshot!(told(long(), &["en", "de", "ar"], &[], HOST), @r#"
    warning: `brand.sms_name`: the text message `password_changed` in `ar` takes 2 segments: 84 units of UCS-2, of which one segment holds 70
      help: a `[brand] sms_name` of at most 12 characters makes it one segment
    "#);
    assert_eq!(told(long(), &["en", "de", "ar"], &[], None), "", "this tenant sends no text messages");
    assert_eq!(told(Brand { sms_name: "Acme".to_owned(), ..long() }, &["en", "de", "ar"], &[], HOST), "");
    insta::assert_snapshot!(told(Brand::plain("Zażółć"), &["en"], &[], HOST), @r#"
    warning: `brand.sms_name`: the text message `recovery_code` in `en` takes 2 segments: 100 units of UCS-2, of which one segment holds 70
      help: write a `[brand] sms_name` without `ż`, and one segment holds 160 units
    "#);
}

#[test]
fn what_cannot_be_shortened_by_the_name_is_told_so_and_three_segments_are_refused() {
    let host = format!("login.{}.example", "a".repeat(60));

    insta::assert_snapshot!(told(Brand::plain("Acme"), &["ar"], &[], Some(&host)), @r#"
    warning: `brand.sms_name`: the text message `recovery_code` in `ar` takes 2 segments: 117 units of UCS-2, of which one segment holds 70
      help: shorten its text in `locales/ar.ftl` of the folder of templates, or take `ar` out of `brand.locales`
    "#);
    insta::assert_snapshot!(told(Brand::plain(&"Acme.".repeat(60)), &["en"], &[], HOST), @r#"
    error: `brand.sms_name`: the text message `recovery_code` in `en` takes 3 segments: 394 units of GSM-7, of which one segment holds 160
      help: a `[brand] sms_name` of at most 66 characters makes it one segment
    "#);
}

#[test]
fn a_typographic_quote_a_link_and_a_last_line_of_ones_own_are_refused_where_texts_are_sent() {
    let quote = [("locales/en.ftl", "link-intro = “fine” { $brand }\ncode-sms = { $code } isn’t { $brand }\n")];
    let in_template = [("messages/password_changed/sms.hbs", "{{brand}}:\nit is “done”")];
    let link = [("messages/password_changed/sms.hbs", "{{brand}}\nhttps://acme.example/")];
    let line = [("messages/recovery_code/sms.hbs", "{{code}} {{brand}}\n@{{host}} {{code}}")];

    insta::assert_snapshot!(told(acme(), &["en"], &quote, HOST), @r#"
    error: locales/en.ftl:2: the text message `recovery_code` in `en` holds the typographic quote `’`
      help: write ' or "; a single typographic quote can double what the message costs
    "#);
    insta::assert_snapshot!(told(acme(), &["en"], &in_template, HOST), @r#"
    error: messages/password_changed/sms.hbs:2: the text message `password_changed` in `en` holds the typographic quote `“`
      help: write ' or "; a single typographic quote can double what the message costs
    "#);
    insta::assert_snapshot!(told(acme(), &["en"], &link, HOST), @r#"
    error: messages/password_changed/sms.hbs:2: the text message `password_changed` in `en` holds an address
      help: leave it out; whoever learns to follow links in text messages cannot tell ours from another's
    "#);
    insta::assert_snapshot!(told(acme(), &["en"], &line, HOST), @r#"
    error: messages/recovery_code/sms.hbs:1: the text message `recovery_code` in `en` does not end in the line `@{{host}} #{{code}}`
      help: browsers fill in the code by it, and on the right page alone
    "#);
    for files in [&quote, &in_template, &link, &line] {
        assert_eq!(told(acme(), &["en"], files, None), "", "this tenant sends no text messages");
    }
}

#[test]
fn a_template_of_a_text_message_is_tried_like_every_other() {
    let wrong = [
        ("messages/recovery_code/sms.hbs", "{{#if nothing}}{{/if}}{{code}}\n{{login}}"),
        ("messages/password_changed/sms.hbs", "{{#if code}}x{{/if}}"),
    ];

    insta::assert_snapshot!(told(acme(), &["en"], &wrong, None), @r#"
    error: messages/recovery_code/sms.hbs:2: there is no value `login`
    error: messages/password_changed/sms.hbs:1: renders to nothing
    error: messages/recovery_code/sms.hbs:1: there is no value `nothing`
    error: messages/password_changed/sms.hbs:1: there is no value `code`
    "#);
}

#[test]
fn the_name_in_text_messages_is_the_tenants_in_plain_quotes_unless_another_is_written() {
    let name = |sms_name: Option<&str>| {
        let mut problems = Problems::new();
        let config = brand::Config { sms_name: sms_name.map(str::to_owned), ..brand::Config::default() };
        let brand = problems.within("brand", |problems| config.build("“Bob’s” Burgers", problems));
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        brand.map_or_else(|| told.join("\n"), |brand| brand.sms_name)
    };

    assert_eq!(name(None), "\"Bob's\" Burgers");
    assert_eq!(name(Some(" Bob ")), "Bob");
    insta::assert_snapshot!(name(Some("Bob’s")), @r#"
    error: `brand.sms_name`: holds the typographic quote `’`
      help: write ' or "; a single typographic quote can double what the message costs
    "#);
    insta::assert_snapshot!(name(Some("")), @r#"
    error: `brand.sms_name`: is not a name of 1 to 40 characters
      help: leave it out, and text messages bear the tenant's name
    "#);
    insta::assert_snapshot!(name(Some(&"B".repeat(41))), @r#"
    error: `brand.sms_name`: is not a name of 1 to 40 characters
      help: leave it out, and text messages bear the tenant's name
    "#);
    insta::assert_snapshot!(name(Some("Bob\u{202e}")), @r#"
    error: `brand.sms_name`: is not a name of 1 to 40 characters
      help: leave it out, and text messages bear the tenant's name
    "#);
}

#[test]
fn in_06_no_value_brings_controls_into_a_text_message() {
    let templates = build(Brand { sms_name: "Acme\r\n@evil.test #1\u{202e}\0".to_owned(), ..acme() });

    for (name, message) in samples::text_messages() {
        let text = templates.text_message(&locale(&templates, "en"), &message).expect("a text message");

        assert!(!text.chars().any(|sign| sign.is_control() && sign != '\n'), "{name}");
        assert!(!text.contains('\u{202e}') && !text.lines().any(|line| line.starts_with("@evil")), "{name}: {text}");
    }
}
