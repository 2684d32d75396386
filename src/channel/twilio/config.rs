//! `[sms]` with `kind = "twilio"`: what is written, and what is wrong with it.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::callback::Callbacks;
use super::{Login, Sender, Twilio};
use crate::channel::TextWiring;
use crate::channel::call::{Peer, roots};
use crate::domain::address::PhoneNumber;
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;
use crate::outward;

const BASE_URL: &str = "https://api.twilio.com";
/// Where each region's API is. Names of the form `api.ie1.twilio.com` are switched off since April 2026.
const REGIONS: [(&str, &str); 4] = [
    ("us1", BASE_URL),
    ("ie1", "https://api.dublin.ie1.twilio.com"),
    ("au1", "https://api.sydney.au1.twilio.com"),
    ("jp1", "https://api.tokyo.jp1.twilio.com"),
];
/// Most characters of a sender that is a name.
const LONGEST_NAME: usize = 11;

/// An account of Twilio's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The account.
    account_sid: String,
    /// Its token: lets us in where there is no key, and shows that callbacks are Twilio's.
    auth_token: Option<Secret>,
    /// A key of the account.
    api_key: Option<Secret>,
    /// And its secret.
    api_secret: Option<Secret>,
    /// Who sends: a number, a short code or a name.
    from: Option<String>,
    /// Or a service that chooses who sends.
    messaging_service_sid: Option<String>,
    /// The API's address, where it is another than the region's.
    base_url: Option<String>,
    /// The region that handles the messages.
    region: Option<String>,
    /// Lets it be spoken to in the clear beyond this machine.
    #[serde(default)]
    insecure: bool,
    /// Roots besides the system's.
    ca_file: Option<PathBuf>,
}

impl Config {
    /// Checks everything that can be checked without the network.
    pub(in crate::channel) fn build(self, wiring: &TextWiring<'_>, problems: &mut Problems) -> Option<Twilio> {
        let before = problems.errors();
        if !is_sid("AC", &self.account_sid) {
            problems
                .error("account_sid", "is no account: \"AC\" and 32 digits of base 16")
                .help("copy it from the front page of Twilio's console");
        }
        let sender = self.sender(problems);
        let url = self.url(problems);
        let roots = roots(self.ca_file.as_deref(), problems);
        let callbacks = self.callbacks(wiring.callbacks, problems);
        let login = self.login(problems);
        let (sender, url, roots, login) = (sender?, url?, roots?, login?);
        (problems.errors() == before).then(|| Twilio {
            tenant: wiring.tenant.clone(),
            peer: Peer::new(url, roots, wiring.clients.clone()),
            account: self.account_sid,
            login,
            sender,
            callbacks,
        })
    }

    fn sender(&self, problems: &mut Problems) -> Option<Sender> {
        if !self.from.as_deref().is_none_or(is_sender) {
            problems.error("from", "is no sender that Twilio knows").help(
                "write a number such as \"+15005550006\", a short code, or a name of at most 11 letters and digits",
            );
        }
        if !self.messaging_service_sid.as_deref().is_none_or(|service| is_sid("MG", service)) {
            problems
                .error("messaging_service_sid", "is no messaging service: \"MG\" and 32 digits of base 16")
                .help("copy it from the console, below Messaging, Services");
        }
        match (&self.from, &self.messaging_service_sid) {
            (Some(from), None) => Some(Sender::From(from.clone())),
            (None, Some(service)) => Some(Sender::Service(service.clone())),
            (Some(_), Some(_)) => {
                problems
                    .error("messaging_service_sid", "stands beside `from`, and one of them sends")
                    .help("keep the service, and add the number to it in Twilio's console; or keep `from`");
                None
            }
            (None, None) => {
                problems
                    .error("from", "nobody sends: there is neither `from` nor `messaging_service_sid`")
                    .help("write one of your Twilio numbers as `from`, or the id of a messaging service");
                None
            }
        }
    }

    fn url(&self, problems: &mut Problems) -> Option<Url> {
        if self.base_url.is_some() && self.region.is_some() {
            problems
                .error("region", "stands beside `base_url`, which names the region already")
                .help("keep one of them");
        }
        let of_region = self.region.as_deref().map_or(Some(BASE_URL), |region| Self::of_region(region, problems));
        let named = self.base_url.as_deref().or(of_region)?;
        outward::address("base_url", named, self.insecure, problems)
    }

    fn of_region(region: &str, problems: &mut Problems) -> Option<&'static str> {
        let found = REGIONS.iter().find(|(known, _)| *known == region);
        if found.is_none() {
            let known = REGIONS.map(|(known, _)| known).join(", ");
            problems
                .error("region", "is no region that is known here")
                .help(format!("one of {known}; for another one write the address of its API as `base_url`"));
        }
        found.map(|(_, url)| *url)
    }

    /// Where Twilio tells us what became of messages; nowhere without the token that it signs with, and nowhere on a
    /// name of this machine, which Twilio refuses together with the message.
    fn callbacks(&self, base: &Url, problems: &mut Problems) -> Option<Callbacks> {
        let token = self.auth_token.as_ref()?;
        if base.host_str().is_some_and(|host| host.contains('_')) {
            problems
                .error("auth_token", "Twilio calls no host with an underscore in its name, and `public_url` has one")
                .help(
                    "give the tenant another host; or send by `api_key` and `api_secret` and leave `auth_token` out: \
                     then no delivery is told",
                );
        }
        (!outward::is_loopback(base)).then(|| Callbacks::new(base.clone(), token.clone()))
    }

    fn login(&self, problems: &mut Problems) -> Option<Login> {
        let secrets = [("auth_token", &self.auth_token), ("api_key", &self.api_key), ("api_secret", &self.api_secret)];
        let mut is_whole = true;
        for (key, secret) in secrets {
            let is_plain = |secret: &Secret| {
                !secret.is_empty() && secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            if !secret.as_ref().is_none_or(is_plain) {
                problems
                    .error(key, "holds something that Twilio does not give out")
                    .help("copy it from Twilio's console");
                is_whole = false;
            }
        }
        match (&self.auth_token, &self.api_key, &self.api_secret) {
            (_, Some(key), Some(secret)) => {
                if !is_sid("SK", key.expose()) {
                    problems
                        .error("api_key", "is no key: \"SK\" and 32 digits of base 16")
                        .help("copy the key's SID from the console; what was shown once beside it is `api_secret`");
                    is_whole = false;
                }
                is_whole.then(|| Login::Key { key: key.clone(), secret: secret.clone() })
            }
            (_, Some(_), None) => {
                problems
                    .error("api_secret", "is missing beside `api_key`")
                    .help("Twilio shows a key's secret once, when it is made: make another key if it is lost");
                None
            }
            (_, None, Some(_)) => {
                problems.error("api_key", "is missing beside `api_secret`").help("write the key's SID, \"SK…\"");
                None
            }
            (Some(token), None, None) => is_whole.then(|| Login::Token(token.clone())),
            (None, None, None) => {
                problems
                    .error("auth_token", "there are no credentials")
                    .help("write the account's `auth_token`, or the `api_key` and `api_secret` of a key");
                None
            }
        }
    }
}

/// Two letters and 32 digits of base 16.
fn is_sid(kind: &str, text: &str) -> bool {
    let digits = text.strip_prefix(kind);
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A number, a short code, or a name with a letter in it.
fn is_sender(text: &str) -> bool {
    let is_short_code = (3..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = text.len() <= LONGEST_NAME
        && text.trim() == text
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" +-_&".contains(&byte));
    PhoneNumber::parse(text).is_some() || is_short_code || is_name
}
