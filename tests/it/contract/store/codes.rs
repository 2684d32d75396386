//! Guesses at codes, and what has been sent.

use std::time::Duration;

use futures_util::future::join_all;
use regain::audit::Event;
use regain::domain::Timestamp;
use regain::domain::id::MessageId;
use regain::domain::method::Method;
use regain::domain::recovery::{Recovery, Verdict};
use regain::domain::seal::Sealed;
use regain::domain::sending::{Limit, Mails, Sending, Step, Texts, Wanted, Way};
use regain::store::rows::DeliveredTo;
use regain::store::{Booking, Error, Guess, Judged, Right};

use super::{SECOND, START, Subject, account, delivered, insert, line, row};

const HOUR: Duration = Duration::from_hours(1);

pub(super) fn guess(recovery: &Recovery, right: bool, at: Timestamp) -> Guess {
    let (wrong, _) = recovery.clone().guess(None, at);
    let (closed, verdict) = recovery.clone().guess(Some(1), at);
    let is_right = right && matches!(verdict, Verdict::Right { .. });
    let audit = vec![line(Event::CodeVerified, at)];
    Guess {
        right: is_right.then_some(Right { recovery: closed, issue: 1, audit }),
        wrong,
        wrong_audit: vec![line(Event::CodeFailed, at)],
        refused_audit: is_right.then(|| line(Event::LimitReached, at)),
        subject: [1; 32],
        refuse_at: 10,
        digits: 8,
        at,
    }
}

pub(crate) async fn a_right_code_is_right_until_its_account_has_been_guessed_at_too_often(subject: &Subject) {
    let store = subject.acme();
    for number in 0..3 {
        let at = START + SECOND * number;
        let (mut recovery, _) = insert(&store, at).await;
        for _ in 0..3 {
            assert_eq!(store.guess(guess(&recovery, false, at)).await.expect("a guess"), Judged::Wrong);
            recovery = row(&store, recovery.id).await;
        }
    }

    let (recovery, _) = insert(&store, START).await;
    let ninth = store.guess(guess(&recovery, true, START)).await.expect("a guess");
    let (recovery, _) = insert(&store, START).await;
    store.guess(guess(&recovery, false, START)).await.expect("a guess");
    let (recovery, _) = insert(&store, START).await;
    let tenth = store.guess(guess(&recovery, true, START)).await.expect("a guess");
    let elsewhere = subject.globex();
    let (other, _) = insert(&elsewhere, START).await;
    let (later, _) = insert(&store, START + HOUR * 26).await;

    assert_eq!(ninth, Judged::Right, "nine wrong codes");
    assert_eq!(tenth, Judged::Refused, "ten wrong codes");
    assert_eq!(row(&store, recovery.id).await.codes_left, 4, "it cost a try as a wrong one does");
    assert_eq!(subject.count("SELECT count(*) FROM audit WHERE event = 'limit.reached'").await, 1);
    let elsewhere = elsewhere.guess(guess(&other, true, START)).await.expect("a guess");
    assert_eq!(elsewhere, Judged::Right, "another tenant's account");
    let another_day = store.guess(guess(&later, true, START + HOUR * 26)).await.expect("a guess");
    assert_eq!(another_day, Judged::Right, "another day");
}

pub(crate) async fn of_many_that_guess_right_at_once_exactly_one_is_right(subject: &Subject) {
    let store = subject.acme();
    let (recovery, _) = insert(&store, START).await;

    let answers = join_all((0..20).map(|_| store.guess(guess(&recovery, true, START)))).await;

    assert_eq!(answers.iter().filter(|answer| matches!(answer, Ok(Judged::Right))).count(), 1);
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(Error::Conflict))).count(), 19);
    assert_eq!(subject.count("SELECT count(*) FROM audit WHERE event = 'recovery.code_verified'").await, 1);
}

pub(crate) async fn of_many_recoveries_guessed_at_once_no_more_are_right_than_the_account_allows(subject: &Subject) {
    let store = subject.acme();
    let mut recoveries = Vec::new();
    for _ in 0..20 {
        recoveries.push(insert(&store, START).await.0);
    }
    let wrong = join_all(recoveries[..10].iter().map(|recovery| store.guess(guess(recovery, false, START))));
    let right = join_all(recoveries[10..].iter().map(|recovery| store.guess(guess(recovery, true, START))));
    let (_, _) = tokio::join!(wrong, right);
    let total = subject.count("SELECT CAST(SUM(count) AS BIGINT) FROM tally WHERE what = 'wrong'").await;
    let (last, _) = insert(&store, START).await;

    assert!(total >= 10, "no wrong code is lost: {total}");
    assert_eq!(store.guess(guess(&last, true, START)).await.expect("a guess"), Judged::Refused);
}

pub(super) fn booking(recovery: &Recovery, method: Method, at: Timestamp) -> Booking {
    let to = DeliveredTo { account: account("alice"), login: Sealed::from_bytes(vec![7; 40]), address: [9; 32] };
    let texts = Texts {
        country: "US".into(),
        prefix: [3; 32],
        per_country: 20,
        per_tenant: 500,
        per_operator: 5000,
        before_conversion: 20,
    };
    Booking {
        message: MessageId::new(at),
        recovery: recovery.id,
        issue: 1,
        account: account("alice"),
        subject: [1; 32],
        wanted: Wanted {
            method,
            digits: if method == Method::EmailLink { 0 } else { 6 },
            mail: Some(Mails { links: true, linked_codes: true }),
            text: (method == Method::SmsOtp).then_some(texts),
        },
        to_mail: Some(to.clone()),
        to_text: Some(to),
        instead_of_text: false,
        limit_audit: line(Event::LimitReached, at),
        now: at,
    }
}

pub(crate) async fn of_many_bookings_for_one_account_at_once_one_goes_out(subject: &Subject) {
    let store = subject.acme();
    let mut recoveries = Vec::new();
    for _ in 0..12 {
        recoveries.push(insert(&store, START).await.0);
    }

    let bookings = recoveries.iter().map(|recovery| store.book(booking(recovery, Method::EmailLink, START)));
    let booked = join_all(bookings).await;

    let went = booked.iter().filter(|booked| matches!(booked.as_ref().expect("a booking").step, Step::Send(_))).count();
    assert_eq!(went, 1, "the others wait for the cool-down");
    assert_eq!(subject.count("SELECT count(*) FROM sent").await, 1);
    assert_eq!(subject.count("SELECT count(*) FROM delivery").await, 1, "what waits writes nothing");
}

pub(crate) async fn mails_are_counted_across_recoveries_and_given_back(subject: &Subject) {
    let store = subject.acme();
    let mut last = None;
    for minute in 0..5 {
        let at = START + SECOND * 60 * minute;
        let (recovery, _) = insert(&store, at).await;
        let booking = booking(&recovery, Method::EmailLink, at);
        last = Some(booking.message);
        assert!(matches!(store.book(booking).await.expect("a booking").step, Step::Send(_)), "mail {minute}");
    }
    let at = START + SECOND * 300;
    let (recovery, _) = insert(&store, at).await;

    let sixth = store.book(booking(&recovery, Method::EmailLink, at)).await.expect("a booking");
    store.unbook(last.expect("a fifth"), Way::Mail).await.expect("a store");
    let (recovery, _) = insert(&store, at).await;
    let again = store.book(booking(&recovery, Method::EmailLink, at)).await.expect("a booking");

    assert_eq!((sixth.step, sixth.met, sixth.alarms), (Step::Nothing, vec![Limit::MailsPerAccount], vec![]));
    assert!(matches!(again.step, Step::Send(_)), "what never went out spends nothing");
    assert_eq!(subject.count("SELECT count(*) FROM audit WHERE reason = 'mails_per_account'").await, 1);
    let nobody = store.recovery(recovery.id).await.expect("an answer").expect("a recovery");
    assert!(nobody.delivery(1).is_some_and(|delivery| delivery.account.is_some()));
}

pub(crate) async fn a_booking_that_sends_nothing_is_a_delivery_to_nobody(subject: &Subject) {
    let store = subject.acme();
    let (recovery, _) = insert(&store, START).await;
    let without = Booking {
        wanted: Wanted { text: None, ..booking(&recovery, Method::SmsOtp, START).wanted },
        ..booking(&recovery, Method::SmsOtp, START)
    };

    let booked = store.book(without).await.expect("a booking");

    assert_eq!(booked.step, Step::Nothing);
    let loaded = store.recovery(recovery.id).await.expect("an answer").expect("a recovery");
    assert!(loaded.delivery(1).is_some_and(|delivery| delivery.account.is_none() && delivery.digits == 0));
}

pub(crate) async fn codes_of_other_living_recoveries_are_counted(subject: &Subject) {
    let store = subject.acme();
    for number in 0..3 {
        delivered(&store, "alice", START + SECOND * number).await;
    }
    delivered(&store, "bob", START).await;
    let at = START + SECOND * 120;
    let (recovery, _) = insert(&store, at).await;

    let fourth = store.book(booking(&recovery, Method::EmailOtp, at)).await.expect("a booking");
    let (later, _) = insert(&store, at + SECOND * 600).await;
    let after_their_lives = store.book(booking(&later, Method::EmailOtp, at + SECOND * 600)).await.expect("a booking");

    let digits = |step: Step| if let Step::Send(Sending { digits, .. }) = step { digits } else { 99 };
    assert_eq!((digits(fourth.step), fourth.met), (0, vec![Limit::LiveCodes]));
    assert_eq!(digits(after_their_lives.step), 6);
}

pub(crate) async fn a_right_code_marks_the_text_that_carried_it(subject: &Subject) {
    let store = subject.acme();
    let (recovery, _) = insert(&store, START).await;
    let message = booking(&recovery, Method::SmsOtp, START);
    let id = message.message;
    let booked = store.book(message).await.expect("a booking");

    store.guess(guess(&recovery, true, START + SECOND)).await.expect("a guess");

    assert!(matches!(booked.step, Step::Send(Sending { way: Way::Text, .. })));
    assert_eq!(store.booked_way(id).await.expect("an answer"), Some(Way::Text));
    assert_eq!(subject.count("SELECT count(*) FROM sent WHERE verified_at IS NOT NULL").await, 1);
    let guesses = subject.count("SELECT count(*) FROM tally WHERE what LIKE 'guess%'").await;
    assert_eq!(guesses, 0, "a right code is no guess that makes a spray");
}

pub(crate) async fn a_mail_in_place_of_a_text_takes_over_its_delivery_and_its_quota(subject: &Subject) {
    let store = subject.acme();
    let (recovery, _) = insert(&store, START).await;
    let text = booking(&recovery, Method::SmsOtp, START);
    let mail = Booking {
        wanted: Wanted { method: Method::EmailOtp, text: None, ..text.wanted.clone() },
        to_mail: text.to_mail.clone().map(|to| DeliveredTo { address: [8; 32], ..to }),
        instead_of_text: true,
        ..text.clone()
    };
    let id = text.message;
    store.book(text).await.expect("a booking");

    let booked = store.book(mail).await.expect("a booking");

    assert!(matches!(booked.step, Step::Send(Sending { way: Way::Mail, digits: 6, .. })));
    let loaded = store.recovery(recovery.id).await.expect("an answer").expect("a recovery");
    let delivery = loaded.delivery(1).expect("a delivery");
    assert_eq!((delivery.digits, delivery.account.as_ref().map(|to| to.address)), (6, Some([8; 32])));
    assert_eq!(store.booked_way(id).await.expect("an answer"), Some(Way::Mail));
    assert_eq!(subject.count("SELECT count(*) FROM sent").await, 1, "what was refused is given back");
}

pub(crate) async fn what_counts_for_a_day_is_purged_after_it(subject: &Subject) {
    let store = subject.acme();
    let (recovery, _) = insert(&store, START).await;
    store.book(booking(&recovery, Method::SmsOtp, START)).await.expect("a booking");
    store.guess(guess(&recovery, false, START)).await.expect("a guess");

    subject.store.purge(START + HOUR).await.expect("a purge");
    let kept = subject.count("SELECT (SELECT count(*) FROM sent) + (SELECT count(*) FROM tally)").await;
    subject.store.purge(START + HOUR * 30).await.expect("a purge");

    assert_eq!(kept, 3, "one message, one wrong code, one guess");
    assert_eq!(subject.count("SELECT (SELECT count(*) FROM sent) + (SELECT count(*) FROM tally)").await, 0);
}
