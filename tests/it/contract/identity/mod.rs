//! What every kind of provider promises. `providers` runs the suite on `local` and on the fake, and the live suites run
//! it on real servers; what each kind promises beyond the contract stands beside it there.

use std::collections::BTreeSet;

use async_trait::async_trait;
use regain::domain::Timestamp;
use regain::domain::id::AccountId;
use regain::domain::identifier::{Identifier, Kind};
use regain::domain::password::NewPassword;
use regain::identity::{Account, Cause, Change, Error, IdentityProvider, MOST_FOUND, MustChange, Usernames};

/// The password that everybody has who is added.
pub(crate) const OLD: &str = "plinth ostrich varnish";
/// Another one.
pub(crate) const NEW: &str = "gravel lantern mosaic";

/// Somebody to add.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: Option<(&'a str, bool)>,
    pub(crate) phone: Option<(&'a str, bool)>,
    pub(crate) disabled: bool,
    pub(crate) locked_by_administrator: bool,
    pub(crate) federated: bool,
    pub(crate) service: bool,
    pub(crate) groups: &'a [&'a str],
    pub(crate) locale: Option<&'a str>,
}

impl<'a> Who<'a> {
    /// Somebody whose password is [`OLD`] and who may sign in.
    pub(crate) fn named(username: &'a str) -> Self {
        Self { username, ..Self::default() }
    }
}

/// A kind of provider under test.
#[async_trait]
pub(crate) trait Fixture: Sync {
    fn provider(&self) -> &dyn IdentityProvider;
    /// The present, as finely as the kind dates what happens.
    fn now(&self) -> Timestamp;
    /// Lets time go on until the kind tells before from after.
    async fn tick(&self);
    /// Adds an account. A kind whose programs have names of their own may name a service account otherwise.
    async fn add(&self, who: Who<'_>) -> AccountId;
    async fn remove(&self, id: &AccountId);
    /// Tries to sign in, and says whether a session has begun.
    async fn sign_in(&self, username: &str, password: &str) -> bool;
    /// How many of the sessions that were begun here still live.
    async fn sessions(&self, id: &AccountId) -> usize;
    /// Whether the person must choose another password at the next sign-in.
    async fn must_change(&self, id: &AccountId) -> bool;
    /// Signs in wrongly until the account is locked out.
    async fn lock_out(&self, username: &str);
}

/// Hands every promise, behind what the macro is given, to a macro that runs it on one kind.
macro_rules! for_each_promise {
    ($make:ident!($($given:tt)*)) => {
        $make! {
            ($($given)*)
            an_unknown_identifier_finds_nobody_and_is_no_error
            a_username_is_found_as_its_kind_compares_them
            an_address_is_found_verified_or_not_and_says_which
            everybody_who_answers_is_told_and_never_more_than_five
            no_identifier_is_a_pattern_or_a_query
            a_number_is_found_at_those_whose_verified_number_it_is
            a_number_is_found_in_another_spelling_and_told_in_one
            no_number_is_a_part_of_another
            a_username_that_looks_like_a_number_is_none
            letters_that_look_alike_are_not_alike
            an_account_that_is_like_most_says_so
            an_account_that_may_not_be_recovered_says_why
            an_account_tells_its_groups_its_phone_and_its_language
            an_account_is_read_as_it_is_now
            a_new_password_replaces_the_old_one_and_dates_the_credential
            a_password_is_taken_as_it_was_typed
            an_account_that_is_not_there_is_not_given_a_password
            a_change_at_next_sign_in_is_asked_for_or_refused_whole
            sessions_that_began_before_are_ended_and_no_others
            ending_sessions_again_is_no_error
            unlocking_lifts_a_temporary_lock_out
            unlocking_leaves_an_administrators_decisions_alone
            a_provider_that_answers_passes_its_check
            lifespans_are_told_where_a_login_can_outlive_a_change_and_nowhere_else
        }
    };
}
pub(crate) use for_each_promise;

/// An identifier as a person types it.
pub(crate) fn typed(text: &str) -> Identifier {
    Identifier::parse(text, Kind::Either).expect("an identifier")
}

/// A telephone number as a person types it.
pub(crate) fn dialled(text: &str) -> Identifier {
    Identifier::parse(text, Kind::Phone).expect("a number")
}

async fn numbered(it: &dyn Fixture, text: &str) -> Vec<AccountId> {
    let found = it.provider().find(&dialled(text)).await.expect("an answer");
    assert!(found.iter().all(|account| account.phones.iter().any(|phone| phone.verified)), "{found:?}");
    sorted(found.into_iter().map(|account| account.id))
}

async fn found(it: &dyn Fixture, text: &str) -> Vec<Account> {
    it.provider().find(&typed(text)).await.expect("an answer")
}

async fn found_ids(it: &dyn Fixture, text: &str) -> Vec<AccountId> {
    let mut ids: Vec<AccountId> = found(it, text).await.into_iter().map(|account| account.id).collect();
    ids.sort();
    ids
}

async fn read(it: &dyn Fixture, id: &AccountId) -> Account {
    it.provider().account(id).await.expect("an answer").expect("an account")
}

fn sorted(ids: impl IntoIterator<Item = AccountId>) -> Vec<AccountId> {
    let mut ids: Vec<AccountId> = ids.into_iter().collect();
    ids.sort();
    ids
}

pub(crate) async fn an_unknown_identifier_finds_nobody_and_is_no_error(it: &dyn Fixture) {
    it.add(Who::named("alice")).await;

    for unknown in ["bob", "alic", "alicee", "bob@example.org", "alice@example.com", "+15005550006"] {
        assert_eq!(found(it, unknown).await, [], "{unknown}");
    }
}

pub(crate) async fn a_username_is_found_as_its_kind_compares_them(it: &dyn Fixture) {
    let id = it.add(Who::named("Alice.Smith")).await;

    assert_eq!(found_ids(it, "Alice.Smith").await, std::slice::from_ref(&id));
    let folded = found_ids(it, "aLICE.sMITH").await;
    match it.provider().capabilities().usernames {
        Usernames::AsciiFold => assert_eq!(folded, [id]),
        Usernames::Exact => assert_eq!(folded, []),
    }
}

pub(crate) async fn an_address_is_found_verified_or_not_and_says_which(it: &dyn Fixture) {
    let verified = it.add(Who { email: Some(("Alice@Example.org", true)), ..Who::named("alice") }).await;
    let unverified = it.add(Who { email: Some(("bob@exämple.org", false)), ..Who::named("bob") }).await;

    let alice = found(it, "aLICE@eXAMPLE.ORG").await;
    let bob = found(it, "bob@xn--exmple-cua.org").await;

    assert_eq!(alice.iter().map(|it| (&it.id, it.emails[0].verified)).collect::<Vec<_>>(), [(&verified, true)]);
    assert!(alice[0].emails[0].address.as_str().eq_ignore_ascii_case("Alice@Example.org"));
    assert_eq!(bob.iter().map(|it| (&it.id, it.emails[0].verified)).collect::<Vec<_>>(), [(&unverified, false)]);
}

pub(crate) async fn everybody_who_answers_is_told_and_never_more_than_five(it: &dyn Fixture) {
    let owner = it.add(Who { email: Some(("bob@example.org", true)), ..Who::named("bob") }).await;
    let squatter = it.add(Who::named("bob@example.org")).await;
    for number in 0..7 {
        it.add(Who { email: Some(("office@example.org", true)), ..Who::named(&format!("clerk-{number}")) }).await;
    }

    assert_eq!(found_ids(it, "bob@example.org").await, sorted([owner, squatter]));
    assert_eq!(found(it, "office@example.org").await.len(), MOST_FOUND);
}

/// IN-05
pub(crate) async fn no_identifier_is_a_pattern_or_a_query(it: &dyn Fixture) {
    it.add(Who { email: Some(("alice@example.org", true)), ..Who::named("alice") }).await;
    let hostile = [
        "%",
        "_____",
        "al%",
        "alice%",
        "*",
        "a*",
        "*)(uid=*",
        "*)(|(uid=*))",
        "alice)(|(password=*)",
        "\" or userName sw \"",
        "alice\" or \"1\" eq \"1",
        "' OR 1=1--",
        "' OR '1'='1",
        "alice'--",
        "alice'; DROP TABLE local_account; --",
        "{\"$ne\": null}",
        "$1",
        "?",
        "..",
        "../alice",
        "%@example.org",
        "*@example.org",
        "alice@%",
        "alice@example.org' OR 1=1--",
        "\\",
        "alice\\",
    ];

    for text in hostile {
        assert_eq!(found(it, text).await, [], "{text}");
    }
    assert_eq!(found(it, "alice").await.len(), 1);
}

/// Anybody may write any number down, so that who has not shown that it is theirs is not found by it.
pub(crate) async fn a_number_is_found_at_those_whose_verified_number_it_is(it: &dyn Fixture) {
    let has = |number, verified| Who { phone: Some((number, verified)), ..Who::default() };
    let alice = it.add(Who { username: "alice", ..has("+12025550142", true) }).await;
    let bob = it.add(Who { username: "bob", ..has("+4915123456789", true) }).await;
    let twin = it.add(Who { username: "twin", ..has("+4915123456789", true) }).await;
    for number in 0..7 {
        it.add(Who { username: &format!("squatter-{number}"), ..has("+12025550142", false) }).await;
    }

    assert_eq!(numbered(it, "+1 (202) 555-0142").await, [alice]);
    assert_eq!(numbered(it, "+49 151 23456789").await, sorted([bob, twin]));
    assert_eq!(numbered(it, "+12025550143").await, []);
}

pub(crate) async fn a_number_is_found_in_another_spelling_and_told_in_one(it: &dyn Fixture) {
    let grouped = it.add(Who { phone: Some(("+1 202-555-0142", true)), ..Who::named("grouped") }).await;

    assert_eq!(numbered(it, "+12025550142").await, std::slice::from_ref(&grouped));
    assert_eq!(read(it, &grouped).await.phones[0].number.as_str(), "+12025550142");
}

/// IN-05: neither the beginning of a number nor what stands for any digit finds it, nor a query that was typed.
pub(crate) async fn no_number_is_a_part_of_another(it: &dyn Fixture) {
    it.add(Who { phone: Some(("+493012345678", true)), ..Who::named("alice") }).await;

    for other in ["+4930123456", "+49301234567", "+4930123456789", "+43 30 12345678"] {
        assert_eq!(numbered(it, other).await, [], "{other}");
    }
    for query in
        ["\"phoneNumber\":\"+493012345678\"", "phoneNumber:+493012345678", "+49301234567%", "+49301234567_", "*"]
    {
        assert!(Identifier::parse(query, Kind::Phone).is_err(), "{query}");
        assert_eq!(found(it, query).await, [], "{query}");
    }
    assert_eq!(numbered(it, "+49 30 12345678").await.len(), 1);
}

pub(crate) async fn a_username_that_looks_like_a_number_is_none(it: &dyn Fixture) {
    it.add(Who { phone: Some(("+493012345678", true)), ..Who::named("alice") }).await;
    let named = it.add(Who::named("+493012345679")).await;

    assert_eq!(found(it, "+493012345678").await, []);
    assert_eq!(found_ids(it, "+493012345679").await, [named]);
    assert_eq!(numbered(it, "+493012345679").await, []);
}

/// IN-04
pub(crate) async fn letters_that_look_alike_are_not_alike(it: &dyn Fixture) {
    for name in ["mike", "kate", "sam", "irem", "strasse"] {
        it.add(Who::named(name)).await;
    }
    it.add(Who { email: Some(("v@example.org", true)), ..Who::named("victor") }).await;
    let others = [
        "mıke",
        "mıke@example.org",
        "MİKE",
        "\u{212a}ate",
        "\u{17f}am",
        "İrem",
        "straße",
        "ｍike",
        "v@exaмple.org",
        "v@evil.test＠example.org",
        "ν@example.org",
        "v\u{200b}@example.org",
        "mike\u{301}",
    ];

    for text in others {
        if let Ok(identifier) = Identifier::parse(text, Kind::Either) {
            assert_eq!(it.provider().find(&identifier).await.expect("an answer"), [], "{text}");
        }
    }
}

pub(crate) async fn an_account_that_is_like_most_says_so(it: &dyn Fixture) {
    let id = it.add(Who::named("plain")).await;

    let plain = read(it, &id).await;

    assert!(plain.enabled && !plain.locked_by_administrator && !plain.federated && !plain.service);
    assert_eq!((plain.username.as_str(), plain.locale.as_deref()), ("plain", None));
}

/// Each quality at an account of its own: a kind may not have one that is all of it.
pub(crate) async fn an_account_that_may_not_be_recovered_says_why(it: &dyn Fixture) {
    let disabled = it.add(Who { disabled: true, ..Who::named("disabled") }).await;
    let locked = it.add(Who { locked_by_administrator: true, ..Who::named("locked") }).await;
    let federated = it.add(Who { federated: true, ..Who::named("federated") }).await;
    let service = it.add(Who { service: true, ..Who::named("robot") }).await;

    assert!(!read(it, &disabled).await.enabled);
    assert!(read(it, &locked).await.locked_by_administrator);
    assert!(read(it, &federated).await.federated);
    assert!(read(it, &service).await.service);
}

pub(crate) async fn an_account_tells_its_groups_its_phone_and_its_language(it: &dyn Fixture) {
    let special = Who {
        phone: Some(("+15005550006", true)),
        groups: &["staff", "admins"],
        locale: Some("de"),
        ..Who::named("special")
    };
    let special = it.add(special).await;
    let unverified = it.add(Who { phone: Some(("+15005550007", false)), ..Who::named("other") }).await;

    let special = read(it, &special).await;
    let unverified = read(it, &unverified).await;

    let groups: BTreeSet<&str> = special.groups.iter().map(String::as_str).collect();
    assert_eq!(groups, BTreeSet::from(["staff", "admins"]));
    assert_eq!(special.locale.as_deref(), Some("de"));
    let phones = |account: &Account| -> Vec<(String, bool)> {
        account.phones.iter().map(|it| (it.number.as_str().to_owned(), it.verified)).collect()
    };
    assert_eq!(phones(&special), [("+15005550006".to_owned(), true)]);
    assert_eq!(phones(&unverified), [("+15005550007".to_owned(), false)]);
}

pub(crate) async fn an_account_is_read_as_it_is_now(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    let found = found(it, "alice").await.remove(0);

    assert_eq!(read(it, &id).await, found);
    it.remove(&id).await;
    assert_eq!(it.provider().account(&id).await.expect("an answer"), None);
    assert_eq!(it.provider().account(&AccountId::new("' OR 1=1--")).await.expect("an answer"), None);
}

pub(crate) async fn a_new_password_replaces_the_old_one_and_dates_the_credential(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    let other = it.add(Who::named("bob")).await;
    assert!(it.sign_in("alice", OLD).await);
    it.tick().await;
    let began_at = it.now();

    it.provider().set_password(&id, &NewPassword::new(NEW), Change::default()).await.expect("set");

    it.tick().await;
    assert!(!it.sign_in("alice", OLD).await);
    assert!(it.sign_in("alice", NEW).await);
    assert!(it.sign_in("bob", OLD).await);
    if it.provider().capabilities().credential_time {
        let changed_at = read(it, &id).await.credential_changed_at.expect("a time");
        assert!(began_at <= changed_at && changed_at < it.now(), "{began_at} {changed_at}");
        assert!(read(it, &other).await.credential_changed_at.is_none_or(|at| at < began_at));
    }
}

pub(crate) async fn a_password_is_taken_as_it_was_typed(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    let long = "x".repeat(256);

    for typed in [
        " leading and trailing ",
        "e\u{301}cole primaire du lac",
        "山川湖海日月星辰",
        "🦀🦀🦀🦀",
        "a'b\"c\\d%_*",
        &long,
    ] {
        it.provider().set_password(&id, &NewPassword::new(typed), Change::default()).await.expect("set");
        assert!(it.sign_in("alice", typed).await, "{typed}");
    }
    assert!(!it.sign_in("alice", &"x".repeat(255)).await);
    it.provider().set_password(&id, &NewPassword::new("e\u{301}cole"), Change::default()).await.expect("set");
    assert!(!it.sign_in("alice", "école").await);
}

pub(crate) async fn an_account_that_is_not_there_is_not_given_a_password(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    it.remove(&id).await;

    let refused = it.provider().set_password(&id, &NewPassword::new(NEW), Change::default()).await;

    assert!(matches!(refused, Err(Error::Denied(Cause::NoAccount))), "{refused:?}");
    assert!(!it.sign_in("alice", NEW).await);
}

pub(crate) async fn a_change_at_next_sign_in_is_asked_for_or_refused_whole(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;

    let answer = it.provider().set_password(&id, &NewPassword::new(NEW), Change { must_change: true }).await;

    match it.provider().capabilities().must_change {
        MustChange::Native | MustChange::Forced => {
            answer.expect("set");
            assert!(it.must_change(&id).await);
        }
        MustChange::Unsupported => {
            assert!(matches!(answer, Err(Error::Misconfigured(Cause::Unsupported))), "{answer:?}");
            assert!(it.sign_in("alice", OLD).await);
        }
    }
}

pub(crate) async fn sessions_that_began_before_are_ended_and_no_others(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    let other = it.add(Who::named("bob")).await;
    assert!(it.sign_in("bob", OLD).await);
    assert!(it.sign_in("alice", OLD).await);
    it.tick().await;
    assert!(it.sign_in("alice", OLD).await);
    it.tick().await;
    let before = it.now();
    assert!(it.sign_in("alice", OLD).await);
    it.tick().await;
    assert!(it.sign_in("alice", OLD).await);

    let ended = it.provider().end_sessions(&id, before).await.expect("ended");

    assert!(ended.sessions.is_none_or(|count| count == 2), "{ended:?}");
    assert_eq!((it.sessions(&id).await, it.sessions(&other).await), (2, 1));
}

pub(crate) async fn ending_sessions_again_is_no_error(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    assert!(it.sign_in("alice", OLD).await);
    it.tick().await;
    let before = it.now();
    it.provider().end_sessions(&id, before).await.expect("ended");

    let again = it.provider().end_sessions(&id, before).await.expect("ended already");
    it.remove(&id).await;
    let of_nobody = it.provider().end_sessions(&id, before).await.expect("nothing to end");

    assert!(again.sessions.is_none_or(|count| count == 0), "{again:?}");
    assert!(of_nobody.sessions.is_none_or(|count| count == 0), "{of_nobody:?}");
}

pub(crate) async fn unlocking_lifts_a_temporary_lock_out(it: &dyn Fixture) {
    let id = it.add(Who::named("alice")).await;
    it.lock_out("alice").await;
    assert!(!it.sign_in("alice", OLD).await);
    assert!(!read(it, &id).await.locked_by_administrator);

    it.provider().unlock(&id).await.expect("unlocked");
    it.provider().unlock(&id).await.expect("unlocked already");

    assert!(it.sign_in("alice", OLD).await);
}

pub(crate) async fn unlocking_leaves_an_administrators_decisions_alone(it: &dyn Fixture) {
    let locked = it.add(Who { locked_by_administrator: true, ..Who::named("alice") }).await;
    let disabled = it.add(Who { disabled: true, ..Who::named("bob") }).await;

    for id in [&locked, &disabled] {
        it.provider().unlock(id).await.expect("nothing to lift");
    }

    assert!(read(it, &locked).await.locked_by_administrator);
    assert!(!read(it, &disabled).await.enabled);
    assert!(!it.sign_in("alice", OLD).await && !it.sign_in("bob", OLD).await);
}

pub(crate) async fn a_provider_that_answers_passes_its_check(it: &dyn Fixture) {
    it.provider().check().await.expect("an answer");
}

pub(crate) async fn lifespans_are_told_where_a_login_can_outlive_a_change_and_nowhere_else(it: &dyn Fixture) {
    let told = it.provider().lifespans().await.expect("an answer");

    assert_eq!(told.is_some(), it.provider().capabilities().late_logins);
}
