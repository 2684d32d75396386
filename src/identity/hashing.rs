//! Hashing of passwords: argon2id, on the blocking pool, at most so many at once. Whoever waits holds no memory and
//! no thread (19 MiB and 14 ms each; `reference/crates.md` §6 has the measurements).

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::domain::password::NewPassword;
use crate::domain::secret::Secret;

/// OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The program's one way to hash a password. Clones share the permits.
#[derive(Clone, Debug)]
pub struct Hashing {
    permits: Arc<Semaphore>,
}

/// The machine could not hash: no memory, or the program is ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot hash a password")]
pub struct CannotHash;

impl Hashing {
    /// Allows `permits` hashes at once; as many as there are cores is a good number.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits.max(1))) }
    }

    /// Hashes a password with a new salt, as a PHC string.
    pub(super) async fn hash(&self, password: &NewPassword) -> Result<Secret, CannotHash> {
        let password = Secret::new(password.expose());
        let hash = self.run(move || {
            let hash = argon2().hash_password(password.expose().as_bytes()).map_err(|_| CannotHash)?;
            Ok(Secret::new(hash.to_string()))
        });
        hash.await
    }

    /// Whether `password` is the one that `hash` was made of. Without a hash the same work is done for nothing, so
    /// that the time tells nobody whether there is such an account.
    pub(super) async fn verify(&self, password: &Secret, hash: Option<&Secret>) -> Result<bool, CannotHash> {
        let password = password.clone();
        let hash = hash.cloned();
        let verdict = self.run(move || {
            let Some(hash) = hash else {
                argon2().hash_password(password.expose().as_bytes()).map_err(|_| CannotHash)?;
                return Ok(false);
            };
            Ok(argon2().verify_password(password.expose().as_bytes(), hash.expose()).is_ok())
        });
        verdict.await
    }

    /// The permit goes along to the other thread: a caller that gives up does not make room for one more.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, CannotHash> + Send + 'static,
    ) -> Result<T, CannotHash> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| CannotHash)?;
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        task.await.map_err(|_| CannotHash)?
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}
