//! Telephone numbers: what a person types and what a provider holds become E.164, and whether a text message may go to a
//! number is decided from the number alone.
//!
//! Every function takes every text and panics at none. The numbering plans are read at the first question, which takes
//! some tens of milliseconds: [`warm_up`] does it at start where a tenant uses telephone numbers.

mod country;
mod plan;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use phonenumber::Type;
use serde::{Deserialize, Serialize};

use self::plan::{Plan, Plans};

pub use self::country::Country;

/// A telephone number in E.164 form, as the provider holds it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is no telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// There is no digit in it.
    #[error("has no digit")]
    Empty,
    /// There is more in it than digits and what people put between them; an extension is no part of a number.
    #[error("holds more than digits, blanks and - . / ( )")]
    Strange,
    /// Neither it nor anything else says of which country it is.
    #[error("does not say its country: begin with + and the country's code")]
    NoCountry,
    /// It begins with a code that no country has.
    #[error("begins with no country's code")]
    UnknownCode,
    /// No number of its country has as many digits.
    #[error("has too few or too many digits for its country")]
    Length,
}

/// Why no text message ever goes to a number, wherever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costly {
    /// Premium rate: whoever holds it is paid by whoever calls, which is what pumping lives on.
    Premium,
    /// Shared cost: the caller pays more than for a call to the country, and the holder may have a part of it.
    SharedCost,
    /// Personal numbers, which follow a person around (+44 70, +1 500): dearer than the telephone behind them, and a
    /// favourite of those who collect.
    Personal,
    /// A pager takes no text message of a telephone; it is billed as a service of its own.
    Pager,
    /// One number for a whole company. It is routed to whoever is at work, and not to the person.
    Company,
    /// The access number of voice mail.
    VoiceMail,
    /// Numbers of no country: satellites (+870, +881) and networks on ships and in aircraft (+882, +883) at some dollars
    /// each, international premium rate (+979) and shared cost (+808), and the universal freephone numbers (+800, UIFN),
    /// personal numbers (+878) and disaster relief (+888), behind which nobody's telephone is.
    Beyond,
}

/// Why a text message must not go to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// It costs more than a text message, or nobody's telephone is behind it.
    Costly(Costly),
    /// Its country is not on the tenant's list, or it is no country's.
    Country,
    /// Its country has given it to nobody. Ranges that nobody has are where pumped messages are led.
    Unassigned,
}

impl WhyNot {
    /// The name in logs, labels and the audit.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Costly(_) => "costly",
            Self::Country => "country",
            Self::Unassigned => "unassigned",
        }
    }
}

/// Reads the numbering plans, so that no request has to wait for them.
pub fn warm_up() {
    plan::read();
}

/// Whether a text message may go to the number: the tenant lists its country, somebody can have it, and nobody earns by
/// it (DA-03).
pub fn may_text(number: &PhoneNumber, countries: &[Country]) -> Result<(), WhyNot> {
    let place = number.place();
    if let Some(costly) = place.costly() {
        return Err(WhyNot::Costly(costly));
    }
    if !place.country().is_some_and(|country| countries.contains(&country)) {
        return Err(WhyNot::Country);
    }
    place.kind.map(|_| ()).ok_or(WhyNot::Unassigned)
}

/// Where a number belongs.
#[derive(Debug)]
struct Place {
    plan: Option<Plan>,
    kind: Option<Type>,
}

impl PhoneNumber {
    /// Reads `+` and 7 to 15 digits, as they are kept: no numbering plan is asked. For what somebody wrote there are
    /// [`PhoneNumber::typed`] and [`PhoneNumber::held`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The number in E.164 form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ways in which a directory most often holds it: E.164, and in the groups that its country writes, as
    /// `+1 500-555-0006`. For providers that compare numbers as texts.
    #[must_use]
    pub fn spellings(&self) -> BTreeSet<String> {
        [Some(self.0.clone()), plan::grouped(&self.0)].into_iter().flatten().collect()
    }

    /// `+` and the first seven digits. Numbers of one prefix are bought together, so that pumping shows there.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }

    /// The country whose number it is; of those that share a calling code (+1, +7, +44) the one that has given it out, and
    /// none where none has. A number that two of them have in their plans is the larger one's: Åland's mobile numbers are
    /// Finland's.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.place().country()
    }

    /// Whether a text message must never go there, wherever it is.
    #[must_use]
    pub fn is_costly(&self) -> bool {
        self.costly().is_some()
    }

    /// Why a text message must never go there.
    #[must_use]
    pub fn costly(&self) -> Option<Costly> {
        self.place().costly()
    }

    fn place(&self) -> Place {
        let split = Plans::split(self.0.trim_start_matches('+'));
        let found = split.and_then(|(plans, national)| Some((plans.of(national)?, national)));
        Place { plan: found.map(|(plan, _)| plan), kind: found.and_then(|(plan, national)| plan.kind(national)) }
    }
}

impl Place {
    fn country(&self) -> Option<Country> {
        self.plan.and_then(Plan::country).and_then(Country::parse)
    }

    fn costly(&self) -> Option<Costly> {
        if self.plan.is_some_and(|plan| plan.country().is_none()) {
            return Some(Costly::Beyond);
        }
        match self.kind? {
            Type::PremiumRate => Some(Costly::Premium),
            Type::SharedCost => Some(Costly::SharedCost),
            Type::PersonalNumber => Some(Costly::Personal),
            Type::Pager => Some(Costly::Pager),
            Type::Uan => Some(Costly::Company),
            Type::Voicemail => Some(Costly::VoiceMail),
            // Of the last six no number is told to be.
            Type::FixedLine
            | Type::Mobile
            | Type::FixedLineOrMobile
            | Type::Voip
            | Type::TollFree
            | Type::Emergency
            | Type::ShortCode
            | Type::StandardRate
            | Type::Carrier
            | Type::NoInternational
            | Type::Unknown => None,
        }
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a telephone number")
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(***)")
    }
}
