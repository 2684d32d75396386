//! What a person typed, or an administrator wrote into a directory, as a number.

use super::country::Country;
use super::plan::{Plan, Plans};
use super::{PhoneNumber, Wrong};
use crate::domain::code::digit;

/// Longest text that is looked at (DS-01): a number in digits of three bytes, with something between any two.
const MAX_BYTES: usize = 254;
/// Most digits: fifteen of a number, and what is dialled before it.
const MOST_DIGITS: usize = 24;

/// A number that a text can mean.
#[derive(Debug)]
struct Meant {
    number: PhoneNumber,
    /// Whether the plan has numbers of this form; otherwise only their length is right.
    is_known: bool,
}

impl PhoneNumber {
    /// Reads what a person typed: with `+`, with what is dialled in `region` to leave the country, or with `00`; and the
    /// numbers of `region` as they are dialled there. It finds accounts and never decides where a message goes, so that
    /// it may be lenient.
    pub fn typed(text: &str, region: Option<Country>) -> Result<Self, Wrong> {
        let (is_international, digits) = clean(text)?;
        if is_international {
            // Who writes +00 means what 00 means.
            return international(digits.strip_prefix("00").unwrap_or(&digits)).map(|meant| meant.number);
        }
        let plan = region.and_then(|region| Plan::by_id(region.as_str()));
        let exits = [plan.and_then(|plan| plan.behind_exit(&digits)), digits.strip_prefix("00")];
        let abroad = exits.into_iter().flatten().map(international);
        let at_home = plan.into_iter().flat_map(|plan| {
            let without_plus = digits.strip_prefix(&plan.code().to_string()).map(|rest| within(plan, rest));
            [Some(within(plan, &digits)), without_plus].into_iter().flatten()
        });
        let meant: Vec<Result<Meant, Wrong>> = abroad.chain(at_home).collect();
        let wrong = meant.iter().find_map(|meant| meant.as_ref().err().copied()).unwrap_or(Wrong::NoCountry);
        let mut meant: Vec<Meant> = meant.into_iter().flatten().collect();
        let best = meant.iter().position(|meant| meant.is_known).unwrap_or(0);
        if meant.is_empty() { Err(wrong) } else { Ok(meant.swap_remove(best).number) }
    }

    /// Reads what a provider holds. A message may go there, so that nothing is guessed: it begins with `+`, and a number
    /// that exists as it stands stays as it stands.
    pub fn held(text: &str) -> Result<Self, Wrong> {
        match clean(text)? {
            (true, digits) => international(&digits).map(|meant| meant.number),
            (false, _) => Err(Wrong::NoCountry),
        }
    }
}

/// Parts a text into its `+` and its digits. Digits may be of any script that our locales' keyboards write; between them
/// may stand what people put there, and the marks of direction that come along with copied numbers.
fn clean(text: &str) -> Result<(bool, String), Wrong> {
    if text.len() > MAX_BYTES {
        return Err(Wrong::Length);
    }
    let mut is_international = false;
    let mut digits = String::with_capacity(MOST_DIGITS);
    for character in text.chars() {
        match character {
            '+' | '\u{ff0b}' if digits.is_empty() && !is_international => is_international = true,
            between if is_between(between) => {}
            other => digits.push(digit(other).ok_or(Wrong::Strange)?),
        }
    }
    match digits.len() {
        0 => Err(Wrong::Empty),
        1..=MOST_DIGITS => Ok((is_international, digits)),
        _ => Err(Wrong::Length),
    }
}

/// Whether people put it between digits, or it came along unseen.
fn is_between(character: char) -> bool {
    let is_sign = matches!(character, '-' | '(' | ')' | '[' | ']' | '/' | '.' | '\t');
    let is_wide_sign = matches!(character, '\u{ff08}' | '\u{ff09}' | '\u{ff0d}'..='\u{ff0f}');
    let is_dash = matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}');
    // Marks of direction and of places to break.
    let is_unseen = matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
    );
    let is_blank = character.is_whitespace() && !character.is_control();
    is_sign || is_wide_sign || is_dash || is_unseen || is_blank
}

/// The number that begins with a calling code. What is dialled first inside a country is cut out only where the plan has
/// the number without it and not with it: many write +44 (0)20 and mean +44 20.
fn international(digits: &str) -> Result<Meant, Wrong> {
    let (plans, national) = Plans::split(digits).ok_or(Wrong::UnknownCode)?;
    let plan = plans.main().ok_or(Wrong::UnknownCode)?;
    let behind_trunk = plan.behind_trunk(national).filter(|behind| plan.knows(behind));
    fitting(plan, &[Some(national.to_owned()), behind_trunk])
}

/// The number as it is dialled inside the country, most often with something before it.
fn within(plan: Plan, digits: &str) -> Result<Meant, Wrong> {
    fitting(plan, &[plan.behind_trunk(digits), Some(digits.to_owned())])
}

/// The first that the plan knows, else the first whose length it has: plans grow faster than they are published.
fn fitting(plan: Plan, nationals: &[Option<String>; 2]) -> Result<Meant, Wrong> {
    let nationals = || nationals.iter().flatten();
    let known = nationals().find(|national| plan.knows(national));
    let fitting = known.or_else(|| nationals().find(|national| plan.has_length(national)));
    let number = fitting.and_then(|national| PhoneNumber::parse(&format!("+{}{national}", plan.code())));
    number.map(|number| Meant { number, is_known: known.is_some() }).ok_or(Wrong::Length)
}
