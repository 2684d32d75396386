//! Files that a layer names: relative to the layer's own folder, and for a tenant's own file below its fence.

use std::path::Path;

use figment::value::Value;

use super::fence::Fence;
use super::layer::{Author, Layer};
use super::tree;
use crate::domain::problem::Problems;

/// Names of keys whose values are files or folders.
const NAMES: [&str; 6] = ["ca_file", "cert_file", "key_file", "keys_file", "logo", "dir"];

/// Makes every path of the layer independent of the folder that the program runs in.
pub(super) fn resolve(layer: &mut Layer, fence: Option<&Fence>, problems: &mut Problems) {
    let mut leaves = Vec::new();
    tree::leaves(&layer.values, "", &mut leaves);
    let found: Vec<(String, Value)> = leaves.into_iter().map(|(key, value)| (key, value.clone())).collect();
    for (key, value) in found {
        let name = key.rsplit_once('.').map_or(key.as_str(), |(_, name)| name);
        let resolved = match (&value, key.as_str()) {
            (Value::Array(tag, folders), "tenants.files") => {
                let joined = folders.iter().map(|folder| match folder {
                    Value::String(tag, text) => Value::String(*tag, join(&layer.base, text)),
                    Value::Char(..)
                    | Value::Bool(..)
                    | Value::Num(..)
                    | Value::Empty(..)
                    | Value::Dict(..)
                    | Value::Array(..) => folder.clone(),
                });
                Value::Array(*tag, joined.collect())
            }
            (Value::String(tag, url), "store.url") => Value::String(*tag, join_sqlite(&layer.base, url)),
            (Value::String(tag, text), _) if NAMES.contains(&name) && !text.is_empty() => {
                let path = join(&layer.base, text);
                if let (Author::Tenant(_), Some(fence)) = (&layer.author, fence)
                    && let Err(message) = fence.admit(Path::new(&path))
                {
                    let problem = problems.error(&key, message);
                    problem.place = layer.places.get(&key).cloned();
                    tree::remove(&mut layer.values, &tree::path(&key));
                    continue;
                }
                Value::String(*tag, path)
            }
            _ => continue,
        };
        tree::put(&mut layer.values, &tree::path(&key), resolved);
    }
}

fn join(base: &Path, text: &str) -> String {
    base.join(text).display().to_string()
}

/// The file of SQLite is a path like any other: two commands that are started elsewhere open the same one.
fn join_sqlite(base: &Path, url: &str) -> String {
    match url.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() && !path.starts_with(':') => format!("sqlite://{}", join(base, path)),
        Some(_) | None => url.to_owned(),
    }
}
