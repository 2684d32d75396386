//! Problems of configuration: collected by every room that builds something, told all at once.
//!
//! A room names the key that is wrong and what to do; file and line are added by `config`, which alone knows from
//! where a value came. No secret is ever repeated.

use std::fmt;

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program runs, and the operator should know.
    Warning,
    /// What the file asks for cannot be done.
    Error,
}

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the operator named it, or the environment variable.
    pub file: String,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
}

/// One thing that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps the program from starting.
    pub severity: Severity,
    /// The dotted key it is about, such as `email.from`; empty where it is about the whole file.
    pub key: String,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// File and line, once `config` has found them.
    pub place: Option<Place>,
}

impl Problem {
    /// Says what to do about it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: ")?;
        if let Some(place) = &self.place {
            write!(f, "{}:", place.file)?;
            if let Some(line) = place.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        if !self.key.is_empty() && !self.message.contains(&format!("`{}`", self.key)) {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// A list of problems under construction. Keys are given relative to the section that is being built.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    section: Vec<String>,
}

impl Problems {
    /// Begins an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `build` with `section` put before every key that it names.
    pub fn within<T>(&mut self, section: &str, build: impl FnOnce(&mut Self) -> T) -> T {
        self.section.push(section.to_owned());
        let built = build(self);
        self.section.pop();
        built
    }

    /// Adds an error about `key`; an empty key means the section itself.
    pub fn error(&mut self, key: &str, message: impl Into<String>) -> &mut Problem {
        self.add(Severity::Error, key, message.into())
    }

    /// Adds a warning about `key`.
    pub fn warning(&mut self, key: &str, message: impl Into<String>) -> &mut Problem {
        self.add(Severity::Warning, key, message.into())
    }

    /// Whether nothing keeps the program from starting.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// How many errors stand in the list.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// All problems in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// All problems, for `config` to add file and line.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Problem> {
        self.list.iter_mut()
    }

    /// Takes over what another list holds.
    pub fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// Adds a problem that is complete already, place included.
    pub fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    fn add(&mut self, severity: Severity, key: &str, message: String) -> &mut Problem {
        let mut path = self.section.join(".");
        if !path.is_empty() && !key.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        let index = self.list.len();
        self.list.push(Problem { severity, key: path, message, help: None, place: None });
        &mut self.list[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_file_line_key_and_remedy() {
        let mut problems = Problems::new();
        problems.within("brand", |problems| {
            problems.error("colour", "unknown key `brand.colour`").help("did you mean `brand.color`?");
            problems.error("color", "is no colour such as `#1d4ed8`");
        });
        for problem in problems.iter_mut() {
            problem.place = Some(Place { file: "tenants/acme.toml".into(), line: Some(12) });
        }

        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();

        assert_eq!(
            told,
            [
                "error: tenants/acme.toml:12: unknown key `brand.colour`\n  help: did you mean `brand.color`?",
                "error: tenants/acme.toml:12: `brand.color`: is no colour such as `#1d4ed8`",
            ]
        );
    }
}
