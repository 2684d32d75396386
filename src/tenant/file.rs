//! A tenant's file as written. Every default stands in `config/regain.toml`, which is the lowest layer.

use serde::Deserialize;

use super::{api, password, recovery, upstream};
use crate::{channel, identity, limit, template};

/// A tenant's file, all layers merged, secrets read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name as people read it.
    pub(super) name: String,
    /// Hosts of its own.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// Or the shared host that it is on.
    pub(super) host: Option<String>,
    /// And its path there.
    pub(super) path: Option<String>,
    /// Where people reach it.
    pub(super) public_url: String,
    /// The rules it holds itself to.
    pub(super) profile: Profile,
    pub(super) recovery: recovery::Config,
    pub(super) password: password::Config,
    pub(super) provider: identity::Config,
    pub(super) upstream: Option<upstream::Config>,
    pub(super) email: channel::Config,
    pub(super) sms: Option<channel::TextConfig>,
    pub(super) brand: template::brand::Config,
    #[serde(default)]
    pub(super) templates: template::Config,
    #[serde(default)]
    pub(super) limits: limit::OwnConfig,
    pub(super) api: api::Config,
    #[expect(dead_code, reason = "its keys are known, their use comes with the admin API")]
    admin: Admin,
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

/// `[admin]` of a tenant: what keys may do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Admin {
    #[expect(dead_code, reason = "the names are checked by being read; their use comes with the admin API")]
    allow: Vec<Allowed>,
}

/// What an operator's key may do to a tenant's accounts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Allowed {
    Send,
    Generate,
    Set,
    Link,
    PasswordByEmail,
}

impl File {
    /// The kind of its provider.
    #[must_use]
    pub fn provider_kind(&self) -> &'static str {
        self.provider.kind()
    }
}
