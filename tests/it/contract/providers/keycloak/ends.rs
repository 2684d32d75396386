//! Ending sessions and lifting a lock-out: the order on the wire, and what is left when it breaks off.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use regain::identity::{Cause, Error};
use time::macros::utc_datetime;

use super::stand::{ALICE, Stand, alice, detection};
use crate::support::scripted::json;

const BEFORE: time::UtcDateTime = utc_datetime!(2026-11-20 12:00:00.500);
const CONSENTS: &str = r#"[{"clientId":"por/tal","grantedClientScopes":[],"additionalGrants":[{"client":"c1","key":"Offline Token"}]},
    {"clientId":"other","grantedClientScopes":["profile"],"additionalGrants":[]}]"#;

fn session(id: &str, start: i64) -> String {
    format!(r#"{{"id":"{id}","username":"alice","start":{start},"lastAccess":1,"clients":{{}},"transientUser":false}}"#)
}

/// A realm with sessions that began at these seconds after noon, online and offline ones by the same ids.
fn sessions(line: &str, seconds: &[i64]) -> Option<String> {
    let listed: Vec<String> =
        seconds.iter().map(|at| session(&format!("s{at}"), (super::stand::noon() + at) * 1000)).collect();
    if line.ends_with("/sessions") || line.ends_with("/offline-sessions/c1") {
        return Some(json(200, &format!("[{}]", listed.join(","))));
    }
    line.ends_with("/consents").then(|| json(200, CONSENTS))
}

fn gone() -> String {
    json(404, r#"{"error":"Sesssion not found"}"#)
}

/// FT-09
#[tokio::test]
async fn all_ids_are_read_before_anything_ends_and_each_is_deleted_until_it_is_gone() {
    let seen = Mutex::new(Vec::<String>::new());
    let stand = Stand::new(move |line, _| {
        if line.starts_with("DELETE /sessions") {
            let mut seen = seen.lock().expect("no panic");
            seen.push(line.to_owned());
            // It was brought back once.
            let times = seen.iter().filter(|it| *it == line).count();
            let comes_back = line.contains("isOffline");
            return (times > if comes_back { 3 } else { 1 }).then(gone);
        }
        sessions(line, &[-60, 0])
    });

    let ended = stand.provider.end_sessions(&alice(), BEFORE).await.expect("ended");

    assert_eq!(ended.sessions, Some(4));
    let mut calls: Vec<String> = stand.calls().iter().map(|line| line.replace(ALICE, "{id}")).collect();
    calls[5..].sort();
    insta::assert_snapshot!(calls.join("\n"), @r"
    GET /users/{id}/sessions
    GET /users/{id}/consents
    GET /users/{id}/offline-sessions/c1
    POST /users/{id}/logout
    DELETE /users/{id}/consents/por%2Ftal
    DELETE /sessions/s-60
    DELETE /sessions/s-60
    DELETE /sessions/s-60?isOffline=true
    DELETE /sessions/s-60?isOffline=true
    DELETE /sessions/s-60?isOffline=true
    DELETE /sessions/s-60?isOffline=true
    DELETE /sessions/s0
    DELETE /sessions/s0
    DELETE /sessions/s0?isOffline=true
    DELETE /sessions/s0?isOffline=true
    DELETE /sessions/s0?isOffline=true
    DELETE /sessions/s0?isOffline=true
    ");
}

#[tokio::test]
async fn where_somebody_has_signed_in_since_only_what_began_before_is_ended() {
    let stand =
        Stand::new(
            move |line, _| {
                if line.starts_with("DELETE /sessions") { Some(gone()) } else { sessions(line, &[-60, 0, 1]) }
            },
        );

    let ended = stand.provider.end_sessions(&alice(), BEFORE).await.expect("ended");

    assert_eq!(ended.sessions, Some(4));
    let mut deleted: Vec<String> = stand.calls().into_iter().filter(|line| !line.starts_with("GET ")).collect();
    // Each is looked for once more after a pause, also where it was not there.
    assert_eq!(deleted.len(), 8);
    deleted.sort();
    deleted.dedup();
    assert_eq!(
        deleted,
        [
            "DELETE /sessions/s-60",
            "DELETE /sessions/s-60?isOffline=true",
            "DELETE /sessions/s0",
            "DELETE /sessions/s0?isOffline=true"
        ]
    );
}

/// What was brought back meanwhile is in no list, so the ids outlive the try that read them.
#[tokio::test]
async fn a_second_try_ends_what_the_first_has_only_begun_to() {
    let fails = AtomicUsize::new(0);
    let stand = Stand::new(move |line, _| {
        if line.starts_with("DELETE /sessions") {
            let is_first = fails.fetch_add(1, Ordering::Relaxed) == 0;
            return Some(if is_first { json(500, "") } else { gone() });
        }
        let is_first = fails.load(Ordering::Relaxed) == 0;
        sessions(line, if is_first { &[-60] } else { &[] })
    });

    let broken = stand.provider.end_sessions(&alice(), BEFORE).await;
    let between = stand.calls().len();
    let ended = stand.provider.end_sessions(&alice(), BEFORE).await.expect("ended");
    let again = stand.provider.end_sessions(&alice(), BEFORE).await.expect("ended already");

    assert!(matches!(broken, Err(Error::Unavailable(Cause::Status(500)))), "{broken:?}");
    assert!(stand.calls()[between..].contains(&"DELETE /sessions/s-60?isOffline=true".to_owned()));
    assert_eq!((ended.sessions, again.sessions), (Some(2), Some(0)));
}

/// FT-09: whoever has the old password can begin sessions until their list is too long.
#[tokio::test]
async fn more_sessions_than_can_be_listed_are_signed_out_before_what_is_left_is_listed() {
    for endless in ["/sessions", "/offline-sessions/c1"] {
        let is_out = AtomicBool::new(false);
        let stand = Stand::new(move |line, _| {
            if line.ends_with("/logout") {
                is_out.store(true, Ordering::Relaxed);
            }
            if line.starts_with("GET ") && line.ends_with(endless) && !is_out.load(Ordering::Relaxed) {
                let listed = vec![session("d04d8c8b-d2de-4408-b9d4-bfe8141704c7", 0); 10_000];
                return Some(json(200, &format!("[{}]", listed.join(","))));
            }
            if line.starts_with("DELETE /sessions") { Some(gone()) } else { sessions(line, &[-60]) }
        });

        let ended = stand.provider.end_sessions(&alice(), BEFORE).await.expect("ended");

        assert_eq!(ended.sessions, Some(2), "{endless}");
        let calls = stand.calls().join("\n").replace(ALICE, "{id}");
        let out = "POST /users/{id}/logout\nDELETE /users/{id}/consents/por%2Ftal\nGET /users/{id}/sessions";
        assert!(calls.contains(out), "{endless}: {calls}");
    }
}

/// A thousand sessions may take longer than one try has time.
#[tokio::test]
async fn what_was_seen_to_be_gone_is_not_ended_again_by_the_next_try() {
    let deleted = AtomicUsize::new(0);
    let stand = Stand::new(move |line, _| {
        if line.starts_with("DELETE /sessions") {
            let fails = deleted.fetch_add(1, Ordering::Relaxed) == 1100;
            return Some(if fails { json(500, "") } else { gone() });
        }
        let many: Vec<i64> = (-600..0).collect();
        let is_first = deleted.load(Ordering::Relaxed) == 0;
        if line.ends_with("/consents") { None } else { sessions(line, if is_first { &many } else { &[] }) }
    });

    let broken = stand.provider.end_sessions(&alice(), BEFORE).await;
    let ended = stand.provider.end_sessions(&alice(), BEFORE).await.expect("ended");

    assert!(matches!(broken, Err(Error::Unavailable(Cause::Status(500)))), "{broken:?}");
    assert_eq!(ended.sessions, Some(100));
}

#[tokio::test]
async fn consents_and_clients_that_are_gone_already_are_no_error() {
    let stand = Stand::new(move |line, _| {
        if line.contains("/offline-sessions/") {
            return Some(json(404, r#"{"error":"Client not found"}"#));
        }
        if line.starts_with("DELETE ") {
            return Some(json(404, r#"{"error":"Consent nor offline token not found"}"#));
        }
        sessions(line, &[])
    });

    let ended = stand.provider.end_sessions(&alice(), BEFORE).await.expect("nothing to end");

    assert_eq!(ended.sessions, Some(0));
}

#[tokio::test]
async fn only_a_temporary_lock_out_is_lifted() {
    for (told, lifted) in
        [(detection(true, 1_795_209_967), true), (detection(true, i64::MAX), false), (detection(false, 0), false)]
    {
        let body = told.clone();
        let stand = Stand::new(move |line, _| line.starts_with("GET /attack").then(|| json(200, &body)));

        stand.provider.unlock(&alice()).await.expect("an answer");

        let calls = stand.calls();
        let path = format!("/attack-detection/brute-force/users/{ALICE}");
        assert_eq!(calls[0], format!("GET {path}"));
        assert_eq!(calls.get(1).cloned(), lifted.then(|| format!("DELETE {path}")), "{told}");
    }
}
