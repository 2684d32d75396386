//! Setting a password: what is sent, and what a refusal becomes.

use regain::domain::password::{CharacterClass, NewPassword, Violation};
use regain::identity::{Cause, Change, Error};

use super::stand::{ALICE, Stand, alice};
use crate::contract::identity::NEW;
use crate::support::scripted::json;

async fn refused(answer: String) -> Error {
    let stand = Stand::new(move |line, _| line.starts_with("PUT ").then(|| answer.clone()));
    let set = stand.provider.set_password(&alice(), &NewPassword::new(NEW), Change::default()).await;
    set.expect_err("refused")
}

#[tokio::test]
async fn the_password_is_sent_as_it_was_typed_and_nothing_else() {
    let stand = Stand::new(|_, _| None);
    let typed = " e\u{301}\"\\\u{1f980}\u{7f} ";

    for must_change in [false, true] {
        let change = Change { must_change };
        stand.provider.set_password(&alice(), &NewPassword::new(typed), change).await.expect("set");
    }

    let bodies: Vec<serde_json::Value> =
        stand.server.asked()[1..].iter().map(|asked| serde_json::from_str(&asked.body).expect("JSON")).collect();
    let body = |temporary| serde_json::json!({ "type": "password", "value": typed, "temporary": temporary });
    assert_eq!(bodies, [body(false), body(true)]);
    assert_eq!(stand.calls()[0], format!("PUT /users/{ALICE}/reset-password"));
}

#[tokio::test]
async fn what_the_policy_refuses_is_told_in_our_words_with_its_numbers() {
    let context = Violation::ContainsContext;
    let few = |class, min| Violation::TooFew { class, min };
    let other = |text: &str| Violation::Other(text.to_owned());
    for (key, text, violation) in [
        ("MinLength", "minimum length 12.", Violation::TooShort { min: 12 }),
        ("MaxLength", "maximum length 20.", Violation::TooLong { max: 20 }),
        ("NotUsername", "must not be equal to the username.", context.clone()),
        ("NotContainsUsername", "Can not contain the username.", context.clone()),
        ("NotEmail", "must not be equal to the email.", context),
        ("History", "must not be equal to any of last 3 passwords.", Violation::Reused { history: Some(3) }),
        ("MinUpperCaseChars", "must contain at least 1 upper case characters.", few(CharacterClass::UpperCase, 1)),
        ("MinLowerCaseChars", "must contain at least 2 lower case characters.", few(CharacterClass::LowerCase, 2)),
        ("MinDigits", "must contain at least 3 numerical digits.", few(CharacterClass::Digits, 3)),
        ("MinSpecialChars", "must contain at least 4 special characters.", few(CharacterClass::Special, 4)),
        ("RegexPattern", "fails to match regex pattern(s).", other("fails to match regex pattern(s).")),
        (
            "Generic",
            "new password does not match password policies.",
            other("new password does not match password policies."),
        ),
        ("Blacklisted", "password is blacklisted.", Violation::Common),
        ("MinLength", "of other words.", other("of other words.")),
        ("OfAPlugin", "a\\u0000b\\r\\n <b>c</b>\\u009f", other("a b <b>c</b>")),
        ("OfAPlugin", "", other("refused by the password policy")),
    ] {
        let body =
            format!(r#"{{"error":"invalidPassword{key}Message","error_description":"Invalid password: {text}"}}"#);

        let error = refused(json(400, &body)).await;

        let Error::PasswordRefused(violations) = error else { panic!("{key}: {error:?}") };
        assert_eq!(violations, [violation], "{key}");
    }
}

#[tokio::test]
async fn a_sentence_without_end_is_cut() {
    let long = "ä".repeat(5000);
    let body = format!(r#"{{"error":"invalidPasswordX","error_description":"{long}"}}"#);

    let error = refused(json(400, &body)).await;

    let Error::PasswordRefused(violations) = error else { panic!("{error:?}") };
    assert_eq!(violations, [Violation::Other("ä".repeat(200))]);
}

#[tokio::test]
async fn another_refusal_is_no_policy() {
    for body in [
        r#"{"error":"You can not manage credentials for this user","error_description":"You can not manage credentials for this user"}"#,
        r#"{"error":"Empty password not allowed"}"#,
        r#"{"errorMessage":"Can't reset password as account is read only"}"#,
        r#"{"error":"invalid_request","error_description":"Cannot parse the JSON"}"#,
        r#"{"errorMessage":"invalidPasswordHistoryMessage"}"#,
        "",
    ] {
        let error = refused(json(400, body)).await;

        assert!(matches!(error, Error::Denied(Cause::Status(400))), "{body}: {error:?}");
    }
    let with_another_status = r#"{"error":"invalidPasswordHistoryMessage","error_description":"x"}"#;
    assert!(matches!(refused(json(500, with_another_status)).await, Error::UnknownOutcome(Cause::Status(500))));
}
