//! What may be sent to an account now, and by which way. Pure: the store counts what has been sent, and writes what is
//! decided here in the same transaction.
//!
//! None of it ever shows: whoever asks is answered the same, and where nothing may be sent nothing is sent. A code that
//! may not go by text message goes by mail where the tenant has a method by mail, so that whoever uses the quota of a
//! number up does not shut its owner out (DA-02).

mod limit;
mod plan;
#[cfg(test)]
mod tests;
mod threshold;

use std::time::Duration;

use super::Timestamp;
use super::method::Method;

pub use limit::Limit;
pub use plan::plan;
pub use threshold::{redrawn, redrawn_budget, spray_threshold, window_number};

/// Mails of recoveries that an account gets at once.
pub const MAILS_AT_ONCE: u32 = 5;
/// After those, one mail in this time: recovery is never shut for longer.
pub const ONE_MAIL_EACH: Duration = Duration::from_mins(15);
/// Text messages that an account gets in an hour.
pub const TEXTS_AN_HOUR: u32 = 3;
/// Text messages that an account gets in a day.
pub const TEXTS_A_DAY: u32 = 5;
/// Recoveries of one account whose codes live at a time; a further one sends a link and no code.
pub const LIVE_CODES: u32 = 3;
/// Wrong codes of an account in a day, across its recoveries, after which a right one is answered as a wrong one.
pub const WRONG_CODES: u32 = 10;
/// The same where no link can reach the account, whose codes have most digits from [`WRONG_CODES`] on
/// (NIST SP 800-63B-4 §3.2.2).
pub const WRONG_CODES_UNLINKED: u32 = 100;
/// Text messages into one country in [`COUNTRY_WINDOW`], for each tenant.
pub const TEXTS_PER_COUNTRY: u32 = 20;
/// The window of [`TEXTS_PER_COUNTRY`].
pub const COUNTRY_WINDOW: Duration = Duration::from_mins(10);
/// Text messages to numbers that begin alike before it is asked how many of them were answered by a right code.
pub const TEXTS_BEFORE_CONVERSION: u32 = 20;
/// Digits of a new code while a tenant's codes are being guessed at.
pub const DIGITS_UNDER_SPRAY: u8 = 10;
/// Guesses in a day at codes of six digits that are a spray; ten times as many for each digit more.
pub const SPRAY_AT_SIX_DIGITS: u64 = 200;

/// How a message leaves the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// By mail.
    Mail,
    /// By text message.
    Text,
}

impl Way {
    /// The name in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
        }
    }

    /// The way that a method is meant to go.
    #[must_use]
    pub fn of(method: Method) -> Self {
        match method {
            Method::EmailLink | Method::EmailOtp => Self::Mail,
            Method::SmsOtp => Self::Text,
        }
    }

    /// Reads the name of a column.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Mail, Self::Text].into_iter().find(|way| way.as_str() == text)
    }

    /// The channel's name in labels.
    #[must_use]
    pub fn channel(self) -> &'static str {
        match self {
            Self::Mail => "email",
            Self::Text => "sms",
        }
    }
}

/// What an issue's message would be, and the ways that lead to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// By which method it was asked for.
    pub method: Method,
    /// Digits of the code; none where it is a link alone.
    pub digits: u8,
    /// How mail may reach the account, if it may.
    pub mail: Option<Mails>,
    /// How text messages may, if they may.
    pub text: Option<Texts>,
}

/// What mails of a tenant carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mails {
    /// Whether the tenant offers links.
    pub links: bool,
    /// Whether a mail with a code carries a link as well.
    pub linked_codes: bool,
}

impl Mails {
    /// Whether a link can reach the account at all: then its codes may be refused early, for the link is never locked.
    #[must_use]
    pub fn reach(self) -> bool {
        self.links || self.linked_codes
    }
}

/// How the tenant's text messages are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The number's country, as ISO 3166 names it.
    pub country: String,
    /// A keyed digest of the number's first digits.
    pub prefix: [u8; 32],
    /// Into the country, in [`COUNTRY_WINDOW`].
    pub per_country: u32,
    /// Of the tenant, in a day.
    pub per_tenant: u32,
    /// Of all tenants, in a day.
    pub per_operator: u32,
    /// To numbers that begin alike, before their conversion counts.
    pub before_conversion: u32,
}

/// What has been sent and guessed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// When the last mail went to the account.
    pub last_mail: Option<Timestamp>,
    /// When it will have all of its mails again.
    pub mails_full_at: Option<Timestamp>,
    /// When the last text message went to the account.
    pub last_text: Option<Timestamp>,
    /// Text messages to the account in an hour.
    pub texts_in_hour: u32,
    /// Text messages to the account in a day.
    pub texts_in_day: u32,
    /// Other recoveries of the account whose codes live.
    pub live_codes: u32,
    /// Wrong codes of the account in a day.
    pub wrong_codes: u32,
    /// Whether the tenant's codes are being guessed at.
    pub spray: bool,
    /// Text messages of the tenant into the country in the window.
    pub country_texts: u32,
    /// Text messages of the tenant in the day.
    pub tenant_texts: u32,
    /// Text messages of all tenants in the day.
    pub operator_texts: u32,
    /// Text messages to numbers that begin alike, in a day.
    pub prefix_texts: u32,
    /// Those of them that were answered by a right code.
    pub prefix_verified: u32,
}

/// What is to be done with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it comes to.
    pub step: Step,
    /// The quotas that were met on the way.
    pub met: Vec<Limit>,
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes out.
    Send(Sending),
    /// It waits for the account's cool-down.
    Later {
        /// Until when.
        at: Timestamp,
    },
    /// Nothing is sent.
    Nothing,
}

/// A message that goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// By which way.
    pub way: Way,
    /// Digits of its code; none where it carries none.
    pub digits: u8,
    /// Whether it carries a link.
    pub link: bool,
    /// At how many wrong codes of the account in a day a right one is refused.
    pub refuse_at: u32,
    /// When the account will have all of its mails again; for a text message the moment of sending.
    pub full_at: Timestamp,
}
