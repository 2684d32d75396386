//! The environment as a layer: `REGAIN_<SECTION>__<KEY>` and `REGAIN_TENANT_<ID>__<SECTION>__<KEY>`, nothing else.
//!
//! Values are texts. Figment's own reading would make a number of a secret in digits, refuse it, and print it.

use std::collections::BTreeSet;
use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

use super::layer::{Author, Layer};
use super::tree;
use crate::domain::id::TenantId;
use crate::domain::problem::{Place, Problems};

/// What the layer is called.
pub(super) const NAME: &str = "environment";

/// Reads the environment of this process.
#[must_use]
pub fn current() -> Vec<(String, String)> {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// What the environment says, taken apart.
pub(super) struct Environment {
    /// For `regain.toml`.
    pub(super) operator: Layer,
    /// For each tenant.
    tenants: Vec<(TenantId, Layer)>,
}

impl Environment {
    /// Takes apart what `env` says for these sections and tenants. Names in `spoken_for` are read by an `x_env`.
    pub(super) fn read(
        env: &[(String, String)],
        base: &Path,
        sections: &BTreeSet<String>,
        tenants: &[TenantId],
        spoken_for: &BTreeSet<String>,
        problems: &mut Problems,
    ) -> Self {
        let layer = || Layer::empty(NAME, Author::Operator, base);
        let mut all = Self { operator: layer(), tenants: tenants.iter().map(|id| (id.clone(), layer())).collect() };
        let mut strangers = Vec::new();
        let mut env: Vec<_> = env.iter().filter(|(name, _)| name.starts_with("REGAIN_")).collect();
        env.sort();
        for (name, value) in env {
            if spoken_for.contains(name) {
                continue;
            }
            match all.target(name, sections) {
                Some((layer, path)) => set(layer, name, &path, value),
                None => strangers.push(name.as_str()),
            }
        }
        if !strangers.is_empty() {
            let names = strangers.join(", ");
            problems
                .warning("", format!("left alone, because no section or tenant goes by that name: {names}"))
                .help("settings are named REGAIN_<SECTION>__<KEY> and REGAIN_TENANT_<ID>__<SECTION>__<KEY>")
                .place = Some(Place { file: NAME.to_owned(), line: None });
        }
        all
    }

    /// The layer for a tenant.
    pub(super) fn tenant(&self, id: &TenantId) -> Option<&Layer> {
        self.tenants.iter().find(|(tenant, _)| tenant == id).map(|(_, layer)| layer)
    }

    fn target(&mut self, name: &str, sections: &BTreeSet<String>) -> Option<(&mut Layer, Vec<String>)> {
        let rest = name.strip_prefix("REGAIN_")?;
        let mut parts = rest.split("__");
        let first = parts.next()?;
        let path: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        if path.is_empty() || path.iter().any(String::is_empty) {
            return None;
        }
        if let Some(id) = first.strip_prefix("TENANT_") {
            let (_, layer) = self.tenants.iter_mut().find(|(tenant, _)| spelled(tenant) == id)?;
            return Some((layer, path));
        }
        let section = first.to_ascii_lowercase();
        let known = sections.contains(&section);
        known.then(|| (&mut self.operator, [vec![section], path].concat()))
    }
}

/// The prefix of all variables that belong to a tenant.
pub(super) fn prefix(id: &TenantId) -> String {
    format!("REGAIN_TENANT_{}__", spelled(id))
}

/// A text as TOML would read it: a number, a truth, a list.
pub(super) fn read(text: &str) -> Option<Value> {
    Toml::from_str::<Dict>(&format!("value = {}", text.trim())).ok()?.remove("value")
}

fn spelled(id: &TenantId) -> String {
    id.as_str().to_ascii_uppercase().replace('-', "_")
}

fn set(layer: &mut Layer, name: &str, path: &[String], value: &str) {
    tree::put(&mut layer.values, path, tree::text(value));
    let place = Place { file: name.to_owned(), line: None };
    layer.places.insert(path.join("."), place);
}
