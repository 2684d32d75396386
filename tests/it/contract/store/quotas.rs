//! What counts for a quota and what does not: each tenant's and each account's own, and for its time alone.

use std::time::Duration;

use regain::domain::Timestamp;
use regain::domain::method::Method;
use regain::domain::recovery::Recovery;
use regain::domain::sending::{Limit, Sending, Step, Texts, Way};
use regain::store::rows::Delivery;
use regain::store::{Booked, Booking, Guess, Judged, TenantStore};

use super::codes::{booking, guess};
use super::{START, Subject, account, delivered, delivery, insert, row};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Books a message of a new recovery for `name`, in which something may be different.
async fn book(
    store: &TenantStore,
    name: &str,
    method: Method,
    at: Timestamp,
    change: impl FnOnce(&mut Texts),
) -> Booked {
    let (recovery, _) = insert(store, at).await;
    let mut booking = Booking { account: account(name), ..booking(&recovery, method, at) };
    if let Some(texts) = &mut booking.wanted.text {
        change(texts);
    }
    store.book(booking).await.expect("a booking")
}

fn way(booked: &Booked) -> Option<Way> {
    match booked.step {
        Step::Send(Sending { way, .. }) => Some(way),
        Step::Later { .. } | Step::Nothing => None,
    }
}

fn digits(booked: &Booked) -> Option<u8> {
    match booked.step {
        Step::Send(Sending { digits, .. }) => Some(digits),
        Step::Later { .. } | Step::Nothing => None,
    }
}

/// Guesses wrong so often, at codes of six digits.
async fn guess_wrong(store: &TenantStore, recovery: Recovery, times: u32) {
    let mut recovery = recovery;
    for _ in 0..times {
        let wrong = Guess { digits: 6, ..guess(&recovery, false, START) };
        assert_eq!(store.guess(wrong).await.expect("a guess"), Judged::Wrong);
        recovery = row(store, recovery.id).await;
    }
}

pub(crate) async fn only_codes_that_could_still_be_right_are_living_ones(subject: &Subject) {
    let (store, elsewhere) = (subject.acme(), subject.globex());
    for _ in 0..2 {
        delivered(&store, "alice", START).await;
    }
    // None of these counts: of another account, of another tenant, without a code, and five that have ended.
    delivered(&store, "bob", START).await;
    delivered(&elsewhere, "alice", START).await;
    let (link, _) = insert(&store, START).await;
    store.save_delivery(link.id, &Delivery { digits: 0, ..delivery("alice", START) }).await.expect("a delivery");
    let ends: [fn(Recovery) -> Recovery; 4] = [
        |recovery| recovery.close(START),
        |recovery| recovery.guess(Some(1), START).0,
        |recovery| Recovery { codes_left: 0, ..recovery },
        |recovery| Recovery { cancelled_at: Some(START), ..recovery },
    ];
    for end in ends {
        let (recovery, _) = delivered(&store, "alice", START).await;
        store.save(&end(recovery), vec![]).await.expect("a save");
    }
    let at = START + MINUTE * 2;
    let (own, _) = delivered(&store, "alice", START).await;
    let further = |issue| Booking { issue, ..booking(&own, Method::EmailOtp, at) };

    let third = store.book(further(2)).await.expect("a booking");
    let fourth = book(&store, "alice", Method::EmailOtp, at + MINUTE, |_| ()).await;

    assert_eq!((digits(&third), third.met), (Some(6), vec![]), "two others, and a message of its own");
    assert_eq!((digits(&fourth), fourth.met), (Some(0), vec![Limit::LiveCodes]));
}

pub(crate) async fn text_messages_of_an_account_count_for_an_hour_and_for_a_day(subject: &Subject) {
    let (store, elsewhere) = (subject.acme(), subject.globex());
    let text = async |store: &TenantStore, name, at| book(store, name, Method::SmsOtp, at, |_| ()).await;
    let mut first = Vec::new();
    for minute in 0..4 {
        first.push(way(&text(&store, "alice", START + MINUTE * minute).await));
    }

    let others = [text(&store, "bob", START + MINUTE * 4).await, text(&elsewhere, "alice", START + MINUTE * 4).await];
    let mut later = Vec::new();
    for minute in [66, 68, 200] {
        later.push(way(&text(&store, "alice", START + MINUTE * minute).await));
    }
    let next_day = text(&store, "alice", START + HOUR * 28).await;

    let (sent, by_mail) = (Some(Way::Text), Some(Way::Mail));
    assert_eq!(first, [sent, sent, sent, by_mail], "three in an hour");
    assert_eq!(others.map(|booked| way(&booked)), [sent; 2], "another account, and another tenant's of that name");
    assert_eq!(later, [sent, sent, by_mail], "five in a day");
    assert_eq!(way(&next_day), sent);
}

pub(crate) async fn a_spray_is_a_tenants_own_and_lasts_a_day_and_successes_allow_for_more(subject: &Subject) {
    let (store, elsewhere) = (subject.acme(), subject.globex());
    let (sprayed, _) = insert(&store, START).await;
    guess_wrong(&store, sprayed.clone(), 200).await;
    for _ in 0..2 {
        let (recovery, _) = insert(&store, START).await;
        let right = Guess { digits: 6, subject: [2; 32], ..guess(&recovery, true, START) };
        assert_eq!(store.guess(right).await.expect("a guess"), Judged::Right);
    }
    let code = async |store: &TenantStore, name, at| book(store, name, Method::EmailOtp, at, |_| ()).await;

    let half_as_many_more = code(&store, "alice", START).await;
    guess_wrong(&store, row(&store, sprayed.id).await, 1).await;
    let first = code(&store, "bob", START).await;
    let second = code(&store, "carol", START).await;
    let foreign = code(&elsewhere, "bob", START).await;
    let an_hour_later = code(&store, "dora", START + HOUR).await;
    let next_day = code(&store, "erin", START + HOUR * 26).await;

    assert_eq!(digits(&half_as_many_more), Some(6), "two hundred, and half of the right ones");
    assert_eq!((digits(&first), &first.alarms), (Some(10), &vec![Limit::Spray]));
    assert_eq!((digits(&second), &second.met, &second.alarms), (Some(10), &vec![Limit::Spray], &vec![]), "told once");
    assert_eq!(digits(&foreign), Some(6), "another tenant's");
    assert_eq!((digits(&an_hour_later), &an_hour_later.alarms), (Some(10), &vec![Limit::Spray]), "told once an hour");
    assert_eq!(digits(&next_day), Some(6), "another day");
    assert_eq!(subject.count("SELECT count(*) FROM audit WHERE reason = 'spray'").await, 2);
}

pub(crate) async fn budgets_count_texts_of_their_tenant_country_and_window_and_no_mails(subject: &Subject) {
    let (store, elsewhere) = (subject.acme(), subject.globex());
    let tenant = |texts: &mut Texts| texts.per_tenant = 1;
    let country = |texts: &mut Texts| texts.per_country = 1;
    let abroad = |texts: &mut Texts| (texts.per_country, texts.country) = (1, "GB".into());
    let text = Method::SmsOtp;
    book(&elsewhere, "alice", text, START, |_| ()).await;
    book(&store, "alice", Method::EmailLink, START, |_| ()).await;

    let first = book(&store, "alice", text, START, tenant).await;
    let second = book(&store, "bob", text, START, tenant).await;
    let same_country = book(&store, "carol", text, START, country).await;
    let other_country = book(&store, "dora", text, START, abroad).await;
    let next_window = book(&store, "erin", text, START + MINUTE * 10, country).await;
    let same_day = book(&store, "fred", text, START + HOUR * 24, tenant).await;
    let next_day = book(&store, "gwen", text, START + HOUR * 24 + MINUTE * 10, tenant).await;

    assert_eq!(way(&first), Some(Way::Text), "neither another tenant's text nor a mail");
    assert_eq!((way(&second), second.met), (Some(Way::Mail), vec![Limit::TextsPerTenant]));
    assert_eq!((way(&same_country), same_country.met), (Some(Way::Mail), vec![Limit::TextsPerCountry]));
    assert_eq!(way(&other_country), Some(Way::Text));
    assert_eq!(way(&next_window), Some(Way::Text), "ten minutes later");
    assert_eq!(way(&same_day), Some(Way::Mail), "less than a day after the last");
    assert_eq!(way(&next_day), Some(Way::Text), "a day after it");
}

pub(crate) async fn the_operators_cap_counts_the_texts_of_all_tenants_in_a_day(subject: &Subject) {
    let (store, elsewhere) = (subject.acme(), subject.globex());
    let capped = |texts: &mut Texts| texts.per_operator = 1;

    let before = book(&elsewhere, "alice", Method::EmailLink, START, |_| ()).await;
    let first = book(&elsewhere, "alice", Method::SmsOtp, START, capped).await;
    let second = book(&store, "bob", Method::SmsOtp, START, capped).await;
    let same_day = book(&store, "carol", Method::SmsOtp, START + HOUR * 23, capped).await;
    let next_day = book(&store, "carol", Method::SmsOtp, START + HOUR * 24, capped).await;

    assert_eq!((way(&before), way(&first)), (Some(Way::Mail), Some(Way::Text)));
    assert_eq!((way(&second), second.met), (Some(Way::Mail), vec![Limit::TextsPerOperator]));
    assert_eq!(way(&same_day), Some(Way::Mail), "midnight is no border");
    assert_eq!(way(&next_day), Some(Way::Text), "a day later");
}

pub(crate) async fn a_prefix_is_shut_by_its_own_texts_and_opened_by_the_one_that_was_answered(subject: &Subject) {
    let store = subject.acme();
    let narrow = |texts: &mut Texts| texts.before_conversion = 1;
    let other = |texts: &mut Texts| (texts.before_conversion, texts.prefix) = (1, [4; 32]);
    let (recovery, _) = insert(&store, START).await;
    for issue in [1, 2] {
        let again = Booking { issue, ..booking(&recovery, Method::SmsOtp, START + MINUTE * u32::from(issue)) };
        store.book(again).await.expect("a booking");
    }

    let at = START + MINUTE * 5;
    let same = book(&store, "bob", Method::SmsOtp, at, narrow).await;
    let elsewhere = book(&store, "carol", Method::SmsOtp, at, other).await;
    store.guess(guess(&recovery, true, at)).await.expect("a guess");
    let answered = book(&store, "dora", Method::SmsOtp, at, narrow).await;

    assert_eq!((way(&same), same.met), (Some(Way::Mail), vec![Limit::Conversion]));
    assert_eq!(way(&elsewhere), Some(Way::Text), "numbers that begin otherwise");
    let verified = subject.count("SELECT count(*) FROM sent WHERE verified_at IS NOT NULL").await;
    assert_eq!(verified, 1, "the text whose code it was, not the other one of the recovery");
    assert_eq!(way(&answered), Some(Way::Text), "one of two is half of them");
}
