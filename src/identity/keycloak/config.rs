//! `[provider]` with `kind = "keycloak"`.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use url::Url;

use super::account::{Attributes, SERVICE};
use super::find::is_asked_for;
use super::offset::Offset;
use super::provider::{Keycloak, Sentinel};
use super::realm::{OPERATION, Realm};
use super::roles::Wanted;
use super::token::Tokens;
use super::unfinished::Unfinished;
use crate::domain::identifier::{Identifier, Kind};
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;
use crate::identity::policies::{LateLogins, Policies, Protect};
use crate::identity::{IdentityProvider, Wiring};
use crate::outward::{self, Roots};

/// A realm of a Keycloak.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its address as this machine reaches it, with `http-relative-path` if it has one.
    url: String,
    /// Lets it be spoken to in the clear beyond this machine.
    #[serde(default)]
    insecure: bool,
    /// Roots besides the system's.
    ca_file: Option<PathBuf>,
    /// The realm's name, as it stands in addresses.
    realm: String,
    /// The confidential client whose service account we are.
    client_id: String,
    /// Its secret.
    client_secret: Secret,
    /// The attribute that holds the telephone number.
    #[serde(default = "phone")]
    phone: String,
    /// The attribute that says `true` where the number is verified.
    #[serde(default = "phone_verified")]
    phone_verified: String,
    /// The username of an account that must be found: what is missing a right looks like an empty realm.
    sentinel: Option<String>,
    /// Accounts that no recovery touches; by default none.
    #[serde(default)]
    protect: Protect,
    /// Whether a completed recovery lifts a temporary lock-out; by default it does.
    #[serde(default = "yes")]
    unlock: bool,
    /// What happens to logins that outlived a change.
    #[serde(default)]
    late_logins: LateLogins,
}

impl Config {
    /// What holds for every kind of provider. Groups are compared by their path without the slashes around it.
    pub(in crate::identity) fn policies(&self) -> Policies {
        let mut protect = self.protect.clone();
        for group in &mut protect.groups {
            *group = group.trim_matches('/').to_owned();
        }
        Policies { protect, unlock: self.unlock, late_logins: self.late_logins }
    }

    /// The realm.
    pub(in crate::identity) fn realm(&self) -> &str {
        &self.realm
    }

    /// The path of the realm's addresses: `http-relative-path`, then the realm.
    pub(in crate::identity) fn realm_path(&self) -> Option<String> {
        let mut url = Url::parse(&self.url).ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(["realms", &self.realm]);
        Some(url.path().to_owned())
    }

    /// Its address as written.
    pub(in crate::identity) fn url(&self) -> &str {
        &self.url
    }

    /// Reads the roots besides the system's.
    pub(in crate::identity) fn roots(&self) -> Result<Option<Roots>, String> {
        self.ca_file.as_deref().map(Roots::read).transpose()
    }

    /// Checks the section; the network is touched at the first call.
    pub(in crate::identity) fn build(
        self,
        wiring: &Wiring,
        problems: &mut Problems,
    ) -> Option<Arc<dyn IdentityProvider>> {
        let before = problems.errors();
        let url = outward::address("url", &self.url, self.insecure, problems);
        let roots = match self.roots() {
            Ok(roots) => roots,
            Err(message) => {
                problems.error("ca_file", message);
                None
            }
        };
        self.check_names(problems);
        let url = url?;
        if problems.errors() > before {
            return None;
        }
        let own = format!("{SERVICE}{}", self.client_id.to_lowercase());
        let realm = Realm {
            url,
            name: self.realm,
            client_id: self.client_id,
            client_secret: self.client_secret,
            roots,
            clients: wiring.clients.clone(),
            clock: Arc::clone(&wiring.clock),
            client: OnceLock::new(),
            tokens: Tokens::default(),
            offset: Offset::default(),
            limit: OPERATION,
        };
        Some(Arc::new(Keycloak {
            realm,
            attributes: Attributes { phone: self.phone, phone_verified: self.phone_verified },
            roles: Wanted::new(&self.protect.roles),
            is_anybody_protected: self.protect != Protect::default(),
            needs_all_groups: !self.protect.groups.is_empty(),
            sentinel: self.sentinel.map_or(Sentinel::Own(own), Sentinel::Named),
            unfinished: Unfinished::default(),
            is_intercepted: wiring.is_intercepted,
        }))
    }

    fn check_names(&self, problems: &mut Problems) {
        let names = [
            ("realm", &self.realm),
            ("client_id", &self.client_id),
            ("phone", &self.phone),
            ("phone_verified", &self.phone_verified),
        ];
        for (key, name) in names {
            if !is_name(name) {
                problems.error(key, "is no name").help("write it as Keycloak's console shows it");
            }
        }
        for (key, name) in [("phone", &self.phone), ("phone_verified", &self.phone_verified)] {
            if !is_asked_for(name) {
                problems
                    .error(key, "cannot be asked for")
                    .help("name an attribute without quotes, colons and backslashes");
            }
        }
        if self.client_secret.is_empty() {
            problems.error("client_secret", "is empty").help("copy it from the client's tab \"Credentials\"");
        }
        // Whoever misspells a name here or below leaves its accounts without the protection.
        if !self.protect.users.iter().all(|name| is_username(name)) {
            problems.error("protect.users", "no account can have one of these names").help("write usernames");
        }
        if self.sentinel.as_deref().is_some_and(|name| !is_username(name)) {
            problems.error("sentinel", "no account can have this name").help("write a username");
        }
        let others = [
            ("protect.groups", &self.protect.groups),
            ("protect.roles", &self.protect.roles),
            ("protect.attributes", &self.protect.attributes),
        ];
        for (key, names) in others {
            let is_strange = |name: &String| {
                name.trim_matches('/').is_empty() || name.trim() != name || name.chars().any(char::is_control)
            };
            if names.iter().any(is_strange) {
                problems.error(key, "holds something that is no name").help("write them as Keycloak's console does");
            }
        }
    }
}

/// Whether a text can stand as one segment of an address and names something.
fn is_name(text: &str) -> bool {
    let is_plain = !text.contains('/') && !text.chars().any(char::is_control);
    is_plain && text.trim() == text && !matches!(text, "" | "." | "..")
}

fn is_username(text: &str) -> bool {
    Identifier::parse(text, Kind::Username).is_ok_and(|it| it.as_str() == text)
}

fn phone() -> String {
    "phoneNumber".to_owned()
}

fn phone_verified() -> String {
    "phoneNumberVerified".to_owned()
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_the_same_with_slashes_around_it() {
        let section = serde_json::json!({
            "url": "http://127.0.0.1:8081", "realm": "acme", "client_id": "regain", "client_secret": "x",
            "protect": { "groups": ["/staff/admins", "staff/admins/", "/staff/admins/"] },
        });
        let config: Config = serde_json::from_value(section).expect("a section");

        assert_eq!(config.policies().protect.groups, ["staff/admins"; 3]);
    }
}
