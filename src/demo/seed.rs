//! What the demo begins with: two brands, each as a tenant on a path and as one on a host of its own, and one person.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::domain::id::AttemptId;

/// The person who has an account at every site.
pub(super) const USERNAME: &str = "alice";
/// Her password until she changes it.
pub(super) const PASSWORD: &str = "correct horse battery staple";

/// A brand, from which two tenants are seeded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brand {
    /// Part of ids, paths and hosts.
    pub(super) id: &'static str,
    /// As people read it.
    pub(super) name: &'static str,
    /// Its colour.
    pub(super) color: &'static str,
    /// The lines that say how its people recover.
    pub(super) methods: &'static str,
}

/// Both brands: one lets people choose between all methods, the other sends codes by mail alone.
pub(super) const BRANDS: [Brand; 2] = [
    Brand {
        id: "acme",
        name: "Acme",
        color: "#0b5394",
        methods: "methods = [\"email_link\", \"email_otp\", \"sms_otp\"]\nsms_otp.countries = [\"US\"]",
    },
    Brand { id: "globex", name: "Globex", color: "#7a1f5c", methods: "methods = [\"email_otp\"]" },
];
/// Her telephone number, of those that are kept for stories.
pub(super) const NUMBER: &str = "+12025550123";

/// Where the demo listens, and where its mails go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    /// The public listener's.
    pub(super) public: u16,
    /// The sites' behind it.
    pub(super) upstream: u16,
    /// The mail server; without one there is the inbox page.
    pub(super) smtp: Option<SocketAddr>,
}

impl Ports {
    /// The lines of `[email]`.
    fn email(&self, brand: &str) -> String {
        match self.smtp {
            None => "kind = \"inbox\"".to_owned(),
            Some(server) => format!(
                "kind = \"smtp\"\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"no-reply@{brand}.example\"",
                server.ip(),
                server.port()
            ),
        }
    }
}

/// One site of the demo: a tenant and what stands behind it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Whose site it is.
    pub(super) brand: Brand,
    /// The tenant's id.
    pub(super) tenant: String,
    /// The host by which it is asked for.
    pub(super) host: String,
    /// The path below which it lives; empty on a host of its own.
    pub(super) prefix: String,
}

impl Place {
    /// All four, the tenants on paths first.
    pub(super) fn all() -> Vec<Self> {
        let on_paths = BRANDS.map(|brand| Self {
            brand,
            tenant: brand.id.to_owned(),
            host: "127.0.0.1".to_owned(),
            prefix: format!("/t/{}", brand.id),
        });
        let on_hosts = BRANDS.map(|brand| Self {
            brand,
            tenant: format!("{}-host", brand.id),
            host: format!("{}.localhost", brand.id),
            prefix: String::new(),
        });
        on_paths.into_iter().chain(on_hosts).collect()
    }

    /// Where a browser opens it.
    pub(super) fn address(&self, port: u16) -> String {
        format!("http://{}:{port}{}/", self.host, self.prefix)
    }

    /// The mail address of the person at this site.
    pub(super) fn mail_address(&self) -> String {
        format!("{USERNAME}@{}.example", self.brand.id)
    }

    fn file(&self, ports: &Ports) -> String {
        let template = if self.prefix.is_empty() {
            include_str!("config/host-tenant.toml")
        } else {
            include_str!("config/path-tenant.toml")
        };
        fill(template, ports)
            .replace("{{email}}", &ports.email(self.brand.id))
            .replace("{{name}}", self.brand.name)
            .replace("{{brand}}", self.brand.id)
            .replace("{{color}}", self.brand.color)
            .replace("{{methods}}", self.brand.methods)
    }
}

/// A folder of the demo's own; it goes when the demo ends.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes a fresh folder below `parent` with a configuration for these ports in it.
    pub(super) fn new(parent: &Path, ports: &Ports) -> io::Result<Self> {
        let folder = Self(parent.join(format!("regain-demo-{}", AttemptId::random())));
        let tenants = folder.config().join("tenants");
        fs::create_dir_all(&tenants)?;
        fs::write(folder.config().join("regain.toml"), fill(include_str!("config/regain.toml"), ports))?;
        for place in Place::all() {
            fs::write(tenants.join(format!("{}.toml", place.tenant)), place.file(ports))?;
        }
        Ok(folder)
    }

    /// The folder of the configuration.
    pub(super) fn config(&self) -> PathBuf {
        self.0.join("config")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the demo's folder stays behind");
        }
    }
}

fn fill(template: &str, ports: &Ports) -> String {
    template.replace("{{port}}", &ports.public.to_string()).replace("{{upstream}}", &ports.upstream.to_string())
}
