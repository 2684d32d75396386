//! `regain doctor`: the live look, told to people or to programs.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};

use super::report::{self, Format, by_file};
use super::{Dir, Failure, diagnose, say, wait};
use crate::config::{self, Loaded};
use crate::doctor::{Category, Report, Topic, Wish, examine, proxy};
use crate::domain::address::EmailAddress;
use crate::domain::finding::{Finding, Verdict};
use crate::domain::id::TenantId;

/// Looks at everything that recovery needs, live: store, keys, limits, providers, mail servers, text messages, proxy, clocks
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regain doctor\n  regain doctor --tenant acme --only provider,smtp\n  regain doctor \
                        --only smtp --send-test you@acme.example\n  regain doctor --format json | jq \
                        '.categories[].checks[] | select(.result != \"success\")'\n\nIt changes nothing and may run \
                        beside the server. Exit: 0 nothing worse than a warning, 1 problems found, 2 usage, 3 somebody \
                        does not answer and nothing is worse."
)]
pub(super) struct Doctor {
    #[command(flatten)]
    dir: Dir,
    /// Look at this tenant only
    #[arg(long, value_name = "T")]
    tenant: Option<String>,
    /// Look at these only, by commas
    #[arg(long, value_name = "TOPICS", value_delimiter = ',')]
    only: Vec<Topic>,
    /// Send a test mail to this address by every tenant's mail server, and show the link as it was sent
    #[arg(long, value_name = "ADDRESS")]
    send_test: Option<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl ValueEnum for Topic {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::Store => "store",
            Self::Keys => "keys",
            Self::Limits => "limits",
            Self::Provider => "provider",
            Self::Smtp => "smtp",
            Self::Sms => "sms",
            Self::Proxy => "proxy",
            Self::Clock => "clock",
        }))
    }
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let topics = if self.only.is_empty() { Topic::ALL.to_vec() } else { self.only.clone() };
        if self.send_test.is_some() && !topics.contains(&Topic::Smtp) {
            return Err(Failure::Usage("--send-test needs `smtp` in --only".into()));
        }
        let wrong = || Failure::Usage("--send-test is no mail address".into());
        let send_test = match &self.send_test {
            Some(text) => Some(EmailAddress::parse(text).ok_or_else(wrong)?),
            None => None,
        };
        let loaded = self.dir.load();
        let tenant = self.tenant.as_deref().map(|named| find(named, &loaded)).transpose()?;
        let own_addresses = proxy::own_addresses();
        let wish = Wish { topics, tenant, send_test, own_addresses };
        let report = wait(async { Ok(examine(loaded, &wish).await) })?;
        match self.format {
            Format::Text => Voice::of_this_terminal().tell(&report),
            Format::Json => as_json(&report).print(),
        }
        match report.worst() {
            Verdict::Good | Verdict::Warning => Ok(()),
            Verdict::Unreachable => Err(Failure::Silent),
            Verdict::Bad => Err(Failure::Problems),
        }
    }
}

/// The tenant of that name, as far as files were read.
fn find(named: &str, loaded: &Loaded) -> Result<TenantId, Failure> {
    let Some(tenants) = loaded.tenants() else {
        // There is no telling; what keeps the files from being read is told.
        return TenantId::parse(named).ok_or_else(|| Failure::Usage(format!("{named} is no tenant's name")));
    };
    let known: Vec<&TenantId> = tenants.files().map(|(id, _)| id).collect();
    if let Some(id) = known.iter().find(|id| id.as_str() == named) {
        return Ok((*id).clone());
    }
    let known: Vec<&str> = known.iter().map(|id| id.as_str()).collect();
    Err(Failure::Usage(format!("there is no tenant {named}; there are: {}", known.join(", "))))
}

/// How marks look: signs and colours where they can be seen, words elsewhere.
#[derive(Clone, Copy, Debug)]
struct Voice {
    signs: bool,
    colours: bool,
}

impl Voice {
    fn of_this_terminal() -> Self {
        let environment = config::environment();
        let set = |name: &str| environment.iter().find(|(known, value)| known == name && !value.is_empty());
        let is_terminal = std::io::stdout().is_terminal();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let is_utf8 = locale.is_some_and(|(_, value)| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        });
        Self { signs: is_terminal && is_utf8, colours: is_terminal && set("NO_COLOR").is_none() }
    }

    fn tell(self, report: &Report) {
        super::tell(&report.problems);
        for (index, Category { name, findings }) in report.categories.iter().enumerate() {
            if index > 0 {
                say("");
            }
            say(name);
            for finding in findings {
                self.line(finding);
            }
        }
        let counted = |verdict| {
            let findings = report.categories.iter().flat_map(|category| &category.findings);
            findings.filter(|finding| finding.verdict == verdict).count()
        };
        let errors = counted(Verdict::Bad) + report.problems.errors();
        let warnings = counted(Verdict::Warning) + report.problems.iter().count() - report.problems.errors();
        let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        diagnose(&format!(
            "{}, {}, {} unreachable",
            count(errors, "error"),
            count(warnings, "warning"),
            counted(Verdict::Unreachable)
        ));
    }

    fn line(self, finding: &Finding) {
        let detail = finding.detail.as_ref().map_or_else(String::new, |detail| format!(": {detail}"));
        say(&format!("{} {}{detail}", self.mark(finding.verdict), finding.what));
        if let Some(remedy) = &finding.remedy {
            say(&format!("    help: {remedy}"));
        }
    }

    fn mark(self, verdict: Verdict) -> String {
        let (sign, word, colour) = match verdict {
            Verdict::Good => ("√", "ok         ", "32"),
            Verdict::Warning => ("‼", "warning    ", "33"),
            Verdict::Unreachable => ("×", "unreachable", "31"),
            Verdict::Bad => ("×", "error      ", "31"),
        };
        let mark = if self.signs { sign } else { word };
        if self.colours { format!("\x1b[{colour}m{mark}\x1b[0m") } else { mark.to_owned() }
    }
}

fn as_json(report: &Report) -> report::Report {
    let mut categories = by_file(report.problems.iter(), &[]);
    categories.extend(report.categories.iter().map(|category| report::Category {
        category_name: category.name.clone(),
        checks: category.findings.iter().map(check).collect(),
    }));
    let success = report.worst() <= Verdict::Warning;
    report::Report { success, categories }
}

fn check(finding: &Finding) -> report::Check {
    let Finding { what, verdict, detail, remedy } = finding.clone();
    let result = match verdict {
        Verdict::Good => "success",
        Verdict::Warning => "warning",
        Verdict::Unreachable => "unreachable",
        Verdict::Bad => "error",
    };
    let (detail, error) = if verdict == Verdict::Good { (detail, None) } else { (None, detail) };
    report::Check { description: what, result, detail, hint: remedy, error, line: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_signs_where_they_can_be_seen_and_words_elsewhere() {
        let mark = |signs, colours| Voice { signs, colours }.mark(Verdict::Bad);

        assert_eq!(mark(true, false), "×");
        assert_eq!(mark(false, false), "error      ");
        assert_eq!(mark(true, true), "\x1b[31m×\x1b[0m");
    }
}
