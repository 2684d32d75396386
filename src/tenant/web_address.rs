//! Addresses of the web: read by one parser, compared and emitted in the form that it gives them.

use url::Url;

use crate::outward::is_loopback;

/// Longest address to go back to.
const MOST_CHARS: usize = 2048;

/// Reads an address with scheme, host, and nothing that hides who is meant: no user, no query, no fragment. http only
/// where nothing leaves the machine.
pub(super) fn read(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no address such as `https://login.example.com`")?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err("is no address such as `https://login.example.com`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not name a user");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with its path");
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err("must be https; http is for names of this machine only, such as localhost");
    }
    Ok(url)
}

/// Scheme, host and port, as browsers write an origin.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Reads an origin: an address without a path. Wildcards are none.
pub(super) fn read_origin(text: &str) -> Result<String, &'static str> {
    if text.contains('*') {
        return Err("is no origin; each one is listed by itself, there are no wildcards");
    }
    let url = read(text)?;
    if url.path() != "/" {
        return Err("is no origin; leave its path out");
    }
    Ok(origin(&url))
}

/// Reads a path of ours: absolute, of plain characters, without a slash at its end.
pub(super) fn is_plain_path(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    rest.split('/').all(|segment| {
        let is_plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
        is_plain && !segment.is_empty() && segment != "." && segment != ".."
    })
}

/// Whether `path` is `parent` or lies below it, in whole segments.
pub(super) fn lies_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// See [`super::Tenant::return_target`]. The origin must also stand in the text as it is: what only becomes it by the
/// parser's repairs (`https:host`, backslashes, tabs, full-width dots) was written to deceive somebody.
pub(super) fn return_target(text: &str, origins: &[String]) -> Option<Url> {
    let has_strange = text.chars().any(|character| character.is_control() || matches!(character, '\\' | ' '));
    if text.len() > MOST_CHARS || has_strange {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let origin = origin(&url);
    let is_listed = origins.contains(&origin);
    let rest = text.strip_prefix(origin.as_str())?;
    let is_whole = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    (is_listed && is_whole).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINS: [&str; 2] = ["https://app.acme.example", "http://localhost:3000"];

    fn target(text: &str) -> Option<String> {
        return_target(text, &ORIGINS.map(str::to_owned)).map(String::from)
    }

    #[test]
    fn wb_05_only_a_listed_origin_is_gone_back_to() {
        let good = [
            ("https://app.acme.example", "https://app.acme.example/"),
            ("https://app.acme.example/inbox?tab=1#x", "https://app.acme.example/inbox?tab=1#x"),
            ("https://app.acme.example?x", "https://app.acme.example/?x"),
            ("http://localhost:3000/a/../b", "http://localhost:3000/b"),
        ];

        for (text, emitted) in good {
            assert_eq!(target(text).as_deref(), Some(emitted), "{text}");
        }
    }

    #[test]
    fn wb_05_every_way_to_another_place_is_refused() {
        for text in [
            "",
            "/",
            "/inbox",
            "app.acme.example",
            "//evil.example",
            "//app.acme.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https:app.acme.example",
            "https:/app.acme.example",
            "https:///app.acme.example",
            "https:\\\\app.acme.example",
            "https://app.acme.example\\@evil.example",
            "https://evil.example\\.app.acme.example",
            "http://app.acme.example",
            "http://app.acme.example@evil.example",
            "https://app.acme.example@evil.example",
            "https://app.acme.example:x@evil.example",
            "https://user@app.acme.example/",
            "https://app.acme.example.evil.example",
            "https://app.acme.example.",
            "https://evil.example/https://app.acme.example",
            "https://evil.example#https://app.acme.example",
            "https://evil.example?https://app.acme.example",
            "https://app.acme.example:444/",
            "https://app.acme.example:443/",
            "https://APP.acme.example/",
            "HTTPS://app.acme.example/",
            "https://app.acme.example%2f%2fevil.example",
            "https://app.acme.example%00.evil.example",
            "https://app\u{3002}acme\u{3002}example/",
            "https://app.acme\u{ff0e}example/",
            "https://ａpp.acme.example/",
            "https://app.\tacme.example/",
            "https://app.acme.example/\r\nset-cookie: x",
            "\thttps://app.acme.example/",
            " https://app.acme.example/",
            "https://app.acme.example /",
            "%2f%2fevil.example",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "blob:https://app.acme.example/x",
            "ftp://app.acme.example/",
            "null",
            "http://localhost/",
            "http://localhost:3001/",
            "http://127.0.0.1:3000/",
        ] {
            assert_eq!(target(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_path_of_ours_is_plain() {
        for good in ["/recovery", "/t/acme/recovery", "/auth/reset.code"] {
            assert!(is_plain_path(good), "{good}");
        }
        for bad in ["", "/", "recovery", "/recovery/", "//x", "/a/../b", "/a%2fb", "/a;b", "/ä", "/a?b", "/{id}"] {
            assert!(!is_plain_path(bad), "{bad}");
        }
    }
}
