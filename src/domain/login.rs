//! The login at the provider that a person left in order to recover, so that the same browser can go back into it.

use serde::{Deserialize, Serialize};

/// Most bytes of a login's query: it has to fit into an address of our own.
const MOST_BYTES: usize = 2048;
/// What names a login, as Keycloak calls it: the client, the tab, and what the client asked for. Nothing else of a
/// query is kept, so that an address that somebody made up cannot make the way back lead to another step.
const NAMES: [&str; 3] = ["client_id", "tab_id", "client_data"];

/// Marks the way back into a login, so that one that lives no more can be told from a page of the provider's own.
const MARK: &str = "regain_return";

/// A login that is under way at the provider. It authorises nothing: the login's own cookies do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Login(String);

impl Login {
    /// Takes from an address's query what names the login; `None` where client or tab is missing, a name stands there
    /// twice, or it is too long to be kept.
    #[must_use]
    pub fn parse(query: &str) -> Option<Self> {
        let mut found: [Option<String>; 3] = [None, None, None];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let Some(place) = NAMES.iter().position(|known| *known == name) else { continue };
            if found[place].replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let [Some(client), Some(tab), data] = found else { return None };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair(NAMES[0], &client).append_pair(NAMES[1], &tab);
        if let Some(data) = data {
            query.append_pair(NAMES[2], &data);
        }
        let query = query.finish();
        (query.len() <= MOST_BYTES).then_some(Self(query))
    }

    /// It as a query, without the question mark.
    #[must_use]
    pub fn as_query(&self) -> &str {
        &self.0
    }

    /// The query of the way back into it, which [`without_mark`] knows again.
    #[must_use]
    pub fn as_way_back(&self) -> String {
        format!("{}&{MARK}=1", self.0)
    }
}

/// The query without the mark of a way back, the rest byte for byte; `None` where it bears no mark.
#[must_use]
pub fn without_mark(query: &str) -> Option<String> {
    let is_mark = |pair: &&str| pair.split('=').next() == Some(MARK);
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_mark(pair)).collect();
    (kept.len() < query.split('&').count()).then(|| kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Option<String> {
        Login::parse(text).map(|login| login.as_query().to_owned())
    }

    #[test]
    fn only_what_names_the_login_is_kept() {
        let asked = "execution=x&tab_id=BjD-nN&session_code=s&client_id=portal&client_data=eyJydSI6&kc_action=y";

        assert_eq!(query(asked).as_deref(), Some("client_id=portal&tab_id=BjD-nN&client_data=eyJydSI6"));
        assert_eq!(query("client_id=a%26b%3D%0d%0a&tab_id=t").as_deref(), Some("client_id=a%26b%3D%0D%0A&tab_id=t"));
    }

    #[test]
    fn the_way_back_is_known_by_its_mark_and_the_rest_is_left_alone() {
        let login = Login::parse("client_id=portal&tab_id=t").expect("a login");

        assert_eq!(without_mark(&login.as_way_back()).as_deref(), Some("client_id=portal&tab_id=t"));
        assert_eq!(without_mark("regain_return=1&&a=%2e+b&regain_return").as_deref(), Some("&a=%2e+b"));
        assert_eq!(without_mark("client_id=portal&x=regain_return"), None);
    }

    #[test]
    fn what_names_no_login_or_two_is_none() {
        for text in ["", "client_id=portal", "tab_id=t", "client_id=a&client_id=b&tab_id=t", "%%%", "client_id&tab"] {
            assert_eq!(query(text), None, "{text}");
        }
        assert_eq!(query(&format!("client_id=a&tab_id={}", "x".repeat(3000))), None);
    }
}
