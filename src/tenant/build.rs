//! From a tenant's file to a tenant: offline, with every problem.

use std::sync::Arc;

use url::Url;

use super::site::{host_name, public_url};
use super::{File, SharedHost, Tenant, Upstream, capability, texts, upstream, web_address};
use crate::channel::Inbox;
use crate::clock::Clock;
use crate::domain::id::TenantId;
use crate::domain::key::Keyset;
use crate::domain::method::Method;
use crate::domain::problem::Problems;
use crate::identity::{self, Hashing};
use crate::limit;
use crate::outward::Clients;
use crate::store::Store;
use crate::template::{Shipped, Templates};

/// What all tenants are built with.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The store that tenants keep their rows in.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The master keys.
    pub keyset: Arc<Keyset>,
    /// The templates that came with the program.
    pub shipped: Arc<Shipped>,
    /// Where the channel `inbox` puts its mails; `None` outside demo and tests.
    pub inbox: Option<Inbox>,
    /// Where passwords are hashed.
    pub hashing: Hashing,
    /// Who calls others.
    pub clients: Clients,
}

/// Where a tenant is reached.
struct Site {
    public_url: Url,
    hosts: Vec<String>,
    path: String,
}

/// What stands behind the shared host of a tenant on a path.
fn of_shared<'a>(site: &Site, shared: &'a [SharedHost]) -> Option<&'a Arc<Upstream>> {
    let host = shared.iter().find(|host| !site.path.is_empty() && site.hosts.contains(&host.name))?;
    host.upstream.as_ref()
}

/// What stands behind the tenant's own hosts. `own` is its path on a shared one.
fn upstream(
    config: Option<&upstream::Config>,
    own: &str,
    reached: &Url,
    problems: &mut Problems,
) -> Option<Arc<Upstream>> {
    let config = config?;
    if own.is_empty() {
        return problems.within("upstream", |problems| config.build(reached, problems)).map(Arc::new);
    }
    problems
        .error("upstream", "a tenant on a path has no upstream of its own")
        .help("write it into the `[[host]]` of regain.toml");
    None
}

impl File {
    /// Builds the tenant. Every problem is told; `None` where one of them is an error. `shared` are the `[[host]]`s,
    /// `limits` the operator's, where they could be read.
    #[must_use]
    pub fn build(
        self,
        id: &TenantId,
        shared: &[SharedHost],
        limits: Option<&limit::Settings>,
        wiring: &Wiring,
        problems: &mut Problems,
    ) -> Option<Tenant> {
        let before = problems.errors();
        if self.name.trim().is_empty() || self.name.chars().any(char::is_control) {
            problems.error("name", "must be a name that people can read, on one line");
        }
        let site = self.site(shared, problems);
        let own = site.as_ref().map_or("", |site| site.path.as_str());
        // Without an address of its own the rest is still checked, against one that is nobody's.
        let nowhere = Url::parse("https://tenant.invalid").expect("a constant that parses");
        let reached = site.as_ref().map_or(&nowhere, |site| &site.public_url);
        let upstream = upstream(self.upstream.as_ref(), own, reached, problems);
        let profile = self.profile;
        let texts_per_day = limits.map_or(limit::TEXTS.ceiling, limit::Settings::texts_per_day);
        let recovery =
            problems.within("recovery", |problems| self.recovery.build(reached, own, profile, texts_per_day, problems));
        let password = problems.within("password", |problems| self.password.build(&self.name, problems));
        let api = problems.within("api", |problems| self.api.build(problems));
        let (policies, provider_kind) = (self.provider.policies(), self.provider.kind());
        let (realm, realm_path) = (self.provider.realm().map(str::to_owned), self.provider.realm_path());
        let is_intercepted = upstream.as_ref().is_some_and(|upstream| upstream.intercept.is_some());
        if is_intercepted && realm.is_none() {
            problems
                .error("upstream.intercept", format!("the provider `{provider_kind}` is no Keycloak"))
                .help("leave it out, or say `kind = \"keycloak\"` in `[provider]`");
        }
        let (provider_address, provider_roots) = (self.provider.address(), self.provider.roots());
        let in_front = upstream.as_ref().or_else(|| site.as_ref().and_then(|site| of_shared(site, shared)));
        let is_intercepted = in_front.is_some_and(|upstream| upstream.intercept.is_some());
        let provider = problems.within("provider", |problems| {
            let wiring = identity::Wiring {
                store: wiring.store.tenant(id),
                clock: Arc::clone(&wiring.clock),
                hashing: wiring.hashing.clone(),
                clients: wiring.clients.clone(),
                is_intercepted,
            };
            let provider = self.provider.build(&wiring, problems)?;
            capability::refuse_what_it_cannot(provider_kind, provider.capabilities(), &policies, problems);
            Some(provider)
        });
        if let (Some(recovery), Some(provider)) = (&recovery, &provider) {
            capability::refuse_phones(provider_kind, provider.capabilities(), recovery, problems);
        }
        let mail = problems.within("email", |problems| self.email.build(&self.name, wiring.inbox.as_ref(), problems));
        let sms = texts::build(self.sms, &self.name, id, reached, recovery.as_ref(), wiring, problems);
        let own_limits =
            problems.within("limits", |problems| limits.map(|operator| self.limits.build(operator, problems)));
        let brand = problems.within("brand", |problems| self.brand.build(&self.name, problems));
        let overrides = self.templates.dir.as_deref();
        let sends_texts = recovery.as_ref().is_some_and(|recovery| recovery.methods.contains(&Method::SmsOtp));
        let text_host = reached.host_str().filter(|_| sends_texts);
        let templates = brand.and_then(|brand| {
            let (locales, default) = (brand.locales.clone(), brand.default_locale.clone());
            Templates::build(&wiring.shipped, brand, &locales, &default, overrides, text_host, problems)
        });
        let (site, recovery, password, provider) = (site?, recovery?, password?, provider?);
        let login_path = realm_path.filter(|_| is_intercepted).map(|path| format!("{path}/login-actions/authenticate"));
        let (mail, templates) = (mail?, templates?);
        if problems.errors() > before {
            return None;
        }
        Some(Tenant {
            id: id.clone(),
            name: self.name,
            origin: web_address::origin(&site.public_url),
            public_url: site.public_url,
            path: site.path,
            hosts: site.hosts,
            upstream,
            recovery,
            password,
            api,
            provider,
            provider_kind,
            realm,
            login_path,
            provider_address,
            provider_roots,
            protect: policies.protect,
            unlock: policies.unlock,
            late_logins: policies.late_logins,
            mail: Some(mail),
            sms,
            limits: own_limits.unwrap_or_default(),
            texts_per_day,
            templates,
            keys: wiring.keyset.tenant(id),
        })
    }

    fn site(&self, shared: &[SharedHost], problems: &mut Problems) -> Option<Site> {
        match (&self.host, &self.path) {
            (None, None) => self.own_site(problems),
            (Some(host), Some(path)) => {
                if !self.hosts.is_empty() {
                    problems.error("hosts", "a tenant has hosts of its own or a path on a shared one, not both");
                }
                self.shared_site(host, path, shared, problems)
            }
            (Some(_), None) => {
                problems.error("path", "is missing beside `host`").help("write a path such as `path = \"/t/acme\"`");
                None
            }
            (None, Some(_)) => {
                problems.error("host", "is missing beside `path`").help("name a `[[host]]` of regain.toml");
                None
            }
        }
    }

    fn own_site(&self, problems: &mut Problems) -> Option<Site> {
        let before = problems.errors();
        if self.hosts.is_empty() {
            problems
                .error("hosts", "the tenant has neither hosts of its own nor a path on a shared one")
                .help("write `hosts = [\"login.acme.example\"]`, or `host` and `path`");
        }
        let mut hosts = Vec::new();
        for (index, text) in self.hosts.iter().enumerate() {
            let host = host_name(&format!("hosts.{index}"), text, problems);
            hosts.extend(host.filter(|host| !hosts.contains(host)));
        }
        let public_url = public_url(&self.public_url, problems)?;
        if public_url.path() != "/" {
            problems.error("public_url", "must not have a path on a host of the tenant's own");
        }
        let lies_on_own = public_url.host_str().is_some_and(|host| hosts.iter().any(|own| own == host));
        if !hosts.is_empty() && !lies_on_own {
            problems.error("public_url", "lies on none of the tenant's hosts").help("name its host in `hosts`");
        }
        (problems.errors() == before).then(|| Site { public_url, hosts, path: String::new() })
    }

    fn shared_site(&self, host: &str, path: &str, shared: &[SharedHost], problems: &mut Problems) -> Option<Site> {
        let before = problems.errors();
        if !web_address::is_plain_path(path) {
            problems
                .error("path", format!("\"{path}\" is no path such as `/t/acme`"))
                .help("begin with a slash, end without one, and use letters, digits and - _ . ~");
        }
        let public_url = public_url(&self.public_url, problems);
        let Some(shared) = shared.iter().find(|shared| shared.name.eq_ignore_ascii_case(host)) else {
            let known: Vec<&str> = shared.iter().map(|shared| shared.name.as_str()).collect();
            let problem = problems.error("host", format!("\"{host}\" is no shared host"));
            match known.as_slice() {
                [] => problem.help("there is no `[[host]]` in regain.toml"),
                known => problem.help(format!("regain.toml has: {}", known.join(", "))),
            };
            return None;
        };
        let mut expected = shared.public_url.clone();
        expected.set_path(path);
        let public_url = public_url?;
        if public_url.as_str().trim_end_matches('/') != expected.as_str() {
            problems
                .error("public_url", "is not the shared host's address with the tenant's path")
                .help(format!("write `public_url = \"{expected}\"`"));
        }
        let site = Site { public_url: expected, hosts: vec![shared.name.clone()], path: path.to_owned() };
        (problems.errors() == before).then_some(site)
    }
}
