//! A colour as CSS writes it, and how well two of them can be told apart.

use std::fmt;

use serde::Deserialize;

/// An opaque sRGB colour, written `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl Color {
    /// White.
    pub const WHITE: Self = Self::new(255, 255, 255);

    /// Mixes a colour.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rrggbb` or `#rgb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let nibble = |at: usize| u8::try_from(char::from(*digits.as_bytes().get(at)?).to_digit(16)?).ok();
        match digits.len() {
            3 => Some(Self::new(nibble(0)? * 17, nibble(1)? * 17, nibble(2)? * 17)),
            6 => {
                let byte = |at: usize| Some(nibble(at)? * 16 + nibble(at + 1)?);
                Some(Self::new(byte(0)?, byte(2)?, byte(4)?))
            }
            _ => None,
        }
    }

    /// The contrast of WCAG 2.2, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This colour, mixed with as little of `other` as brings it to `contrast` on `ground`.
    #[must_use]
    pub fn towards(self, other: Self, ground: Self, contrast: f64) -> Self {
        let mix = |from: u8, to: u8, part: u16| {
            let sum = u16::from(from) * (20 - part) + u16::from(to) * part;
            u8::try_from(sum / 20).unwrap_or(u8::MAX)
        };
        (0..=20_u16)
            .map(|part| {
                Self::new(
                    mix(self.red, other.red, part),
                    mix(self.green, other.green, part),
                    mix(self.blue, other.blue, part),
                )
            })
            .find(|mixed| mixed.contrast(ground) >= contrast)
            .unwrap_or(other)
    }

    /// Relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl TryFrom<String> for Color {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a colour is written `#rrggbb`")
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl fmt::Debug for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_reads_back_as_it_was_written() {
        assert_eq!(Color::parse("#1d4ed8").map(|color| color.to_string()).as_deref(), Some("#1d4ed8"));
        assert_eq!(Color::parse("#FFF"), Some(Color::WHITE));
        for bad in ["", "#", "#ff", "ffffff", "#gggggg", "#12345678", "red", "#ää", "#fff;}"] {
            assert_eq!(Color::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let black = Color::new(0, 0, 0);

        assert!((Color::WHITE.contrast(black) - 21.0).abs() < 0.01);
        assert!((Color::WHITE.contrast(Color::new(0x76, 0x76, 0x76)) - 4.54).abs() < 0.01);
        assert!(black.towards(Color::WHITE, black, 4.5).contrast(black) >= 4.5);
    }
}
