//! `[api]`: who may call the JSON API, and from where.

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::web_address;
use crate::domain::problem::Problems;

/// What every backend's key begins with, so that one that was published can be found.
const PREFIX: &str = "rb_";
/// Most characters of a backend's name.
const NAME_CHARS: usize = 63;

/// `[api]` as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    origins: Vec<String>,
    backends: Vec<BackendConfig>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackendConfig {
    name: String,
    key_hash: String,
}

/// Who may call a tenant's JSON API beside its own pages.
#[derive(Clone, Debug, Default)]
pub struct Api {
    /// Origins of other pages, as browsers write them.
    pub origins: Vec<String>,
    backends: Vec<Backend>,
}

/// A server of the tenant's that calls for people. Its key is not kept, only the key's digest.
#[derive(Clone, Debug)]
pub struct Backend {
    /// What it is called in limits and logs.
    pub name: String,
    digest: [u8; 32],
}

impl Api {
    /// The backend whose key this is. All are compared, each in constant time, so that nothing tells how near a guess
    /// came or which one it met. A digest without salt is enough: a key is no word that could be guessed.
    #[must_use]
    pub fn backend(&self, key: &str) -> Option<&Backend> {
        let presented: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = None;
        for backend in &self.backends {
            let is_it: bool = backend.digest.ct_eq(&presented).into();
            if is_it {
                found = Some(backend);
            }
        }
        found.filter(|_| key.starts_with(PREFIX))
    }
}

impl Config {
    /// Checks the section; keys are named relative to it.
    pub(super) fn build(self, problems: &mut Problems) -> Api {
        let mut origins = Vec::new();
        for (index, text) in self.origins.iter().enumerate() {
            match web_address::read_origin(text) {
                Ok(origin) => origins.push(origin),
                Err(message) => {
                    problems.error(&format!("origins.{index}"), message);
                }
            }
        }
        let mut backends: Vec<Backend> = Vec::new();
        for (index, config) in self.backends.into_iter().enumerate() {
            let name_key = format!("backends.{index}.name");
            if !is_name(&config.name) {
                problems
                    .error(&name_key, "is no name such as `shop`")
                    .help("use letters, digits and - _ ., at most 63");
            } else if backends.iter().any(|known| known.name == config.name) {
                problems.error(&name_key, format!("\"{}\" stands here twice", config.name));
            }
            let hash_key = format!("backends.{index}.key_hash");
            let Some(digest) = read_digest(&config.key_hash) else {
                problems.error(&hash_key, "is no SHA-256 in hexadecimal").help(
                    "make a key and its hash: key=rb_$(openssl rand -hex 32); echo \"$key\"; printf %s \"$key\" | sha256sum",
                );
                continue;
            };
            if backends.iter().any(|known| known.digest == digest) {
                problems.error(&hash_key, "is another backend's too").help("give each backend a key of its own");
            }
            backends.push(Backend { name: config.name, digest });
        }
        Api { origins, backends }
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    !text.is_empty() && text.len() <= NAME_CHARS && is_plain
}

fn read_digest(text: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}
