//! One issue's message: whom it is for, what it could carry and what it does, and the booking that decides that.

use std::time::Duration;

use super::{Error, Job};
use crate::account::{self, Subject};
use crate::audit::{self, Event};
use crate::domain::asked::Asked;
use crate::domain::code::Code;
use crate::domain::issue::Issue;
use crate::domain::key::TenantKey;
use crate::domain::method::Method;
use crate::domain::seal::Sealed;
use crate::domain::secret::Secret;
use crate::domain::sending::{
    COUNTRY_WINDOW, Limit, Mails, Step, TEXTS_BEFORE_CONVERSION, TEXTS_PER_COUNTRY, Texts, Wanted, Way, redrawn,
    redrawn_budget, window_number,
};
use crate::domain::token::{Purpose, Token};
use crate::metrics;
use crate::store::rows::{DeliveredTo, Delivery, Loaded};
use crate::store::{Booked, Booking};
use crate::tenant::Tenant;

const DAY: Duration = Duration::from_hours(24);

/// A recovery's issue, and what its secrets hang on.
pub(super) struct Letter<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) key: &'a TenantKey,
    pub(super) issue: &'a Issue,
    pub(super) asked: &'a Asked,
}

/// What a message carries, and by which way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    pub(super) way: Way,
    /// Digits of its code; none where it carries none.
    pub(super) digits: u8,
    pub(super) link: bool,
}

impl Letter<'_> {
    /// Digits of the code that the message is to carry; none where a code can be typed no more.
    fn digits(&self) -> u8 {
        let recovery = &self.loaded.recovery;
        let is_shut = recovery.codes_left == 0 || recovery.codes_closed.is_some();
        if is_shut { 0 } else { self.issue.digits }
    }

    /// The code, as long as the delivery says.
    pub(super) fn code(&self, digits: u8) -> Secret {
        Secret::new(Code::derive(self.key, self.loaded.recovery.id, self.issue, digits).expose())
    }

    /// The link's address.
    pub(super) fn link(&self, tenant: &Tenant) -> Secret {
        tenant.link(&Token::mint(self.key, Purpose::Link, self.loaded.recovery.id, self.issue).to_secret())
    }

    /// Whether a first try was for the same account at an address that it still has.
    pub(super) fn is_for(&self, before: &Delivery, subject: &Subject) -> bool {
        before.account.as_ref().is_some_and(|to| {
            let addresses = [subject.mail_digest(self.key), subject.number_digest(self.key)];
            to.account == subject.account.id && addresses.contains(&Some(to.address))
        })
    }

    /// What a message carries that is tried again.
    pub(super) fn carried(&self, tenant: &Tenant, way: Way, digits: u8) -> Carried {
        let mails = tenant.recovery.mails();
        let link = match (way, self.issue.method) {
            (Way::Text, _) => false,
            (Way::Mail, Method::EmailLink) => true,
            (Way::Mail, Method::EmailOtp) => digits == 0 || mails.is_some_and(|mails| mails.linked_codes),
            (Way::Mail, Method::SmsOtp) => mails.is_some_and(|mails| mails.links || mails.linked_codes),
        };
        Carried { way, digits, link }
    }

    fn to(&self, tenant: &Tenant, subject: &Subject, address: Option<[u8; 32]>) -> Option<DeliveredTo> {
        address.map(|address| DeliveredTo {
            account: subject.account.id.clone(),
            login: Sealed::new(self.key, &tenant.id, self.loaded.recovery.id, &subject.account.username),
            address,
        })
    }
}

impl Job {
    /// What a mail to this account may carry; `None` where none may go there.
    pub(super) fn mails_to(&self, subject: &Subject) -> Option<Mails> {
        subject.mail.as_ref().and_then(|_| self.tenant.recovery.mails())
    }

    /// Books the message: what may be sent is decided and written before anything is handed over.
    pub(super) async fn book(&self, letter: &Letter<'_>, subject: &Subject) -> Result<Step, Error> {
        let wanted = Wanted {
            method: letter.issue.method,
            digits: letter.digits(),
            mail: self.mails_to(subject),
            // What is only counted for texts is not asked where none is wanted.
            text: if letter.issue.method == Method::SmsOtp { self.texts(letter, subject) } else { None },
        };
        self.book_as(letter, subject, wanted, false).await
    }

    /// Books the mail that stands in for a text message which cannot reach its number. The code is the one that the
    /// text message would have carried.
    pub(super) async fn book_mail_instead(
        &self,
        letter: &Letter<'_>,
        subject: &Subject,
        digits: u8,
    ) -> Result<Step, Error> {
        let Some(mails) = self.mails_to(subject) else { return Ok(Step::Nothing) };
        let wanted = Wanted { method: Method::EmailOtp, digits, mail: Some(mails), text: None };
        self.book_as(letter, subject, wanted, true).await
    }

    async fn book_as(
        &self,
        letter: &Letter<'_>,
        subject: &Subject,
        wanted: Wanted,
        instead_of_text: bool,
    ) -> Result<Step, Error> {
        let (tenant, now) = (&self.tenant, self.now());
        let account = &subject.account.id;
        let recovery = letter.loaded.recovery.id;
        let limit_audit = audit::record(Event::LimitReached, now)
            .outcome("limited")
            .recovery(recovery)
            .account(account)
            .method(letter.issue.method)
            .by_worker();
        let booking = Booking {
            message: self.message.id,
            recovery,
            issue: letter.issue.number,
            account: account.clone(),
            subject: account::guessed_account(letter.key, account),
            wanted,
            to_mail: letter.to(tenant, subject, subject.mail_digest(letter.key)),
            to_text: letter.to(tenant, subject, subject.number_digest(letter.key)),
            instead_of_text,
            limit_audit,
            now,
        };
        let Booked { step, met, alarms } = self.store.tenant(&tenant.id).book(booking).await?;
        for limit in &met {
            metrics::rate_limited(&tenant.id.to_string(), limit.as_str());
        }
        for limit in alarms {
            let limit = limit.as_str();
            if limit == Limit::TextsPerOperator.as_str() {
                tracing::warn!(tenant.id = %tenant.id, limit, "the quota of all tenants is used up");
            } else {
                tracing::warn!(tenant.id = %tenant.id, limit, "a quota of the tenant is used up");
            }
        }
        Ok(step)
    }

    /// How text messages to this number are counted; `None` where none may be sent to it.
    fn texts(&self, letter: &Letter<'_>, subject: &Subject) -> Option<Texts> {
        let tenant = &self.tenant;
        let number = subject.number.as_ref()?;
        let country = tenant.texts_to(number)?;
        let country = country.as_str();
        let prefix = number.prefix();
        let now = self.now();
        let draw = |what: &str, window: Duration| {
            let digest = letter.key.digest("threshold", &format!("{what} {}", window_number(now, window)));
            u16::from_be_bytes([digest[0], digest[1]])
        };
        Some(Texts {
            per_country: redrawn(TEXTS_PER_COUNTRY, draw(&format!("country {country}"), COUNTRY_WINDOW)),
            per_tenant: redrawn_budget(tenant.recovery.sms_daily_budget, draw("tenant", DAY)),
            per_operator: tenant.texts_per_day,
            before_conversion: redrawn(TEXTS_BEFORE_CONVERSION, draw(&format!("prefix {prefix}"), DAY)),
            prefix: letter.key.digest("number's first digits", prefix),
            country: country.to_owned(),
        })
    }
}
