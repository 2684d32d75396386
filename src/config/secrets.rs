//! Secrets: a key `x` may be given as `x`, as `x_file` or as `x_env`. What is meant is read here, before anything is
//! deserialised; no value ever comes into a problem.

use std::collections::{BTreeMap, BTreeSet};

use super::environment;
use super::fence::{Fence, read_secret};
use super::layer::{Author, Layer};
use super::tree;
use crate::domain::problem::Problems;

const FORMS: [&str; 3] = ["", "_file", "_env"];

/// Whether the key holds a secret. By its name, so that a new kind of provider cannot forget to say so.
pub(super) fn is_secret(key: &str) -> bool {
    let Some((_, name)) = key.rsplit_once('.') else { return false };
    let ends = ["password", "secret", "token", "api_key"];
    key == "store.url"
        || key == "limits.store"
        || ends.iter().any(|end| name == *end || name.ends_with(&format!("_{end}")))
}

/// The names of variables that some `x_env` reads: they are no settings themselves. A tenant's file speaks for its own
/// variables alone: by naming another one it would take a setting from the operator or from another tenant.
pub(super) fn variables(layers: &[&Layer]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for layer in layers {
        let own = match &layer.author {
            Author::Tenant(id) => environment::prefix(id),
            Author::Program | Author::Operator => String::new(),
        };
        let mut leaves = Vec::new();
        tree::leaves(&layer.values, "", &mut leaves);
        for (key, value) in leaves {
            let is_reference = key.strip_suffix("_env").is_some_and(|key| is_secret(bare(key)));
            if is_reference && let Some(name) = value.as_str().filter(|name| name.starts_with(&own)) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// Puts every secret under its own key. The highest layer that gives a secret in any form silences those below it.
pub(super) fn resolve(
    layers: &mut [Layer],
    env: &[(String, String)],
    fence: Option<&Fence>,
    problems: &mut Problems,
) -> BTreeSet<String> {
    let mut settled = BTreeSet::new();
    let mut mistaken = BTreeSet::new();
    for layer in layers.iter_mut().rev() {
        for (key, given) in given(layer) {
            let known_above = !settled.insert(key.clone());
            let chosen = given.first().copied().unwrap_or_default();
            if given.len() > 1 && !known_above {
                told_twice(layer, &key, &given, problems);
                mistaken.insert(key.clone());
            }
            let path = tree::path(&format!("{key}{chosen}"));
            let named = tree::get(&layer.values, &path).cloned();
            for form in FORMS.iter().filter(|form| known_above || !form.is_empty() || given.len() > 1) {
                tree::remove(&mut layer.values, &tree::path(&format!("{key}{form}")));
            }
            if known_above || given.len() > 1 || chosen.is_empty() {
                continue;
            }
            let Some(named) = named.as_ref().and_then(|value| value.as_str()) else {
                place(problems, layer, &key, chosen, "expected a string".to_owned());
                mistaken.insert(key);
                continue;
            };
            let fence = if matches!(layer.author, Author::Tenant(_)) { fence } else { None };
            match read(layer, chosen, named, env, fence) {
                Ok(secret) => {
                    tree::put(&mut layer.values, &tree::path(&key), tree::text(secret));
                    if let Some(at) = layer.places.get(&format!("{key}{chosen}")).cloned() {
                        layer.places.insert(key.clone(), at);
                    }
                    let kind = chosen.trim_start_matches('_');
                    layer.sources.insert(key, format!("{kind}:{named}"));
                }
                Err(message) => {
                    place(problems, layer, &key, chosen, message);
                    mistaken.insert(key);
                }
            }
        }
    }
    mistaken
}

fn read(
    layer: &Layer,
    form: &str,
    named: &str,
    env: &[(String, String)],
    fence: Option<&Fence>,
) -> Result<String, String> {
    if form == "_env" {
        if let Some(fence) = fence {
            fence.admit_variable(named)?;
        }
        let found = env.iter().find(|(name, _)| name == named).map(|(_, value)| value.clone());
        return found.filter(|value| !value.is_empty()).ok_or_else(|| format!("the variable {named} is not set"));
    }
    let path = layer.base.join(named);
    if let Some(fence) = fence {
        fence.admit(&path)?;
    }
    read_secret(&path)
}

/// The secrets that a layer gives, with the forms in which it gives them.
fn given(layer: &Layer) -> BTreeMap<String, Vec<&'static str>> {
    let mut leaves = Vec::new();
    tree::leaves(&layer.values, "", &mut leaves);
    let mut given: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for (key, _) in leaves {
        for form in FORMS {
            if let Some(name) = key.strip_suffix(form)
                && is_secret(name)
            {
                given.entry(name.to_owned()).or_default().push(form);
                break;
            }
        }
    }
    given
}

fn told_twice(layer: &Layer, key: &str, given: &[&str], problems: &mut Problems) {
    let names: Vec<String> = given.iter().map(|form| format!("`{key}{form}`")).collect();
    let last = given.last().copied().unwrap_or_default();
    place(problems, layer, key, last, format!("is given more than once: {}", names.join(" and ")))
        .help("keep one of them");
}

fn place<'a>(
    problems: &'a mut Problems,
    layer: &Layer,
    key: &str,
    form: &str,
    message: String,
) -> &'a mut crate::domain::problem::Problem {
    let key = format!("{key}{form}");
    let problem = problems.error(&key, message);
    problem.place = layer.places.get(&key).cloned();
    problem
}

fn bare(key: &str) -> &str {
    key.strip_prefix("defaults.").unwrap_or(key)
}
