//! What Twilio tells later of a message, at an address of the tenant's. It is Twilio that tells it where the signature
//! holds: HMAC-SHA1 with the account's token over the address and every field, which is Twilio's own scheme.
//!
//! The address is the one that we gave, never the one that a request says: behind a proxy they differ, and what signs
//! is the public one. SHA-1 is weak against collisions only; as a MAC it stands, and Twilio offers no other without
//! a setup of its own.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use url::{Url, form_urlencoded};

use super::answer;
use crate::channel::{Callback, Report};
use crate::domain::id::MessageId;
use crate::domain::secret::Secret;

const SIGNATURE: &str = "x-twilio-signature";

/// Where Twilio tells us, and by what we know it.
#[derive(Debug)]
pub(super) struct Callbacks {
    /// The tenant's address for callbacks, to which the kind and the message are added.
    base: Url,
    token: Secret,
}

/// What was told, and with which code.
pub(super) struct Heard {
    pub(super) report: Report,
    pub(super) code: Option<u32>,
}

impl Callbacks {
    pub(super) fn new(base: Url, token: Secret) -> Self {
        Self { base, token }
    }

    /// Where Twilio tells of this message.
    pub(super) fn address(&self, message: MessageId) -> Url {
        let mut address = self.base.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().extend(["twilio", &message.to_string()]);
        }
        address
    }

    /// What was told; `None` where the signature is missing or wrong.
    pub(super) fn hear(&self, callback: &Callback<'_>) -> Option<Heard> {
        let mut signatures = callback.headers.get_all(SIGNATURE).iter();
        let (Some(signature), None) = (signatures.next(), signatures.next()) else { return None };
        let signature = BASE64.decode(signature.as_bytes()).ok()?;
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(callback.body).into_owned().collect();
        fields.sort();
        fields.dedup();
        let address = self.address(callback.message);
        let is_signed = spellings(&address).any(|address| self.is_signed(&address, &fields, &signature));
        is_signed.then(|| read(&fields))
    }

    fn is_signed(&self, address: &str, fields: &[(String, String)], signature: &[u8]) -> bool {
        let token = self.token.expose().as_bytes();
        let mut mac = Hmac::<Sha1>::new_from_slice(token).expect("HMAC takes keys of any length");
        mac.update(address.as_bytes());
        for (name, value) in fields {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        // In constant time.
        mac.verify_slice(signature).is_ok()
    }
}

/// The address as it was given, and with its port named or left out: Twilio's own libraries take either as well.
fn spellings(address: &Url) -> impl Iterator<Item = String> {
    let other = match (address.port(), address.port_or_known_default(), address.host_str()) {
        (Some(_), _, _) => {
            let mut bare = address.clone();
            bare.set_port(None).ok().map(|()| bare.into())
        }
        (None, Some(port), Some(host)) => Some(format!("{}://{host}:{port}{}", address.scheme(), address.path())),
        (None, _, _) => None,
    };
    [address.to_string()].into_iter().chain(other)
}

fn read(fields: &[(String, String)]) -> Heard {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let status = field("MessageStatus").unwrap_or_default();
    let code = field("ErrorCode").and_then(|code| code.parse().ok());
    let report = match (status, answer::ended(status, code)) {
        (_, Some(error)) => Report::Undelivered(error),
        ("delivered" | "read", None) => Report::Delivered,
        // On its way, or a state that is newer than this program.
        (_, None) => Report::UnderWay,
    };
    Heard { report, code }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::channel::{Cause, Error};

    /// The example of Twilio's own libraries: token, address, fields and what they give.
    #[test]
    fn the_signature_is_twilios() {
        let callbacks = callbacks("https://unused.example", "12345");
        let mut fields = [
            ("To", "+18005551212"),
            ("Digits", "1234"),
            ("Caller", "+14158675310"),
            ("From", "+14158675310"),
            ("CallSid", "CA1234567890ABCDE"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        fields.sort();
        let signature = BASE64.decode(b"GvWf1cFY/Q7PnoempGyD5oXAezc=").expect("base64");
        let is_signed = |address: &str| callbacks.is_signed(address, &fields, &signature);

        assert!(is_signed("https://mycompany.com/myapp.php?foo=1&bar=2"));
        assert!(!is_signed("https://mycompany.com/myapp.php?foo=1&bar=3"));
    }

    fn callbacks(base: &str, token: &str) -> Callbacks {
        Callbacks::new(Url::parse(base).expect("an address"), Secret::new(token))
    }

    fn message() -> MessageId {
        MessageId::from_bytes([7; 16])
    }

    fn signed(callbacks: &Callbacks, address: &str, body: &str) -> HeaderMap {
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        fields.sort();
        let mut mac = Hmac::<Sha1>::new_from_slice(callbacks.token.expose().as_bytes()).expect("a key");
        mac.update(address.as_bytes());
        fields.iter().for_each(|(name, value)| mac.update(format!("{name}{value}").as_bytes()));
        let value = HeaderValue::from_str(&BASE64.encode(&mac.finalize().into_bytes())).expect("a header");
        HeaderMap::from_iter([(http::HeaderName::from_static(SIGNATURE), value)])
    }

    fn told(body: &str) -> Option<Report> {
        let callbacks = callbacks("https://login.acme.example/recovery/callbacks", "token");
        let headers = signed(&callbacks, callbacks.address(message()).as_str(), body);
        hear(&callbacks, &headers, body)
    }

    fn hear(callbacks: &Callbacks, headers: &HeaderMap, body: &str) -> Option<Report> {
        let heard = callbacks.hear(&Callback { message: message(), headers, body: body.as_bytes() })?;
        Some(heard.report)
    }

    #[test]
    fn what_became_of_a_message_is_read_in_our_classes() {
        assert_eq!(told("MessageStatus=delivered"), Some(Report::Delivered));
        for status in ["queued", "sent", "sending", "accepted", "brand_new", ""] {
            assert_eq!(told(&format!("MessageStatus={status}")), Some(Report::UnderWay), "{status}");
        }
        let undelivered = |code: &str| told(&format!("MessageStatus=undelivered&ErrorCode={code}"));
        assert_eq!(undelivered("30006"), Some(Report::Undelivered(Error::Permanent(Cause::Recipient))));
        assert_eq!(undelivered("30007"), Some(Report::Undelivered(Error::Permanent(Cause::Blocked))));
        assert_eq!(undelivered("12"), Some(Report::Undelivered(Error::Permanent(Cause::Undelivered))));
        assert_eq!(undelivered("x"), Some(Report::Undelivered(Error::Permanent(Cause::Undelivered))));
    }

    #[test]
    fn another_address_body_token_or_message_is_not_heard() {
        let (body, base) = ("MessageStatus=delivered&ErrorCode=", "https://login.acme.example/recovery/callbacks");
        let ours = callbacks(base, "token");
        let headers = signed(&ours, ours.address(message()).as_str(), body);

        assert_eq!(hear(&ours, &headers, body), Some(Report::Delivered));
        assert_eq!(hear(&ours, &headers, "MessageStatus=failed&ErrorCode="), None);
        assert_eq!(hear(&ours, &headers, "MessageStatus=delivered&ErrorCode=&x=y"), None);
        assert_eq!(hear(&callbacks(base, "other"), &headers, body), None);
        assert_eq!(hear(&callbacks("https://login.globex.example/recovery/callbacks", "token"), &headers, body), None);
        let other = Callback { message: MessageId::from_bytes([8; 16]), headers: &headers, body: body.as_bytes() };
        assert!(ours.hear(&other).is_none());
        assert_eq!(hear(&ours, &HeaderMap::new(), body), None);
        let mut twice = headers.clone();
        twice.append(SIGNATURE, headers[SIGNATURE].clone());
        assert_eq!(hear(&ours, &twice, body), None);
    }

    #[test]
    fn a_port_may_be_named_or_left_out() {
        let body = "MessageStatus=delivered";
        let id = message();
        for (base, signs) in [
            ("https://a.example/r/callbacks", format!("https://a.example:443/r/callbacks/twilio/{id}")),
            ("https://a.example:8443/r/callbacks", format!("https://a.example/r/callbacks/twilio/{id}")),
        ] {
            let callbacks = callbacks(base, "token");
            let headers = signed(&callbacks, &signs, body);

            assert_eq!(hear(&callbacks, &headers, body), Some(Report::Delivered), "{signs}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_and_no_signature_make_the_reader_panic(body: Vec<u8>, signature: String) {
            let callbacks = callbacks("https://a.example/callbacks", "token");
            let headers = HeaderValue::from_str(&signature)
                .map(|value| HeaderMap::from_iter([(http::HeaderName::from_static(SIGNATURE), value)]))
                .unwrap_or_default();

            let heard = callbacks.hear(&Callback { message: message(), headers: &headers, body: &body });

            proptest::prop_assert!(heard.is_none());
        }
    }
}
