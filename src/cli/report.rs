//! What `check` and `doctor` print as JSON, in the shape that `linkerd check` made a habit.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;

use super::say;
use crate::domain::problem::{Problem, Severity};

/// How it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// Everything.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) success: bool,
    pub(super) categories: Vec<Category>,
}

/// One file, or one thing that was looked at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Category {
    pub(super) category_name: String,
    pub(super) checks: Vec<Check>,
}

/// One thing that was found; or one line that says that nothing was.
#[derive(Serialize)]
pub(super) struct Check {
    pub(super) description: String,
    pub(super) result: &'static str,
    /// More about what is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
}

impl Report {
    pub(super) fn print(&self) {
        say(&serde_json::to_string_pretty(self).unwrap_or_default());
    }
}

/// A category for each file; those of `files` in any case.
pub(super) fn by_file<'a>(found: impl IntoIterator<Item = &'a Problem>, files: &[String]) -> Vec<Category> {
    let mut by_file: BTreeMap<String, Vec<Check>> = BTreeMap::new();
    for file in files {
        by_file.entry(file.clone()).or_default();
    }
    for problem in found {
        by_file.entry(file_of(problem)).or_default().push(check(problem));
    }
    let mut categories = Vec::new();
    for (category_name, mut checks) in by_file {
        if checks.is_empty() {
            let description = "can be served as it is".to_owned();
            checks.push(Check { description, result: "success", detail: None, hint: None, error: None, line: None });
        }
        categories.push(Category { category_name, checks });
    }
    categories
}

fn check(problem: &Problem) -> Check {
    let result = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    Check {
        description: problem.key.clone(),
        result,
        detail: None,
        hint: problem.help.clone(),
        error: Some(problem.message.clone()),
        line: problem.place.as_ref().and_then(|place| place.line),
    }
}

/// The file that a problem is about, as problems call it.
pub(super) fn file_of(problem: &Problem) -> String {
    problem.place.as_ref().map_or_else(|| "regain.toml".to_owned(), |place| place.file.clone())
}
