//! The decision: which way a message goes, what it carries, or why nothing is sent.

use super::{
    DIGITS_UNDER_SPRAY, LIVE_CODES, Limit, MAILS_AT_ONCE, Mails, ONE_MAIL_EACH, Plan, Sending, Spent, Step,
    TEXTS_A_DAY, TEXTS_AN_HOUR, Texts, WRONG_CODES, WRONG_CODES_UNLINKED, Wanted, Way,
};
use crate::domain::Timestamp;
use crate::domain::code::DIGITS;
use crate::domain::method::Method;
use crate::domain::recovery::COOL_DOWN;

/// Decides what is sent at `now`.
#[must_use]
pub fn plan(wanted: &Wanted, spent: &Spent, now: Timestamp) -> Plan {
    let mut met = Vec::new();
    let step = match wanted.method {
        Method::EmailLink | Method::EmailOtp => by_mail(wanted, spent, now, &mut met),
        Method::SmsOtp => by_text(wanted, spent, now, &mut met),
    };
    Plan { step, met }
}

fn by_text(wanted: &Wanted, spent: &Spent, now: Timestamp, met: &mut Vec<Limit>) -> Step {
    let Some(texts) = &wanted.text else {
        return Step::Nothing;
    };
    let digits = digits(wanted, spent, met);
    if digits == 0 {
        return by_mail(wanted, spent, now, met);
    }
    if let Some(limit) = shut(texts, spent) {
        met.push(limit);
        return by_mail(wanted, spent, now, met);
    }
    match cooled(spent.last_text, now) {
        Some(at) => Step::Later { at },
        None => Step::Send(Sending { way: Way::Text, digits, link: false, refuse_at: refuse_at(wanted), full_at: now }),
    }
}

fn by_mail(wanted: &Wanted, spent: &Spent, now: Timestamp, met: &mut Vec<Limit>) -> Step {
    let Some(mails) = wanted.mail else {
        return Step::Nothing;
    };
    let digits = digits(wanted, spent, met);
    let link = match wanted.method {
        Method::EmailLink => true,
        Method::EmailOtp => mails.linked_codes,
        Method::SmsOtp => mails.reach(),
    };
    if digits == 0 && !link {
        return Step::Nothing;
    }
    let full_at = spent.mails_full_at.unwrap_or(now).max(now);
    if full_at - now > ONE_MAIL_EACH * (MAILS_AT_ONCE - 1) {
        met.push(Limit::MailsPerAccount);
        return Step::Nothing;
    }
    match cooled(spent.last_mail, now) {
        Some(at) => Step::Later { at },
        None => Step::Send(Sending {
            way: Way::Mail,
            digits,
            link,
            refuse_at: refuse_at(wanted),
            full_at: full_at + ONE_MAIL_EACH,
        }),
    }
}

/// How many digits the code of this message has; none where it has none, or where others of the account live already.
fn digits(wanted: &Wanted, spent: &Spent, met: &mut Vec<Limit>) -> u8 {
    if wanted.digits == 0 {
        return 0;
    }
    if spent.live_codes >= LIVE_CODES {
        if !met.contains(&Limit::LiveCodes) {
            met.push(Limit::LiveCodes);
        }
        return 0;
    }
    let mut digits = wanted.digits;
    if spent.spray {
        digits = digits.max(DIGITS_UNDER_SPRAY);
        if !met.contains(&Limit::Spray) {
            met.push(Limit::Spray);
        }
    }
    if spent.wrong_codes >= WRONG_CODES && refuse_at(wanted) == WRONG_CODES_UNLINKED {
        digits = *DIGITS.end();
    }
    digits
}

/// When the account may get the next message, where that is not now.
fn cooled(last: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    last.map(|last| last + COOL_DOWN).filter(|again_at| now < *again_at)
}

/// The first quota of text messages that is used up.
fn shut(texts: &Texts, spent: &Spent) -> Option<Limit> {
    let is_pumped = spent.prefix_texts >= texts.before_conversion && spent.prefix_verified * 2 < spent.prefix_texts;
    let limits = [
        (spent.operator_texts >= texts.per_operator, Limit::TextsPerOperator),
        (spent.tenant_texts >= texts.per_tenant, Limit::TextsPerTenant),
        (spent.country_texts >= texts.per_country, Limit::TextsPerCountry),
        (is_pumped, Limit::Conversion),
        (spent.texts_in_hour >= TEXTS_AN_HOUR || spent.texts_in_day >= TEXTS_A_DAY, Limit::TextsPerAccount),
    ];
    limits.into_iter().find(|(is_met, _)| *is_met).map(|(_, limit)| limit)
}

fn refuse_at(wanted: &Wanted) -> u32 {
    if wanted.mail.is_some_and(Mails::reach) { WRONG_CODES } else { WRONG_CODES_UNLINKED }
}
