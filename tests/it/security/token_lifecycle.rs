//! TL: a token serves one purpose, for one recovery, for its minutes, once.

use std::time::Duration;

use http::StatusCode;
use regain::domain::id::RecoveryId;
use regain::domain::issue::Issue;
use regain::domain::method::Method;
use regain::domain::recovery::Verdict;
use regain::domain::token::{Purpose, Token};

use crate::support::app::{NEW, OLD, TestApp, id, link_of, twice};
use crate::support::browser::{Answer, Browser};
use crate::support::fake_identity::{Op, Person};

/// The page about a token that nobody ever made.
async fn over(app: &TestApp) -> Answer {
    app.browser("acme").get(&format!("/recovery/link?token={}", "A".repeat(70))).await
}

/// Opens the link in a fresh browser and posts a password with it.
async fn use_link(app: &TestApp, link: &str) -> Answer {
    let browser = app.browser("acme");
    let opened = browser.get(link).await;
    if opened.status != StatusCode::SEE_OTHER {
        return opened;
    }
    browser.post(&format!("{}/password", opened.location()), &twice(NEW)).await
}

#[tokio::test]
async fn tl_01_a_used_link_is_like_one_that_never_was() {
    let app = TestApp::new().await;
    let first = app.browser("acme");
    let (recovery, link) = app.alices_link(&first).await;
    app.wait(Duration::from_mins(1));
    first.get(&link).await;
    let done = first.post(&format!("/recovery/{recovery}/password"), &twice(NEW)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);

    let replayed = first.post(&format!("/recovery/{recovery}/password"), &twice("another varnish plinth")).await;
    let never = over(&app).await;

    assert_eq!(replayed.status, StatusCode::GONE);
    assert_eq!(replayed.shape(&recovery), never.shape(""));
    assert_eq!(app.people("acme").calls(Op::SetPassword), 1);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_01_a_used_link_stays_used_after_a_restart() {
    let app = TestApp::new().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    app.wait(Duration::from_mins(1));
    assert_eq!(use_link(&app, &link).await.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();

    let app = app.restarted().await;
    let replayed = use_link(&app, &link).await;

    assert_eq!(replayed.status, StatusCode::GONE);
}

#[tokio::test]
async fn tl_02_a_link_is_dead_after_its_twenty_minutes() {
    let app = TestApp::new().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    let browser = app.browser("acme");
    let page = browser.get(&link).await.location().to_owned();
    app.wait(Duration::from_secs(20 * 60 + 1));

    let opened = app.browser("acme").get(&link).await;
    let set = browser.post(&format!("{page}/password"), &twice(NEW)).await;

    assert_eq!(opened.status, StatusCode::GONE);
    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn tl_02_a_life_of_nothing_refuses_the_start() {
    for ttl in ["\"0s\"", "\"\"", "0", "\"61m\"", "\"-5m\"", "\"never\""] {
        let problems = TestApp::problems_of("acme", &format!("[recovery.email_link]\nttl = {ttl}\n"));
        assert!(problems.contains("recovery.email_link.ttl"), "{ttl}: {problems}");
    }
}

#[tokio::test]
async fn tl_04_a_scanner_that_fetches_the_link_and_submits_every_form_does_not_use_it_up() {
    let app = TestApp::new().await;
    let (recovery, link) = app.alices_link(&app.browser("acme")).await;
    let scanner = app.browser("acme");
    for method in ["HEAD", "GET", "GET", "GET", "GET", "GET", "OPTIONS"] {
        scanner.send(scanner.request(method, &link)).await;
    }
    let page = format!("/recovery/{recovery}");
    for form in ["password", "cancel", "resend", "method", "code"] {
        for fields in [vec![], vec![("new_password", "x"), ("confirm_password", "y")], vec![("junk", "x")]] {
            scanner.post(&format!("{page}/{form}"), &fields).await;
        }
    }
    app.wait(Duration::from_mins(2));
    app.deliver().await;
    app.new_mails();

    let set = use_link(&app, &link).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_04_head_and_get_store_nothing() {
    let app = TestApp::new().await;
    let (recovery, link) = app.alices_link(&app.browser("acme")).await;
    let recovery = RecoveryId::parse(&recovery).expect("an id");
    let store = app.store.tenant(&id("acme"));
    let before = store.recovery(recovery).await.expect("a store").expect("a recovery");
    let lines = store.audit(100).await.expect("an audit").len();

    for method in ["HEAD", "GET", "HEAD", "GET"] {
        let browser = app.browser("acme");
        browser.send(browser.request(method, &link)).await;
        browser.send(browser.request(method, &format!("/recovery/{recovery}"))).await;
    }

    let after = store.recovery(recovery).await.expect("a store").expect("a recovery");
    assert_eq!(after.recovery, before.recovery);
    assert_eq!(store.audit(100).await.expect("an audit").len(), lines);
}

#[tokio::test]
async fn tl_06_a_proof_is_for_its_own_account_whatever_else_is_named() {
    let app = TestApp::new().await;
    app.people("acme").add(Person::new("bob", "bob@example.org", OLD));
    let browser = app.browser("acme");
    let (_, link) = app.alices_link(&browser).await;
    app.wait(Duration::from_mins(1));
    let page = browser.get(&link).await.location().to_owned();
    let address = format!("{page}/password");
    for field in ["user", "username", "email", "account", "user_id", "identifier", "token"] {
        let fields = [("new_password", NEW), ("confirm_password", NEW), (field, "bob@example.org")];
        let refused = browser.post(&address, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
    }

    let mut request = browser.form(&format!("{address}?user=bob&username=bob"), &twice(NEW));
    request.headers_mut().insert("x-user", "bob".parse().unwrap());
    request.headers_mut().append("cookie", "user=bob; username=bob".parse().unwrap());
    let set = browser.send(request).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert!(app.people("acme").sign_in("alice", NEW));
    assert!(app.people("acme").sign_in("bob", OLD));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_06_a_proof_of_ones_own_recovery_opens_no_other() {
    let app = TestApp::new().await;
    app.people("acme").add(Person::new("mallory", "mallory@example.org", OLD));
    let (alices, _) = app.alices_link(&app.browser("acme")).await;
    let mallory = app.browser("acme");
    app.start(&mallory, "mallory@example.org").await;
    app.deliver().await;
    let own = link_of(&app.one_mail());
    app.wait(Duration::from_mins(1));
    let page = format!("/recovery/{alices}");
    plant(&mallory, RecoveryId::parse(&alices).expect("an id"), own.split_once("token=").expect("a token").1);

    let seen = mallory.get(&page).await;
    let set = mallory.post(&format!("{page}/password"), &twice(NEW)).await;
    let cancelled = mallory.post(&format!("{page}/cancel"), &[]).await;

    assert_eq!(seen.shape(&alices), app.browser("acme").get(&page).await.shape(&alices));
    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(cancelled.status, StatusCode::GONE);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn tl_07_no_step_can_be_skipped() {
    let app = TestApp::new().await;
    let starter = app.browser("acme");
    let (recovery, link) = app.alices_link(&starter).await;
    let page = format!("/recovery/{recovery}");

    let with_starter_only = starter.post(&format!("{page}/password"), &twice(NEW)).await;
    let with_nothing = app.browser("acme").post(&format!("{page}/password"), &twice(NEW)).await;
    let code = starter.post(&format!("{page}/code"), &[("code", "123456")]).await;
    app.wait(Duration::from_mins(1));
    let switched = starter.post(&format!("{page}/method"), &[("method", "email_link")]).await;
    let after_switch = starter.post(&format!("{page}/password"), &twice(NEW)).await;

    for answer in [with_starter_only, with_nothing, code, after_switch] {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
    }
    assert_eq!(switched.status, StatusCode::SEE_OTHER);
    assert_eq!(app.people("acme").calls(Op::Account), 0);
    app.deliver().await;
    app.new_mails();
    assert_eq!(use_link(&app, &link).await.status, StatusCode::SEE_OTHER);
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_09_who_started_a_recovery_gets_nothing_from_its_owner() {
    let app = TestApp::new().await;
    let attacker = app.browser("acme");
    let (recovery, link) = app.alices_link(&attacker).await;
    let page = format!("/recovery/{recovery}");
    let before = attacker.get(&page).await.shape(&recovery);
    app.wait(Duration::from_mins(1));
    let owner = app.browser("acme");
    owner.get(&link).await;
    let while_open = attacker.get(&page).await;
    let set = owner.post(&format!("{page}/password"), &twice(NEW)).await;

    let afterwards = attacker.get(&page).await;
    let posted = attacker.post(&format!("{page}/password"), &twice("attackers pass phrase!")).await;

    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert!(before.contains("Check your email"));
    for seen in [while_open, afterwards] {
        assert!(seen.body.contains("Check your email"), "{}", seen.body);
        assert!(!seen.body.contains("new_password"), "{}", seen.body);
    }
    assert_eq!(posted.status, StatusCode::GONE);
    assert!(app.people("acme").sign_in("alice", NEW));
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_10_a_token_of_another_purpose_is_worth_nothing_here() {
    let app = TestApp::new().await;
    let (recovery, _) = app.alices_link(&app.browser("acme")).await;
    let recovery = RecoveryId::parse(&recovery).expect("an id");
    let keys = app.keyset.tenant(&id("acme"));
    let issue = Issue { number: 1, at: app.now(), method: Method::EmailLink, digits: 8 };
    for purpose in [Purpose::Starter, Purpose::Reset, Purpose::Pickup] {
        let token = Token::mint(keys.signing(), purpose, recovery, &issue).to_secret();

        let opened = app.browser("acme").get(&format!("/recovery/link?token={}", token.expose())).await;
        let browser = app.browser("acme");
        plant(&browser, recovery, token.expose());
        let set = browser.post(&format!("/recovery/{recovery}/password"), &twice(NEW)).await;

        assert_eq!(opened.status, StatusCode::GONE, "{purpose:?}");
        assert_eq!(set.status, StatusCode::GONE, "{purpose:?}");
    }
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn tl_10_a_living_reset_token_is_no_link() {
    let app = TestApp::new().await;
    let (recovery, _) = app.alices_link(&app.browser("acme")).await;
    let recovery = RecoveryId::parse(&recovery).expect("an id");
    let store = app.store.tenant(&id("acme"));
    let loaded = store.recovery(recovery).await.expect("a store").expect("a recovery");
    // As if its code had been typed.
    let (guessed, verdict) = loaded.recovery.clone().guess(Some(1), app.now());
    assert_eq!(verdict, Verdict::Right { issue: 1 });
    store.save(&guessed, vec![]).await.expect("a store");
    let keys = app.keyset.tenant(&id("acme"));
    let token = Token::mint(keys.signing(), Purpose::Reset, recovery, &loaded.issues[0]).to_secret();

    let as_a_link = app.browser("acme").get(&format!("/recovery/link?token={}", token.expose())).await;
    let browser = app.browser("acme");
    plant(&browser, recovery, token.expose());
    let as_a_proof = browser.get(&format!("/recovery/{recovery}")).await;

    assert_eq!(as_a_link.status, StatusCode::GONE);
    assert!(as_a_proof.body.contains("new_password"), "it lives: {}", as_a_proof.body);
}

/// Puts a proof of one's own into the recovery's cookie.
fn plant(browser: &Browser, recovery: RecoveryId, token: &str) {
    let name = format!("__Host-regain-{}", &recovery.to_string()[..8]);
    browser.cookies.borrow_mut().insert(name, format!("1795176000000..{token}"));
}

#[tokio::test]
async fn tl_12_one_success_kills_every_other_link_of_the_account() {
    let app = TestApp::new().await;
    let mut links = Vec::new();
    for _ in 0..3 {
        links.push(app.alices_link(&app.browser("acme")).await.1);
    }
    app.wait(Duration::from_mins(1));

    let second = use_link(&app, &links[1]).await;
    let others = [use_link(&app, &links[0]).await, use_link(&app, &links[2]).await];

    assert_eq!(second.status, StatusCode::SEE_OTHER);
    for other in others {
        assert_eq!(other.status, StatusCode::GONE);
    }
    app.deliver().await;
    app.one_mail();
}

#[tokio::test]
async fn tl_13_a_change_at_the_provider_in_between_kills_the_link() {
    type Change = fn(&mut Person, i64);
    let changes: [(&str, Change); 3] = [
        ("the password was changed", |alice, now| {
            alice.password = "changed elsewhere by hand".into();
            alice.changed_at_ms = Some(now);
        }),
        ("the address was changed", |alice, _| {
            let other = regain::domain::address::EmailAddress::parse("new@example.org").expect("an address");
            alice.emails = vec![(other, true)];
        }),
        ("the address is no longer verified", |alice, _| alice.emails[0].1 = false),
    ];
    for (what, change) in changes {
        let app = TestApp::new().await;
        let (_, link) = app.alices_link(&app.browser("acme")).await;
        app.wait(Duration::from_mins(1));
        let now = i64::try_from(app.now().unix_timestamp_nanos() / 1_000_000).expect("a moment of this age");
        app.people("acme").change(&app.alice("acme"), |alice| change(alice, now));

        let set = use_link(&app, &link).await;

        assert_eq!(set.status, StatusCode::GONE, "{what}");
        assert_eq!(app.people("acme").calls(Op::SetPassword), 0, "{what}");
    }
}

#[tokio::test]
async fn tl_15_an_account_that_was_disabled_locked_or_deleted_in_between_stays_so() {
    type Change = fn(&mut Person);
    let changes: [(&str, Change); 2] = [
        ("disabled", |alice| alice.enabled = false),
        ("locked by an administrator", |alice| alice.locked_by_administrator = true),
    ];
    for (what, change) in changes {
        let app = TestApp::new().await;
        let (_, link) = app.alices_link(&app.browser("acme")).await;
        app.people("acme").change(&app.alice("acme"), change);

        let set = use_link(&app, &link).await;

        assert_eq!(set.status, StatusCode::GONE, "{what}");
        let alice = app.people("acme").person(&app.alice("acme")).expect("alice");
        assert!(!alice.enabled || alice.locked_by_administrator, "{what}");
        assert_eq!(app.people("acme").calls(Op::Unlock), 0, "{what}");
    }
    let app = TestApp::new().await;
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    app.people("acme").remove(&app.alice("acme"));
    assert_eq!(use_link(&app, &link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn tl_16_an_account_whose_password_lives_elsewhere_gets_none_here() {
    let app = TestApp::new().await;
    app.people("acme").change(&app.alice("acme"), |alice| alice.federated = true);
    app.start(&app.browser("acme"), "alice@example.org").await;
    app.deliver().await;
    assert!(app.new_mails().is_empty());

    app.people("acme").change(&app.alice("acme"), |alice| alice.federated = false);
    let (_, link) = app.alices_link(&app.browser("acme")).await;
    app.people("acme").change(&app.alice("acme"), |alice| alice.federated = true);
    let set = use_link(&app, &link).await;

    assert_eq!(set.status, StatusCode::GONE);
    assert_eq!(app.people("acme").calls(Op::SetPassword), 0);
}

#[tokio::test]
async fn tl_20_nothing_in_the_database_opens_a_recovery() {
    let app = TestApp::new().await;
    let (recovery, _) = app.alices_link(&app.browser("acme")).await;
    let parsed = RecoveryId::parse(&recovery).expect("an id");
    let columns = app.database.every_column().await;
    assert!(columns.len() > 20, "the search finds what is there");

    for column in columns {
        for text in [
            String::from_utf8_lossy(&column).into_owned(),
            data_encoding::BASE64URL_NOPAD.encode(&column),
            data_encoding::HEXLOWER.encode(&column),
        ] {
            let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            if query.len() < 2000 {
                let opened = app.browser("acme").get(&format!("/recovery/link?token={query}")).await;
                assert_eq!(opened.status, StatusCode::GONE, "{text}");
            }
        }
        if column.len() == 32 {
            let mut forged = vec![1, 1, 1];
            forged.extend_from_slice(parsed.as_bytes());
            forged.push(1);
            forged.extend_from_slice(&column);
            let forged = data_encoding::BASE64URL_NOPAD.encode(&forged);
            let opened = app.browser("acme").get(&format!("/recovery/link?token={forged}")).await;
            assert_eq!(opened.status, StatusCode::GONE);
        }
    }
}
