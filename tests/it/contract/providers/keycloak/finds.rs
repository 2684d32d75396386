//! What is asked to find somebody, and what is made of the answer.

use regain::domain::id::AccountId;
use regain::identity::{Cause, Error};

use super::stand::{ALICE, Stand, record};
use crate::contract::identity::{dialled, typed};
use crate::support::scripted::json;

#[tokio::test]
async fn username_and_address_are_asked_for_exactly_and_never_with_an_empty_value() {
    let stand = Stand::new(|_, _| None);

    for text in ["alice", "bob@exämple.org", "a&max=100#%"] {
        stand.provider.find(&typed(text)).await.expect("an answer");
    }

    let mut asked: Vec<String> = stand.calls().into_iter().filter(|line| line.starts_with("GET /users?")).collect();
    asked.sort();
    insta::assert_snapshot!(asked.join("\n"), @r"
    GET /users?email=bob%40ex%C3%A4mple.org&exact=true&max=5&briefRepresentation=false
    GET /users?email=bob%40xn--exmple-cua.org&exact=true&max=5&briefRepresentation=false
    GET /users?username=a%26max%3D100%23%25&exact=true&max=5&briefRepresentation=false
    GET /users?username=alice&exact=true&max=5&briefRepresentation=false
    GET /users?username=bob%40ex%C3%A4mple.org&exact=true&max=5&briefRepresentation=false
    ");
}

/// IN-05: an empty or unknown parameter is no filter to Keycloak, and everybody comes back.
#[tokio::test]
async fn whoever_comes_back_unasked_for_is_not_found() {
    let stand = Stand::new(|line, _| line.starts_with("GET /users?").then(|| json(200, &format!("[{}]", record("")))));

    for text in ["bob", "alic", "alice@example.com", "bob@example.org", "ALİCE", "al\u{131}ce"] {
        assert_eq!(stand.provider.find(&typed(text)).await.expect("an answer"), [], "{text}");
    }
    assert_eq!(stand.provider.find(&typed("aLICE@eXAMPLE.org")).await.expect("an answer").len(), 1);
}

/// Quoted, or a blank would end it; with the flag, or seven who have written the number down would hide its owner.
#[tokio::test]
async fn a_number_is_asked_for_in_its_spellings_and_together_with_its_flag() {
    let usual = Stand::new(|_, _| None);
    let other = Stand::with("phone = 'mobile phone'\nphone_verified = 'is real'", |_, _| None);

    for stand in [&usual, &other] {
        stand.provider.find(&dialled("+12025550142")).await.expect("an answer");
    }

    let asked = |stand: &Stand| {
        let queries = stand.calls().into_iter().filter_map(|line| {
            let (_, query) = line.split_once("/users?")?;
            let pairs = url::form_urlencoded::parse(query.as_bytes());
            Some(pairs.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join("; "))
        });
        let mut queries: Vec<String> = queries.collect();
        queries.sort();
        queries.join("\n")
    };
    insta::assert_snapshot!(asked(&usual), @r#"
    q "phoneNumber":"+1 202-555-0142" "phoneNumberVerified":"true"; exact true; max 5; briefRepresentation false
    q "phoneNumber":"+12025550142" "phoneNumberVerified":"true"; exact true; max 5; briefRepresentation false
    "#);
    insta::assert_snapshot!(asked(&other), @r#"
    q "mobile phone":"+1 202-555-0142" "is real":"true"; exact true; max 5; briefRepresentation false
    q "mobile phone":"+12025550142" "is real":"true"; exact true; max 5; briefRepresentation false
    "#);
}

/// IN-05: what Keycloak cannot read is no query, and everybody comes back.
#[tokio::test]
async fn whoever_comes_back_for_a_number_of_others_is_not_found() {
    let held = [
        r#""phoneNumber":["+12025550143"],"phoneNumberVerified":["true"]"#,
        r#""phoneNumber":["+12025550142"],"phoneNumberVerified":["TRUE"]"#,
        r#""phoneNumber":["+12025550142"]"#,
        r#""phoneNumber":["+12025550142","+12025550143"],"phoneNumberVerified":["true"]"#,
        r#""phoneNumber":["2025550142"],"phoneNumberVerified":["true"]"#,
        r#""phoneNumber":["+1 (202) 555-0142"],"phoneNumberVerified":["true"]"#,
    ];
    let mut found = Vec::new();
    for attributes in held {
        let more = format!(r#""attributes":{{{attributes}}},"#);
        let everybody = move |line: &str, _: &_| {
            line.starts_with("GET /users?").then(|| json(200, &format!("[{}]", record(&more))))
        };
        let stand = Stand::new(everybody);
        found.push(stand.provider.find(&dialled("+12025550142")).await.expect("an answer").len());
    }

    assert_eq!(found, [0, 0, 0, 0, 0, 1]);
}

#[tokio::test]
async fn what_a_record_says_is_told() {
    let more = r#""federationLink":"ldap","firstName":"Alice","lastName":"Liddell","attributes":{"phoneNumber":["+15005550006"],"phoneNumberVerified":["true"],
        "locale":["de"],"department":["night"]},"#;
    let stand = Stand::new(move |line, _| {
        if line.ends_with("/groups") {
            let group = r#"[{"id":"g","name":"child","path":"/staff/child","subGroups":[]}]"#;
            return Some(json(200, group));
        }
        (line == format!("GET /users/{ALICE}")).then(|| json(200, &record(more)))
    });

    let account = stand.provider.account(&AccountId::new(ALICE)).await.expect("an answer").expect("an account");

    assert!(account.enabled && !account.locked_by_administrator && account.federated && !account.service);
    assert_eq!(account.names, ["Alice", "Liddell"]);
    assert_eq!(account.groups, ["staff", "staff/child"]);
    assert_eq!((account.locale.as_deref(), account.roles.len()), (Some("de"), 0));
    assert_eq!(account.attributes["department"], ["night"]);
    let phones: Vec<(&str, bool)> = account.phones.iter().map(|it| (it.number.as_str(), it.verified)).collect();
    assert_eq!(phones, [("+15005550006", true)]);
    let changed_at = account.credential_changed_at.expect("a time");
    assert_eq!(changed_at, time::macros::utc_datetime!(2026-11-20 12:00:00.123));
}

/// TL-16. Who has a password beside a linked identity keeps recovery, and is not even asked about.
#[tokio::test]
async fn who_has_an_identity_elsewhere_and_no_password_is_federated() {
    let stand = |credentials: &'static str, identities: &'static str| {
        Stand::new(move |line, _| match line.rsplit('/').next()? {
            "credentials" => Some(json(200, credentials)),
            "federated-identity" => Some(json(200, identities)),
            _ => None,
        })
    };
    let password = r#"[{"id":"e5","type":"password","createdDate":1795176000123}]"#;
    let others = r#"[{"id":"e6","type":"otp","createdDate":1},{"id":"e7","type":"password-history","createdDate":1}]"#;
    let linked = r#"[{"identityProvider":"corp","userId":"x1","userName":"alice@corp.example"}]"#;

    let mut federated = Vec::new();
    for (credentials, identities) in
        [(others, linked), ("[]", linked), (password, linked), ("[]", "[]"), (password, "[]")]
    {
        let stand = stand(credentials, identities);
        let found = stand.provider.find(&typed("alice")).await.expect("an answer").remove(0);
        let read = stand.provider.account(&AccountId::new(ALICE)).await.expect("an answer").expect("an account");
        let asked = stand.calls().iter().filter(|line| line.ends_with("/federated-identity")).count();
        federated.push((found.federated, read.federated, asked));
    }

    let [yes, no, unasked] = [(true, true, 2), (false, false, 2), (false, false, 0)];
    assert_eq!(federated, [yes, yes, unasked, no, unasked]);
}

/// TL-16: what may not be seen is no "none".
#[tokio::test]
async fn identities_that_may_not_be_seen_are_an_error() {
    let stand = Stand::new(|line, _| match line.rsplit('/').next()? {
        "credentials" => Some(json(200, "[]")),
        "federated-identity" => Some(json(403, r#"{"error":"HTTP 403 Forbidden"}"#)),
        _ => None,
    });

    let found = stand.provider.find(&typed("alice")).await;

    assert!(matches!(found, Err(Error::Denied(Cause::Status(403)))), "{found:?}");
}

/// One flag cannot stand for two numbers, and no other word for `true`.
#[tokio::test]
async fn a_phone_counts_as_verified_only_where_that_is_said_of_it_alone() {
    for (attributes, verified) in [
        (r#""phoneNumber":["+15005550006"],"phoneNumberVerified":["true"]"#, &[true][..]),
        (r#""phoneNumber":["+15005550006"],"phoneNumberVerified":["yes"]"#, &[false]),
        (r#""phoneNumber":["+15005550006"],"phoneNumberVerified":["false","true"]"#, &[false]),
        (r#""phoneNumber":["+15005550006"]"#, &[false]),
        (r#""phoneNumber":["+15005550006","+15005550007"],"phoneNumberVerified":["true"]"#, &[false, false]),
        (r#""phoneNumber":["0500 5550006"],"phoneNumberVerified":["true"]"#, &[]),
        (r#""phoneNumber":["+1 (500) 555-0006"],"phoneNumberVerified":["true"]"#, &[true]),
        (r#""phoneNumber":["call me"],"phoneNumberVerified":["true"]"#, &[]),
    ] {
        let more = format!(r#""attributes":{{{attributes}}},"#);
        let stand = Stand::new(move |line, _| {
            line.starts_with("GET /users?username").then(|| json(200, &format!("[{}]", record(&more))))
        });

        let found = stand.provider.find(&typed("alice")).await.expect("an answer").remove(0);

        assert_eq!(found.phones.iter().map(|it| it.verified).collect::<Vec<_>>(), verified, "{attributes}");
    }
}

#[tokio::test]
async fn what_is_missing_in_a_record_counts_as_the_more_careful() {
    let bare = format!(r#"[{{"id":"{ALICE}","username":"service-account-x","email":"alice@example.org"}}]"#);
    let stand = Stand::new(move |line, _| line.starts_with("GET /users?email").then(|| json(200, &bare)));

    let found = stand.provider.find(&typed("alice@example.org")).await.expect("an answer").remove(0);

    assert!(!found.enabled && found.locked_by_administrator && found.service && !found.emails[0].verified);
}

/// With fine-grained permissions groups that we may not view are left out, and only their count tells.
#[tokio::test]
async fn groups_that_are_left_out_are_an_error_where_they_protect() {
    let hidden = |line: &str, _: &_| line.ends_with("/groups/count").then(|| json(200, r#"{"count":6}"#));
    let protecting = Stand::with("protect = { groups = ['staff'] }", hidden);
    let other = Stand::new(hidden);

    let refused = protecting.provider.find(&typed("alice")).await;
    let found = other.provider.find(&typed("alice")).await.expect("an answer");

    assert!(matches!(refused, Err(Error::Denied(Cause::Hidden))), "{refused:?}");
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn an_account_that_was_removed_meanwhile_is_not_there() {
    let stand =
        Stand::new(|line, _| line.ends_with("/credentials").then(|| json(404, r#"{"error":"User not found"}"#)));

    assert_eq!(stand.provider.account(&AccountId::new(ALICE)).await.expect("an answer"), None);
}

#[tokio::test]
async fn what_can_be_no_id_is_never_sent() {
    let stand = Stand::new(|_, _| None);
    let provider = &stand.provider;

    for id in ["", ".", "..", "a/b", "a b", "a%2fb", "a?b", "a#b", "\u{e4}", "' OR 1=1--", &"x".repeat(256)] {
        let id = AccountId::new(id);
        let password = regain::domain::password::NewPassword::new("x");
        assert_eq!(provider.account(&id).await.expect("an answer"), None);
        let set = provider.set_password(&id, &password, regain::identity::Change::default()).await;
        assert!(matches!(set, Err(Error::Denied(Cause::NoAccount))), "{set:?}");
        assert_eq!(provider.end_sessions(&id, time::UtcDateTime::UNIX_EPOCH).await.expect("none").sessions, Some(0));
        provider.unlock(&id).await.expect("nothing to lift");
    }

    assert!(stand.server.asked().is_empty());
}
