//! Every page and message in each of its states, with made-up values: what templates are tried with before a tenant
//! may use them.

use std::sync::LazyLock;

use time::macros::utc_datetime;

use super::message::{Form, Message, PasswordChanged, RecoveryCode, RecoveryLink, TextMessage};
use super::page::{Check, CodeEntry, CodeProblem, Done, ErrorPage, Frame, Over, Page, Password, Start};
use crate::domain::code::DIGITS;
use crate::domain::id::RecoveryId;
use crate::domain::identifier::{Kind, Malformed};
use crate::domain::method::Method;
use crate::domain::password::{CharacterClass, Violation};
use crate::domain::secret::Secret;

/// What every page is shown with.
pub const FRAME: Frame<'static> =
    Frame { base: "/recovery", request_id: "01jd3v4k6t", sign_in_url: "https://login.acme.example/" };

static VIOLATIONS: LazyLock<Vec<Violation>> = LazyLock::new(|| {
    let few = |class, min| Violation::TooFew { class, min };
    vec![
        Violation::Empty,
        Violation::TooShort { min: 15 },
        Violation::TooLong { max: 256 },
        Violation::NotConfirmed,
        Violation::Common,
        Violation::Guessable,
        Violation::ContainsContext,
        Violation::Reused { history: None },
        Violation::Reused { history: Some(5) },
        few(CharacterClass::Digits, 1),
        few(CharacterClass::LowerCase, 2),
        few(CharacterClass::UpperCase, 1),
        few(CharacterClass::Special, 2),
        Violation::Other("Not on a Monday.".to_owned()),
    ]
});
static LINK: LazyLock<Secret> = LazyLock::new(|| {
    Secret::new(
        "https://login.acme.example/recovery/link?token=AQEBAAECAwQFBgcICQoLDA0ODwEAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw",
    )
});
static CODE: LazyLock<Secret> = LazyLock::new(|| Secret::new("40718263"));
static SHORT: LazyLock<Secret> = LazyLock::new(|| Secret::new("407182"));
static LONGEST: LazyLock<Secret> =
    LazyLock::new(|| Secret::new("4071826395".repeat(2)[..usize::from(*DIGITS.end())].to_owned()));

/// Every page in each of its states, by name.
#[must_use]
pub fn pages() -> Vec<(&'static str, Page<'static>)> {
    let id = RecoveryId::from_bytes([7; 16]);
    let start = Start {
        identifier: Kind::Either,
        methods: &[Method::EmailLink],
        method: Method::EmailLink,
        typed: "",
        return_to: None,
        login: None,
        back: None,
        lang: None,
        error: None,
    };
    let check = Check {
        id,
        method: Method::EmailLink,
        has_code: false,
        link_minutes: 20,
        typed: Some("alice@example.org"),
        resend_in: Some(42),
        codes: CodeEntry::None,
        others: &[],
    };
    let password =
        Password { id, login: Some("alice"), min_length: 15, max_length: 256, confirm: true, violations: &[] };
    let over = Over { link_minutes: Some(20), code_minutes: None, cancelled: false };
    let mut pages = vec![
        ("start", Page::Start(start.clone())),
        (
            "start-all",
            Page::Start(Start {
                methods: &Method::ALL,
                typed: "alice",
                return_to: Some("https://app.acme.example/inbox?x=1&y=2"),
                login: Some("client_id=portal&tab_id=BjD-nN"),
                back: Some(
                    "https://login.acme.example/realms/acme/login-actions/authenticate?client_id=portal&tab_id=BjD-nN",
                ),
                lang: Some("de"),
                ..start.clone()
            }),
        ),
        ("password", Page::Password(password.clone())),
        ("password-plain", Page::Password(Password { login: None, confirm: false, ..password.clone() })),
        ("password-wrong", Page::Password(Password { violations: &VIOLATIONS, ..password.clone() })),
        (
            "password-wrong-once",
            Page::Password(Password { violations: &VIOLATIONS, confirm: false, min_length: 8, ..password }),
        ),
        ("done", Page::Done(Done { sessions_ended: true, next: "https://app.acme.example/" })),
        ("done-soon", Page::Done(Done { sessions_ended: false, next: "https://login.acme.example/" })),
        ("over", Page::Over(over)),
        ("over-codes", Page::Over(Over { code_minutes: Some(10), ..over })),
        ("over-codes-only", Page::Over(Over { link_minutes: None, code_minutes: Some(10), ..over })),
        ("over-cancelled", Page::Over(Over { cancelled: true, ..over })),
    ];
    let kinds = [
        ("start-either", Kind::Either),
        ("start-email", Kind::Email),
        ("start-username", Kind::Username),
        ("start-phone", Kind::Phone),
    ];
    for (name, identifier) in kinds {
        let all = [
            Malformed::Empty,
            Malformed::TooLong,
            Malformed::Unreadable,
            Malformed::NotAnAddress,
            Malformed::NotAPhone,
        ];
        for error in all {
            let typed = "alice@";
            pages.push((name, Page::Start(Start { identifier, typed, error: Some(error), ..start.clone() })));
        }
    }
    pages.extend(checks(&check).map(|(name, check)| (name, Page::Check(check))));
    let errors = [
        ("error-forgery", ErrorPage::Forgery),
        ("error-not-found", ErrorPage::NotFound),
        ("error-wrong-method", ErrorPage::WrongMethod),
        ("error-busy", ErrorPage::Busy),
        ("error-malformed", ErrorPage::Malformed),
        ("error-slow-down", ErrorPage::SlowDown { minutes: 5 }),
        ("error-internal", ErrorPage::Internal),
        ("error-unavailable", ErrorPage::Unavailable),
        ("error-provider-down", ErrorPage::ProviderDown { id }),
        ("error-unconfirmed", ErrorPage::Unconfirmed { id }),
        ("error-upstream-down", ErrorPage::UpstreamDown),
        ("error-upstream-slow", ErrorPage::UpstreamSlow),
    ];
    pages.extend(errors.map(|(name, error)| (name, Page::Error(error))));
    pages
}

/// "Check your messages" in each of its states.
fn checks(link: &Check<'static>) -> [(&'static str, Check<'static>); 18] {
    let open = |minutes, wrong| CodeEntry::Open { minutes, wrong };
    let wrong = |problem| open(10, Some(problem));
    let both = Check { has_code: true, codes: open(10, None), ..link.clone() };
    let mail = Check { method: Method::EmailOtp, ..both.clone() };
    let by_text = Check { method: Method::SmsOtp, ..both.clone() };
    let of_mail = |codes| Check { codes, ..mail.clone() };
    let (but_mail, but_text) = (&[Method::EmailLink, Method::SmsOtp], &[Method::EmailLink, Method::EmailOtp]);
    [
        ("check", link.clone()),
        ("check-stranger", Check { typed: None, resend_in: None, others: but_text, ..link.clone() }),
        ("check-others", Check { others: &[Method::EmailOtp, Method::SmsOtp], ..link.clone() }),
        (
            "check-link-after-code",
            Check { codes: open(10, None), others: &[Method::EmailOtp, Method::SmsOtp], ..link.clone() },
        ),
        ("check-both", Check { link_minutes: 1, codes: open(1, None), ..both }),
        ("check-code", mail.clone()),
        ("check-code-others", Check { resend_in: Some(0), others: but_mail, ..mail.clone() }),
        ("check-text", by_text.clone()),
        ("check-text-others", Check { others: but_text, ..by_text.clone() }),
        ("check-empty", of_mail(wrong(CodeProblem::Empty))),
        ("check-not-digits", of_mail(wrong(CodeProblem::NotDigits))),
        ("check-too-few", of_mail(wrong(CodeProblem::TooFew))),
        ("check-too-many", of_mail(wrong(CodeProblem::TooMany))),
        ("check-wrong", Check { others: but_mail, ..of_mail(wrong(CodeProblem::Wrong { left: 4 })) }),
        ("check-wrong-last", Check { resend_in: None, ..of_mail(wrong(CodeProblem::Wrong { left: 1 })) }),
        ("check-closed", Check { resend_in: None, ..of_mail(CodeEntry::Closed) }),
        ("check-closed-text", Check { codes: CodeEntry::Closed, others: but_text, ..by_text.clone() }),
        ("check-closed-text-alone", Check { codes: CodeEntry::Closed, ..by_text }),
    ]
}

/// Every message in each of its states, by name.
#[must_use]
pub fn messages() -> Vec<(&'static str, Message<'static>)> {
    let moment = utc_datetime!(2026-11-20 21:07:45);
    let changed = |form| {
        Message::PasswordChanged(PasswordChanged {
            login: "alice.smith",
            form,
            changed_at: moment,
            start_url: "https://login.acme.example/recovery/",
        })
    };
    let link = RecoveryLink { login: "alice.smith", link: &LINK, link_minutes: 20, code: None, asked_at: moment };
    let code = RecoveryCode {
        login: "alice.smith",
        code: &CODE,
        code_minutes: 10,
        link: Some(&LINK),
        link_minutes: 20,
        asked_at: moment,
    };
    vec![
        ("recovery_link", Message::RecoveryLink(link.clone())),
        ("recovery_link-code", Message::RecoveryLink(RecoveryLink { code: Some((&CODE, 10)), ..link.clone() })),
        (
            "recovery_link-code-alike",
            Message::RecoveryLink(RecoveryLink { code: Some((&SHORT, 1)), link_minutes: 1, ..link }),
        ),
        ("recovery_code", Message::RecoveryCode(code.clone())),
        ("recovery_code-unlinked", Message::RecoveryCode(RecoveryCode { code: &LONGEST, link: None, ..code })),
        ("password_changed", changed(Form::Changed)),
        ("password_changed-maybe", changed(Form::MaybeChanged)),
        ("password_changed-again", changed(Form::ChangedAgain)),
    ]
}

/// Every text message in each of its states, by name, the code as long as a code can be.
#[must_use]
pub fn text_messages() -> Vec<(&'static str, TextMessage<'static>)> {
    text_messages_of("login.acme.example")
}

/// The same for a host.
pub(super) fn text_messages_of(host: &str) -> Vec<(&'static str, TextMessage<'_>)> {
    vec![
        ("recovery_code", TextMessage::RecoveryCode { code: &LONGEST, host }),
        ("password_changed", TextMessage::PasswordChanged { form: Form::Changed }),
        ("password_changed-maybe", TextMessage::PasswordChanged { form: Form::MaybeChanged }),
        ("password_changed-again", TextMessage::PasswordChanged { form: Form::ChangedAgain }),
    ]
}
