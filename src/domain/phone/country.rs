//! Countries as telephone numbers tell them apart.

use phonenumber::country::Id;

/// A country or territory with a numbering plan, by its ISO 3166-1 alpha-2 code. Territories count by themselves: Puerto
/// Rico is not the United States, nor Jersey the United Kingdom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country(Id);

impl Country {
    /// Reads a code such as `US`; `None` where no country with a numbering plan has it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capital_letters_that_some_country_has() {
        assert_eq!(Country::parse("GB").as_ref().map(Country::as_str), Some("GB"));
        for bad in ["", "G", "gb", "UK", "GBR", "ZZ", "001", " GB", "EU"] {
            assert!(Country::parse(bad).is_none(), "{bad}");
        }
    }
}
