//! A Keycloak whose clock is not ours: its dates are ours when they are told, and ours are its when it is asked.

use regain::domain::finding::Verdict;
use time::macros::utc_datetime;

use super::stand::{Stand, alice, granted, noon};
use crate::contract::identity::typed;
use crate::support::scripted::json;

/// A realm whose clock is ahead by so many seconds; its credential was set, and its session began, at noon of our time.
fn ahead(seconds: i64) -> Stand {
    Stand::with("sentinel = 'alice'", move |line, _| {
        let noon = noon() + seconds;
        if line == "POST token" {
            return Some(granted(noon, 300));
        }
        if line.ends_with("/credentials") {
            return Some(json(200, &format!(r#"[{{"type":"password","createdDate":{}}}]"#, noon * 1000)));
        }
        if line.ends_with("/sessions") {
            return Some(json(200, &format!(r#"[{{"id":"s","start":{}}}]"#, noon * 1000)));
        }
        line.starts_with("DELETE /sessions").then(|| json(404, "{}"))
    })
}

#[tokio::test]
async fn dates_are_told_in_our_time() {
    for (seconds, told) in [
        (0, utc_datetime!(2026-11-20 12:00)),
        (2, utc_datetime!(2026-11-20 12:00:02)),
        (-2, utc_datetime!(2026-11-20 11:59:58)),
        (600, utc_datetime!(2026-11-20 12:00)),
        // A second is all that is known: it may have been its last moment.
        (-600, utc_datetime!(2026-11-20 11:59:59.001)),
    ] {
        let stand = ahead(seconds);

        let found = stand.provider.find(&typed("alice")).await.expect("an answer").remove(0);

        assert_eq!(found.credential_changed_at, Some(told), "{seconds}");
    }
}

#[tokio::test]
async fn what_began_before_is_told_by_its_clock() {
    for seconds in [0, 600, -600] {
        for (before, ends) in [(utc_datetime!(2026-11-20 11:59:55), 0), (utc_datetime!(2026-11-20 12:00:05), 1)] {
            let stand = ahead(seconds);

            let ended = stand.provider.end_sessions(&alice(), before).await.expect("ended");

            assert_eq!(ended.sessions, Some(ends), "{seconds} {before}");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_diagnosed_and_stops_nothing() {
    for (seconds, verdict) in [(0, Verdict::Good), (20, Verdict::Good), (31, Verdict::Bad), (-32, Verdict::Bad)] {
        let stand = ahead(seconds);

        let findings = stand.provider.diagnose().await;

        let clock = findings.iter().find(|it| it.what == "its clock and ours agree").expect("a finding");
        assert_eq!(clock.verdict, verdict, "{seconds}: {clock:?}");
        stand.provider.check().await.expect("an answer");
    }
}
