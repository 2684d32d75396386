//! A CA of the test's own, and servers whose certificates it has signed.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::scripted::{Asked, Scripted};

/// The CA.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA"))
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server whose certificate it has signed for `name`.
    pub(crate) fn server(&self, name: &str, script: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Scripted {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new([name.to_owned()]).expect("a name").signed_by(&key, &self.0);
        Scripted::open_with_tls(&certificate.expect("a certificate").pem(), &key.serialize_pem(), script)
    }
}
