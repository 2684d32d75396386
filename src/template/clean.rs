//! The border of the templates: what may pass into a page or a mail (IN-06, IN-09). Controls and characters that
//! turn the direction of writing never do.

use serde_json::Value;

/// Longest login name that is shown.
const LOGIN_CHARS: usize = 64;
/// Longest text of any other kind: an address that our own pages take by default, in which a login may stand.
const TEXT_CHARS: usize = 4096;

/// One line of at most `most` characters, without controls and without marks that turn the direction of writing.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut kept = text.chars().filter(|character| !is_hidden(*character));
    let mut line: String = kept.by_ref().take(most).collect();
    if kept.next().is_some() {
        line.pop();
        line.push('…');
    }
    line
}

/// A login name as a page shows it.
pub(super) fn login(name: &str) -> String {
    line(name, LOGIN_CHARS)
}

/// A login name as a mail shows it: word joiners around what mail programs take for an address keep it from
/// becoming a link, and are not seen.
pub(super) fn unlinked(name: &str) -> String {
    let mut shown = String::new();
    for character in login(name).chars() {
        shown.push(character);
        if ".@:/".contains(character) {
            shown.push('\u{2060}');
        }
    }
    shown
}

/// An address that may stand in `href`: `http`, `https` or `mailto`, or a path of our own; else a link to nowhere.
pub(super) fn address(text: &str) -> String {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let scheme = ["https://", "http://", "mailto:"].into_iter().any(|scheme| lower.starts_with(scheme));
    let path = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    let plain = text.chars().all(|character| !is_hidden(character) && character != ' ');
    if plain && text.len() <= TEXT_CHARS && (scheme || path) { text.to_owned() } else { "#".to_owned() }
}

/// Passes every text of a context through `line`, so that no view can forget one.
pub(super) fn context(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(line(&text, TEXT_CHARS)),
        Value::Array(items) => Value::Array(items.into_iter().map(context).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, field)| (name, context(field))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// A value as it stands in HTML, in a text or between quotes. `=` stays as it is, unlike in handlebars' own escaping:
/// it matters only outside of quotes, where no value may stand, and addresses in mails should look like addresses.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

/// A rendered body: line feeds only, no other control (RUSTSEC-2026-0561 was about bare carriage returns).
pub(super) fn body(text: &str) -> String {
    let mut body: String = text.chars().filter(|character| *character == '\n' || !character.is_control()).collect();
    body.truncate(body.trim_end().len());
    body.push('\n');
    body
}

/// Controls, line separators, and the marks of UAX #9 that turn the direction of writing.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{e000}'..='\u{e002}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_bounded_and_has_no_controls() {
        assert_eq!(line("a\r\nBcc: x\u{202e}\0b", 64), "aBcc: xb");
        assert_eq!(login(&"ä".repeat(65)), format!("{}…", "ä".repeat(63)));
        assert_eq!(body("a\r\n.\rb\0\n\n"), "a\n.b\n");
        assert_eq!(unlinked("evil.test"), "evil.\u{2060}test");
    }

    #[test]
    fn only_web_and_mail_addresses_and_our_own_paths_are_linked() {
        for good in ["https://a.test/x?y=z", "HTTP://a.test", "mailto:help@a.test", "/recovery/"] {
            assert_eq!(address(good), good);
        }
        for bad in ["javascript:alert(1)", " javascript:x", "//evil.test", "/\\evil.test", "data:x", "https://a b", ""]
        {
            assert_eq!(address(bad), "#", "{bad}");
        }
    }
}
