//! The keyset and what is derived from it. All codes, tokens, seals and digests hang on keys that are kept outside
//! the database (invariant 3).

use std::fmt;

use data_encoding::BASE64;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::id::TenantId;

/// The master keys in the order of their file. The first one signs; a token counts only under the key of its row.
pub struct Keyset {
    keys: Vec<MasterKey>,
    lost: Vec<u8>,
}

struct MasterKey {
    id: u8,
    bytes: Zeroizing<[u8; 32]>,
}

/// Why a keys file was refused. Lines count from 1; nothing of a key is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysetError {
    /// The file has no key in it.
    #[error("the file holds no key; each line is `<id> <base64 of 32 bytes>`")]
    Empty,
    /// A line has another form than `<id> <base64>`.
    #[error("line {0} is neither `<id> <base64 of 32 bytes>` with an id from 1 to 255 nor `lost <id>`")]
    Malformed(usize),
    /// A key's id stands twice.
    #[error("line {line} uses the id {id} again; ids are never used again")]
    Repeated {
        /// The second line with that id.
        line: usize,
        /// The id.
        id: u8,
    },
}

impl Keyset {
    /// Reads the lines `<id> <base64>`, and `lost <id>` for a key that nobody has any more; blank lines and lines that
    /// begin with `#` are passed over.
    pub fn parse(text: &str) -> Result<Self, KeysetError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        let mut lost = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            if let Some(id) = line.strip_prefix("lost ") {
                let id: u8 = id.trim().parse().map_err(|_| KeysetError::Malformed(number))?;
                if keys.iter().any(|known| known.id == id) {
                    return Err(KeysetError::Repeated { line: number, id });
                }
                lost.push(id);
                continue;
            }
            let key = MasterKey::parse(line).ok_or(KeysetError::Malformed(number))?;
            if lost.contains(&key.id) || keys.iter().any(|known| known.id == key.id) {
                return Err(KeysetError::Repeated { line: number, id: key.id });
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(KeysetError::Empty);
        }
        Ok(Self { keys, lost })
    }

    /// The ids whose keys the operator has given up: what hangs on them is dead, and that is known.
    #[must_use]
    pub fn lost(&self) -> &[u8] {
        &self.lost
    }

    /// Writes a first keys file with one fresh key in it.
    #[must_use]
    pub fn generate() -> Zeroizing<String> {
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
        Zeroizing::new(format!("1 {}\n", BASE64.encode(key.as_slice())))
    }

    /// For each key its id and a digest that tells whether another file holds the same one.
    pub fn fingerprints(&self) -> impl Iterator<Item = (u8, [u8; 32])> {
        self.keys.iter().map(|key| (key.id, expand(&key.bytes, &[b"regain fingerprint v1"])))
    }

    /// The key under which clients are counted by all processes that share the keyset. It is the signing key's: after a
    /// rotation clients are counted anew.
    #[must_use]
    pub fn limits(&self) -> Zeroizing<[u8; 32]> {
        // `Keyset::parse` refuses a file without a key.
        Zeroizing::new(expand(&self.keys[0].bytes, &[b"regain limits v1"]))
    }

    /// The keys that serve one tenant, derived by HKDF-SHA-256 (RFC 5869) from every master key.
    #[must_use]
    pub fn tenant(&self, tenant: &TenantId) -> TenantKeys {
        let keys = self.keys.iter().map(|master| TenantKey::derive(master, tenant)).collect();
        TenantKeys { keys, lost: self.lost.clone() }
    }
}

impl MasterKey {
    fn parse(line: &str) -> Option<Self> {
        let (id, encoded) = line.split_once(char::is_whitespace)?;
        let id: u8 = id.parse().ok().filter(|id| *id > 0)?;
        let decoded = Zeroizing::new(BASE64.decode(encoded.trim().as_bytes()).ok()?);
        let bytes = Zeroizing::new(<[u8; 32]>::try_from(decoded.as_slice()).ok()?);
        Some(Self { id, bytes })
    }
}

impl fmt::Debug for Keyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.id)).finish()
    }
}

/// One tenant's keys. At least one is in it; the first signs.
#[derive(Debug)]
pub struct TenantKeys {
    keys: Vec<TenantKey>,
    lost: Vec<u8>,
}

impl TenantKeys {
    /// The key under which new recoveries are made.
    #[must_use]
    pub fn signing(&self) -> &TenantKey {
        // `Keyset::parse` refuses a file without a key.
        &self.keys[0]
    }

    /// Whether the operator has given the key of that id up: what hangs on it is over.
    #[must_use]
    pub fn is_lost(&self, id: u8) -> bool {
        self.lost.contains(&id)
    }

    /// The key of that id; `None` where this process was started without it (then the answer is 503, not "over").
    #[must_use]
    pub fn get(&self, id: u8) -> Option<&TenantKey> {
        self.keys.iter().find(|key| key.id == id)
    }
}

/// One tenant's share of one master key: a key for MACs, one for seals, one for digests.
pub struct TenantKey {
    id: u8,
    mac: Zeroizing<[u8; 32]>,
    seal: Zeroizing<[u8; 32]>,
    digest: Zeroizing<[u8; 32]>,
}

impl TenantKey {
    fn derive(master: &MasterKey, tenant: &TenantId) -> Self {
        let part = |label: &[u8]| Zeroizing::new(expand(&master.bytes, &[label, b"\0", tenant.as_str().as_bytes()]));
        Self {
            id: master.id,
            mac: part(b"regain mac v1"),
            seal: part(b"regain seal v1"),
            digest: part(b"regain digest v1"),
        }
    }

    /// The id of the master key it comes from, as rows and tokens name it.
    #[must_use]
    pub fn id(&self) -> u8 {
        self.id
    }

    /// The key for [`super::seal`].
    pub(super) fn seal_key(&self) -> &[u8; 32] {
        &self.seal
    }

    /// HMAC-SHA-256 over the parts, each with its length before it, so that no two lists of parts meet.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        hmac(&self.mac, parts)
    }

    /// A keyed digest: tells whether two values are the same, and nothing to who lacks the key. `label` says of
    /// what kind the value is.
    #[must_use]
    pub fn digest(&self, label: &str, value: &str) -> [u8; 32] {
        hmac(&self.digest, &[label.as_bytes(), value.as_bytes()])
    }
}

impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantKey({})", self.id)
    }
}

fn expand(key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(None, key)
        .expand_multi_info(info, &mut out)
        .expect("32 bytes are within HKDF-SHA-256's limit of 8160");
    out
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> TenantId {
        TenantId::parse("acme").expect("a tenant id")
    }

    #[test]
    fn a_generated_keyset_reads_back() {
        let keyset = Keyset::parse(&Keyset::generate()).expect("a keyset");

        assert_eq!(keyset.tenant(&acme()).signing().id(), 1);
    }

    #[test]
    fn the_first_line_signs_and_the_others_are_found_by_id() {
        let (one, two) = (BASE64.encode(&[1; 32]), BASE64.encode(&[2; 32]));
        let keyset = Keyset::parse(&format!("# rotated\n7 {two}\n1 {one}\n")).expect("a keyset");

        let keys = keyset.tenant(&acme());

        assert_eq!(keys.signing().id(), 7);
        assert!(keys.get(1).is_some());
        assert!(keys.get(2).is_none());
    }

    #[test]
    fn a_lost_key_is_named_by_its_id_and_never_used_again() {
        let one = BASE64.encode(&[1; 32]);

        let keyset = Keyset::parse(&format!("lost 1\n2 {one}")).expect("a keyset");

        assert_eq!(keyset.lost(), [1]);
        assert_eq!(keyset.tenant(&acme()).signing().id(), 2);
        assert_eq!(
            Keyset::parse(&format!("lost 1\n1 {one}")).expect_err("a refusal"),
            KeysetError::Repeated { line: 2, id: 1 }
        );
        assert_eq!(
            Keyset::parse(&format!("1 {one}\nlost 1")).expect_err("a refusal"),
            KeysetError::Repeated { line: 2, id: 1 }
        );
        assert_eq!(Keyset::parse("lost x").expect_err("a refusal"), KeysetError::Malformed(1));
    }

    #[test]
    fn a_wrong_line_is_named_and_not_repeated() {
        let one = BASE64.encode(&[1; 32]);
        let refusals = [
            ("", KeysetError::Empty),
            ("1 c2hvcnQ=", KeysetError::Malformed(1)),
            ("\n0 x", KeysetError::Malformed(2)),
            (&format!("1 {one}\n1 {one}"), KeysetError::Repeated { line: 2, id: 1 }),
        ];

        for (text, refusal) in refusals {
            assert_eq!(Keyset::parse(text).expect_err("a refusal"), refusal);
        }
    }

    #[test]
    fn whoever_shares_the_signing_key_counts_clients_under_one_key() {
        let (one, two) = (BASE64.encode(&[1; 32]), BASE64.encode(&[2; 32]));
        let keyset = |text: &str| Keyset::parse(text).expect("a keyset").limits();

        let all =
            [format!("1 {one}"), format!("1 {one}\n2 {two}"), format!("2 {two}\n1 {one}")].map(|text| keyset(&text));

        assert_eq!(all[0], all[1]);
        assert_ne!(all[0], all[2]);
        assert_ne!(all[0].as_slice(), [1; 32]);
    }

    #[test]
    fn two_tenants_share_no_key() {
        let keyset = Keyset::parse(&Keyset::generate()).expect("a keyset");
        let globex = TenantId::parse("globex").expect("a tenant id");

        let (here, there) = (keyset.tenant(&acme()), keyset.tenant(&globex));

        assert_ne!(here.signing().mac(&[b"x"]), there.signing().mac(&[b"x"]));
        assert_ne!(here.signing().seal_key(), there.signing().seal_key());
    }

    #[test]
    fn parts_are_told_apart_by_their_length() {
        let keys = Keyset::parse(&Keyset::generate()).expect("a keyset").tenant(&acme());

        assert_ne!(keys.signing().mac(&[b"ab", b"c"]), keys.signing().mac(&[b"a", b"bc"]));
    }
}
