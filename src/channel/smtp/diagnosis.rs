//! The way to the relay, step by step: name, connection, TLS, login. Each step that fails says what to do, and ends
//! the look; nothing is sent.

use std::time::Duration;

use time::UtcDateTime;
use tokio::net::lookup_host;

use super::certificate::not_after;
use super::connection::Server;
use super::{Security, within};
use crate::channel::{Cause, Error};
use crate::clock::{Clock, SystemClock};
use crate::domain::finding::Finding;

/// From how many days before its end a certificate is warned of: whoever renews by hand needs them.
const FEW_DAYS: i64 = 14;

/// Looks at every step, each within `limit`.
pub(super) async fn look(server: &Server, limit: Duration) -> Vec<Finding> {
    let Server { host, port, .. } = server;
    let known = format!("the name {host} is known");
    let resolved = tokio::time::timeout(limit, lookup_host((host.as_str(), *port))).await;
    if !resolved.is_ok_and(|found| found.is_ok_and(|mut addresses| addresses.next().is_some())) {
        let remedy = "look at `email.host`, and at the name servers of this machine";
        return vec![Finding::unreachable(known, "it has no address here", remedy)];
    }
    let mut found = vec![Finding::good(known)];
    let Ok(opened) = tokio::time::timeout(limit, server.open()).await else {
        found.push(not_at_the_door(server, Error::Transient(Cause::Timeout), ""));
        return found;
    };
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(shut) => {
            let about_tls = shut.about_tls();
            found.push(not_at_the_door(server, shut.class(), about_tls));
            return found;
        }
    };
    found.push(Finding::good(format!("{host}:{port} takes connections")));
    found.push(match server.security {
        Security::Starttls => Finding::good(format!("STARTTLS with a certificate for {host}")),
        Security::Implicit => Finding::good(format!("TLS with a certificate for {host}")),
        Security::None => Finding::good("`email.tls` is \"none\"").with_detail("mails go in the clear"),
    });
    let end = connection.peer_certificate().ok().and_then(|der| not_after(&der));
    found.extend(end.and_then(|end| ends_soon(end, SystemClock::default().now())));
    match (&server.login, within(limit, server.log_in(&mut connection)).await) {
        (None, _) => found.push(Finding::good("nobody logs in").with_detail("`email.user` is not set")),
        (Some(_), Ok(())) => found.push(Finding::good("the login is accepted")),
        (Some(_), Err(error)) => found.push(no_login(error)),
    }
    connection.abort().await;
    found
}

fn not_at_the_door(server: &Server, error: Error, about_tls: &str) -> Finding {
    let place = format!("{}:{}", server.host, server.port);
    match error {
        Error::Misconfigured(Cause::Tls) => Finding::bad(
            format!("{place} speaks TLS as it should"),
            about_tls,
            "`email.tls` must fit the port (starttls 587, implicit 465), and the certificate must bear `email.host` and \
             come from a root of this system's or of `email.ca_file`",
        ),
        Error::Misconfigured(cause) | Error::Permanent(cause) => Finding::bad(
            format!("{place} takes our greeting"),
            cause.to_string(),
            "look at the mail server's log, and at `email.hello_name`",
        ),
        Error::Transient(cause) | Error::Unknown(cause) => Finding::unreachable(
            format!("{place} takes connections"),
            cause.to_string(),
            "look at `email.host` and `email.port`, at the mail server, and at firewalls on the way",
        ),
    }
}

fn no_login(error: Error) -> Finding {
    let what = "the login is accepted";
    match error {
        Error::Misconfigured(cause) | Error::Permanent(cause) => {
            Finding::bad(what, cause.to_string(), "look at `email.user` and `email.password`")
        }
        Error::Transient(cause) | Error::Unknown(cause) => {
            Finding::unreachable(what, cause.to_string(), "look at the mail server's log")
        }
    }
}

/// A warning where the certificate ends within a few days.
fn ends_soon(end: UtcDateTime, now: UtcDateTime) -> Option<Finding> {
    let days = (end - now).whole_days();
    (days < FEW_DAYS).then(|| {
        Finding::warning(
            "the certificate holds for a while",
            format!("it ends in {days} days"),
            "have it renewed: without it no mail goes out",
        )
    })
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    #[test]
    fn a_certificate_is_warned_of_two_weeks_before_its_end() {
        let now = utc_datetime!(2026-11-21 12:00);

        assert_eq!(ends_soon(utc_datetime!(2026-12-05 12:00), now), None);
        let soon = ends_soon(utc_datetime!(2026-12-05 11:59), now).expect("a warning");
        assert_eq!(soon.detail.as_deref(), Some("it ends in 13 days"));
    }
}
