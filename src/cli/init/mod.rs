//! `regain init`: a first configuration for a Keycloak realm, from flags, or from questions where there is a terminal.
//!
//! It never writes over a file: if one of them is there, none is written. What it wrote is checked as `regain check`
//! does, by the same code.

mod ask;
mod files;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use self::ask::Asker;
use self::files::Files;
use super::check::Check;
use super::{Failure, diagnose, say};
use crate::domain::id::TenantId;

/// Writes a first regain.toml and tenants/<id>.toml for a Keycloak realm
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regain init\n  regain init /etc/regain --tenant acme --name Acme \\\n    --public-url \
                        https://login.acme.example \\\n    --keycloak-url http://127.0.0.1:8081 --realm acme \
                        --client-secret-file kc.secret \\\n    --smtp-host smtp.acme.example --smtp-user regain \
                        --smtp-password-file smtp.secret \\\n    --from 'Acme <no-reply@acme.example>'\n\nWhat is missing \
                        is asked for on a terminal, and only there. No file is ever written over. Exit: 0 written and \
                        passes check, 1 a file is in the way or check finds problems, 2 something is missing."
)]
pub(super) struct Init {
    /// The folder to write to; made if need be
    #[arg(value_name = "DIR", default_value = "config")]
    dir: PathBuf,
    /// The tenant's id: small letters, digits, single dashes
    #[arg(long, value_name = "T")]
    tenant: Option<String>,
    /// Its name as people read it [default: the id]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where people reach its sign-in, and now regain
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where this machine reaches Keycloak, with its relative path if it has one
    #[arg(long, value_name = "URL")]
    keycloak_url: Option<String>,
    /// The realm [default: the tenant's id]
    #[arg(long, value_name = "REALM")]
    realm: Option<String>,
    /// The confidential client whose service account regain uses [default: regain]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read its secret from this file, - for stdin
    #[arg(long, value_name = "F")]
    client_secret_file: Option<PathBuf>,
    /// The mail server; its certificate must bear this name
    #[arg(long, value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port [default: 587 for starttls, 465 for implicit, 25 for none]
    #[arg(long, value_name = "PORT")]
    smtp_port: Option<u16>,
    /// How the way to it is encrypted; none only on this machine
    #[arg(long, value_enum, default_value_t = Security::Starttls)]
    smtp_tls: Security,
    /// The user to log in as [default: nobody logs in]
    #[arg(long, value_name = "USER")]
    smtp_user: Option<String>,
    /// Read that user's password from this file, - for stdin
    #[arg(long, value_name = "F")]
    smtp_password_file: Option<PathBuf>,
    /// Who mails come from, as `address` or `Name <address>`
    #[arg(long, value_name = "FROM")]
    from: Option<String>,
    /// The user attribute that holds the telephone number [default: phoneNumber]
    #[arg(long, value_name = "ATTRIBUTE")]
    phone_attribute: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Security {
    Starttls,
    Implicit,
    None,
}

impl Init {
    pub(super) fn run(self) -> Result<(), Failure> {
        let dir = self.dir.clone();
        let files = Files::of(self.answers()?);
        files.write(&dir).map_err(Failure::Refused)?;
        for path in files.paths(&dir) {
            say(&path.display().to_string());
        }
        let checked = Check::all_of(&dir).run();
        diagnose(&next_steps(&dir, &files));
        checked
    }

    /// Everything that the files need; all that is missing is told at once.
    fn answers(self) -> Result<Answers, Failure> {
        let mut asker = Asker::new();
        let tenant = asker.text("--tenant", "The tenant's id (small letters, digits, dashes)", self.tenant, None)?;
        let name = asker.text("--name", "Its name as people read it", self.name, Some(&capital(&tenant)))?;
        let public_url =
            asker.text("--public-url", "Where people reach its sign-in (https://…)", self.public_url, None)?;
        let keycloak_url = asker.text(
            "--keycloak-url",
            "Where this machine reaches Keycloak (http://127.0.0.1:8081)",
            self.keycloak_url,
            None,
        )?;
        let realm = asker.text("--realm", "The realm", self.realm, Some(&tenant))?;
        let client_id = asker.text("--client-id", "The client of regain in it", self.client_id, Some("regain"))?;
        let client_secret = asker.secret(
            "--client-secret-file",
            "That client's secret (it is not shown)",
            self.client_secret_file.as_deref(),
        )?;
        let smtp_host = asker.text("--smtp-host", "The mail server", self.smtp_host, None)?;
        let smtp_user = asker.optional("The user to log in there as (empty: nobody)", self.smtp_user)?;
        let smtp_password = match (&smtp_user, &self.smtp_password_file) {
            (Some(_), file) => {
                Some(asker.secret("--smtp-password-file", "That user's password (it is not shown)", file.as_deref())?)
            }
            (None, Some(_)) => return Err(Failure::Usage("--smtp-password-file needs --smtp-user".into())),
            (None, None) => None,
        };
        let from = asker.text("--from", "Who mails come from (Acme <no-reply@acme.example>)", self.from, None)?;
        asker.refuse_missing()?;
        let tenant = TenantId::parse(&tenant).ok_or_else(|| {
            Failure::Usage("--tenant takes small letters, digits and single dashes, at most 63".into())
        })?;
        Ok(Answers {
            tenant,
            name,
            public_url: url("--public-url", &public_url)?,
            keycloak_url: url("--keycloak-url", &keycloak_url)?,
            realm,
            client_id,
            client_secret,
            smtp_host,
            smtp_port: self.smtp_port,
            smtp_tls: self.smtp_tls,
            smtp_login: smtp_user.zip(smtp_password),
            from,
            phone: self.phone_attribute,
        })
    }
}

/// What the files are made of.
struct Answers {
    tenant: TenantId,
    name: String,
    public_url: url::Url,
    keycloak_url: url::Url,
    realm: String,
    client_id: String,
    client_secret: zeroize::Zeroizing<String>,
    smtp_host: String,
    smtp_port: Option<u16>,
    smtp_tls: Security,
    smtp_login: Option<(String, zeroize::Zeroizing<String>)>,
    from: String,
    phone: Option<String>,
}

fn url(flag: &str, text: &str) -> Result<url::Url, Failure> {
    let parsed = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    parsed.ok_or_else(|| Failure::Usage(format!("{flag} is no address such as https://login.acme.example")))
}

/// `acme` as a name.
fn capital(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn next_steps(dir: &Path, files: &Files) -> String {
    let (config, public, realm, client) = (dir.display(), files.public_origin(), files.realm(), files.client());
    format!(
        "\nIn Keycloak:\n  the realm {realm} has a confidential client `{client}` with a service account, which may find \
         users and reset\n  their passwords and nothing else: docs/providers/keycloak.md, step by step\n  \"Forgot \
         password\" is on in the realm's settings (Login): else its login page shows no way to recovery\n  it is \
         started with KC_HOSTNAME={public} KC_PROXY_HEADERS=xforwarded KC_HTTP_ENABLED=true\n  and, if it runs on this machine, \
         KC_HTTP_HOST=127.0.0.1: nobody shall reach it but through regain\nThen:\n  regain check --strict --config \
         {config}\n  regain migrate --config {config}      # PostgreSQL only; SQLite is made at the start\n  regain \
         doctor --config {config}\n  regain serve --config {config}\n  regain doctor --config {config} --only \
         proxy   # once more, now that the doors can be tried"
    )
}
