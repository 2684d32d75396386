//! The tenants' files as read, and how they become a registry. A mistaken file costs nobody but its own tenant.

use std::collections::BTreeSet;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

use super::load::{in_order, keep};
use super::merged::Merged;
use crate::domain::id::TenantId;
use crate::domain::problem::{Place, Problem, Problems, Severity};
use crate::tenant::{Broken, File, Registry, SharedHost, Tenant, Wiring};

/// The tenants' files as read; those that are mistaken included.
#[derive(Debug)]
pub struct Tenants {
    written: Vec<Written>,
    hosts: Vec<SharedHost>,
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
    pub(super) fn new(written: Vec<Written>, hosts: Vec<SharedHost>) -> Self {
        Self { written, hosts }
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
        let Self { written, hosts } = self;
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
        }
        let (mut tenants, mut broken, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for one in written {
            files.push((one.id.clone(), one.merged.place("hosts"), one.merged.place("path")));
            let claim = one.claim();
            match one.build(&hosts, wiring, &mut problems) {
                Some(mut tenant) => {
                    stand_in(&mut tenant);
                    tenants.push(tenant);
                }
                None => broken.push(claim),
            }
        }
        let (registry, conflicts) = Registry::arrange(&hosts, tenants, broken);
        for conflict in conflicts {
            for (_, host, path) in files.iter().filter(|(id, _, _)| conflict.tenants.contains(id)) {
                let (key, place) = if conflict.path.is_empty() { ("hosts", host) } else { ("path", path) };
                let help = if conflict.tenants.len() == 1 {
                    "join it with `host` and `path`"
                } else {
                    "name it in one file only"
                };
                problems.push(Problem {
                    severity: Severity::Error,
                    key: key.to_owned(),
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
    fn build(self, hosts: &[SharedHost], wiring: &Wiring, problems: &mut Problems) -> Option<Tenant> {
        let mut own = self.problems;
        let is_sound = !own.has_errors();
        let mut found = Problems::new();
        let built = self.file.and_then(|file| file.build(&self.id, hosts, wiring, &mut found));
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
        Broken { id: self.id.clone(), hosts, path }
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

/// What can be made of a file that is no TOML: the lines before its first section that say where the tenant lives.
pub(super) fn read_leniently(text: &str) -> Dict {
    let mut values = Dict::new();
    for line in text.lines().take_while(|line| !line.trim_start().starts_with('[')) {
        let key = line.split('=').next().unwrap_or_default().trim();
        if ["hosts", "host", "path"].contains(&key)
            && let Ok(read) = Toml::from_str::<Dict>(line)
        {
            values.extend(read);
        }
    }
    values
}
