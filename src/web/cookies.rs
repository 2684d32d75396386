//! The recovery's cookie: `time.starter.proof`, each part optional. It is believed only by the MACs in it. At most five
//! live in a browser; the oldest goes.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::domain::Timestamp;
use crate::domain::id::RecoveryId;
use crate::domain::issue::Issue;
use crate::domain::method::Method;
use crate::domain::token::Token;
use crate::recovery::Presented;
use crate::tenant::Tenant;

/// Most of our cookies that a browser keeps.
const MOST: usize = 5;
/// Most that one answer takes away.
const MOST_GONE: usize = 16;
/// Characters of the recovery's id in the cookie's name.
const NAME_CHARS: usize = 8;
/// In place of an id: the cookie that remembers how this browser wants to be reached. It is shorter than any id's part.
const METHOD: &str = "method";
/// For how long that is remembered.
const A_YEAR: u32 = 365 * 24 * 60 * 60;

/// What the browser presents for this recovery. A cookie of another name, form or recovery is as good as none.
pub(super) fn presented(headers: &HeaderMap, tenant: &Tenant, id: RecoveryId) -> Presented {
    let name = name(tenant, id);
    let mut found: Vec<Presented> =
        pairs(headers).filter(|(known, _)| *known == name).map(|(_, value)| parse(value)).take(MOST).collect();
    // A browser sends cookies of one name for a longer path or a parent domain as well, and not in an order that we
    // choose: a planted one must not hide the genuine one (XT-07).
    if found.len() > 1 {
        found.sort_by_key(|presented| std::cmp::Reverse(worth(tenant, id, presented)));
    }
    found.into_iter().next().unwrap_or_default()
}

/// Which of several cookies is ours: one with a genuine proof before one with a genuine starter before any other. It
/// only chooses; what it chooses is still to be proven.
fn worth(tenant: &Tenant, id: RecoveryId, presented: &Presented) -> (bool, bool) {
    let is_ours = |token: &Token| {
        let issue = |method| Issue { number: token.issue(), at: Timestamp::UNIX_EPOCH, method, digits: 0 };
        let key = tenant.keys.get(token.key_id()).filter(|_| token.recovery() == id);
        key.is_some_and(|key| Method::ALL.into_iter().any(|method| token.is_genuine(key, &issue(method))))
    };
    (presented.proof.as_ref().is_some_and(is_ours), presented.starter.as_ref().is_some_and(is_ours))
}

/// The `Set-Cookie` lines that keep `presented` for this recovery and let the oldest go where there would be too many.
pub(super) fn keep(headers: &HeaderMap, tenant: &Tenant, id: RecoveryId, presented: &Presented) -> Vec<HeaderValue> {
    let cookies = tenant.cookie();
    let (mine, choice) = (name(tenant, id), format!("{}{METHOD}", cookies.prefix));
    let mut others: Vec<(&str, Option<Timestamp>)> = pairs(headers)
        .filter(|(known, _)| known.starts_with(cookies.prefix) && *known != mine && *known != choice)
        .map(|(known, value)| (known, parse(value).at))
        .collect();
    others.sort_by_key(|(_, at)| *at);
    // A browser that was planted a thousand is rid of them some at a time: no answer grows beyond what a proxy takes.
    let surplus = (others.len() + 1).saturating_sub(MOST).min(MOST_GONE);
    let gone = others.iter().take(surplus).map(|(known, _)| line(tenant, known, "", Some(0)));
    gone.chain([line(tenant, &mine, &write(presented), None)]).flatten().collect()
}

/// The method that this browser chose last.
pub(super) fn remembered(headers: &HeaderMap, tenant: &Tenant) -> Option<Method> {
    let name = format!("{}{METHOD}", tenant.cookie().prefix);
    pairs(headers).find(|(known, _)| *known == name).and_then(|(_, value)| Method::parse(value))
}

/// The `Set-Cookie` line that remembers the method; `None` where the tenant leaves no choice. It says nothing about the
/// account: whoever chooses is answered it.
pub(super) fn remember(tenant: &Tenant, method: Method) -> Option<HeaderValue> {
    let name = format!("{}{METHOD}", tenant.cookie().prefix);
    let has_choice = tenant.recovery.methods.len() > 1 && tenant.recovery.methods.contains(&method);
    has_choice.then(|| line(tenant, &name, method.as_str(), Some(A_YEAR))).flatten()
}

fn name(tenant: &Tenant, id: RecoveryId) -> String {
    let id = id.to_string();
    format!("{}{}", tenant.cookie().prefix, &id[..NAME_CHARS])
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// `time.starter.proof`; anything else presents nothing.
fn parse(value: &str) -> Presented {
    let parts: Vec<&str> = value.split('.').collect();
    let [at, starter, proof] = parts.as_slice() else {
        return Presented::default();
    };
    Presented { at: read_time(at), starter: Token::parse(starter), proof: Token::parse(proof) }
}

fn write(presented: &Presented) -> String {
    let token = |token: &Option<Token>| token.as_ref().map(|token| token.to_secret().expose().to_owned());
    let at = presented.at.map(|at| at.unix_timestamp_nanos() / 1_000_000);
    format!(
        "{}.{}.{}",
        at.map(|at| at.to_string()).unwrap_or_default(),
        token(&presented.starter).unwrap_or_default(),
        token(&presented.proof).unwrap_or_default(),
    )
}

/// Milliseconds since 1970.
fn read_time(text: &str) -> Option<Timestamp> {
    let milliseconds: i64 = text.parse().ok()?;
    Timestamp::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).ok()
}

/// A cookie that lives for so many seconds, or as long as the browser is open.
fn line(tenant: &Tenant, name: &str, value: &str, seconds: Option<u32>) -> Option<HeaderValue> {
    let cookies = tenant.cookie();
    let secure = if cookies.secure { "; Secure" } else { "" };
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path={}; HttpOnly; SameSite=Lax{secure}{age}", cookies.path);
    // A planted name may hold what no header may: such a cookie is left alone.
    let mut line = HeaderValue::from_str(&text).ok()?;
    line.set_sensitive(true);
    Some(line)
}
