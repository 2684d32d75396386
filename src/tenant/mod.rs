//! From a tenant's file to the tenant that serves: [`File`] as written → [`File::build`], offline, with every problem →
//! [`Tenant`], immutable → [`Registry`], which finds it by host and path.
//!
//! A request or a message takes one `Arc<Tenant>` at its beginning and holds it to its end (invariant 6). Nothing here
//! touches the network. Boot, `regain check` and reload are the same code.

mod addresses;
mod api;
mod build;
mod capability;
mod file;
mod password;
mod realms;
mod recovery;
mod registry;
mod site;
mod texts;
mod upstream;
mod web_address;

use std::sync::Arc;

use url::Url;

pub use crate::identity::{LateLogins, Protect};
pub use api::{Api, Backend};
pub use build::Wiring;
pub use file::{File, Profile};
pub use password::{LOWEST_ALONE, LOWEST_MAXIMUM};
pub use realms::Realm;
pub use recovery::{Codes, LONGEST_CODE, LONGEST_LINK, LONGEST_LINK_ASVS, MOST_ATTEMPTS, Recovery};
pub use registry::{Broken, Conflict, Registry, Route};
pub use site::{Cookies, HostConfig, SharedHost};
pub use upstream::{Intercept, Upstream};

use crate::channel::Channel;
use crate::domain::id::TenantId;
use crate::domain::key::TenantKeys;
use crate::domain::password::Policy;
use crate::identity::IdentityProvider;
use crate::limit;
use crate::outward::Roots;
use crate::template::Templates;

/// A tenant as it serves: its policies, connectors, templates and keys. Never changed; a reload makes another one.
#[derive(Debug)]
pub struct Tenant {
    /// Its name in files, columns and logs.
    pub id: TenantId,
    /// Its name as people read it.
    pub name: String,
    /// Where people reach it. Every absolute address is built from this and from nothing else (PX-08).
    pub public_url: Url,
    /// Scheme, host and port of `public_url`, as browsers write an origin.
    pub origin: String,
    /// The path that is its own on a shared host, such as `/t/acme`; empty on a host of its own.
    pub path: String,
    /// Its own hosts; the shared one for a tenant on a path.
    pub hosts: Vec<String>,
    /// What stands behind its own hosts. A tenant on a path has none: the shared host has.
    pub upstream: Option<Arc<Upstream>>,
    /// How people recover.
    pub recovery: Recovery,
    /// What a new password must be.
    pub password: Policy,
    /// Who may call its JSON API.
    pub api: Api,
    /// Where its accounts live.
    pub provider: Arc<dyn IdentityProvider>,
    /// The provider's kind, for labels.
    pub provider_kind: &'static str,
    /// The name by which the provider's own addresses mean this tenant: Keycloak's realm.
    pub realm: Option<String>,
    /// Path of the provider's own login on the public host, for the way back into it; `None` where nothing of the
    /// provider's is intercepted.
    pub login_path: Option<String>,
    /// The provider's own address, where it has one.
    pub provider_address: Option<Url>,
    /// The roots besides the system's by which its certificate is trusted there.
    pub provider_roots: Option<Roots>,
    /// Whom recovery never touches.
    pub protect: Protect,
    /// Whether a change lifts a temporary lock-out.
    pub unlock: bool,
    /// What becomes of logins that outlive a change.
    pub late_logins: LateLogins,
    /// How mail goes out; `None` where no method needs it.
    pub mail: Option<Arc<dyn Channel>>,
    /// How text messages go out, where they may.
    pub sms: Option<Arc<dyn Channel>>,
    /// Its own rates for clients, where they are stricter than the operator's.
    pub limits: limit::Own,
    /// Most text messages of all tenants in a day.
    pub texts_per_day: u32,
    /// What is said, in its words and colours.
    pub templates: Templates,
    /// Its share of the keyset.
    pub keys: TenantKeys,
}

impl Tenant {
    /// The address to go back to, where it is one that the tenant lists (WB-05). What is compared is what is emitted:
    /// the same parser reads and writes it, and only an exact origin counts.
    #[must_use]
    pub fn return_target(&self, text: &str) -> Option<Url> {
        web_address::return_target(text, &self.recovery.return_to)
    }

    /// How its cookies are named and where they are sent.
    #[must_use]
    pub fn cookie(&self) -> Cookies {
        Cookies::of(&self.public_url, &self.path)
    }
}
