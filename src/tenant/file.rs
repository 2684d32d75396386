//! A tenant's file as written. Every default stands in `config/regain.toml`, which is the lowest layer.

use serde::Deserialize;

use super::{api, password, recovery, upstream};
use crate::domain::problem::Problems;
use crate::domain::secret::Secret;
use crate::{channel, identity, template};

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
    sms: Option<Sms>,
    pub(super) brand: template::brand::Config,
    #[serde(default)]
    pub(super) templates: template::Config,
    #[serde(default)]
    limits: Limits,
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

/// `[sms]`: its keys are known, its use is to come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the keys are known, their use comes with codes")]
struct Sms {
    kind: String,
    account_sid: Option<String>,
    auth_token: Option<Secret>,
    api_key: Option<Secret>,
    api_secret: Option<Secret>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    base_url: Option<String>,
    region: Option<String>,
}

/// `[limits]` of a tenant: stricter than the operator's, which is to come.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    starts_per_10_min: Option<u32>,
    starts_per_hour: Option<u32>,
    codes_per_min: Option<u32>,
    others_per_10_min: Option<u32>,
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

    /// Keys that the schema knows and this version cannot honour are refused, never passed over in silence.
    pub(super) fn refuse_what_is_to_come(&self, problems: &mut Problems) {
        let set = [
            ("sms", self.sms.is_some()),
            ("limits.starts_per_10_min", self.limits.starts_per_10_min.is_some()),
            ("limits.starts_per_hour", self.limits.starts_per_hour.is_some()),
            ("limits.codes_per_min", self.limits.codes_per_min.is_some()),
            ("limits.others_per_10_min", self.limits.others_per_10_min.is_some()),
        ];
        for (key, is_set) in set {
            if is_set {
                problems.error(key, "is not yet supported by this version").help("leave it out");
            }
        }
    }
}
