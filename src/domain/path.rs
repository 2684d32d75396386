//! The one form in which a request's path is compared and passed on (PX-11).
//!
//! A path is decoded once. What is unreserved (RFC 3986 §2.3) is written plainly, other escapes keep their meaning
//! in upper case, and empty segments are merged, so that `/%61dmin` and `//admin` are `/admin` here and behind us.
//! What two programs could take for different paths is refused: escaped separators (`%2f`, `%5c`), backslashes,
//! control characters, dot segments in any spelling (`%2e%2e`, `..;x`, `.. `), escapes that decode to escapes
//! (`%252e`), bytes that are not UTF-8 (`%c0%ae`), and whatever RFC 3986 does not let stand in a path unescaped.
//!
//! Closed paths are compared more leniently than any upstream we know would: without parameters (`;a=b`), without
//! trailing dots and blanks, and without ASCII case. That can only close more, never less.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// A path that two programs could read differently; it is refused with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path can be read in more than one way")]
pub struct Ambiguous;

/// A path in its normal form. What is compared is what is passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normal<'a>(Cow<'a, str>);

impl<'a> Normal<'a> {
    /// Brings a request's raw path (without the query) into its normal form. A path that has it already is borrowed.
    pub fn parse(raw: &'a str) -> Result<Self, Ambiguous> {
        if !raw.starts_with('/') || !raw.bytes().all(may_stand) {
            return Err(Ambiguous);
        }
        let normal =
            if raw.contains('%') || raw.contains("//") { Cow::Owned(rewrite(raw)?) } else { Cow::Borrowed(raw) };
        for segment in normal.split('/') {
            check(segment)?;
        }
        Ok(Self(normal))
    }

    /// The path as it is routed and passed on.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the path is written in its normal form already, so that it can be passed on as it came.
    #[must_use]
    pub fn is_as_it_came(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }

    /// Whether the path is `prefix` or lies below it, under every reading that a lenient upstream could have.
    #[must_use]
    pub fn is_within(&self, prefix: &Prefix) -> bool {
        let mut segments = self.0.split('/').map(decode).filter(|segment| !lenient(segment).is_empty());
        prefix
            .0
            .iter()
            .all(|closed| segments.next().is_some_and(|segment| lenient(&segment).eq_ignore_ascii_case(closed)))
    }

    /// The segments as [`leniently`] reads them, without those of which nothing is left.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.split('/').map(|segment| leniently(&decode(segment))).filter(|name| !name.is_empty())
    }
}

/// A name as the most lenient upstream could read it: without parameters, without the dots and blanks that some ignore,
/// and in the one form of all the spellings that a database could take for the same. The collations that some databases
/// use unasked see no case, no accents and no invisible characters, so `ACME` and `äcme` would find the realm `acme`.
#[must_use]
pub fn leniently(name: &str) -> String {
    let name = lenient(name);
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let plain = name.nfkd().filter(|character| character.is_ascii() || character.is_alphanumeric());
    plain.flat_map(char::to_lowercase).collect()
}

/// A path of configuration that stands for itself and everything below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Vec<String>);

impl Prefix {
    /// Reads `/admin` or `/realms/acme/login-actions`; `None` where it is not a plain absolute path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains([';', '?', '#', '*']) {
            return None;
        }
        let path = Normal::parse(text).ok()?;
        let segments = path.as_str().split('/').filter(|segment| !segment.is_empty());
        Some(Self(segments.map(|segment| lenient(&decode(segment)).to_owned()).collect()))
    }
}

/// Whether a byte may stand in a path as it is. The few that RFC 3986 would have escaped and browsers do not
/// (`"<>^{|}` and the like) are left alone: nobody reads them in two ways.
fn may_stand(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'?' | b'#')
}

/// Decodes what is unreserved, writes the other escapes in upper case, and merges empty segments.
fn rewrite(raw: &str) -> Result<String, Ambiguous> {
    let mut normal = String::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'/' if normal.ends_with('/') => {}
            b'%' => {
                let (high, low) = (rest.next().ok_or(Ambiguous)?, rest.next().ok_or(Ambiguous)?);
                let decoded = hex(high).ok_or(Ambiguous)? << 4 | hex(low).ok_or(Ambiguous)?;
                match decoded {
                    b'/' | b'\\' | 0x00..=0x1f | 0x7f => return Err(Ambiguous),
                    b'-' | b'.' | b'_' | b'~' => normal.push(char::from(decoded)),
                    letter if letter.is_ascii_alphanumeric() => normal.push(char::from(letter)),
                    _ => {
                        normal.push('%');
                        normal.push(char::from(high.to_ascii_uppercase()));
                        normal.push(char::from(low.to_ascii_uppercase()));
                    }
                }
            }
            other => normal.push(char::from(other)),
        }
    }
    Ok(normal)
}

/// Refuses a segment of the normal form that decodes to something else than it seems to be.
fn check(segment: &str) -> Result<(), Ambiguous> {
    if !segment.contains('%') {
        return if is_dots(segment) { Err(Ambiguous) } else { Ok(()) };
    }
    let decoded = decode_bytes(segment);
    let text = std::str::from_utf8(&decoded).map_err(|_| Ambiguous)?;
    let escapes_again = decoded
        .windows(3)
        .any(|window| matches!(window, [b'%', high, low] if hex(*high).is_some() && hex(*low).is_some()));
    if escapes_again || is_dots(text) { Err(Ambiguous) } else { Ok(()) }
}

/// Whether a lenient reader could take the segment for `.` or `..`.
fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or(segment).trim();
    name == "." || name == ".."
}

/// A segment without its parameters and without the dots and blanks that some file systems ignore.
fn lenient(segment: &str) -> &str {
    segment
        .split(';')
        .next()
        .unwrap_or(segment)
        .trim_start()
        .trim_end_matches(|last: char| last == '.' || last.is_whitespace())
}

fn decode(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    Cow::Owned(String::from_utf8_lossy(&decode_bytes(segment)).into_owned())
}

/// Decodes once. A `%` without two digits stays; `rewrite` has refused those in paths of requests.
fn decode_bytes(segment: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [byte, tail @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (*byte, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            decoded.push(high << 4 | low);
            rest = after;
        } else {
            decoded.push(*byte);
            rest = tail;
        }
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_is_passed_as_it_came() {
        for plain in ["/", "/a/b", "/a/b/", "/a;v=1/b", "/api../admin", "/...", "/a.b/.well-known/x", "/a:b@c"] {
            let path = Normal::parse(plain).unwrap();

            assert_eq!((path.as_str(), path.is_as_it_came()), (plain, true));
        }
    }

    #[test]
    fn equivalent_spellings_have_one_normal_form() {
        for (raw, normal) in [
            ("//admin", "/admin"),
            ("/%61dmin", "/admin"),
            ("/a//b///c/", "/a/b/c/"),
            ("/api%2e%2e/admin", "/api../admin"),
            ("/gr%c3%bc%c3%9fe", "/gr%C3%BC%C3%9Fe"),
            ("/a%20b%3b", "/a%20b%3B"),
            ("/100%25", "/100%25"),
        ] {
            assert_eq!(Normal::parse(raw).unwrap().as_str(), normal, "{raw}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for raw in [
            "",
            "*",
            "admin",
            "/admin/..;/",
            "/admin%2f",
            "/admin%2F",
            "/x/..%2fadmin",
            "/x/../admin",
            "/x/./admin",
            "/x/..",
            "/%2e%2e/admin",
            "/%2E./admin",
            "/.%2e;a=b/admin",
            "/..%20/admin",
            "/..%3b/admin",
            "/%252e%252e/admin",
            "/%252fadmin",
            "/%2561dmin",
            "/%25%36%31dmin",
            "/%c0%ae%c0%ae/admin",
            "/%ff",
            "/x\\admin",
            "/x%5cadmin",
            "/%00",
            "/a%0d%0ab",
            "/%7f",
            "/%",
            "/%4",
            "/%zz",
            "/ä",
            "/a b",
        ] {
            assert_eq!(Normal::parse(raw), Err(Ambiguous), "{raw}");
        }
    }

    #[test]
    fn a_closed_path_is_closed_in_every_spelling() {
        let closed = Prefix::parse("/admin").unwrap();

        for raw in [
            "/admin",
            "/admin/",
            "/admin/x",
            "//admin",
            "/%61dmin",
            "/ADMIN",
            "/admin;a=b",
            "/admin;a=b/x",
            "/;/admin",
            "/;x//admin",
            "/%3b/admin",
            "/%20/admin",
            "/admin.",
            "/admin%20",
            "/%20admin",
            "/admin%3bx",
        ] {
            assert!(Normal::parse(raw).unwrap().is_within(&closed), "{raw}");
        }
        for raw in ["/", "/administrator", "/x/admin", "/api../admin", "/a/dmin"] {
            assert!(!Normal::parse(raw).unwrap().is_within(&closed), "{raw}");
        }
    }

    #[test]
    fn a_name_has_one_lenient_reading_in_every_spelling() {
        for raw in
            ["/acme", "/ACME/", "//%61cme;a=b", "/;/acme.", "/%20acme%20", "/%C3%A4cme", "/ac%C2%ADme", "/%EF%BD%81cme"]
        {
            assert_eq!(Normal::parse(raw).unwrap().names().collect::<Vec<_>>(), ["acme"], "{raw}");
        }
        assert_eq!(leniently("Größe-1"), "große-1");
        assert_eq!(leniently("日本"), "日本");
    }

    #[test]
    fn a_prefix_is_a_plain_absolute_path() {
        for bad in ["", "admin", "/a/../b", "/a;b", "/a?b", "/a/*", "/a%2fb"] {
            assert!(Prefix::parse(bad).is_none(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_makes_the_parser_panic(raw: String) {
            let _ = Normal::parse(&raw).map(|path| path.is_within(&Prefix(vec!["a".into()])));
            let _ = Prefix::parse(&raw);
        }

        #[test]
        fn the_normal_form_is_its_own_normal_form(raw in "(/|%2[0-9a-fA-F]|%[4-7][0-9a-f]|%25|[a-z.;]){1,20}") {
            if let Ok(path) = Normal::parse(&raw) {
                let again = Normal::parse(path.as_str());

                proptest::prop_assert_eq!(again.as_ref().map(Normal::as_str), Ok(path.as_str()));
            }
        }

        #[test]
        fn a_closed_word_stays_closed_however_it_is_escaped(escaped in proptest::collection::vec(0_u8..3, 5)) {
            let closed = Prefix::parse("/admin").unwrap();
            let raw: String = "admin".chars().zip(escaped).map(|(letter, how)| match how {
                0 => letter.to_string(),
                1 => format!("%{:02x}", u32::from(letter)),
                _ => letter.to_ascii_uppercase().to_string(),
            }).collect();

            let path = format!("/{raw}");

            proptest::prop_assert!(Normal::parse(&path).unwrap().is_within(&closed));
        }
    }
}
