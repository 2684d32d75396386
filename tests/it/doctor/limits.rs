//! Where clients are counted: in this process, or by somebody who does not answer. Real servers are in `tests/live/`.

use insta::assert_snapshot;

use super::{Place, deaf};

#[test]
fn counts_in_memory_are_each_processs_own() {
    let said = Place::new().doctor(&["--only", "limits"]);

    assert_eq!(said.code, Some(0));
    assert_snapshot!(said.out, @r##"
    limits
    ok          clients are counted in this process: several processes allow each client as many times as much
    "##);
}

#[test]
fn a_shared_limiter_that_is_away_is_told() {
    let (_socket, port) = deaf();
    let place = Place::new().env("REGAIN_LIMITS__STORE", &format!("redis://:hunter2@127.0.0.1:{port}"));

    let said = place.doctor(&["--only", "limits"]);

    assert_eq!(said.code, Some(3));
    assert_snapshot!(said.out, @r##"
    limits
    unreachable the shared limits can be reached: no connection
        help: look at `limits.store`, and whether it runs; until then nobody can begin a recovery or type a code
    "##);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}
