//! What `init` writes: two files with a line of why for each key, and the secrets beside them for their owner alone.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Answers, Security};

const REGAIN: &str = r#"# What holds for all tenants. Every key that may stand here, with its default: docs/configuration.md.

[server]
listen = "127.0.0.1:8080"          # where the proxy that ends TLS reaches regain
# trusted_proxies = ["127.0.0.1"]  # that proxy: its X-Forwarded-For is believed, and nobody else's

[management]
listen = "127.0.0.1:9180"          # health and metrics, never for the internet

[store]
url = "sqlite://data/regain.db"    # one file, made at the first start; "postgres://…" for several processes

[secrets]
keys_file = "keys/regain.keys"     # every live link hangs on it; made at the first start; keep it apart from the database
"#;

/// A tenant's file; what stands in angle brackets is put in.
const TENANT: &str = r#"name = <name>   # as people read it
hosts = [<host>]   # the names that lead here
public_url = <public_url>   # every address that people see is built from this

[recovery]
sign_in_url = <sign_in_url>   # where "Sign in" leads; your application is better, it knows whom to ask
# return_to = ["https://app.example.com"]   # where a person may be sent back to, each origin by itself

[provider]
kind = "keycloak"
url = <keycloak_url>   # Keycloak as this machine reaches it
realm = <realm>   # whose accounts these are
client_id = <client_id>   # a confidential client of that realm, with a service account
client_secret_file = <client_secret_file>   # its secret, readable by regain alone
<phone>   # the attribute with the telephone number; let administrators alone edit it
# sentinel = "somebody"   # a username that `regain doctor` must find: a missing right looks like an empty realm
# protect = { groups = ["administrators"] }   # whom recovery never touches

[upstream]
url = <upstream_url>   # what is proxied here: the same Keycloak
intercept = "keycloak"   # its own "Forgot Password?" leads to regain, and its other ways to reset are closed
# close = ["/admin", "/realms/master"]   # not for the internet: answered 404, with all that lies below

[email]
host = <smtp_host>   # the mail server; its certificate must bear this name
<smtp_port>   # by default 587 for starttls, 465 for implicit, 25 for none
tls = <smtp_tls>   # never "if possible"
<smtp_login>from = <from>   # who mails come from
"#;

/// The files, ready to be written.
pub(super) struct Files {
    tenant: String,
    text: String,
    secrets: Vec<(&'static str, Zeroizing<String>)>,
    public_origin: String,
    realm: String,
    client: String,
}

impl Files {
    pub(super) fn of(answers: Answers) -> Self {
        let id = answers.tenant.as_str();
        let public_url = without_slash(&answers.public_url);
        let public_origin = answers.public_url.origin().ascii_serialization();
        let host = answers.public_url.host_str().unwrap_or_default();
        let sign_in_url = format!("{public_origin}{}", realm_path(&answers.keycloak_url, &answers.realm));
        let phone = answers.phone.as_deref();
        let phone_line = format!("{}phone = {}", hidden(phone.is_none()), quoted(phone.unwrap_or("phoneNumber")));
        let (default_port, tls) = match answers.smtp_tls {
            Security::Starttls => (587, "starttls"),
            Security::Implicit => (465, "implicit"),
            Security::None => (25, "none"),
        };
        let port = answers.smtp_port;
        let port_line = format!("{}port = {}", hidden(port.is_none()), port.unwrap_or(default_port));
        let mut secrets = vec![("client.secret", answers.client_secret)];
        let mut login = String::new();
        if let Some((user, password)) = answers.smtp_login {
            login = format!(
                "user = {}   # whom to log in as\npassword_file = {}   # that user's password, readable by regain \
                 alone\n",
                quoted(&user),
                quoted(&format!("{id}/smtp.password"))
            );
            secrets.push(("smtp.password", password));
        }
        let values = [
            ("<name>", quoted(&answers.name)),
            ("<host>", quoted(host)),
            ("<public_url>", quoted(&public_url)),
            ("<sign_in_url>", quoted(&sign_in_url)),
            ("<keycloak_url>", quoted(&without_slash(&answers.keycloak_url))),
            ("<realm>", quoted(&answers.realm)),
            ("<client_id>", quoted(&answers.client_id)),
            ("<client_secret_file>", quoted(&format!("{id}/client.secret"))),
            ("<phone>", phone_line),
            ("<upstream_url>", quoted(&answers.keycloak_url.origin().ascii_serialization())),
            ("<smtp_host>", quoted(&answers.smtp_host)),
            ("<smtp_port>", port_line),
            ("<smtp_tls>", quoted(tls)),
            ("<smtp_login>", login),
            ("<from>", quoted(&answers.from)),
        ];
        let text = fill(TENANT, &values);
        Self { tenant: id.to_owned(), text, secrets, public_origin, realm: answers.realm, client: answers.client_id }
    }

    pub(super) fn public_origin(&self) -> &str {
        &self.public_origin
    }

    pub(super) fn realm(&self) -> &str {
        &self.realm
    }

    pub(super) fn client(&self) -> &str {
        &self.client
    }

    /// Every file, in the order in which they are written.
    pub(super) fn paths(&self, dir: &Path) -> Vec<PathBuf> {
        self.all(dir).into_iter().map(|(path, ..)| path).collect()
    }

    fn all(&self, dir: &Path) -> Vec<(PathBuf, &str, u32)> {
        let tenants = dir.join("tenants");
        let mut all = vec![
            (dir.join("regain.toml"), REGAIN, 0o644),
            (tenants.join(format!("{}.toml", self.tenant)), self.text.as_str(), 0o644),
        ];
        for (name, secret) in &self.secrets {
            all.push((tenants.join(&self.tenant).join(name), secret.as_str(), 0o600));
        }
        all
    }

    /// Writes them all, or none. Says in one line what is in the way.
    pub(super) fn write(&self, dir: &Path) -> Result<(), String> {
        let all = self.all(dir);
        let there: Vec<String> =
            all.iter().filter(|(path, ..)| path.exists()).map(|(path, ..)| path.display().to_string()).collect();
        if !there.is_empty() {
            return Err(format!(
                "not written over, and nothing was written: {}\n  help: name another folder, or move them away",
                there.join(", ")
            ));
        }
        let secrets = dir.join("tenants").join(&self.tenant);
        DirBuilder::new().recursive(true).create(dir.join("tenants")).map_err(|error| cannot(dir, &error))?;
        DirBuilder::new().recursive(true).mode(0o700).create(&secrets).map_err(|error| cannot(&secrets, &error))?;
        let mut written = Vec::new();
        for (path, text, mode) in &all {
            let made = OpenOptions::new().write(true).create_new(true).mode(*mode).open(path);
            let done = made.and_then(|mut file| {
                written.push(path);
                file.write_all(text.as_bytes())
            });
            if let Err(error) = done {
                for path in &written {
                    // What cannot be removed now could be removed no better by trying again.
                    let _ = std::fs::remove_file(path);
                }
                return Err(format!("{}; nothing was written", cannot(path, &error)));
            }
        }
        Ok(())
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

/// Puts every value into its place, once: what a value holds is never taken for a place.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut text = template.to_owned();
    let mut filled = String::new();
    while let Some((at, (mark, value))) =
        values.iter().filter_map(|pair| Some((text.find(pair.0)?, pair))).min_by_key(|(at, _)| *at)
    {
        filled.push_str(&text[..at]);
        filled.push_str(value);
        text = text[at + mark.len()..].to_owned();
    }
    filled.push_str(&text);
    filled
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn hidden(is_hidden: bool) -> &'static str {
    if is_hidden { "# " } else { "" }
}

fn without_slash(url: &url::Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// The account pages of a realm, where nobody gets without signing in.
fn realm_path(keycloak: &url::Url, realm: &str) -> String {
    let mut url = keycloak.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["realms", realm, "account", ""]);
    }
    url.path().to_owned()
}
