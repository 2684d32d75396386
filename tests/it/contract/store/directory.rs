//! The directory of the `local` provider.

use regain::domain::address::{EmailAddress, PhoneNumber};
use regain::domain::id::AccountId;
use regain::domain::secret::Secret;
use regain::store::{Error, LocalAccount};

use super::{SECOND, START, Subject};

fn local(id: &str, username: &str, email: &str) -> LocalAccount {
    LocalAccount {
        id: AccountId::new(id),
        username: username.to_owned(),
        email: EmailAddress::parse(email),
        email_verified: true,
        phone: PhoneNumber::parse("+15005550006"),
        phone_verified: false,
        password: Some(Secret::new("$argon2id$…")),
        enabled: true,
        locked_by_administrator: false,
        locked_until: Some(START),
        failed: 3,
        federated: false,
        service: true,
        groups: vec!["staff".to_owned(), "a \"b\"".to_owned()],
        locale: Some("ar".to_owned()),
        password_changed_at: None,
        created_at: START,
    }
}

pub(crate) async fn a_local_account_reads_back_and_changes(subject: &Subject) {
    let store = subject.acme();
    let alice = local("1", "Alice", "Alice@Example.org");
    store.insert_account(&alice).await.expect("an account");

    assert_eq!(store.account(&alice.id).await.expect("an answer"), Some(alice.clone()));
    assert!(matches!(store.insert_account(&local("2", "Alice", "b@example.org")).await, Err(Error::Exists)));

    let changed = LocalAccount { failed: 0, locked_until: None, groups: vec![], email: None, ..alice.clone() };
    assert!(store.update_account(&changed).await.expect("an answer"));
    assert!(store.set_password(&alice.id, &Secret::new("new"), START + SECOND).await.expect("an answer"));
    let set = LocalAccount { password: Some(Secret::new("new")), password_changed_at: Some(START + SECOND), ..changed };
    assert_eq!(store.accounts().await.expect("a list"), [set]);

    assert!(subject.globex().account(&alice.id).await.expect("an answer").is_none());
    assert!(!subject.globex().remove_account(&alice.id).await.expect("an answer"));
    assert!(store.remove_account(&alice.id).await.expect("an answer"));
    assert!(!store.remove_account(&alice.id).await.expect("an answer"));
    assert!(!format!("{alice:?}").contains("Alice"));
}

pub(crate) async fn usernames_and_addresses_are_found_by_their_keys(subject: &Subject) {
    let store = subject.acme();
    for (id, username, email) in
        [("1", "alice", "x@Exämple.org"), ("2", "ALICE", "other@example.org"), ("3", "älice", "X@xn--exmple-cua.org")]
    {
        store.insert_account(&local(id, username, email)).await.expect("an account");
    }
    let ids = |found: Vec<LocalAccount>| found.iter().map(|it| it.id.as_str().to_owned()).collect::<Vec<_>>();

    assert_eq!(ids(store.accounts_by_username("alice").await.expect("a list")), ["1", "2"]);
    assert_eq!(ids(store.accounts_by_username("älice").await.expect("a list")), ["3"]);
    assert_eq!(ids(store.accounts_by_email("x@xn--exmple-cua.org").await.expect("a list")), ["1", "3"]);
    assert!(subject.globex().accounts_by_username("alice").await.expect("a list").is_empty());
}

pub(crate) async fn accounts_are_found_by_numbers_that_are_known_to_be_theirs(subject: &Subject) {
    let store = subject.acme();
    for (id, number, phone_verified) in
        [("1", "+12025550142", true), ("2", "+12025550142", false), ("3", "+12025550143", true), ("4", "", true)]
    {
        let phone = PhoneNumber::parse(number);
        let account = LocalAccount { phone, phone_verified, ..local(id, &format!("user-{id}"), "x@example.org") };
        store.insert_account(&account).await.expect("an account");
    }
    let number = PhoneNumber::parse("+12025550142").expect("a number");

    let found = store.accounts_by_phone(&number).await.expect("a list");

    assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["1"]);
    assert!(subject.globex().accounts_by_phone(&number).await.expect("a list").is_empty());
}

pub(crate) async fn sessions_end_one_by_one_by_time_and_all_before_a_moment(subject: &Subject) {
    let store = subject.acme();
    let alice = local("alice", "alice", "alice@example.org");
    store.insert_account(&alice).await.expect("an account");
    for number in 0..4_u8 {
        let began = START + SECOND * u32::from(number);
        assert!(store.begin_session([number; 32], &alice, began, START + SECOND * 100).await.expect("an answer"));
    }
    let alice = alice.id;
    let now = START + SECOND * 10;
    let alive = async |number: u8| store.session([number; 32], now).await.expect("an answer");

    store.end_session([0; 32]).await.expect("an end");
    let foreign = subject.globex().end_sessions(&alice, now).await.expect("an answer");
    let ended = store.end_sessions(&alice, START + SECOND * 3).await.expect("an answer");

    assert_eq!((foreign, ended), (0, 2));
    assert_eq!([alive(0).await, alive(1).await, alive(2).await], [None, None, None]);
    assert_eq!(alive(3).await, Some((alice.clone(), START + SECOND * 3)));
    assert_eq!(store.session([3; 32], START + SECOND * 100).await.expect("an answer"), None);
}

pub(crate) async fn wrong_passwords_lock_an_account_out_until_they_are_forgiven(subject: &Subject) {
    let store = subject.acme();
    let fresh = LocalAccount { failed: 0, locked_until: None, ..local("1", "alice", "alice@example.org") };
    store.insert_account(&fresh).await.expect("an account");
    let state = async || {
        let account = store.account(&fresh.id).await.expect("an answer").expect("an account");
        (account.failed, account.locked_until)
    };

    store.count_failure(&fresh.id, 2, START + SECOND).await.expect("counted");
    subject.globex().count_failure(&fresh.id, 2, START + SECOND).await.expect("nobody there");
    assert_eq!(state().await, (1, None));
    store.count_failure(&fresh.id, 2, START + SECOND).await.expect("counted");
    assert_eq!(state().await, (0, Some(START + SECOND)));
    store.count_failure(&fresh.id, 2, START + SECOND * 9).await.expect("counted");
    assert_eq!(state().await, (1, Some(START + SECOND)));

    subject.globex().forgive(&fresh.id).await.expect("nobody there");
    assert_eq!(state().await, (1, Some(START + SECOND)));
    store.forgive(&fresh.id).await.expect("forgiven");
    assert_eq!(store.account(&fresh.id).await.expect("an answer"), Some(fresh));
}

pub(crate) async fn a_session_begins_only_under_the_password_that_was_compared(subject: &Subject) {
    let store = subject.acme();
    let alice = local("1", "alice", "alice@example.org");
    store.insert_account(&alice).await.expect("an account");
    let begin = async |number: u8, account: &LocalAccount, began_at| {
        store.begin_session([number; 32], account, began_at, START + SECOND * 100).await.expect("an answer")
    };
    let is_alive = async |number: u8| store.session([number; 32], START).await.expect("an answer").is_some();

    assert!(begin(1, &alice, START).await && begin(2, &alice, START + SECOND).await);
    assert!(store.set_password(&alice.id, &Secret::new("new"), START + SECOND).await.expect("an answer"));
    assert_eq!([is_alive(1).await, is_alive(2).await], [true, false]);
    assert!(!begin(3, &alice, START + SECOND * 2).await);
    assert!(!is_alive(3).await);

    let new = LocalAccount { password: Some(Secret::new("new")), ..alice.clone() };
    assert!(begin(4, &new, START + SECOND * 2).await);
    let locked = LocalAccount { locked_by_administrator: true, ..new.clone() };
    assert!(store.update_account(&locked).await.expect("an answer"));
    assert!(!begin(5, &new, START + SECOND * 3).await);
    let disabled = LocalAccount { enabled: false, ..new.clone() };
    assert!(store.update_account(&disabled).await.expect("an answer"));
    assert!(!begin(6, &new, START + SECOND * 3).await);
    let without = LocalAccount { password: None, ..new };
    assert!(store.update_account(&without).await.expect("an answer"));
    assert!(!begin(7, &without, START + SECOND * 3).await);
}
