//! The way to Twilio, step by step, and a question that only reads: whether our credentials are taken, and whether the
//! account may send. Nothing is sent.

use serde::Deserialize;

use super::{Login, Twilio, VERSION, answer};
use crate::channel::call::{Answer, NoAnswer};
use crate::channel::{Cause, Error, reach};
use crate::domain::finding::Finding;

/// Where the address is written.
const KEY: &str = "sms.base_url";
/// "Authorization failed for standard API keys": the key is right, and may not ask this.
const MAY_NOT_ASK: u32 = 70051;

/// What of the account is read.
#[derive(Deserialize)]
struct Account {
    status: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Asks for the account; by a key for the newest message, for no ordinary key may read the account.
pub(super) async fn ask(twilio: &Twilio) -> Result<Answer, NoAnswer> {
    let name = format!("{}.json", twilio.account);
    let address = match &twilio.login {
        Login::Token(_) => twilio.peer.address(&[VERSION, "Accounts", &name]),
        Login::Key { .. } => {
            let mut address = twilio.peer.address(&[VERSION, "Accounts", &twilio.account, "Messages.json"]);
            address.query_pairs_mut().append_pair("PageSize", "1");
            address
        }
    };
    let request = twilio.signed(twilio.peer.client()?.get(address));
    twilio.peer.send(request).await
}

/// Looks at each step.
pub(super) async fn look(twilio: &Twilio) -> Vec<Finding> {
    let mut found = match reach::by_name(&twilio.peer, KEY).await {
        Ok(known) => vec![known],
        Err(unknown) => return vec![unknown],
    };
    let answer = match ask(twilio).await {
        Ok(answer) => answer,
        Err(none) => {
            found.push(reach::not_reached(&twilio.peer, KEY, none.into()));
            return found;
        }
    };
    found.push(Finding::good(format!("{} takes connections and answers", reach::place(&twilio.peer))));
    found.push(credentials(twilio, &answer));
    if answer.status != 200 {
        return found;
    }
    if let Login::Token(_) = twilio.login {
        found.push(account(answer.json()));
    }
    found.push(match &twilio.callbacks {
        Some(_) => Finding::good("Twilio is asked to tell what becomes of messages"),
        None => Finding::good("nobody tells what becomes of messages")
            .with_detail("that needs `sms.auth_token`, and a `public_url` beyond this machine"),
    });
    found
}

fn credentials(twilio: &Twilio, answer: &Answer) -> Finding {
    let what = "the credentials are accepted";
    let remedy = match &twilio.login {
        Login::Token(_) => {
            "look at `sms.account_sid` and `sms.auth_token`; each region has a token of its own, so look at `sms.region` too"
        }
        Login::Key { .. } => {
            "look at `sms.account_sid`, `sms.api_key` and `sms.api_secret`; each region has keys of its own, so look at \
             `sms.region` too"
        }
    };
    if answer.status == 200 {
        return Finding::good(what);
    }
    if answer::code(answer) == Some(MAY_NOT_ASK) {
        let remedy = "the key may send all the same: send yourself a message, or let it read messages for this look";
        return Finding::warning(what, "the key may not read messages", remedy);
    }
    match answer::refused(answer) {
        Error::Misconfigured(Cause::Credentials) => Finding::bad(what, Cause::Credentials.to_string(), remedy),
        Error::Misconfigured(Cause::Status(404)) => {
            Finding::bad(what, "there is no such account", "look at `sms.account_sid` and `sms.base_url`")
        }
        Error::Transient(cause) | Error::Unknown(cause) => {
            Finding::unreachable(what, cause.to_string(), "try again; look at status.twilio.com")
        }
        Error::Permanent(cause) | Error::Misconfigured(cause) => Finding::bad(what, cause.to_string(), remedy),
    }
}

fn account(account: Option<Account>) -> Finding {
    let what = "the account may send";
    match account {
        Some(Account { status: Some(status), kind }) if status == "active" => match kind.as_deref() {
            Some("Trial") => {
                let remedy = "upgrade it in Twilio's console: until then it writes to your own verified numbers only";
                Finding::warning(what, "it is a trial account", remedy)
            }
            _ => Finding::good(what),
        },
        Some(Account { status: Some(status), .. }) if matches!(status.as_str(), "suspended" | "closed") => {
            Finding::bad(what, format!("it is {status}"), "look at Twilio's console, and at the balance")
        }
        Some(_) | None => Finding::bad(what, Cause::Answer.to_string(), "look at `sms.base_url`: is it Twilio's API?"),
    }
}
