//! The `[store]` section: where it is kept. Building looks at the text alone and opens nothing.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use crate::domain::problem::Problems;
use crate::domain::secret::Secret;

/// `[store]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite://data/regain.db` or `postgres://…`; secret, because the second may hold a password.
    pub url: Secret,
    /// Whether a PostgreSQL schema is brought up to date at start. SQLite always is.
    pub migrate_on_start: bool,
    /// Lets PostgreSQL be spoken to over a network without verified TLS.
    pub insecure: bool,
    /// Most connections to PostgreSQL.
    pub max_connections: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: Secret::new("sqlite://data/regain.db"),
            migrate_on_start: false,
            insecure: false,
            max_connections: 16,
        }
    }
}

/// The section with nothing wrong in it.
#[derive(Clone, Debug)]
pub struct Settings(pub(super) Place);

/// Where the store is kept.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// One file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A server.
    Postgres {
        /// Its address.
        url: Secret,
        /// Most connections.
        max_connections: u32,
        /// Whether pending steps are made at open.
        migrate_on_start: bool,
    },
}

impl Settings {
    /// Settings for one SQLite file: what the demo, commands and tests use.
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Place::Sqlite { path: path.into() })
    }

    /// Whether it is kept in a SQLite file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.file().is_some()
    }

    /// The SQLite file.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::Sqlite { path } => Some(path),
            Place::Postgres { .. } => None,
        }
    }

    /// Whether a start brings the schema up to date.
    #[must_use]
    pub fn migrates_at_start(&self) -> bool {
        match &self.0 {
            Place::Sqlite { .. } => true,
            Place::Postgres { migrate_on_start, .. } => *migrate_on_start,
        }
    }
}

impl Config {
    /// Reads the section; keys are named relative to it.
    pub fn build(&self, problems: &mut Problems) -> Option<Settings> {
        let text = self.url.expose();
        if let Some(path) = text.strip_prefix("sqlite://") {
            return sqlite(path, problems);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return self.postgres(text, problems);
        }
        problems
            .error("url", "the store's address is neither `sqlite://` nor `postgres://`")
            .help("write `sqlite://data/regain.db`, or `postgres://user@host/database?sslmode=verify-full`");
        None
    }

    fn postgres(&self, text: &str, problems: &mut Problems) -> Option<Settings> {
        let Ok(url) = Url::parse(text) else {
            problems.error("url", "the address of PostgreSQL cannot be read").help("percent-encode what stands in it");
            return None;
        };
        let mut sound = true;
        if !is_local(&url) && sslmode(&url).as_deref() != Some("verify-full") {
            let message = "PostgreSQL is reached over the network without verified TLS";
            if self.insecure {
                problems.warning("url", message);
            } else {
                problems.error("url", message).help("add `?sslmode=verify-full`, or `insecure = true` beside it");
                sound = false;
            }
        }
        if !(2..=1000).contains(&self.max_connections) {
            problems.error("max_connections", "not between 2 and 1000");
            sound = false;
        }
        sound.then(|| {
            Settings(Place::Postgres {
                url: self.url.clone(),
                max_connections: self.max_connections,
                migrate_on_start: self.migrate_on_start,
            })
        })
    }
}

fn sqlite(path: &str, problems: &mut Problems) -> Option<Settings> {
    if path.is_empty() || path.ends_with('/') || path.contains('?') || path.contains(":memory:") {
        problems
            .error("url", "`sqlite://` is not followed by the path of a file")
            .help("write `sqlite://data/regain.db`, or `sqlite:///var/lib/regain/regain.db`");
        return None;
    }
    Some(Settings::sqlite(path))
}

/// Whether the address means this machine: loopback, a Unix socket, or no host at all. The driver lets `host` and
/// `hostaddr` in the query win over the host of the address, and so does this.
fn is_local(url: &Url) -> bool {
    let in_query = url.query_pairs().filter(|(name, _)| name == "host" || name == "hostaddr").last();
    let host = match (&in_query, url.host_str()) {
        (Some((_, host)), _) => host.as_ref(),
        (None, Some(host)) => host,
        (None, None) => return true,
    };
    let name = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let loopback = name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback || name == "localhost" || name.is_empty() || name.starts_with('/') || name.starts_with("%2f")
}

fn sslmode(url: &Url) -> Option<String> {
    url.query_pairs().filter(|(name, _)| name == "sslmode" || name == "ssl-mode").last().map(|(_, mode)| mode.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str, insecure: bool) -> (Option<Settings>, Vec<String>) {
        let mut problems = Problems::new();
        let config = Config { url: Secret::new(url), insecure, ..Config::default() };
        let settings = problems.within("store", |problems| config.build(problems));
        (settings, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_file_and_a_local_or_verified_server_are_taken() {
        for good in [
            "sqlite://data/regain.db",
            "sqlite:///var/lib/regain/regain.db",
            "postgres://regain@localhost/regain",
            "postgresql://regain@127.0.0.1:5433/regain",
            "postgres://regain@[::1]/regain",
            "postgres:///regain?host=/run/postgresql",
            "postgres://regain@%2Frun%2Fpostgresql/regain",
            "postgres://regain:secret@db.example.org/regain?sslmode=verify-full",
        ] {
            let (settings, problems) = build(good, false);

            assert!(settings.is_some(), "{good}");
            assert!(problems.is_empty(), "{problems:?}");
        }
    }

    #[test]
    fn a_server_over_the_network_needs_verified_tls_or_says_that_it_is_insecure() {
        for bad in [
            "postgres://regain:hunter2@db.example.org/regain",
            "postgres://regain:hunter2@db.example.org/regain?sslmode=require",
            "postgres://regain:hunter2@localhost/regain?host=db.example.org",
            "postgres://regain:hunter2@localhost/regain?hostaddr=192.0.2.1",
            "postgres://regain:hunter2@db.example.org/regain?sslmode=verify-full&sslmode=disable",
        ] {
            let (settings, problems) = build(bad, false);
            let (insecure, warnings) = build(bad, true);

            assert!(settings.is_none(), "{bad}");
            assert!(problems[0].starts_with("error: `store.url`: PostgreSQL is reached over the network"));
            assert!(insecure.is_some(), "{bad}");
            assert!(warnings[0].starts_with("warning: `store.url`"));
            assert!(!problems.concat().contains("hunter2"));
        }
    }

    #[test]
    fn another_address_is_refused_without_being_repeated() {
        for bad in
            ["", "mysql://root:hunter2@h/d", "sqlite://", "sqlite://data/", "sqlite://:memory:", "sqlite::memory:"]
        {
            let (settings, problems) = build(bad, false);

            assert!(settings.is_none(), "{bad}");
            assert!(!problems.concat().contains("hunter2"));
        }
    }
}
