//! Numbering plans: which country a number belongs to, and what kind of number it is.
//!
//! The data are Google's, as the crate `phonenumber` ships them. Its own parser is not used, because it makes other
//! numbers of valid ones: it cuts a first digit that looks like a trunk prefix (of +7 800 123 46 06 it leaves +7 001
//! 234 60 6), drops the zero that belongs to numbers of some countries, and takes the beginning of a number for the whole.
//! Of 159,000 numbers about each border of every plan it read 809 valid ones as others, and did not know the kind of 1,400.

use std::sync::PoisonError;

use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Metadata, Type};

/// The name of plans that belong to no country, as Google has them.
const NOWHERE: &str = "001";

/// Kinds in the order in which they are tried; the first that fits is the number's.
const KINDS: [Type; 10] = [
    Type::PremiumRate,
    Type::TollFree,
    Type::SharedCost,
    Type::Voip,
    Type::PersonalNumber,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
    Type::FixedLine,
    Type::Mobile,
];

/// Reads the plans, which takes some tens of milliseconds the first time and 7 MB for good.
pub(super) fn read() {
    // Whatever is asked of it builds it.
    drop(DATABASE.cache());
}

/// The number in the groups that its country writes for readers abroad; `None` where the crate reads it as another.
pub(super) fn grouped(number: &str) -> Option<String> {
    let read = phonenumber::parse(None, number).ok()?;
    let is_same = format!("+{}{}", read.code().value(), read.national()) == number;
    is_same.then(|| read.format().mode(phonenumber::Mode::International).to_string())
}

/// The plan of one country, or of none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan(&'static Metadata);

/// All plans behind one calling code, that of its main country first.
#[derive(Debug)]
pub(super) struct Plans(Vec<Plan>);

impl Plans {
    /// Parts the digits after the `+` into a calling code and the rest, which may be empty.
    pub(super) fn split(digits: &str) -> Option<(Self, &str)> {
        for length in 1..=3 {
            // No code begins with zero.
            let code: u16 = digits.get(..length).filter(|code| !code.starts_with('0'))?.parse().ok()?;
            if let Some(plans) = DATABASE.by_code(&code) {
                return Some((Self(plans.into_iter().map(Plan).collect()), &digits[length..]));
            }
        }
        None
    }

    /// The plan by whose lengths and prefixes numbers are read.
    pub(super) fn main(&self) -> Option<Plan> {
        self.0.first().copied()
    }

    /// The one whose number this is; where several share the code, only a number that one of them knows is anybody's.
    pub(super) fn of(&self, national: &str) -> Option<Plan> {
        if let [only] = self.0[..] {
            return Some(only);
        }
        self.0.iter().copied().find(|plan| match plan.0.leading_digits() {
            Some(first) => expression(&format!("^(?:{})", first.as_str()), |it| it.is_match(national)),
            None => plan.kind(national).is_some(),
        })
    }
}

impl Plan {
    /// The plan of a country.
    pub(super) fn by_id(country: &str) -> Option<Self> {
        DATABASE.by_id(country).map(Self)
    }

    /// The country's code; `None` where it is no country's.
    pub(super) fn country(self) -> Option<&'static str> {
        Some(self.0.id()).filter(|id| *id != NOWHERE)
    }

    /// Its calling code.
    pub(super) fn code(self) -> u16 {
        self.0.country_code()
    }

    /// What kind of number it is; `None` where the plan gives it to nobody.
    pub(super) fn kind(self, national: &str) -> Option<Type> {
        let is = |kind: Type| self.0.descriptors().get(kind).is_some_and(|those| matches(those, national));
        KINDS.into_iter().find(|kind| self.knows(national) && is(*kind))
    }

    /// Whether it is of a form that the plan has.
    pub(super) fn knows(self, national: &str) -> bool {
        matches(self.0.descriptors().general(), national)
    }

    /// Whether it has numbers of that length.
    pub(super) fn has_length(self, national: &str) -> bool {
        KINDS.into_iter().filter_map(|kind| self.0.descriptors().get(kind)).any(|those| has_length(those, national))
    }

    /// The number behind what is dialled first to leave the country, such as `011`.
    pub(super) fn behind_exit(self, digits: &str) -> Option<&str> {
        let exit = format!("^(?:{})", self.0.international_prefix()?.as_str());
        let end = expression(&exit, |it| it.find(digits).map(|found| found.end()))?;
        digits.get(end..).filter(|rest| !rest.is_empty() && !rest.starts_with('0'))
    }

    /// The number without what is dialled first inside the country, such as a `0` or the number of a carrier; `None` where
    /// nothing of that kind stands there.
    pub(super) fn behind_trunk(self, national: &str) -> Option<String> {
        let trunk = match self.0.national_prefix_for_parsing() {
            Some(prefix) => format!("^(?:{})", prefix.as_str()),
            None => format!("^{}", self.0.national_prefix()?),
        };
        expression(&trunk, |it| {
            let found = it.captures(national)?;
            let end = found.get(0)?.end();
            let mut behind = String::new();
            // Some plans put an area code or a sign of mobile numbers where something was cut out.
            if let (Some(rule), Some(_)) = (self.0.national_prefix_transform_rule(), found.get(found.len() - 1)) {
                found.expand(rule, &mut behind);
            }
            behind.push_str(&national[end..]);
            (end > 0).then_some(behind)
        })
    }
}

fn has_length(those: &Descriptor, national: &str) -> bool {
    u16::try_from(national.len()).is_ok_and(|length| those.possible_length().contains(&length))
}

/// Whether it is one of those from its first to its last digit.
fn matches(those: &Descriptor, national: &str) -> bool {
    let whole = || format!("^(?:{})$", those.national_number().as_str());
    let is_of_length = those.possible_length().is_empty() || has_length(those, national);
    is_of_length && expression(&whole(), |it| it.is_match(national))
}

/// Asks something of an expression. The crate's cache keeps the last hundred of them; only digits are ever looked at, and
/// without the digits of all scripts each is compiled in a fraction of the time.
fn expression<T: Default>(source: &str, ask: impl FnOnce(&regex::Regex) -> T) -> T {
    let cache = DATABASE.cache();
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let built = cache.configure(source, |builder| builder.ignore_whitespace(true).unicode(false));
    built.map(ask).unwrap_or_default()
}
