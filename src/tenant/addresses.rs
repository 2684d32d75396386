//! The absolute addresses that a tenant's messages and redirects hold. All are built from `public_url` and from nothing
//! that a request says (PX-08).

use super::Tenant;
use crate::domain::login::Login;
use crate::domain::secret::Secret;

impl Tenant {
    /// The address in a message that carries this token: the tenant's own front end where it has one.
    #[must_use]
    pub fn link(&self, token: &Secret) -> Secret {
        let own = || {
            let mut address = self.public_url.clone();
            address.set_path(&self.recovery.link_path);
            address
        };
        let mut address = self.recovery.link_url.clone().unwrap_or_else(own);
        address.query_pairs_mut().append_pair("token", token.expose());
        Secret::new(address)
    }

    /// Where a recovery begins. No token is in it.
    #[must_use]
    pub fn start_url(&self) -> String {
        format!("{}{}/", self.origin, self.recovery.base)
    }

    /// Where a browser goes back into the login that it left; `None` where the provider's is not intercepted. Whatever
    /// stands in `login`, it leads to the login of the tenant's own realm.
    #[must_use]
    pub fn login_url(&self, login: &Login) -> Option<String> {
        let path = self.login_path.as_ref()?;
        Some(format!("{}{path}?{}", self.origin, login.as_way_back()))
    }

    /// Whether `host`, a `Host` header that has led to this tenant, names the host of `public_url`.
    #[must_use]
    pub fn is_public_host(&self, host: &str) -> bool {
        let name = match host.rfind(']') {
            Some(end) => &host[..=end],
            None => host.split(':').next().unwrap_or_default(),
        };
        self.public_url.host_str().is_some_and(|public| public.eq_ignore_ascii_case(name))
    }
}
