use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = time::macros::utc_datetime!(2026-03-01 12:00);

fn wanted(method: Method) -> Wanted {
    let texts = Texts {
        country: "US".into(),
        prefix: [1; 32],
        per_country: 20,
        per_tenant: 500,
        per_operator: 5000,
        before_conversion: 20,
    };
    let mail = Some(Mails { links: true, linked_codes: true });
    let digits = if method == Method::EmailLink { 0 } else { 6 };
    Wanted { method, digits, mail, text: Some(texts) }
}

fn sent(wanted: &Wanted, spent: &Spent) -> Option<Sending> {
    match plan(wanted, spent, NOW).step {
        Step::Send(sending) => Some(sending),
        Step::Later { .. } | Step::Nothing => None,
    }
}

#[test]
fn each_method_goes_its_own_way_with_what_it_is_for() {
    let told = |method| sent(&wanted(method), &Spent::default()).map(|sent| (sent.way, sent.digits, sent.link));

    assert_eq!(told(Method::EmailLink), Some((Way::Mail, 0, true)));
    assert_eq!(told(Method::EmailOtp), Some((Way::Mail, 6, true)));
    assert_eq!(told(Method::SmsOtp), Some((Way::Text, 6, false)));
}

#[test]
fn without_a_number_that_may_be_texted_nothing_is_sent() {
    let wanted = Wanted { text: None, ..wanted(Method::SmsOtp) };

    assert_eq!(plan(&wanted, &Spent::default(), NOW), Plan { step: Step::Nothing, met: vec![] });
}

#[test]
fn an_account_gets_five_mails_at_once_and_then_one_each_quarter_of_an_hour() {
    let wanted = wanted(Method::EmailLink);
    let (mut spent, mut now, mut mails) = (Spent::default(), NOW, Vec::new());
    // An attacker who asks each minute for a day.
    while now < NOW + Duration::from_hours(24) {
        if let Step::Send(sending) = plan(&wanted, &spent, now).step {
            mails.push(now);
            spent = Spent { last_mail: Some(now), mails_full_at: Some(sending.full_at), ..spent };
        }
        now += Duration::from_mins(1);
    }

    assert!(mails.len() <= 101, "{} mails in a day", mails.len());
    assert_eq!(mails[4] - mails[0], time::Duration::minutes(4));
    let longest = mails.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert_eq!(longest, Some(time::Duration::minutes(15)));
}

#[test]
fn a_message_waits_for_the_accounts_cool_down_and_is_not_lost() {
    let last = NOW - Duration::from_secs(20);
    let spent = Spent { last_mail: Some(last), ..Spent::default() };

    assert_eq!(
        plan(&wanted(Method::EmailOtp), &spent, NOW).step,
        Step::Later { at: last + crate::domain::recovery::COOL_DOWN }
    );
    assert_eq!(sent(&wanted(Method::SmsOtp), &spent).map(|sent| sent.way), Some(Way::Text));
    let texted = Spent { last_text: Some(last), ..Spent::default() };
    assert_eq!(
        plan(&wanted(Method::SmsOtp), &texted, NOW).step,
        Step::Later { at: last + crate::domain::recovery::COOL_DOWN }
    );
}

#[test]
fn an_account_that_got_no_mail_for_long_has_saved_none_up() {
    let wanted = wanted(Method::EmailLink);
    let full = Some(NOW - Duration::from_hours(20));
    let mut spent = Spent { last_mail: full, mails_full_at: full, ..Spent::default() };
    let mut mails = 0;
    for minute in 0..10 {
        let now = NOW + Duration::from_mins(minute);
        if let Step::Send(sending) = plan(&wanted, &spent, now).step {
            mails += 1;
            spent = Spent { last_mail: Some(now), mails_full_at: Some(sending.full_at), ..spent };
        }
    }

    assert_eq!(mails, 5);
}

#[test]
fn a_text_message_over_a_quota_goes_by_mail_with_its_code_and_a_link() {
    let wanted = wanted(Method::SmsOtp);
    for (spent, limit) in [
        (Spent { texts_in_hour: 3, ..Spent::default() }, Limit::TextsPerAccount),
        (Spent { texts_in_day: 5, ..Spent::default() }, Limit::TextsPerAccount),
        (Spent { country_texts: 20, ..Spent::default() }, Limit::TextsPerCountry),
        (Spent { tenant_texts: 500, ..Spent::default() }, Limit::TextsPerTenant),
        (Spent { operator_texts: 5000, ..Spent::default() }, Limit::TextsPerOperator),
        (Spent { prefix_texts: 20, prefix_verified: 9, ..Spent::default() }, Limit::Conversion),
    ] {
        let planned = plan(&wanted, &spent, NOW);

        assert_eq!(planned.met, [limit]);
        let Step::Send(sending) = planned.step else { panic!("{limit:?} sends nothing") };
        assert_eq!((sending.way, sending.digits, sending.link), (Way::Mail, 6, true), "{limit:?}");
        let only_text = Wanted { mail: None, ..wanted.clone() };
        assert_eq!(plan(&only_text, &spent, NOW), Plan { step: Step::Nothing, met: vec![limit] });
    }
    let answered = Spent { prefix_texts: 20, prefix_verified: 10, ..Spent::default() };
    assert_eq!(sent(&wanted, &answered).map(|sent| sent.way), Some(Way::Text));
}

#[test]
fn a_mail_in_place_of_a_text_carries_no_link_where_the_tenants_mails_have_none() {
    let unlinked = Mails { links: false, linked_codes: false };
    let wanted = Wanted { mail: Some(unlinked), ..wanted(Method::SmsOtp) };
    let spent = Spent { texts_in_hour: 3, ..Spent::default() };

    let sending = sent(&wanted, &spent).expect("a mail");

    assert_eq!((sending.way, sending.digits, sending.link), (Way::Mail, 6, false));
}

#[test]
fn a_fourth_recovery_with_codes_gets_a_link_and_no_code() {
    let spent = Spent { live_codes: 3, ..Spent::default() };

    for method in [Method::EmailOtp, Method::SmsOtp] {
        let sending = sent(&wanted(method), &spent).expect("a mail");
        assert_eq!((sending.way, sending.digits, sending.link), (Way::Mail, 0, true), "{method:?}");
    }
    let unlinked = Wanted { mail: Some(Mails { links: false, linked_codes: false }), ..wanted(Method::EmailOtp) };
    assert_eq!(plan(&unlinked, &spent, NOW), Plan { step: Step::Nothing, met: vec![Limit::LiveCodes] });
}

#[test]
fn codes_grow_while_they_are_guessed_at() {
    let spray = Spent { spray: true, ..Spent::default() };
    assert_eq!(sent(&wanted(Method::EmailOtp), &spray).map(|sent| sent.digits), Some(10));

    let burnt = Spent { wrong_codes: WRONG_CODES, ..Spent::default() };
    let linked = sent(&wanted(Method::SmsOtp), &burnt).expect("a message");
    assert_eq!((linked.digits, linked.refuse_at), (6, WRONG_CODES));
    let alone = Wanted { mail: None, ..wanted(Method::SmsOtp) };
    let unlinked = sent(&alone, &burnt).expect("a message");
    assert_eq!((unlinked.digits, unlinked.refuse_at), (12, WRONG_CODES_UNLINKED));
}

#[test]
fn a_spray_is_counted_against_what_can_be_guessed() {
    let told: Vec<Option<u64>> = [5, 6, 7, 8, 9, 10, 12].map(|digits| spray_threshold(digits, 40)).to_vec();

    assert_eq!(told, [None, Some(220), Some(2020), Some(20_020), Some(200_020), None, None]);
}

proptest! {
    #[test]
    fn a_redrawn_threshold_stays_within_its_quarter_and_a_budget_within_itself(configured: u32, draw: u16) {
        let (threshold, budget) = (redrawn(configured, draw), redrawn_budget(configured, draw));
        let quarter = f64::from(configured) / 4.0;

        prop_assert!((f64::from(threshold) - f64::from(configured)).abs() <= quarter + 1.0);
        prop_assert!(budget <= configured && f64::from(budget) >= f64::from(configured) - quarter - 1.0);
    }
}
