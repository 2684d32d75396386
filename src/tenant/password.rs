//! `[password]`: what a tenant wants of a new password.

use serde::Deserialize;

use crate::domain::password::{LOWEST_MINIMUM, MAX_BYTES, Policy};
use crate::domain::problem::Problems;

/// Lowest minimum where the password is all that protects an account (NIST SP 800-63B-4 §3.1.1.2).
pub const LOWEST_ALONE: usize = 15;
/// Lowest maximum: passphrases must fit.
pub const LOWEST_MAXIMUM: usize = 64;

/// `[password]` as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    min_length: usize,
    max_length: usize,
    confirm: bool,
    strength: bool,
    context_words: Vec<String>,
    second_factor: bool,
}

impl Config {
    /// Checks the section; `name` is the tenant's, which makes no password either.
    pub(super) fn build(self, name: &str, problems: &mut Problems) -> Option<Policy> {
        let before = problems.errors();
        if self.min_length < LOWEST_MINIMUM {
            problems.error("min_length", format!("is below {LOWEST_MINIMUM}, the lowest that any tenant may set"));
        } else if self.min_length < LOWEST_ALONE && !self.second_factor {
            problems
                .error("min_length", format!("is below {LOWEST_ALONE} while the password is the only factor"))
                .help("say `second_factor = true` if the provider asks everybody for one, else raise it");
        }
        if self.max_length < LOWEST_MAXIMUM.max(self.min_length) || self.max_length > MAX_BYTES {
            let least = LOWEST_MAXIMUM.max(self.min_length);
            problems.error("max_length", format!("is not between {least} and {MAX_BYTES}"));
        }
        let mut context_words = self.context_words;
        context_words.push(name.to_owned());
        (problems.errors() == before).then_some(Policy {
            min_length: self.min_length,
            max_length: self.max_length,
            confirm: self.confirm,
            strength: self.strength,
            context_words,
        })
    }
}
