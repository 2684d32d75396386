//! What text messages cost and must hold, looked at when a tenant's templates are built: each is rendered in every
//! language with the tenant's own name and host and the longest code that there can be.

use std::collections::BTreeSet;

use super::build::Folder;
use super::message::TextMessage;
use super::{Locale, Templates, samples};
use crate::domain::problem::Problems;
use crate::domain::segments::{Encoding, Length, beyond_gsm7};

/// Most segments of one message.
const MOST: usize = 2;
/// Quotes that word processors write, and how they are written plainly.
const SINGLE: &str = "‘’‚‛‹›′";
const DOUBLE: &str = "“”„‟«»″";
/// What to do about one.
pub(super) const NO_QUOTES: &str = "write ' or \"; a single typographic quote can double what the message costs";

/// The first typographic quote of a text.
pub(super) fn typographic(text: &str) -> Option<char> {
    text.chars().find(|sign| SINGLE.contains(*sign) || DOUBLE.contains(*sign))
}

/// The text with plain quotes.
pub(super) fn plain(text: &str) -> String {
    text.replace(|sign| SINGLE.contains(sign), "'").replace(|sign| DOUBLE.contains(sign), "\"")
}

/// Something that no text message may be, or must not lack.
struct Fault {
    message: String,
    help: &'static str,
    /// What it is recognised by in a source.
    mark: String,
}

/// Tells what is wrong with a tenant's text messages, and which of them cost more than one segment.
pub(super) fn look(templates: &Templates, host: &str, folder: Option<&Folder<'_>>, problems: &mut Problems) {
    for locale in templates.locales() {
        let mut longest: Option<(&str, String, Length)> = None;
        let mut faults = BTreeSet::new();
        for (kind, message) in samples::text_messages_of(host) {
            let kind = kind.split('-').next().unwrap_or(kind);
            let text = match templates.text_message(&locale, &message) {
                Ok(text) => text,
                Err(error) => {
                    problems.error("", error.to_string());
                    continue;
                }
            };
            if let Some(fault) = fault(&message, &text) {
                let told = format!("the text message `{kind}` in `{}` {}", locale.tag(), fault.message);
                match folder {
                    _ if !faults.insert(told.clone()) => {}
                    Some(folder) => folder.tell_text(kind, locale.tag(), &fault.mark, told, fault.help, problems),
                    None => {
                        problems.error("", told).help(fault.help);
                    }
                }
            }
            let length = Length::of(&text);
            let size = |length: &Length| (length.segments, length.units);
            if longest.as_ref().is_none_or(|(_, _, other)| size(&length) > size(other)) {
                longest = Some((kind, text, length));
            }
        }
        if let Some((kind, text, length)) = longest.filter(|(_, _, length)| length.segments > 1) {
            tell(&templates.brand().sms_name, &locale, kind, &text, length, problems);
        }
    }
}

fn fault(message: &TextMessage<'_>, text: &str) -> Option<Fault> {
    if let Some(quote) = typographic(text) {
        let message = format!("holds the typographic quote `{quote}`");
        return Some(Fault { message, help: NO_QUOTES, mark: quote.to_string() });
    }
    if text.contains("://") {
        return Some(Fault {
            message: "holds an address".to_owned(),
            help: "leave it out; whoever learns to follow links in text messages cannot tell ours from another's",
            mark: "://".to_owned(),
        });
    }
    match message {
        TextMessage::RecoveryCode { code, host }
            if text.lines().last() != Some(&format!("@{host} #{}", code.expose())) =>
        {
            Some(Fault {
                message: "does not end in the line `@{{host}} #{{code}}`".to_owned(),
                help: "browsers fill in the code by it, and on the right page alone",
                mark: "#".to_owned(),
            })
        }
        TextMessage::RecoveryCode { .. } | TextMessage::PasswordChanged { .. } => None,
    }
}

/// Tells of a message that is paid more than once, and what would make it shorter.
fn tell(name: &str, locale: &Locale, kind: &str, text: &str, length: Length, problems: &mut Problems) {
    let Length { encoding, units, segments } = length;
    let most = encoding.single();
    let message = format!(
        "the text message `{kind}` in `{}` takes {segments} segments: {units} units of {}, of which one segment holds {most}",
        locale.tag(),
        encoding.as_str()
    );
    let over = units - most;
    let of_name = beyond_gsm7(name).filter(|_| beyond_gsm7(&text.replace(name, "")).is_none());
    let help = match of_name {
        Some(sign) => format!(
            "write a `[brand] sms_name` without `{sign}`, and one segment holds {} units",
            Encoding::Gsm7.single()
        ),
        None if name.chars().count() > over => {
            format!("a `[brand] sms_name` of at most {} characters makes it one segment", name.chars().count() - over)
        }
        None => format!(
            "shorten its text in `locales/{tag}.ftl` of the folder of templates, or take `{tag}` out of `brand.locales`",
            tag = locale.tag()
        ),
    };
    let problem = if segments > MOST {
        problems.error("brand.sms_name", message)
    } else {
        problems.warning("brand.sms_name", message)
    };
    problem.help(help);
}
