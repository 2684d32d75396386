//! `regain.toml` as written, and what it becomes.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::merged::Merged;
use crate::domain::problem::Problems;
use crate::tenant::{HostConfig, SharedHost};
use crate::{audit, limit, server, store, telemetry, template};

/// `regain.toml`, all layers merged, secrets read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    server: server::Config,
    management: server::Management,
    admin: Admin,
    store: store::Config,
    secrets: Secrets,
    pub(super) tenants: TenantFiles,
    limits: limit::Config,
    audit: audit::Config,
    log: telemetry::Config,
    telemetry: telemetry::Telemetry,
    #[expect(dead_code, reason = "read for each tenant, as a layer below its file")]
    templates: template::Config,
    #[expect(dead_code, reason = "read for each tenant, as a layer below its file")]
    defaults: IgnoredAny,
    #[serde(default)]
    host: Vec<HostConfig>,
}

/// `[admin]`: the admin API is to come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Admin {
    listen: String,
    #[expect(dead_code, reason = "the key is known, its use comes with the admin API")]
    hosts: Vec<String>,
}

/// `[secrets]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    keys_file: PathBuf,
}

/// `[tenants]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantFiles {
    /// The folder of the tenants' files; it is read before all else.
    #[expect(dead_code, reason = "named so that it is no unknown key")]
    dir: PathBuf,
    /// Folders in which a tenant's own files may lie; `{id}` is the tenant.
    pub(super) files: Vec<PathBuf>,
}

/// What `regain.toml` says, checked.
#[derive(Debug)]
pub(super) struct Operator {
    pub(super) server: server::Settings,
    pub(super) management: server::Settings,
    pub(super) store: store::Settings,
    pub(super) keys_file: PathBuf,
    pub(super) limits: limit::Settings,
    pub(super) audit: audit::Config,
    pub(super) log: telemetry::Settings,
    pub(super) telemetry: telemetry::Telemetry,
}

impl File {
    /// The hosts that tenants share.
    pub(super) fn hosts(&self, problems: &mut Problems) -> Vec<SharedHost> {
        let mut hosts: Vec<SharedHost> = Vec::new();
        for (index, host) in self.host.iter().enumerate() {
            let built = problems.within(&format!("host.{index}"), |problems| host.build(problems));
            let Some(built) = built else { continue };
            if hosts.iter().any(|known| known.name == built.name) {
                problems.error(&format!("host.{index}.name"), format!("\"{}\" stands here twice", built.name));
            } else {
                hosts.push(built);
            }
        }
        hosts
    }

    /// Checks every section; keys are the file's own.
    pub(super) fn build(self, problems: &mut Problems) -> Option<Operator> {
        if !self.admin.listen.is_empty() {
            problems.error("admin.listen", "the admin API is not yet supported by this version").help("leave it empty");
        }
        let server = problems.within("server", |problems| self.server.build(problems));
        let management = problems.within("management", |problems| self.management.build(problems));
        let store = problems.within("store", |problems| self.store.build(problems));
        let limits = problems.within("limits", |problems| self.limits.build(problems));
        let log = problems.within("log", |problems| self.log.build(problems));
        let database = self.store.url.expose().strip_prefix("sqlite://").map(std::path::Path::new);
        if database.is_some_and(|database| super::keys::lies_beside(&self.secrets.keys_file, database)) {
            problems
                .error("secrets.keys_file", "lies in the folder of the database, where one leak takes both")
                .help("keep the keys in a folder of their own, better on another volume");
        }
        Some(Operator {
            server: server?,
            management: management?,
            store: store?,
            keys_file: self.secrets.keys_file,
            limits: limits?,
            audit: self.audit,
            log: log?,
            telemetry: self.telemetry,
        })
    }
}

/// Sections that rooms do not know yet. They are taken out, and refused where they are set.
pub(super) fn refuse_what_is_to_come(merged: &mut Merged, problems: &mut Problems) {
    if merged.take("server.tls") {
        merged
            .error(problems, "server.tls", "TLS of its own is not yet supported by this version".to_owned())
            .help("let the load balancer or proxy in front end TLS, and name it in `server.trusted_proxies`");
    }
}
