//! What is logged while a test listens, on its own thread. Crates that speak by `log` are not heard: who listens to those
//! does so for the whole program.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::{Dispatch, Level};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

/// The lines so far.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    /// Listens as long as the guard lives.
    pub(crate) fn listen(level: Level) -> (Self, tracing::subscriber::DefaultGuard) {
        keep_listening();
        let heard = Self::default();
        let writer = heard.clone();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
        let registry = tracing_subscriber::registry().with(LevelFilter::from_level(level)).with(lines);
        (heard, tracing::subscriber::set_default(registry))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no test has panicked in here")).into_owned()
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test has panicked in here").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Where one thread alone listens, a line that another thread comes to first counts as unheard for good, on every thread.
/// Somebody who listens to everything, and forever, keeps that from happening.
fn keep_listening() {
    static ALWAYS: OnceLock<Dispatch> = OnceLock::new();
    ALWAYS.get_or_init(|| Dispatch::new(tracing_subscriber::registry().with(LevelFilter::TRACE)));
}
