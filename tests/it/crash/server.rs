//! The program as a process of its own. It is this binary, started again by a test that kills it, so that the provider
//! and the mails can be the test's.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use regain::app;
use regain::channel::Inbox;
use regain::clock::SystemClock;
use regain::config::{self, Inputs};

use super::world::{ADDRESS, AHEAD, FOLDER, mails, people};
use crate::support::files;

/// Serves where a test of this folder has started the process, and does nothing in any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_these_tests_start_and_kill() {
    #[expect(clippy::disallowed_methods, reason = "nothing else reaches a test than the environment")]
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    serve(Path::new(&folder)).await;
}

async fn serve(folder: &Path) {
    std::thread::spawn(end_with_the_parent);
    let stopped = app::stop_signal();
    let inputs = Inputs { dir: folder.join("config"), env: Vec::new() };
    let (config, problems) = config::load(&inputs).start().expect("a configuration");
    assert!(!problems.has_errors(), "{problems:?}");
    regain::telemetry::start(&config.log);
    let clock = Arc::new(SystemClock::default());
    let ahead: Duration = serde_json::from_slice(&std::fs::read(folder.join(AHEAD)).expect("a file")).expect("a span");
    clock.correct_by(i64::try_from(ahead.as_millis()).expect("a short span"));
    let (people, mails) = (Arc::new(people(folder, clock.clone())), Arc::new(mails(folder)));

    let program = app::start_with(config, Some(Inbox::new()), clock, |tenant| {
        tenant.provider = people.clone();
        tenant.mail = Some(mails.clone());
    });
    let program = program.await.expect("a program that starts");
    assert!(!program.problems().has_errors(), "{:?}", program.problems());
    files::replace(folder, ADDRESS, program.public_addr().to_string().as_bytes());
    program.run(stopped).await;
}

/// The standard input ends when the process that holds its other end does: whatever becomes of the tests, nothing
/// stays behind.
fn end_with_the_parent() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(1);
}
