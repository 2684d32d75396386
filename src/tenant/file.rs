//! A tenant's file as written. Every default stands in `config/regain.toml`, which is the lowest layer.

use serde::Deserialize;

/// A tenant's file, all layers merged, secrets read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name as people read it.
    pub(super) name: String,
}

/// A set of rules that a tenant holds itself to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The program's own.
    Default,
    /// OWASP ASVS 5.0, level 2: links live 10 minutes at most.
    AsvsL2,
}

/// What becomes of a login that was under way with the old password and outlives the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateLogins {
    /// The person and the audit are told.
    Tell,
    /// Every session that began in between ends.
    End,
}
