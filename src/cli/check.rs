//! `regain check`: what start-up would say, without a store or a network.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::report::{Format, Report, by_file, file_of};
use super::{Dir, Failure, diagnose};
use crate::clock::SystemClock;
use crate::domain::key::Keyset;
use crate::domain::problem::{Problem, Problems, Severity};
use crate::identity::Hashing;
use crate::outward::Clients;
use crate::store::Store;
use crate::template::Shipped;
use crate::tenant::Wiring;

/// Tells every mistake of the configuration, offline: the same code as start-up
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regain check\n  regain check --config /etc/regain --strict\n  regain check --tenant \
                        acme\n  regain check --format json | jq '.categories[].checks[] | select(.result != \
                        \"success\")'\n\nExit: 0 nothing found, 1 problems found, 2 usage."
)]
pub(super) struct Check {
    #[command(flatten)]
    dir: Dir,
    /// Tell of this tenant's file only
    #[arg(long, value_name = "T")]
    tenant: Option<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Count warnings as problems
    #[arg(long)]
    strict: bool,
}

impl Check {
    /// The check of everything in a folder, told to people.
    pub(super) fn all_of(dir: &Path) -> Self {
        let dir = Dir { config: Some(dir.to_owned()) };
        Self { dir, tenant: None, format: Format::Text, strict: false }
    }

    pub(super) fn run(self) -> Result<(), Failure> {
        let (mut problems, tenants) = self.dir.load().into_parts();
        let mut files = vec!["regain.toml".to_owned()];
        if let Some(tenants) = tenants {
            if let Some(named) = &self.tenant
                && !tenants.files().any(|(id, _)| id.as_str() == named)
            {
                let known: Vec<&str> = tenants.files().map(|(id, _)| id.as_str()).collect();
                return Err(Failure::Usage(format!("there is no tenant {named}; there are: {}", known.join(", "))));
            }
            let wanted = |id: &str| self.tenant.as_deref().is_none_or(|named| named == id);
            files.extend(tenants.files().filter(|(id, _)| wanted(id.as_str())).map(|(_, file)| file.to_owned()));
            problems.append(tenants.build(&offline()).1);
        }
        if self.tenant.is_some() && files.len() > 1 {
            files.remove(0);
        }
        let found: Vec<&Problem> =
            problems.iter().filter(|problem| self.tenant.is_none() || files.contains(&file_of(problem))).collect();
        let is_clean = !found.iter().any(|problem| self.strict || problem.severity == Severity::Error);
        match self.format {
            Format::Text => tell(&found, &files),
            Format::Json => {
                Report { success: is_clean, categories: by_file(found.iter().copied(), &files) }.print();
            }
        }
        if is_clean { Ok(()) } else { Err(Failure::Problems) }
    }
}

/// A world in which tenants can be built and nothing can be reached. Its keys serve nobody.
fn offline() -> Wiring {
    let keyset = Keyset::parse(&Keyset::generate()).expect("a generated keyset reads back, as a test shows");
    Wiring {
        store: Store::offline(),
        clock: Arc::new(SystemClock::default()),
        keyset: Arc::new(keyset),
        shipped: Shipped::load(),
        inbox: None,
        hashing: Hashing::new(1),
        clients: Clients::default(),
    }
}

fn tell(found: &[&Problem], files: &[String]) {
    let mut list = Problems::new();
    for problem in found {
        list.push((*problem).clone());
    }
    super::tell(&list);
    let errors = list.errors();
    let warnings = found.len() - errors;
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    diagnose(&format!(
        "{} checked: {}, {}",
        count(files.len(), "file"),
        count(errors, "error"),
        count(warnings, "warning")
    ));
}
