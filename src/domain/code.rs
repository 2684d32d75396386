//! Codes that are typed: derived from the tenant's key, never stored, cut to digits without bias.

use std::fmt;

use subtle::ConstantTimeEq;

use super::id::RecoveryId;
use super::issue::Issue;
use super::key::TenantKey;

/// Fewest and most digits of a code.
pub const DIGITS: std::ops::RangeInclusive<u8> = 6..=12;

/// Characters of what was typed that are looked at; a code with a blank or a dash after each digit has fewer.
const TYPED_CHARS: usize = 64;

/// A code of 6 to 12 digits.
#[derive(Clone)]
pub struct Code(String);

/// Why what was typed can be no code. Decided from the text alone, so it costs no try and tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing was typed.
    Empty,
    /// Something else than digits.
    NotDigits,
    /// Fewer digits than any code has.
    TooFew,
    /// More digits than any code has.
    TooMany,
}

impl Code {
    /// Derives the code of one issue. The MAC is read as 64-bit numbers; one that lies in the last, incomplete run of
    /// 10^digits is passed over, so that every code is equally likely. `digits` says how many it has: the worker may
    /// have sent more of them than the issue was begun with.
    #[must_use]
    pub fn derive(key: &TenantKey, recovery: RecoveryId, issue: &Issue, digits: u8) -> Self {
        let run = 10_u64.pow(u32::from(digits));
        let fair = u64::MAX - u64::MAX % run;
        let mut round = 0_u8;
        loop {
            let mac =
                key.mac(&[b"code", issue.method.as_str().as_bytes(), recovery.as_bytes(), &[issue.number], &[round]]);
            let numbers = mac
                .chunks_exact(8)
                .map(|chunk| chunk.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)));
            for number in numbers {
                if number < fair {
                    return Self(format!("{:0width$}", number % run, width = usize::from(digits)));
                }
            }
            round = round.wrapping_add(1);
        }
    }

    /// Reads what a person typed: blanks and dashes are forgiven, full-width and Arabic-Indic digits too.
    pub fn parse(typed: &str) -> Result<Self, Malformed> {
        let mut digits = String::with_capacity(usize::from(*DIGITS.end()));
        for (position, character) in typed.chars().enumerate() {
            if position == TYPED_CHARS {
                return Err(Malformed::TooMany);
            }
            match character {
                ' ' | '-' | '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2014}' => {}
                other => digits.push(digit(other).ok_or(Malformed::NotDigits)?),
            }
        }
        match digits.len() {
            0 => Err(Malformed::Empty),
            few if few < usize::from(*DIGITS.start()) => Err(Malformed::TooFew),
            many if many > usize::from(*DIGITS.end()) => Err(Malformed::TooMany),
            _ => Ok(Self(digits)),
        }
    }

    /// Whether both are the same code; in constant time where they are equally long.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// The digits, for the message that carries them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

/// The ASCII digit of a digit in one of the scripts that our locales' keyboards write.
pub(super) fn digit(character: char) -> Option<char> {
    let value = match character {
        '0'..='9' => u32::from(character) - u32::from('0'),
        '\u{660}'..='\u{669}' => u32::from(character) - 0x660, // Arabic-Indic
        '\u{6f0}'..='\u{6f9}' => u32::from(character) - 0x6f0, // extended Arabic-Indic
        '\u{ff10}'..='\u{ff19}' => u32::from(character) - 0xff10, // full-width
        _ => return None,
    };
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::id::TenantId;
    use super::super::key::Keyset;
    use super::super::method::Method;
    use super::*;
    use crate::domain::Timestamp;

    fn derive(key: u8, recovery: [u8; 16], number: u8, digits: u8) -> Code {
        let master = data_encoding::BASE64.encode(&[key; 32]);
        let tenant = TenantId::parse("acme").expect("a tenant id");
        let keys = Keyset::parse(&format!("1 {master}")).expect("a keyset").tenant(&tenant);
        let issue = Issue { number, at: Timestamp::UNIX_EPOCH, method: Method::EmailOtp, digits };
        Code::derive(keys.signing(), RecoveryId::from_bytes(recovery), &issue, digits)
    }

    #[test]
    fn the_same_issue_gives_the_same_code_and_another_issue_another() {
        let code = derive(1, [7; 16], 1, 8);

        assert!(code.matches(&derive(1, [7; 16], 1, 8)));
        assert!(!code.matches(&derive(1, [7; 16], 2, 8)));
        assert!(!code.matches(&derive(1, [8; 16], 1, 8)));
        assert!(!code.matches(&derive(2, [7; 16], 1, 8)));
    }

    #[test]
    fn blanks_dashes_and_other_scripts_are_forgiven() {
        for typed in ["12345678", " 1234 5678", "1234-5678", "１２３４５６７８", "١٢٣٤٥٦٧٨", "۱۲۳۴۵۶۷۸"]
        {
            assert_eq!(Code::parse(typed).map(|code| code.0).as_deref(), Ok("12345678"), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_told_without_a_look_at_any() {
        let long = "1".repeat(100);
        // What would be eight digits if all of it were read.
        let padded = format!("{}12345678", " ".repeat(TYPED_CHARS));
        for (typed, told) in [
            ("", Malformed::Empty),
            (" - ", Malformed::Empty),
            ("12345", Malformed::TooFew),
            ("1234567890123", Malformed::TooMany),
            (long.as_str(), Malformed::TooMany),
            (padded.as_str(), Malformed::TooMany),
            ("1234567a", Malformed::NotDigits),
            ("1e5678", Malformed::NotDigits),
            ("+1234567", Malformed::NotDigits),
        ] {
            assert_eq!(Code::parse(typed).err(), Some(told), "{typed}");
        }
    }

    #[test]
    fn leading_digits_are_evenly_spread() {
        let mut counts = [0_u32; 10];
        for number in 0..=255 {
            for recovery in 0..40 {
                let code = derive(3, [recovery; 16], number, 6);
                let first = code.expose().chars().next().and_then(|digit| digit.to_digit(10));
                counts[first.expect("a digit") as usize] += 1;
            }
        }
        // 10240 draws, 1024 each; five standard deviations are about 152.
        assert!(counts.iter().all(|count| (870..1180).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn a_code_has_the_digits_of_its_issue(recovery: [u8; 16], number: u8, digits in 6_u8..=12) {
            let code = derive(1, recovery, number, digits);

            prop_assert_eq!(code.expose().len(), usize::from(digits));
            prop_assert!(Code::parse(code.expose()).is_ok_and(|read| read.matches(&code)));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = Code::parse(&text);
        }
    }
}
