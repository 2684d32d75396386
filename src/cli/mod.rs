//! The command line: one file per verb. Data goes to stdout, diagnostics to stderr; only `init` asks, and only on a
//! terminal.
//!
//! Exit codes: 0 done, 1 problems found, 2 usage, 3 a dependency cannot be reached.

mod account;
mod check;
mod config;
mod demo;
mod doctor;
mod health;
mod init;
mod migrate;
mod openapi;
mod report;
mod serve;
mod version;

use std::ffi::OsString;
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::StartError;
use crate::config::{Config, Inputs, Loaded};
use crate::domain::problem::Problems;
use crate::store::{self, OpenError};

/// Gives the identity provider you already run a good "forgot password": per tenant, by email link,
/// email code or text message.
#[derive(Debug, Parser)]
#[command(name = "regain", disable_version_flag = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Demo),
    Init(init::Init),
    Serve(serve::Serve),
    Check(check::Check),
    Doctor(doctor::Doctor),
    Config(config::Show),
    Migrate(migrate::Migrate),
    Account(account::Account),
    Openapi(openapi::OpenApi),
    Health(health::Health),
    Version(version::Version),
}

/// Where the configuration is.
#[derive(Debug, Args)]
struct Dir {
    /// The folder with regain.toml in it [default: ./config, then /etc/regain]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
}

impl Dir {
    fn find(&self) -> PathBuf {
        let here = Path::new("config");
        match &self.config {
            Some(dir) => dir.clone(),
            None if here.join("regain.toml").exists() => here.to_owned(),
            None if Path::new("/etc/regain/regain.toml").exists() => PathBuf::from("/etc/regain"),
            None => here.to_owned(),
        }
    }

    fn load(&self) -> Loaded {
        crate::config::load(&Inputs { dir: self.find(), env: crate::config::environment() })
    }

    /// The configuration to work with; its problems are told.
    fn open(&self) -> Result<Config, Failure> {
        match self.load().start() {
            Ok((config, warnings)) => {
                tell(&warnings);
                Ok(config)
            }
            Err(problems) => {
                tell(&problems);
                Err(Failure::Problems)
            }
        }
    }
}

/// Why a verb did not do what it should.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Problems were found, and told already.
    #[error("problems were found")]
    Problems,
    /// Nothing worse was found than somebody who does not answer, and it was told already.
    #[error("not everything answers")]
    Silent,
    /// It was asked for in a way that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// It was refused.
    #[error("{0}")]
    Refused(String),
    /// Something that it needs cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// Anything else, with its causes.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreachable(_) | Self::Silent => 3,
            Self::Failed(error) if error.chain().any(|cause| cause.is::<OpenError>() || cause.is::<store::Error>()) => {
                3
            }
            Self::Problems | Self::Refused(_) | Self::Failed(_) => 1,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Unreachable(format!("{:#}", anyhow::Error::from(error)))
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Unreachable(format!("{:#}", anyhow::Error::from(error)))
    }
}

/// Does what the command line says, and gives the code to exit with.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and usage go where they belong; if even that cannot be written, the code still tells.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match cli.verb {
        Verb::Demo(verb) => verb.run(),
        Verb::Init(verb) => verb.run(),
        Verb::Serve(verb) => verb.run(),
        Verb::Check(verb) => verb.run(),
        Verb::Doctor(verb) => verb.run(),
        Verb::Config(verb) => verb.run(),
        Verb::Migrate(verb) => verb.run(),
        Verb::Account(verb) => verb.run(),
        Verb::Health(verb) => verb.run(),
        Verb::Openapi(openapi::OpenApi {}) => {
            openapi::run();
            Ok(())
        }
        Verb::Version(verb) => {
            verb.run();
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            match &failure {
                Failure::Problems | Failure::Silent => {}
                Failure::Usage(_) | Failure::Refused(_) | Failure::Unreachable(_) | Failure::Failed(_) => {
                    diagnose(&format!("error: {failure}"));
                }
            }
            ExitCode::from(failure.code())
        }
    }
}

/// Why the program did not start, as an exit code and a sentence with its causes.
fn start_failure(error: StartError) -> Failure {
    let is_unreachable = error.is_unreachable();
    let told = format!("{:#}", anyhow::Error::from(error));
    if is_unreachable { Failure::Unreachable(told) } else { Failure::Refused(told) }
}

/// Runs a verb that waits for something.
fn wait<T>(deed: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(deed)
}

/// One line of data. A reader that has gone away (`| head`) is no failure.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line for whoever watches.
fn diagnose(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn tell(problems: &Problems) {
    for problem in problems.iter() {
        diagnose(&problem.to_string());
    }
}
