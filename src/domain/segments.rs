//! How long a text message is: in which alphabet it travels, how many units it has, and how many segments are paid.
//!
//! A message whose every sign stands in the GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1) holds 160 units, any
//! other travels as UCS-2 and holds 70. What is longer is cut into segments of 153 or 67, because each carries a head
//! that says where it belongs, and no sign is cut in two.

/// The alphabet of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits a sign; those of the extension table cost two units.
    Gsm7,
    /// Sixteen bits a sign; those beyond the basic plane cost two units.
    Ucs2,
}

impl Encoding {
    /// The name that operators know it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// Most units of a message that is one segment.
    #[must_use]
    pub fn single(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Most units of each segment where there are several.
    fn of_several(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// What a sign costs.
    fn units(self, sign: char) -> usize {
        match self {
            Self::Gsm7 if EXTENSION.contains(sign) => 2,
            Self::Gsm7 => 1,
            Self::Ucs2 => sign.len_utf16(),
        }
    }
}

/// The default alphabet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// What stands in its extension table, behind an escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The length of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// The alphabet that it needs.
    pub encoding: Encoding,
    /// Its units.
    pub units: usize,
    /// The segments that are paid; an empty message is one.
    pub segments: usize,
}

impl Length {
    /// Measures `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let encoding = if beyond_gsm7(text).is_none() { Encoding::Gsm7 } else { Encoding::Ucs2 };
        let units = text.chars().map(|sign| encoding.units(sign)).sum();
        if units <= encoding.single() {
            return Self { encoding, units, segments: 1 };
        }
        let (mut segments, mut filled) = (1, 0);
        for sign in text.chars() {
            let cost = encoding.units(sign);
            if filled + cost > encoding.of_several() {
                segments += 1;
                filled = 0;
            }
            filled += cost;
        }
        Self { encoding, units, segments }
    }
}

/// The first sign that GSM-7 does not have: it alone makes a message travel as UCS-2.
#[must_use]
pub fn beyond_gsm7(text: &str) -> Option<char> {
    text.chars().find(|sign| !BASIC.contains(*sign) && !EXTENSION.contains(*sign))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> (&'static str, usize, usize) {
        let length = Length::of(text);
        (length.encoding.as_str(), length.units, length.segments)
    }

    #[test]
    fn one_segment_holds_160_of_gsm_7_and_several_hold_153_each() {
        assert_eq!(told(""), ("GSM-7", 0, 1));
        assert_eq!(told(&"a".repeat(160)), ("GSM-7", 160, 1));
        assert_eq!(told(&"a".repeat(161)), ("GSM-7", 161, 2));
        assert_eq!(told(&"a".repeat(306)), ("GSM-7", 306, 2));
        assert_eq!(told(&"a".repeat(307)), ("GSM-7", 307, 3));
    }

    #[test]
    fn one_segment_holds_70_of_ucs_2_and_several_hold_67_each() {
        assert_eq!(told(&"ш".repeat(70)), ("UCS-2", 70, 1));
        assert_eq!(told(&"ш".repeat(71)), ("UCS-2", 71, 2));
        assert_eq!(told(&"ш".repeat(134)), ("UCS-2", 134, 2));
        assert_eq!(told(&"ш".repeat(135)), ("UCS-2", 135, 3));
    }

    #[test]
    fn a_sign_of_the_extension_table_costs_two_units_and_is_not_cut() {
        assert_eq!(told("100 €"), ("GSM-7", 6, 1));
        assert_eq!(told(&"€".repeat(80)), ("GSM-7", 160, 1));
        assert_eq!(told(&"€".repeat(81)), ("GSM-7", 162, 2));
        // 76 signs of two units fill 152 of a segment's 153; 306 units of them do not fit into two segments.
        assert_eq!(told(&"€".repeat(152)), ("GSM-7", 304, 2));
        assert_eq!(told(&"€".repeat(153)), ("GSM-7", 306, 3));
    }

    #[test]
    fn a_sign_beyond_the_basic_plane_costs_two_units_and_is_not_cut() {
        assert_eq!(told(&"😀".repeat(35)), ("UCS-2", 70, 1));
        assert_eq!(told(&"😀".repeat(36)), ("UCS-2", 72, 2));
        assert_eq!(told(&"😀".repeat(66)), ("UCS-2", 132, 2));
        assert_eq!(told(&"😀".repeat(67)), ("UCS-2", 134, 3));
    }

    #[test]
    fn one_typographic_quote_makes_two_segments_of_one() {
        let plain = "123456 is your code, don't share it with anybody who asks for it, whoever they are.";

        assert_eq!(told(plain), ("GSM-7", 83, 1));
        assert_eq!(told(&plain.replace('\'', "’")), ("UCS-2", 83, 2));
    }

    #[test]
    fn the_alphabet_has_german_letters_and_not_every_accent() {
        assert_eq!(beyond_gsm7("Größe, Übung, Ärger: 5 € {~}\r\n§ Ç ñ à"), None);
        assert_eq!(BASIC.chars().count() + EXTENSION.chars().count(), 127 + 10);
        for (text, first) in [("ç", 'ç'), ("ó", 'ó'), ("a`b", '`'), ("tab\t", '\t'), ("a ł ш", 'ł'), ("„x“", '„')]
        {
            assert_eq!(beyond_gsm7(text), Some(first), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_fewer_segments_than_the_units_need(text: String) {
            let length = Length::of(&text);

            let capacity = if length.segments == 1 { length.encoding.single() } else { length.encoding.of_several() };
            prop_assert!(length.units <= length.segments * capacity);
            prop_assert!(length.segments == 1 || length.units > (length.segments - 1) * (capacity - 1));
        }
    }
}
