//! A request's name in logs and answers.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it, in from trusted peers, and always out.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST: usize = 128;

/// A request's name: taken from `X-Request-ID` if the peer is trusted, else drawn. In every request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Takes what a trusted peer calls the request; `None` where that is not 1 to 128 plain characters.
    #[must_use]
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(X_REQUEST_ID)?;
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/');
        let fits = !value.is_empty() && value.len() <= LONGEST && value.as_bytes().iter().all(is_plain);
        fits.then(|| Self(value.clone()))
    }

    /// Draws a name.
    #[must_use]
    pub fn random() -> Self {
        let text = data_encoding::BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>());
        Self(HeaderValue::try_from(text).expect("base64url is made of visible ASCII"))
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("both constructors take visible ASCII only")
    }

    /// The name as a header's value; no copy is made.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}
