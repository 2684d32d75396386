//! The tenants' files as read, and how they become a registry. A mistaken file costs nobody but its own tenant.

use std::collections::BTreeSet;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

use super::load::{in_order, keep};
use super::merged::Merged;
use super::tree;
use crate::domain::id::TenantId;
use crate::domain::problem::{Place, Problem, Problems, Severity};
use crate::limit;
use crate::tenant::{Broken, File, Registry, SharedHost, Tenant, Wiring};

/// The tenants' files as read; those that are mistaken included.
#[derive(Debug)]
pub struct Tenants {
    written: Vec<Written>,
    hosts: Vec<SharedHost>,
    /// The operator's, which no tenant loosens.
    limits: Option<limit::Settings>,
}

/// One tenant's file with everything that is known of it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: TenantId,
    pub(super) merged: Merged,
    pub(super) file: Option<File>,
    pub(super) mistaken: BTreeSet<String>,
    pub(super) problems: Problems,
}

impl Tenants {
    pub(super) fn new(written: Vec<Written>, hosts: Vec<SharedHost>, limits: Option<limit::Settings>) -> Self {
        Self { written, hosts, limits }
    }

    pub(super) fn written(&self) -> &[Written] {
        &self.written
    }

    /// The tenants with their files as problems call them, those of mistaken files included.
    pub fn files(&self) -> impl Iterator<Item = (&TenantId, &str)> {
        self.written.iter().map(|written| (&written.id, written.merged.file()))
    }

    /// The kind of a tenant's provider; `None` where its file is mistaken, or there is no such tenant.
    #[must_use]
    pub fn provider_kind(&self, id: &TenantId) -> Option<&'static str> {
        let written = self.written.iter().find(|written| written.id == *id)?;
        if written.problems.has_errors() { None } else { written.file.as_ref().map(File::provider_kind) }
    }

    /// The hosts that tenants share.
    #[must_use]
    pub fn hosts(&self) -> &[SharedHost] {
        &self.hosts
    }

    /// Builds every tenant, offline. A mistaken one is in the registry as broken, and every reason in the problems,
    /// the same that `regain check` tells.
    #[must_use]
    pub fn build(self, wiring: &Wiring) -> (Registry, Problems) {
        self.build_with(wiring, |_| {})
    }

    /// Like [`Tenants::build`], and lets `stand_in` put another provider or channel into a tenant before it serves:
    /// tests do, with one that does what it is told.
    #[must_use]
    pub fn build_with(self, wiring: &Wiring, mut stand_in: impl FnMut(&mut Tenant)) -> (Registry, Problems) {
        let Self { written, hosts, limits } = self;
        let mut problems = Problems::new();
        if written.is_empty() {
            problems
                .warning("tenants.dir", "holds no tenant: nobody can recover")
                .help("write a first `<id>.toml`; config/tenants has complete examples")
                .place = Some(Place { file: "regain.toml".to_owned(), line: None });
        }
        for host in &hosts {
            let sharers: Vec<&str> =
                written.iter().filter(|one| one.shares(&host.name)).map(|one| one.id.as_str()).collect();
            if sharers.len() > 1 {
                problems.push(shared_origin(host, &sharers));
            }
            let has_realm = written.iter().any(|one| one.shares(&host.name) && one.realm().is_some());
            if host.is_intercepted() && !has_realm {
                problems.push(nothing_to_intercept(host));
            }
        }
        let (mut tenants, mut broken, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for one in written {
            files.push((one.id.clone(), ["hosts", "path", "provider.realm"].map(|key| (key, one.merged.place(key)))));
            let claim = one.claim();
            match one.build(&hosts, limits.as_ref(), wiring, &mut problems) {
                Some(mut tenant) => {
                    stand_in(&mut tenant);
                    tenants.push(tenant);
                }
                None => broken.push(claim),
            }
        }
        let (registry, conflicts) = Registry::arrange(&hosts, tenants, broken);
        for conflict in conflicts {
            for (_, [hosts, path, realm]) in files.iter().filter(|(id, _)| conflict.tenants.contains(id)) {
                let (key, place) = match &conflict.realm {
                    Some(_) => realm,
                    None if conflict.path.is_empty() => hosts,
                    None => path,
                };
                let help = match (&conflict.realm, conflict.tenants.len()) {
                    (Some(_), _) => "on one host a realm belongs to one tenant",
                    (None, 1) => "join it with `host` and `path`",
                    (None, _) => "name it in one file only",
                };
                problems.push(Problem {
                    severity: Severity::Error,
                    key: (*key).to_owned(),
                    message: conflict.to_string(),
                    help: Some(help.to_owned()),
                    place: Some(place.clone()),
                });
            }
        }
        (registry, in_order(&problems))
    }
}

impl Written {
    fn build(
        self,
        hosts: &[SharedHost],
        limits: Option<&limit::Settings>,
        wiring: &Wiring,
        problems: &mut Problems,
    ) -> Option<Tenant> {
        let mut own = self.problems;
        let is_sound = !own.has_errors();
        let mut found = Problems::new();
        let built = self.file.and_then(|file| file.build(&self.id, hosts, limits, wiring, &mut found));
        self.merged.locate(&mut found);
        keep(&found, &self.mistaken, &mut own);
        self.merged.locate(&mut own);
        problems.append(own);
        built.filter(|_| is_sound)
    }

    /// Where the tenant lives, as far as it can be read: there it answers 503 rather than as nobody.
    fn claim(&self) -> Broken {
        let text = |key: &str| self.merged.values.get(key).and_then(Value::as_str).map(str::to_ascii_lowercase);
        let mut hosts: Vec<String> = match self.merged.values.get("hosts") {
            Some(Value::Array(_, hosts)) => {
                hosts.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect()
            }
            Some(_) | None => Vec::new(),
        };
        let mut path = String::new();
        if let Some(host) = text("host")
            && let Some(written) = self.merged.values.get("path").and_then(Value::as_str)
            && written.starts_with('/')
            && written.len() > 1
        {
            hosts = vec![host];
            written.trim_end_matches('/').clone_into(&mut path);
        }
        hosts.dedup();
        Broken { id: self.id.clone(), hosts, path, shared_host: text("host"), realm: self.realm() }
    }

    /// The realm at the provider, as far as it can be read.
    fn realm(&self) -> Option<String> {
        tree::find(&self.merged.values, "provider.realm").and_then(Value::as_str).map(str::to_owned)
    }

    fn shares(&self, host: &str) -> bool {
        self.merged.values.get("host").and_then(Value::as_str).is_some_and(|named| named.eq_ignore_ascii_case(host))
    }
}

/// Who shares a host shares a browser's sandbox; whoever runs it should know.
fn shared_origin(host: &SharedHost, tenants: &[&str]) -> Problem {
    Problem {
        severity: Severity::Warning,
        key: "host".to_owned(),
        message: format!("{} is one origin for {}: they must trust each other", host.name, tenants.join(", ")),
        help: Some("tenants that do not trust each other need hosts of their own".to_owned()),
        place: Some(Place { file: "regain.toml".to_owned(), line: None }),
    }
}

/// Intercepting for nobody leaves every door as it is, and whoever wrote it believes otherwise.
fn nothing_to_intercept(host: &SharedHost) -> Problem {
    Problem {
        severity: Severity::Warning,
        key: "host".to_owned(),
        message: format!("{} intercepts Keycloak's recovery, but no tenant there has a realm", host.name),
        help: Some("say `kind = \"keycloak\"` and `realm` in `[provider]` of a tenant on this host".to_owned()),
        place: Some(Place { file: "regain.toml".to_owned(), line: None }),
    }
}

/// What can be made of a file that is no TOML: the lines before its first section that say where the tenant lives, and
/// that of `[provider]` which says its realm.
pub(super) fn read_leniently(text: &str) -> Dict {
    let mut values = Dict::new();
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.split('#').next().unwrap_or_default();
            continue;
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        let (is_wanted, text) = match section.replace(' ', "").as_str() {
            "" => (["hosts", "host", "path", "provider", "provider.realm"].contains(&key), line.to_owned()),
            "[provider]" => (key == "realm", format!("provider.{line}")),
            _ => (false, String::new()),
        };
        if is_wanted && let Ok(read) = Toml::from_str::<Dict>(&text) {
            values.extend(read);
        }
    }
    values
}
