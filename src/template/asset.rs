//! Files that pages point to: style sheets, the script, the logo. Their address holds a digest of their bytes, so
//! that a browser may keep them for ever.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// One file under `{base}/assets/{hash}/{name}`. Cheap to clone.
#[derive(Clone)]
pub struct Asset {
    /// The last part of its address.
    pub name: Cow<'static, str>,
    /// What `Content-Type` says.
    pub content_type: &'static str,
    /// The first 16 hexadecimal digits of the SHA-256 of the bytes.
    pub hash: String,
    /// What is sent.
    pub bytes: Arc<[u8]>,
}

impl Asset {
    /// Names `bytes` by what they are.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, content_type: &'static str, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes)[..8]);
        Self { name: name.into(), content_type, hash, bytes }
    }

    /// The address below `base`, the path of the tenant's recovery pages.
    #[must_use]
    pub fn path(&self, base: &str) -> String {
        format!("{base}/assets/{}/{}", self.hash, self.name)
    }
}

impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Asset({}, {}, {} bytes)", self.name, self.hash, self.bytes.len())
    }
}
