//! A stand-in for Twilio's Messages API that keeps what it is given: accounts, messages, and what a test has told it to do
//! next. A message that is sent twice is two messages, as with Twilio itself, so that a blind repeat is seen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use regain::domain::id::AttemptId;
use serde_json::json;
use sha1::Sha1;
use url::form_urlencoded;

use super::scripted::{self, Asked, Scripted};

/// How the next message is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Refused with this status and code, and for 429 with the seconds of `Retry-After`.
    Refuse { status: u16, code: u32, retry_after: Option<u64> },
    /// Taken, and the connection is cut before the answer.
    Cut,
    /// Taken, and the answer breaks off in the middle of its body.
    Half,
    /// Taken, with an answer that is not Twilio's form.
    Garbled,
    /// Taken, and answered when nobody waits for it any more.
    Hang,
    /// Taken, and failed at once with this code.
    Fail { code: u32 },
}

impl Manner {
    /// A refusal with status 400, as most are.
    pub(crate) fn refuse(code: u32) -> Self {
        Self::Refuse { status: 400, code, retry_after: None }
    }
}

/// How long it hangs: longer than whoever calls it waits.
const HANGS: Duration = Duration::from_secs(20);

/// The stand-in. It knows the accounts that tests have opened.
#[derive(Debug)]
pub(crate) struct FakeTwilio {
    server: Scripted,
    accounts: Accounts,
}

type Accounts = Arc<Mutex<BTreeMap<String, State>>>;

#[derive(Debug)]
struct State {
    logins: [String; 2],
    status: &'static str,
    manners: VecDeque<Manner>,
    sent: Vec<Sent>,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) sid: String,
    pub(crate) fields: BTreeMap<String, String>,
}

impl Sent {
    /// A field as it was sent; empty where it was not.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// One account with its credentials. Each test has its own, so that many can share the server.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) sid: String,
    pub(crate) token: String,
    pub(crate) key: String,
    pub(crate) key_secret: String,
    accounts: Accounts,
}

impl FakeTwilio {
    /// Opens it on a free port.
    pub(crate) fn open() -> Self {
        Self::open_at(0)
    }

    /// Opens it where somebody expects it.
    pub(crate) fn open_at(port: u16) -> Self {
        let accounts = Accounts::default();
        let kept = Arc::clone(&accounts);
        let script = move |asked: &Asked| {
            let (answer, hangs) = answer(&kept, asked);
            if hangs {
                std::thread::sleep(HANGS);
            }
            answer
        };
        Self { server: Scripted::open_at(port, script), accounts }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    /// All that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.server.asked()
    }

    /// Opens an account that nobody else has.
    pub(crate) fn account(&self) -> Account {
        let name = |kind: &str| format!("{kind}{}", HEXLOWER.encode(AttemptId::random().as_bytes()));
        let account = Account {
            sid: name("AC"),
            token: name(""),
            key: name("SK"),
            key_secret: name(""),
            accounts: Arc::clone(&self.accounts),
        };
        let logins = [(&account.sid, &account.token), (&account.key, &account.key_secret)];
        let logins = logins.map(|(user, password)| BASE64.encode(format!("{user}:{password}").as_bytes()));
        let state = State { logins, status: "active", manners: VecDeque::new(), sent: Vec::new() };
        locked(&self.accounts).insert(account.sid.clone(), state);
        account
    }
}

impl Account {
    /// The keys of `[sms]` that send by its token, to the API at this port.
    pub(crate) fn section(&self, port: u16) -> String {
        let Self { sid, token, .. } = self;
        format!(
            "kind = 'twilio'\naccount_sid = '{sid}'\nauth_token = '{token}'\nfrom = '+15005550006'\n\
             base_url = 'http://127.0.0.1:{port}'\n"
        )
    }

    /// Says how the next messages are answered, one by one.
    pub(crate) fn next(&self, manners: impl IntoIterator<Item = Manner>) {
        self.with(|state| state.manners.extend(manners));
    }

    /// Says in what state the account is.
    pub(crate) fn is(&self, status: &'static str) {
        self.with(|state| state.status = status);
    }

    /// What was taken, oldest first.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.with(|state| state.sent.clone())
    }

    /// What Twilio posts at the `StatusCallback` of a message: address, body, signature.
    pub(crate) fn callback(&self, sent: &Sent, status: &str, code: Option<u32>) -> (String, String, String) {
        let address = sent.field("StatusCallback").to_owned();
        let mut fields = vec![
            ("AccountSid", self.sid.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("From", sent.field("From").to_owned()),
            ("MessageSid", sent.sid.clone()),
            ("MessageStatus", status.to_owned()),
            ("SmsSid", sent.sid.clone()),
            ("SmsStatus", status.to_owned()),
            ("To", sent.field("To").to_owned()),
        ];
        fields.extend(code.map(|code| ("ErrorCode", code.to_string())));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        fields.sort();
        let mut mac = Hmac::<Sha1>::new_from_slice(self.token.as_bytes()).expect("a key");
        mac.update(address.as_bytes());
        for (name, value) in fields {
            mac.update(format!("{name}{value}").as_bytes());
        }
        (address, body, BASE64.encode(&mac.finalize().into_bytes()))
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(locked(&self.accounts).get_mut(&self.sid).expect("an account of this server"))
    }
}

fn locked(accounts: &Accounts) -> MutexGuard<'_, BTreeMap<String, State>> {
    accounts.lock().expect("no test has panicked in here")
}

/// The answer, and whether it hangs before that; nobody else has to wait for it meanwhile.
fn answer(accounts: &Accounts, asked: &Asked) -> (String, bool) {
    let mut accounts = locked(accounts);
    let path = asked.target.split('?').next().unwrap_or_default();
    let rest = path.strip_prefix("/2010-04-01/Accounts/").unwrap_or_default();
    let (sid, rest) = rest.split_once('/').unwrap_or((rest.trim_end_matches(".json"), ""));
    let Some(state) = accounts.get_mut(sid) else { return (refuse(404, 20404, None), false) };
    let login = asked.headers.get("authorization").and_then(|value| value.strip_prefix("Basic "));
    let Some(by_token) = state.logins.iter().position(|known| Some(known.as_str()) == login).map(|at| at == 0) else {
        return (refuse(401, 20003, None), false);
    };
    let hangs = asked.method == "POST" && matches!(state.manners.front(), Some(Manner::Hang));
    let answer = match (asked.method.as_str(), rest) {
        // Ordinary keys may not read the account.
        ("GET", "") if !by_token => refuse(401, 70051, None),
        ("GET", "") => scripted::json(200, &account(sid, state.status)),
        ("GET", "Messages.json") => scripted::json(200, &list(sid, &state.sent)),
        ("POST", "Messages.json") => take(sid, state, asked),
        _ => refuse(404, 20404, None),
    };
    (answer, hangs)
}

fn take(account: &str, state: &mut State, asked: &Asked) -> String {
    let is_form =
        asked.headers.get("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let fields: BTreeMap<String, String> = form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    // What Twilio itself refuses, and its description does not say.
    if !is_form || field("To").is_empty() {
        return refuse(400, 21604, None);
    }
    if !field("To").starts_with('+') {
        return refuse(400, 21211, None);
    }
    if field("Body").is_empty() {
        return refuse(400, 21602, None);
    }
    if field("From").is_empty() == field("MessagingServiceSid").is_empty() {
        return refuse(400, 21603, None);
    }
    let manner = state.manners.pop_front();
    if let Some(Manner::Refuse { status, code, retry_after }) = manner {
        return refuse(status, code, retry_after);
    }
    let sent = Sent { sid: format!("SM{}", HEXLOWER.encode(AttemptId::random().as_bytes())), fields };
    state.sent.push(sent.clone());
    let body = message(account, &sent, "queued", None);
    match manner {
        None | Some(Manner::Refuse { .. } | Manner::Hang) => scripted::json(201, &body),
        Some(Manner::Cut) => String::new(),
        Some(Manner::Half) => {
            let whole = scripted::json(201, &body);
            whole[..whole.len() - body.len() / 2].to_owned()
        }
        Some(Manner::Garbled) => scripted::json(201, r#"{"sid":"nope","status":"weird"}"#),
        Some(Manner::Fail { code }) => scripted::json(201, &message(account, &sent, "failed", Some(code))),
    }
}

fn refuse(status: u16, code: u32, retry_after: Option<u64>) -> String {
    let body = json!({
        "code": code, "message": "The number +15005550001 is not what you think",
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"), "status": status,
    });
    let answer = scripted::json(status, &body.to_string());
    match retry_after {
        Some(seconds) => answer.replacen("\r\n", &format!("\r\nretry-after: {seconds}\r\n"), 1),
        None => answer,
    }
}

fn message(account: &str, sent: &Sent, status: &str, code: Option<u32>) -> String {
    let sid = &sent.sid;
    let of = |name: &str| sent.fields.get(name);
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{sid}.json");
    json!({
        "account_sid": account, "api_version": "2010-04-01", "body": of("Body"),
        "date_created": "Fri, 24 Apr 2026 17:18:27 +0000", "date_sent": null,
        "date_updated": "Fri, 24 Apr 2026 17:18:27 +0000", "direction": "outbound-api", "error_code": code,
        "error_message": null, "from": of("From"), "messaging_service_sid": of("MessagingServiceSid"), "num_media": "0",
        "num_segments": "1", "price": null, "price_unit": "USD", "sid": sid, "status": status,
        "subresource_uris": { "media": format!("/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json") },
        "to": of("To"), "uri": uri,
    })
    .to_string()
}

fn account(sid: &str, status: &str) -> String {
    json!({
        "auth_token": "", "date_created": "Thu, 30 Jul 2015 20:00:00 +0000",
        "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000", "friendly_name": "Acme", "owner_account_sid": sid, "sid": sid,
        "status": status, "subresource_uris": {}, "type": "Full", "uri": format!("/2010-04-01/Accounts/{sid}.json"),
    })
    .to_string()
}

fn list(account: &str, sent: &[Sent]) -> String {
    // Absolute, as the description wants it.
    let uri = format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json?PageSize=1");
    let newest = sent.last().map(|sent| message(account, sent, "queued", None));
    let messages: Vec<serde_json::Value> =
        newest.iter().map(|message| serde_json::from_str(message).expect("JSON")).collect();
    json!({
        "end": 0, "first_page_uri": uri, "messages": messages, "next_page_uri": null, "page": 0, "page_size": 1,
        "previous_page_uri": null, "start": 0, "uri": uri,
    })
    .to_string()
}
