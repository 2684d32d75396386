use regain::domain::secret::Secret;
use regain::template::message::{Form, Message, PasswordChanged, RecoveryCode, RecoveryLink, RenderedMail};
use regain::template::{Brand, samples};

use super::{acme, build, locale, said};

#[test]
fn every_mail_is_written_as_agreed() {
    let templates = build(acme());

    for tag in ["en", "de", "ar"] {
        for (name, message) in samples::messages() {
            let mail = templates.mail(&locale(&templates, tag), &message).expect("a mail");

            let shown = format!("Subject: {}\n\n{}\n=== {}", mail.subject, mail.text, said(&mail.html));
            insta::assert_snapshot!(format!("mail-{name}-{tag}"), shown);
            if tag == "en" && name == "recovery_link" {
                insta::assert_snapshot!("mail-html", mail.html);
            }
            if tag == "en" && name == "recovery_code" {
                insta::assert_snapshot!("mail-html-code", mail.html);
            }
        }
    }
}

#[test]
fn a_mail_fits_reads_as_text_and_fetches_nothing() {
    let templates = build(acme());

    for locale in templates.locales() {
        for (name, message) in samples::messages() {
            let mail = templates.mail(&locale, &message).expect("a mail");

            assert!(mail.html.len() < 30 * 1024, "{name}");
            assert!(!mail.html.contains("<img") && !mail.html.contains("url(") && !mail.html.contains("{{"), "{name}");
            assert!(!mail.subject.contains("token") && !mail.subject.contains("alice"), "{name}");
            for isolate in ['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'] {
                assert!(!mail.subject.contains(isolate) && !mail.text.contains(isolate), "{name}");
            }
            match &message {
                Message::RecoveryLink(link) => {
                    assert!(mail.text.lines().any(|line| line == link.link.expose()), "{name}");
                    assert_eq!(mail.html.matches(link.link.expose()).count(), 3, "{name}");
                    if let Some((code, _)) = link.code {
                        holds_code(name, &mail, code);
                    }
                }
                Message::RecoveryCode(code) => {
                    holds_code(name, &mail, code.code);
                    let links = mail.text.lines().filter(|line| line.contains("token=")).collect::<Vec<_>>();
                    assert_eq!(links, code.link.map(Secret::expose).into_iter().collect::<Vec<_>>(), "{name}");
                    assert_eq!(mail.html.matches("token=").count(), 2 * links.len(), "{name}");
                }
                Message::PasswordChanged(_) => assert!(!mail.html.contains("token"), "{name}"),
            }
            assert!(mail.text.contains("2026-11-20 21:07 UTC"), "{name}");
        }
    }
}

/// A code stands alone on a line, whole in the text, without blanks in the HTML, and in nothing that a locked screen
/// shows.
fn holds_code(name: &str, mail: &RenderedMail, code: &Secret) {
    let code = code.expose();
    assert!(mail.text.lines().any(|line| line == code), "{name}");
    assert!(said(&mail.html).lines().any(|line| line == code), "{name}");
    assert!(!mail.subject.contains(code), "{name}");
    let (_, preheader) = mail.html.split_once("class=\"preheader\"").expect("a preheader");
    let preheader = preheader.split("</div>").next().unwrap_or_default();
    assert!(!preheader.contains(code) && !preheader.contains("token"), "{name}: {preheader}");
}

#[test]
fn a_mail_that_comes_twice_says_the_same() {
    let templates = build(acme());

    for locale in templates.locales() {
        for (name, message) in samples::messages() {
            let [first, second] = [(); 2].map(|()| templates.mail(&locale, &message).expect("a mail"));

            assert_eq!((first.subject, first.text, first.html), (second.subject, second.text, second.html), "{name}");
        }
    }
}

#[test]
fn a_code_beside_a_link_is_said_to_die_first_where_it_does() {
    let templates = build(acme());
    let english = locale(&templates, "en");
    let (link, code) = (Secret::new("https://login.acme.example/recovery/link?token=x"), Secret::new("12345678"));
    let said = |link_minutes, code_minutes| {
        let asked_at = time::macros::utc_datetime!(2026-11-20 21:07:45);
        let message =
            RecoveryLink { login: "alice", link: &link, link_minutes, code: Some((&code, code_minutes)), asked_at };
        templates.mail(&english, &Message::RecoveryLink(message)).expect("a mail").text
    };

    assert!(
        said(20, 10).contains("The code works for 10 minutes and can be used once. After that, only the link works.")
    );
    assert!(!said(10, 10).contains("After that"));
}

#[test]
fn in_06_no_value_brings_controls_into_a_mail() {
    let brand = Brand { name: "Acme\r\nBcc: x@evil.test\n.\rMAIL FROM:<x>\0".to_owned(), ..acme() };
    let templates = build(brand);
    let link = Secret::new("https://login.acme.example/recovery/link?token=x");
    let code = Secret::new("12345678");
    let login = "mallory\r\n.\r\nMAIL FROM:<x>\u{202e}\u{85}\u{2028}\u{0b}";
    let moment = time::macros::utc_datetime!(2026-11-20 21:07:45);

    for locale in templates.locales() {
        for message in [
            Message::RecoveryLink(RecoveryLink { login, link: &link, link_minutes: 20, code: None, asked_at: moment }),
            Message::RecoveryCode(RecoveryCode {
                login,
                code: &code,
                code_minutes: 10,
                link: Some(&link),
                link_minutes: 20,
                asked_at: moment,
            }),
            Message::PasswordChanged(PasswordChanged {
                login,
                form: Form::Changed,
                changed_at: moment,
                start_url: "https://a.test/recovery/",
            }),
        ] {
            let mail = templates.mail(&locale, &message).expect("a mail");

            assert!(!mail.subject.chars().any(char::is_control), "{}", mail.subject);
            for body in [&mail.text, &mail.html] {
                assert!(!body.chars().any(|character| character.is_control() && character != '\n'));
                assert!(!body.contains(['\u{202e}', '\u{2028}']));
                assert!(
                    !body
                        .lines()
                        .any(|line| line.starts_with("Bcc") || line.starts_with('.') || line.starts_with("MAIL"))
                );
            }
        }
    }
}

#[test]
fn in_09_a_login_name_is_short_and_no_link() {
    let templates = build(acme());
    let english = locale(&templates, "en");
    let link = Secret::new("https://login.acme.example/recovery/link?token=x");
    let login = format!("http://evil.test/{}", "a".repeat(100));
    let asked_at = time::macros::utc_datetime!(2026-11-20 21:07:45);

    let message = RecoveryLink { login: &login, link: &link, link_minutes: 20, code: None, asked_at };
    let mail = templates.mail(&english, &Message::RecoveryLink(message)).expect("a mail");

    assert!(!mail.text.contains("evil.test") && !mail.html.contains("evil.test"));
    assert!(!mail.text.contains("http://") && !mail.html.contains(&"a".repeat(64)));
    assert!(mail.text.contains("evil.\u{2060}test"));
}
