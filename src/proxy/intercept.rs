//! What a request means to a Keycloak, read from its method, path and query alone: whether it asks for the provider's
//! own recovery, which ours replaces (PX-12), or comes back into a login by the way that we have shown.
//!
//! Keycloak 26.7 answers these addresses with parameters in every segment (`/realms/acme;a=b/…`), with `//` and `/;/`
//! between them and with a slash at their end, and `http-relative-path` may put any path in front. So segments are read
//! as the most lenient upstream could read them, at any depth, and what lies below an address counts as it does.

use std::borrow::Cow;

use http::Method;
use url::form_urlencoded;

use crate::domain::login;
use crate::domain::path::Normal;

/// What names a recovery that is under way already: only Keycloak itself could go on with it.
const UNDER_WAY: [&str; 5] = ["session_code", "execution", "key", "auth_session_id", "code"];
/// Longest language tag that is passed on.
const TAG_BYTES: usize = 35;

/// What a request means, and to which realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The realm in its path, as [`leniently`](crate::domain::path::leniently) reads it.
    pub realm: String,
    /// The door.
    pub door: Door,
}

/// A door of Keycloak's that is not simply passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// The first page of its own recovery, as a link leads there.
    Page,
    /// Its own recovery in every other form and by every other method.
    Recovery,
    /// A login that a browser goes back into by our mark.
    WayBack {
        /// The query without the mark.
        query: String,
    },
}

/// Reads a request; `None` for all that is none of these doors.
#[must_use]
pub fn read(method: &Method, path: &Normal<'_>, query: Option<&str>) -> Option<Asked> {
    let names: Vec<String> = path.names().collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (0..names.len()).find_map(|start| {
        let ["realms", realm, below @ ..] = names.get(start..)? else { return None };
        let door =
            match below {
                ["login-actions", "reset-credentials", ..]
                | ["protocol", "openid-connect", "forgot-credentials", ..] => {
                    if method == Method::GET && !is_under_way(query) { Door::Page } else { Door::Recovery }
                }
                ["login-actions", "authenticate"] if method == Method::GET => {
                    Door::WayBack { query: query.and_then(login::without_mark)? }
                }
                _ => return None,
            };
        Some(Asked { realm: (*realm).to_owned(), door })
    })
}

/// The language that the query asks Keycloak's pages for, where it could be one.
#[must_use]
pub fn language(query: &str) -> Option<Cow<'_, str>> {
    let find = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
    let (_, tags) = find("kc_locale").or_else(|| find("ui_locales"))?;
    let first = tags.split(' ').next().unwrap_or_default();
    let is_tag = first.len() <= TAG_BYTES
        && first
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    is_tag.then(|| Cow::Owned(first.to_owned()))
}

fn is_under_way(query: Option<&str>) -> bool {
    let mut names = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).map(|(name, _)| name);
    names.any(|name| UNDER_WAY.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESET: &str = "/realms/acme/login-actions/reset-credentials";

    fn asked(method: &str, address: &str) -> Option<Asked> {
        let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        read(&method, &Normal::parse(path).expect("a path"), query)
    }

    fn door(method: &str, address: &str) -> Option<Door> {
        asked(method, address).map(|asked| asked.door)
    }

    #[test]
    fn px_12_every_spelling_of_the_two_addresses_is_a_door_of_the_realm() {
        for path in [
            RESET,
            "/realms/acme/protocol/openid-connect/forgot-credentials",
            "/auth/realms/acme/login-actions/reset-credentials",
            "/a/realms/b/realms/acme/login-actions/reset-credentials",
            "/realms/acme/login-actions/reset-credentials/",
            "/realms/acme/login-actions/reset-credentials/x/y",
            "/realms/ACME/Login-Actions/RESET-credentials",
            "//realms//acme//login-actions//reset-credentials",
            "/;/realms;a/acme;b=c/login-actions;d/reset-credentials;e",
            "/realms/%61cme/login%2Dactions/reset-credential%73",
            "/realms/acme/login-actions/reset-credentials%20",
            "/realms/acme/login-actions/reset-credentials%3Bx",
            "/realms/acme./login-actions/reset-credentials.",
            "/realms/%C3%A4cme/login-actions/reset-credentials",
        ] {
            assert_eq!(asked("GET", path), Some(Asked { realm: "acme".into(), door: Door::Page }), "{path}");
            assert_eq!(asked("POST", path), Some(Asked { realm: "acme".into(), door: Door::Recovery }), "{path}");
        }
    }

    #[test]
    fn px_12_only_a_plain_get_is_the_page() {
        for query in ["", "?", "?client_id=portal&tab_id=t&client_data=e", "?x=session_code", "?kc_locale=de"] {
            assert_eq!(door("GET", &format!("{RESET}{query}")), Some(Door::Page), "{query}");
        }
        for query in
            ["session_code=x", "a=1&execution=", "key", "session%5Fcode=1", "SESSION_CODE=1", "auth_session_id=1"]
        {
            assert_eq!(door("GET", &format!("{RESET}?{query}")), Some(Door::Recovery), "{query}");
        }
        for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "ANY"] {
            assert_eq!(door(method, RESET), Some(Door::Recovery), "{method}");
        }
    }

    #[test]
    fn what_is_no_door_is_nobodys_business() {
        for path in [
            "/",
            "/realms/acme",
            "/realms/acme/login-actions/action-token?key=x",
            "/realms/acme/login-actions/authenticate?client_id=portal&tab_id=t",
            "/realms/acme/login-actions/reset-credentialsx",
            "/realms/acme/login-actions/x/reset-credentials",
            "/realms/acme/protocol/saml/forgot-credentials",
            "/realms/login-actions/reset-credentials",
            "/admin/realms/acme/users",
            "/x?/realms/acme/login-actions/reset-credentials",
        ] {
            assert_eq!(asked("GET", path), None, "{path}");
        }
    }

    #[test]
    fn the_way_back_is_a_get_of_the_login_with_our_mark() {
        let address = "/auth/realms/acme/login-actions/authenticate?client_id=portal&tab_id=t&regain_return=1";

        assert_eq!(door("GET", address), Some(Door::WayBack { query: "client_id=portal&tab_id=t".into() }));
        assert_eq!(door("POST", address), None);
        assert_eq!(door("GET", "/realms/acme/login-actions/required-action?regain_return=1"), None);
    }

    #[test]
    fn a_language_is_passed_on_where_it_could_be_one() {
        for (query, tag) in [
            ("kc_locale=de", Some("de")),
            ("ui_locales=pt-BR+en&x=1", Some("pt-BR")),
            ("ui_locales=en&kc_locale=ar", Some("ar")),
            ("kc_locale=", None),
            ("kc_locale=de%0d%0aset-cookie", None),
            ("kc_locale=../../x", None),
            ("kc_locale=abcdefghi", None),
            ("kc_locale=a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t", None),
            ("client_id=portal", None),
        ] {
            assert_eq!(language(query).as_deref(), tag, "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn px_12_no_parameters_case_or_slashes_open_the_door(
            slashes in proptest::collection::vec("/{1,3}(;[a-z=]{0,3}/)?", 4),
            parameters in proptest::collection::vec("(;[a-z=.]{0,4})?", 4),
            upper: bool,
        ) {
            let names = ["realms", "acme", "login-actions", "reset-credentials"];
            let spelt = |name: &str| if upper { name.to_ascii_uppercase() } else { name.to_owned() };
            let path: String = names.iter().zip(slashes).zip(parameters)
                .flat_map(|((name, slash), parameter)| [slash, spelt(name), parameter])
                .collect();

            if let Ok(path) = Normal::parse(&path) {
                let asked = read(&Method::POST, &path, None);

                proptest::prop_assert_eq!(asked.map(|asked| asked.realm), Some("acme".to_owned()), "{:?}", path);
            }
        }
    }
}
