//! A tenant's mail server, and a test mail through it.
//!
//! The mail is none of the tenant's messages: nobody who gets it shall take it for a recovery. It bears a link of the
//! same form, with a token that opens nothing, so that a relay that rewrites links is seen.

use std::sync::Arc;
use std::time::Duration;

use handlebars::html_escape;

use super::Category;
use crate::channel::{Channel, Content, Error, Mail};
use crate::clock::{Clock, SystemClock};
use crate::domain::address::{Address, EmailAddress};
use crate::domain::finding::Finding;
use crate::domain::id::MessageId;
use crate::domain::secret::Secret;
use crate::tenant::Tenant;

/// Longest time for all that a channel looks at.
const LIMIT: Duration = Duration::from_secs(45);
/// Stands where a token would.
const NO_TOKEN: &str = "this-is-a-test-of-the-mail-relay";

/// Looks at every step of the way, and sends the test mail if one is wanted.
pub(super) async fn look(tenant: &Arc<Tenant>, send_test: Option<&EmailAddress>) -> Category {
    let name = format!("smtp {}", tenant.id.as_str());
    let Some(mail) = &tenant.mail else {
        return Category::new(name, vec![Finding::good("no method of this tenant needs mail")]);
    };
    let mut findings = tokio::time::timeout(LIMIT, mail.diagnose()).await.unwrap_or_else(|_| {
        let detail = format!("no end after {} s", LIMIT.as_secs());
        vec![Finding::unreachable("the mail server can be looked at", detail, "look at its log and at its load")]
    });
    if let Some(to) = send_test {
        findings.push(send(tenant, mail.as_ref(), to).await);
    }
    Category::new(name, findings)
}

async fn send(tenant: &Tenant, channel: &dyn Channel, to: &EmailAddress) -> Finding {
    let what = format!("a test mail to {} was taken", to.as_str());
    let link = tenant.link(&Secret::new(NO_TOKEN));
    let mail = letter(tenant, link.expose());
    let id = mail.id;
    match channel.deliver(&Address::Email(to.clone()), &Content::Mail(mail)).await {
        Ok(_) => Finding::good(what).with_detail(format!(
            "sent as {id}; its link went out as {} : if another one arrives, the relay rewrites links, which must be \
             switched off",
            link.expose()
        )),
        Err(error @ (Error::Transient(_) | Error::Unknown(_))) => {
            Finding::unreachable(what, error.to_string(), "look at the mail server's log, and try again")
        }
        Err(error @ (Error::Permanent(_) | Error::Misconfigured(_))) => {
            Finding::bad(what, error.to_string(), "look at the mail server's log")
        }
    }
}

fn letter(tenant: &Tenant, link: &str) -> Mail {
    let name = &tenant.name;
    let text = format!(
        "This is a test of the mail server of {name}. There is nothing to do.\n\nA link of a real message stands on \
         the next line. This one opens nothing. If it does not begin with {}, a relay on the way rewrites \
         links:\n\n{link}\n",
        tenant.origin
    );
    let [safe_name, safe_link, safe_origin] = [name, link, &tenant.origin].map(html_escape);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Test</title></head><body><p>This is a \
         test of the mail server of {safe_name}. There is nothing to do.</p><p>A link of a real message looks like \
         this. This one opens nothing. If it does not lead to {safe_origin}, a relay on the way rewrites links:</p>\
         <p><a href=\"{safe_link}\">{safe_link}</a></p></body></html>"
    );
    let id = MessageId::new(SystemClock::default().now());
    Mail { id, locale: "en".into(), subject: format!("Test of the mail server of {name}"), text, html }
}
