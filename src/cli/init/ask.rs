//! Where an answer comes from: a flag, a question on a terminal, a default. Without a terminal nothing is ever asked,
//! and what is missing is told by its flag, all of it at once.

use std::io::{IsTerminal, Read};
use std::path::Path;

use dialoguer::{Input, Password};
use zeroize::Zeroizing;

use crate::cli::Failure;

/// No secret is longer.
const MOST_BYTES: u64 = 4096;

/// Asks, or notes what is missing.
pub(super) struct Asker {
    is_terminal: bool,
    has_read_stdin: bool,
    missing: Vec<&'static str>,
}

impl Asker {
    pub(super) fn new() -> Self {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self { is_terminal, has_read_stdin: false, missing: Vec::new() }
    }

    /// One line.
    pub(super) fn text(
        &mut self,
        flag: &'static str,
        question: &str,
        given: Option<String>,
        default: Option<&str>,
    ) -> Result<String, Failure> {
        match (given, default) {
            (Some(given), _) => Ok(given),
            (None, Some(default)) if self.is_terminal => Input::new()
                .with_prompt(question)
                .default(default.to_owned())
                .interact_text()
                .map_err(|error| broken_off(&error)),
            (None, None) if self.is_terminal => {
                Input::new().with_prompt(question).interact_text().map_err(|error| broken_off(&error))
            }
            (None, Some(default)) => Ok(default.to_owned()),
            (None, None) => {
                self.missing.push(flag);
                Ok(String::new())
            }
        }
    }

    /// One line that may be left out.
    pub(super) fn optional(&self, question: &str, given: Option<String>) -> Result<Option<String>, Failure> {
        if given.is_some() || !self.is_terminal {
            return Ok(given);
        }
        let typed: String =
            Input::new().with_prompt(question).allow_empty(true).interact_text().map_err(|error| broken_off(&error))?;
        Ok(Some(typed).filter(|typed| !typed.is_empty()))
    }

    /// A secret, from a file, from standard input, or typed without being shown.
    pub(super) fn secret(
        &mut self,
        flag: &'static str,
        question: &str,
        file: Option<&Path>,
    ) -> Result<Zeroizing<String>, Failure> {
        let secret = match file {
            Some(file) if file == Path::new("-") => {
                if std::mem::replace(&mut self.has_read_stdin, true) {
                    return Err(Failure::Usage("only one secret can come by standard input".into()));
                }
                read(flag, std::io::stdin())?
            }
            Some(file) => read(flag, std::fs::File::open(file).map_err(|error| unreadable(flag, &error))?)?,
            None if self.is_terminal => {
                Zeroizing::new(Password::new().with_prompt(question).interact().map_err(|error| broken_off(&error))?)
            }
            None => {
                self.missing.push(flag);
                return Ok(Zeroizing::new(String::new()));
            }
        };
        if secret.is_empty() || secret.chars().any(char::is_control) {
            return Err(Failure::Refused(format!("{flag} does not hold one line")));
        }
        Ok(secret)
    }

    /// Refuses to go on where something is missing.
    pub(super) fn refuse_missing(self) -> Result<(), Failure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(Failure::Usage(format!("missing: {}\n  help: on a terminal they are asked for", self.missing.join(", "))))
    }
}

fn read(flag: &str, from: impl Read) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    from.take(MOST_BYTES).read_to_string(&mut text).map_err(|error| unreadable(flag, &error))?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Zeroizing::new(line.to_owned()))
}

fn unreadable(flag: &str, error: &std::io::Error) -> Failure {
    Failure::Refused(format!("cannot read {flag}: {error}"))
}

fn broken_off(error: &dialoguer::Error) -> Failure {
    Failure::Refused(format!("no answer: {error}"))
}
