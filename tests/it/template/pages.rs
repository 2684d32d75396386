use std::collections::BTreeSet;

use regain::domain::id::RecoveryId;
use regain::domain::method::Method;
use regain::domain::password::Violation;
use regain::template::page::{Check, CodeEntry, CodeProblem, Done, ErrorPage, Frame, Over, Page, Password, Start};
use regain::template::{Brand, Color, samples};

use super::{acme, build, locale, said, steady};

#[test]
fn every_page_is_written_as_agreed() {
    let templates = build(acme());
    let english = locale(&templates, "en");

    let mut seen = BTreeSet::new();
    for (name, page) in samples::pages() {
        if seen.insert(name) {
            let html = templates.page(&english, &samples::FRAME, &page).expect("a page");
            insta::assert_snapshot!(name, steady(&html));
        }
    }
}

#[test]
fn every_page_speaks_every_language() {
    let templates = build(acme());

    for tag in ["de", "ar"] {
        let locale = locale(&templates, tag);
        let mut all = String::new();
        for (name, page) in samples::pages() {
            let html = templates.page(&locale, &samples::FRAME, &page).expect("a page");
            all.extend(["## ", name, "\n", &said(&html), "\n\n"]);
        }
        insta::assert_snapshot!(format!("pages-{tag}"), all);
    }
}

#[test]
fn every_page_has_one_heading_a_language_and_nothing_from_elsewhere() {
    let templates = build(Brand::plain("Acme"));

    for locale in templates.locales() {
        for (name, page) in samples::pages() {
            let html = templates.page(&locale, &samples::FRAME, &page).expect("a page");

            assert_eq!(html.matches("<h1>").count(), 1, "{name}");
            let direction = if locale.is_rtl() { "rtl" } else { "ltr" };
            assert!(html.contains(&format!("<html lang=\"{}\" dir=\"{direction}\">", locale.tag())), "{name}");
            for part in html.split("src=\"").skip(1).chain(html.split("<link rel=\"stylesheet\" href=\"").skip(1)) {
                assert!(part.starts_with("/recovery/assets/"), "{name}: {part:.40}");
            }
            for inline in ["style=", "<style", " onclick=", " onload=", "javascript:"] {
                assert!(!html.contains(inline), "{name} holds {inline}");
            }
            let has_problem = html.contains("class=\"summary\"");
            assert_eq!(has_problem, html.contains("aria-invalid"), "{name}");
        }
    }
    assert_eq!(locale(&templates, "ar").tag(), "ar");
}

#[test]
fn in_07_in_09_what_was_typed_stays_what_was_typed() {
    let templates = build(acme());
    let english = locale(&templates, "en");
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "{{7*7}}",
        "{{{body}}}",
        "{% include \"/etc/passwd\" %}",
        "{ $typed }",
        "[x](start)",
        "\u{e000}0\u{e001}",
        "\u{202e}gnp.exe\r\nX: y",
    ];

    for typed in hostile {
        let id = RecoveryId::from_bytes([7; 16]);
        let check = Check {
            id,
            method: Method::EmailLink,
            has_code: false,
            link_minutes: 20,
            typed: Some(typed),
            resend_in: None,
            codes: CodeEntry::None,
            others: &[],
        };
        let violations = [Violation::Other(typed.to_owned())];
        let password = Password {
            id,
            login: Some(typed),
            min_length: 15,
            max_length: 256,
            confirm: true,
            violations: &violations,
        };
        let plain = Page::Check(Check { typed: Some("x"), ..check.clone() });
        let quiet = templates.page(&english, &samples::FRAME, &plain).expect("a page");

        for page in [Page::Check(check.clone()), Page::Password(password.clone())] {
            let html = templates.page(&english, &samples::FRAME, &page).expect("a page");

            let html = steady(&html);
            for mark in ["<script>", "<img", "\u{202e}", "\r", "\u{e000}", "49", "root:"] {
                assert!(!html.contains(mark), "{typed:?} gave {mark:?}");
            }
        }
        let html = templates.page(&english, &samples::FRAME, &Page::Check(check)).expect("a page");
        assert_eq!(html.matches("<a ").count(), quiet.matches("<a ").count(), "{typed:?}");
    }
    let seven = said(
        &templates
            .page(
                &english,
                &samples::FRAME,
                &Page::Check(Check {
                    id: RecoveryId::from_bytes([7; 16]),
                    method: Method::EmailLink,
                    has_code: false,
                    link_minutes: 20,
                    typed: Some("{{7*7}}"),
                    resend_in: None,
                    codes: CodeEntry::None,
                    others: &[],
                }),
            )
            .expect("a page"),
    );
    assert!(seven.contains("You entered {{7*7}}."), "{seven}");
}

#[test]
fn what_was_wrong_with_a_code_is_told_alike_in_the_summary_and_at_the_field() {
    let templates = build(acme());

    for locale in templates.locales() {
        for (name, page) in samples::pages() {
            let Page::Check(Check { codes: CodeEntry::Open { wrong: Some(_), .. }, .. }) = page else { continue };
            let html = templates.page(&locale, &samples::FRAME, &page).expect("a page");

            let between = |before: &str, after: &str| {
                let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("{name} has no {before}"));
                rest.split(after).next().unwrap_or_default().to_owned()
            };
            assert_eq!(
                between("<li><a href=\"#code\">", "</a>"),
                between("<p class=\"error\" id=\"code-error\">", "</p>"),
                "{name}"
            );
            assert!(html.contains("aria-describedby=\"code-hint code-error\" aria-invalid=\"true\""), "{name}");
        }
    }
}

#[test]
fn tries_left_are_told_only_after_a_wrong_code_and_counted_as_the_language_counts() {
    let templates = build(acme());
    let (_, sample) = samples::pages().into_iter().find(|(name, _)| *name == "check-code").expect("a page");
    let Page::Check(check) = sample else { panic!("another page") };
    let page = |tag: &str, wrong| {
        let codes = CodeEntry::Open { minutes: 10, wrong };
        let page = Page::Check(Check { codes, ..check.clone() });
        said(&templates.page(&locale(&templates, tag), &samples::FRAME, &page).expect("a page"))
    };
    let left = |tag: &str, left| page(tag, Some(CodeProblem::Wrong { left }));

    for wrong in [None, Some(CodeProblem::Empty), Some(CodeProblem::TooFew), Some(CodeProblem::TooMany)] {
        assert!(!page("en", wrong).contains("left"), "{wrong:?}");
    }
    assert!(left("en", 1).contains("You have 1 try left."));
    assert!(left("en", 4).contains("You have 4 tries left."));
    assert!(left("de", 1).contains("Sie haben noch 1 Versuch."));
    assert!(left("ar", 2).contains("بقيت لك محاولتان."));
    assert!(left("ar", 3).contains("بقيت لك 3 محاولات."));
}

#[test]
fn one_method_is_always_chosen_and_the_remembered_one_before_all() {
    let templates = build(acme());
    let english = locale(&templates, "en");
    let (_, sample) = samples::pages().into_iter().find(|(name, _)| *name == "start-all").expect("a page");
    let Page::Start(start) = sample else { panic!("another page") };
    let checked = |methods: &'static [Method], method| {
        let page = Page::Start(Start { methods, method, ..start.clone() });
        let html = templates.page(&english, &samples::FRAME, &page).expect("a page");
        let lines = html.lines().filter(|line| line.contains(" checked>"));
        lines.filter_map(|line| Some(line.split_once("value=\"")?.1.split('"').next()?.to_owned())).collect::<Vec<_>>()
    };

    assert_eq!(checked(&Method::ALL, Method::EmailLink), ["email_link"]);
    assert_eq!(checked(&Method::ALL, Method::SmsOtp), ["sms_otp"]);
    assert_eq!(checked(&[Method::EmailOtp, Method::SmsOtp], Method::EmailLink), ["email_otp"]);
    assert_eq!(checked(&[Method::EmailOtp], Method::EmailOtp), Vec::<String>::new(), "one method is no choice");
}

#[test]
fn an_address_that_is_none_is_not_linked() {
    let templates = build(Brand::plain("Acme"));
    let english = locale(&templates, "en");
    let frame = Frame { sign_in_url: "javascript:alert(1)", ..samples::FRAME };

    let done = Page::Done(Done { sessions_ended: true, next: "javascript:alert(1)" });
    let html = templates.page(&english, &frame, &done).expect("a page");

    assert!(!html.contains("javascript:"), "{html}");
}

#[test]
fn wb_08_the_page_of_a_stranger_names_nobody() {
    let templates = build(acme());
    let english = locale(&templates, "en");
    let over = Page::Over(Over { link_minutes: Some(20), code_minutes: None, cancelled: false });

    let html = templates.page(&english, &samples::FRAME, &over).expect("a page");

    assert!(!html.contains("alice") && !html.contains("BwcHBwcHBwcHBwcHBwcHBw"), "{html}");
}

#[test]
fn minutes_are_counted_as_the_language_counts() {
    let templates = build(acme());
    let page = |tag: &str, minutes| {
        let page = Page::Error(ErrorPage::SlowDown { minutes });
        said(&templates.page(&locale(&templates, tag), &samples::FRAME, &page).expect("a page"))
    };

    assert!(page("en", 1).contains("Wait 1 minute, then"));
    assert!(page("en", 1000).contains("Wait 1000 minutes, then"));
    assert!(page("de", 2).contains("Warten Sie 2 Minuten"));
    assert!(page("ar", 1).contains("انتظر دقيقة واحدة"));
    assert!(page("ar", 2).contains("انتظر دقيقتين"));
    assert!(page("ar", 3).contains("انتظر 3 دقائق"));
    assert!(page("ar", 20).contains("انتظر 20 دقيقة"));
}

#[test]
fn assets_are_found_under_the_digest_of_what_they_hold() {
    let blue = build(Brand::plain("Acme"));
    let red = build(Brand { color: Color::new(0xb9, 0x1c, 0x1c), ..Brand::plain("Acme") });
    let english = locale(&blue, "en");
    let page = Page::Over(Over { link_minutes: Some(20), code_minutes: None, cancelled: true });
    let addresses = |templates: &regain::template::Templates| -> Vec<(String, String)> {
        let html = templates.page(&english, &samples::FRAME, &page).expect("a page");
        html.split("/recovery/assets/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next()?.split_once('/'))
            .map(|(hash, name)| (hash.to_owned(), name.to_owned()))
            .collect()
    };

    let (of_blue, of_red) = (addresses(&blue), addresses(&red));

    assert_eq!(of_blue.len(), 3);
    for (hash, name) in &of_blue {
        assert!(blue.asset(hash, name).is_some_and(|asset| !asset.bytes.is_empty()), "{name}");
        assert!(blue.asset("0000000000000000", name).is_none());
    }
    let brand = |addresses: &[(String, String)]| addresses.iter().find(|(_, name)| name == "brand.css").cloned();
    assert_ne!(brand(&of_blue), brand(&of_red));
    assert_eq!(of_blue[0], of_red[0]);
}
