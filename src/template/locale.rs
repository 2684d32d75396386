//! Languages: which one a person gets, and which way it is written.

use std::fmt;
use std::sync::Arc;

use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// Most tags of one request that are looked at.
const MAX_WANTED: usize = 16;

/// A language that the tenant offers. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Locale {
    tag: Arc<str>,
    rtl: bool,
}

impl Locale {
    /// Takes a tag that is known to be one.
    pub(super) fn new(tag: &LanguageIdentifier) -> Self {
        let rtl = tag.character_direction() == CharacterDirection::RTL;
        Self { tag: tag.to_string().into(), rtl }
    }

    /// The BCP 47 tag, for `lang`, `Content-Language` and the sealed part of a recovery.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Whether it is written from right to left.
    #[must_use]
    pub fn is_rtl(&self) -> bool {
        self.rtl
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)
    }
}

/// The first of `offered` that is, or comes close to, the first of `wanted` for which there is one.
pub(super) fn choose<'a>(wanted: &[&str], offered: &'a [LanguageIdentifier]) -> Option<&'a LanguageIdentifier> {
    let wanted: Vec<LanguageIdentifier> =
        wanted.iter().take(MAX_WANTED).filter(|tag| tag.len() <= 35).filter_map(|tag| tag.parse().ok()).collect();
    negotiate_languages(&wanted, offered, None, NegotiationStrategy::Filtering).into_iter().next()
}

/// The tags of an `Accept-Language` header, best first (RFC 9110 §12.5.4); those with `q=0` are not wanted.
pub(super) fn accepted(header: &str) -> Vec<&str> {
    let mut tags: Vec<(&str, f32)> = header
        .split(',')
        .take(MAX_WANTED)
        .filter_map(|part| {
            let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
            let quality = rest.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            (quality > 0.0).then_some((tag.trim(), quality))
        })
        .collect();
    tags.sort_by(|one, other| other.1.total_cmp(&one.1));
    tags.into_iter().map(|(tag, _)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_tag_that_is_offered_is_chosen() {
        let offered: Vec<LanguageIdentifier> = ["en", "de", "ar"].map(|tag| tag.parse().expect("a tag")).to_vec();
        let chosen = |wanted: &[&str]| choose(wanted, &offered).map(ToString::to_string);

        assert_eq!(chosen(&["de-AT"]).as_deref(), Some("de"));
        assert_eq!(chosen(&["fr", "ar-EG"]).as_deref(), Some("ar"));
        assert_eq!(chosen(&["fr", "../../etc/passwd", "*"]), None);
        assert_eq!(accepted("de;q=0.5, en, fr;q=0, *;q=0.1"), ["en", "de", "*"]);
    }
}
