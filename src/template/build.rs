//! Puts a tenant's templates together: its own files are read, compiled, bounded and tried with every sample in
//! every language, and all that is wrong is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use fluent_bundle::FluentResource;
use handlebars::Template;
use unic_langid::LanguageIdentifier;

use super::catalogue::{self, Catalogue};
use super::engine::{self, Form};
use super::guard::{self, Fault};
use super::overrides::{self, Sources};
use super::shipped::{FILES, MAIL_LAYOUT, MAILS, mail_body, mail_name, source, text_message, whole_mail};
use super::templates::{Language, Own, Templates};
use super::{Error, Locale, Shipped, samples};
use crate::domain::problem::Problems;

/// A tenant's folder while it is being read.
pub(super) struct Folder<'a> {
    dir: &'a Path,
    sources: Sources,
}

impl<'a> Folder<'a> {
    /// Reads everything below `dir`.
    pub(super) fn read(dir: &'a Path, problems: &mut Problems) -> Self {
        Self { dir, sources: overrides::read(dir, problems) }
    }

    fn tell(&self, path: &str, fault: Fault, problems: &mut Problems) {
        let help = fault.help.map(str::to_owned);
        overrides::tell(self.dir, path, Some(fault.line), fault.message, help, problems);
    }

    /// Compiles the tenant's files, and the mails that they change.
    pub(super) fn compile(&self, shipped: &Shipped, problems: &mut Problems) -> Own {
        let mut own = Own::default();
        for (path, text) in &self.sources {
            if overrides::locale_of(path).is_some() {
                continue;
            }
            match engine::compile(path, text) {
                Ok(template) => own.insert(path, template),
                Err(faults) => faults.into_iter().for_each(|fault| self.tell(path, fault, problems)),
            }
        }
        self.compile_mails(&mut own, problems);
        self.bound(shipped, &own, problems);
        own
    }

    fn compile_mails(&self, own: &mut Own, problems: &mut Problems) {
        let of = |path: &str| self.sources.get(path).map_or_else(|| source(path), String::as_str);
        for kind in MAILS {
            let body = mail_body(kind);
            let changed = [body.as_str(), MAIL_LAYOUT].into_iter().find(|path| own.html.contains_key(*path));
            let Some(changed) = changed else { continue };
            let name = mail_name(kind);
            let compiled = whole_mail(of(MAIL_LAYOUT), of(&body))
                .and_then(|whole| Template::compile_with_name(&whole, name.clone()).map_err(|error| error.to_string()));
            match compiled {
                Ok(template) => own.insert(&name, template),
                Err(message) => self.tell(changed, Fault::new(1, message), problems),
            }
        }
    }

    /// Looks at every template with the partials that it would be rendered with.
    fn bound(&self, shipped: &Shipped, own: &Own, problems: &mut Problems) {
        let find =
            |name: &str| own.html.get(&format!("partials/{name}.hbs")).or_else(|| shipped.html.get_template(name));
        for (path, _) in FILES {
            let Some(template) = own.of(path) else { continue };
            let find_here = |name: &str| match engine::form(path) {
                Form::Html(_) if !path.starts_with("messages/") => find(name).filter(|_| !name.contains('/')),
                Form::Html(_) | Form::Text => None,
            };
            if let Err(fault) = guard::bound(template, &find_here) {
                self.tell(path, fault, problems);
            }
        }
    }

    /// The tenant's texts in one language, over the shipped ones.
    fn texts(&self, tag: &str, all: &BTreeSet<String>, problems: &mut Problems) -> Option<Arc<FluentResource>> {
        let path = format!("locales/{tag}.ftl");
        let text = self.sources.get(&path)?;
        match catalogue::parse(text) {
            Err(faults) => {
                for (line, message) in faults {
                    self.tell(&path, Fault::new(line, message), problems);
                }
                None
            }
            Ok(resource) => {
                for (key, line) in catalogue::keys(&resource).filter(|(key, _)| !all.contains(*key)) {
                    let fault = Fault::new(line, format!("nothing says the text `{key}`"));
                    self.tell(
                        &path,
                        fault.help("the names of all texts stand in the shipped `locales/en.ftl`"),
                        problems,
                    );
                }
                Some(Arc::new(resource))
            }
        }
    }

    /// Renders every sample in every language, and tells what does not work; each mistake once.
    pub(super) fn try_out(&self, templates: &Templates, problems: &mut Problems) {
        let mut told = BTreeSet::new();
        let mut tell = |error: Error, problems: &mut Problems| {
            let (template, line, reason) = match error {
                Error::Render { template, line, reason } => (template, line, reason),
                Error::TooLarge { template, limit } => (template, 1, format!("renders to more than {limit} bytes")),
            };
            let path = self.path_of(&template);
            if told.insert((path.clone(), reason.clone())) {
                self.tell(&path, Fault::new(line.max(1), reason), problems);
            }
        };
        for locale in templates.locales() {
            for (_, page) in samples::pages() {
                if let Err(error) = templates.page(&locale, &samples::FRAME, &page) {
                    tell(error, problems);
                }
            }
            for (_, message) in samples::messages() {
                for error in templates.try_mail(&locale, &message) {
                    tell(error, problems);
                }
            }
            for (_, message) in samples::text_messages() {
                if let Some(error) = templates.try_text(&locale, &message) {
                    tell(error, problems);
                }
            }
        }
        for (path, line, name) in templates.unknown_conditions() {
            tell(Error::Render { template: path, line, reason: format!("there is no value `{name}`") }, problems);
        }
    }

    /// Tells what is wrong with a text message, in the file and on the line that hold `mark`: its template, else its
    /// texts.
    pub(super) fn tell_text(
        &self,
        kind: &str,
        tag: &str,
        mark: &str,
        message: String,
        help: &'static str,
        problems: &mut Problems,
    ) {
        let (template, texts) = (text_message(kind), format!("locales/{tag}.ftl"));
        let line_in = |path: &str, holds: &dyn Fn(&str, &str) -> bool| {
            let mut key = "";
            let source = self.sources.get(path)?;
            source.lines().position(|line| {
                // The lines that belong to a text begin with blanks.
                if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                    key = line.split(' ').next().unwrap_or(line);
                }
                holds(key, line)
            })
        };
        let in_template = line_in(&template, &|_, line| line.contains(mark));
        let in_texts = || line_in(&texts, &|key, line| key.contains("sms") && line.contains(mark));
        let (path, line) = match (in_template, self.sources.contains_key(&template)) {
            (Some(line), _) => (template, line + 1),
            (None, is_own) => match in_texts() {
                Some(line) => (texts, line + 1),
                None => (if is_own { template } else { texts }, 1),
            },
        };
        self.tell(&path, Fault::new(line, message).help(help), problems);
    }

    /// The file that a compiled template comes from.
    fn path_of(&self, template: &str) -> String {
        let partial = format!("partials/{template}.hbs");
        if FILES.iter().any(|(path, _)| *path == partial) {
            return partial;
        }
        match template.strip_suffix("/html") {
            Some(kind) if self.sources.contains_key(&format!("{kind}/html.hbs")) => format!("{kind}/html.hbs"),
            Some(_) => MAIL_LAYOUT.to_owned(),
            None => template.to_owned(),
        }
    }
}

/// The languages of a tenant, in its order. A language that is neither shipped nor complete in the tenant's folder is
/// a problem.
pub(super) fn languages(
    shipped: &Shipped,
    locales: &[String],
    folder: Option<&Folder<'_>>,
    problems: &mut Problems,
) -> Vec<Language> {
    let all = shipped.texts["en"].catalogue.keys();
    let mut languages: Vec<Language> = Vec::new();
    for tag in locales {
        let Ok(id) = tag.parse::<LanguageIdentifier>() else {
            problems.error("brand.locales", format!("`{tag}` is not a language tag")).help("such as `en` or `pt-BR`");
            continue;
        };
        let ours = shipped.texts.get(tag.as_str());
        let theirs = folder.and_then(|folder| folder.texts(tag, all, problems));
        let catalogue = match (ours, theirs) {
            (Some(ours), None) => Arc::clone(&ours.catalogue),
            (Some(ours), Some(theirs)) => Arc::new(Catalogue::new(id.clone(), &[Arc::clone(&ours.resource), theirs])),
            (None, Some(theirs)) => Arc::new(Catalogue::new(id.clone(), &[theirs])),
            (None, None) => {
                let mut help = format!("shipped are {}", Shipped::locales().join(", "));
                help.push_str("; any other needs a complete `locales/");
                help.push_str(tag);
                help.push_str(".ftl` in the tenant's folder of templates");
                problems.error("brand.locales", format!("there are no texts in `{tag}`")).help(help);
                continue;
            }
        };
        let missing: Vec<&str> = all.difference(catalogue.keys()).map(String::as_str).collect();
        if let (Some(folder), false) = (folder, missing.is_empty()) {
            let message = format!("{} texts are missing: {}", missing.len(), missing.join(", "));
            folder.tell(&format!("locales/{tag}.ftl"), Fault::new(1, message), problems);
        }
        languages.push(Language { locale: Locale::new(&id), id, catalogue });
    }
    languages
}

/// The templates of one form that a tenant has of its own.
pub(super) type Compiled = BTreeMap<String, Template>;
