//! This machine's clock beside the database's and beside those of what is proxied. The program itself goes by the
//! database's; certificates, tokens of providers and logs go by this one.

use http::{HeaderMap, Method, header};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, PrimitiveDateTime, UtcDateTime};

use super::calls::{Heard, ask};
use super::proxy::Front;
use crate::clock::{Clock, SystemClock};
use crate::domain::finding::Finding;
use crate::outward::Clients;
use crate::store::{Kind, Store};

/// From here on the operator should know.
const NOTICED: Duration = Duration::seconds(2);
/// From here on tokens and certificates begin to fail.
const TOO_FAR: Duration = Duration::seconds(30);
/// RFC 9110 §5.6.7, the one form that is written today.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Asks everybody for the time.
pub(super) async fn look(store: Option<&Store>, fronts: &[Front], clients: &Clients) -> Vec<Finding> {
    let clock = SystemClock::default();
    let mut findings = Vec::new();
    match store {
        Some(store) if store.kind() == Kind::Postgres => {
            let before = clock.now();
            match store.now().await {
                Ok(theirs) => findings.push(compare("the database", theirs, between(before, clock.now()))),
                Err(error) => findings.push(Finding::unreachable(
                    "the database tells the time",
                    error.to_string(),
                    "look at the store first",
                )),
            }
        }
        Some(_) => findings.push(Finding::good("the database goes by this machine's clock")),
        None => {}
    }
    let mut asked = Vec::new();
    for front in fronts {
        let url = &front.upstream.url;
        if asked.contains(url) {
            continue;
        }
        asked.push(url.clone());
        let before = clock.now();
        // One that does not answer is told of where it is looked at; many do not tell the time.
        let Ok(heard) = ask(clients, Method::HEAD, url.clone(), HeaderMap::new()).await else { continue };
        let Some(theirs) = date(&heard) else { continue };
        findings.push(compare(url.as_str(), theirs, between(before, clock.now())));
    }
    if findings.is_empty() {
        findings.push(Finding::good("nobody else tells the time"));
    }
    findings
}

fn between(before: UtcDateTime, after: UtcDateTime) -> UtcDateTime {
    before + (after - before) / 2
}

fn date(heard: &Heard) -> Option<UtcDateTime> {
    let text = heard.headers.get(header::DATE)?.to_str().ok()?;
    PrimitiveDateTime::parse(text, HTTP_DATE).ok().map(PrimitiveDateTime::as_utc)
}

/// Holds somebody's time against ours.
fn compare(whose: &str, theirs: UtcDateTime, ours: UtcDateTime) -> Finding {
    let what = format!("the clock of {whose} agrees with this machine's");
    let ahead = theirs - ours;
    let apart = ahead.abs();
    let detail =
        format!("it is {:.1} s {}", apart.as_seconds_f64(), if ahead.is_negative() { "behind" } else { "ahead" });
    let remedy = "let both follow a time server, such as by chrony";
    if apart > TOO_FAR {
        Finding::bad(what, detail, remedy)
    } else if apart > NOTICED {
        Finding::warning(what, detail, remedy)
    } else {
        Finding::good(what)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;
    use crate::domain::finding::Verdict;

    #[test]
    fn two_seconds_are_noticed_and_thirty_are_too_many() {
        let ours = utc_datetime!(2026-11-21 12:00:30);
        let verdict = |theirs| compare("the database", theirs, ours).verdict;

        assert_eq!(verdict(utc_datetime!(2026-11-21 12:00:32)), Verdict::Good);
        assert_eq!(verdict(utc_datetime!(2026-11-21 12:00:27)), Verdict::Warning);
        assert_eq!(verdict(utc_datetime!(2026-11-21 12:01:00)), Verdict::Warning);
        assert_eq!(verdict(utc_datetime!(2026-11-21 12:01:01)), Verdict::Bad);
        let behind = compare("the database", utc_datetime!(2026-11-21 11:59:30), ours);
        assert_eq!(behind.detail.as_deref(), Some("it is 60.0 s behind"));
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, http::HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        let heard = Heard { status: http::StatusCode::OK, headers, body: String::new() };

        assert_eq!(date(&heard), Some(utc_datetime!(1994-11-06 08:49:37)));
    }
}
