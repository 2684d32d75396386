//! Through which of us a request has come: an upstream that leads back here, by a mistyped port or on purpose, would
//! have one request go in circles until no file descriptor is left for anybody.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::Error;

const REGAIN_HOP: HeaderName = HeaderName::from_static("regain-hop");
/// Most bytes of a trail: a few dozen hops, which no honest request has.
const MOST_BYTES: usize = 512;

/// The name of one proxy, and nobody else's.
#[derive(Clone, Debug)]
pub(super) struct Hop(String);

impl Hop {
    pub(super) fn random() -> Self {
        Self(format!("{:016x}", rand::random::<u64>()))
    }

    /// The trail that the request brings, with this hop at its end. One that no hop of ours wrote is refused.
    pub(super) fn follow(&self, headers: &HeaderMap) -> Result<HeaderValue, Error> {
        let mut trail = String::new();
        for line in headers.get_all(REGAIN_HOP) {
            trail.push_str(line.to_str().map_err(|_| Error::Ambiguous)?);
            trail.push(',');
        }
        if trail.len() > MOST_BYTES {
            return Err(Error::Ambiguous);
        }
        if trail.split(',').any(|hop| hop.trim() == self.0) {
            return Err(Error::Circular);
        }
        trail.push_str(&self.0);
        HeaderValue::try_from(trail).map_err(|_| Error::Ambiguous)
    }
}

/// Sends the trail along.
pub(super) fn leave(headers: &mut HeaderMap, trail: HeaderValue) {
    headers.insert(REGAIN_HOP, trail);
}
