//! Compiled templates and the one way to render them: strict, bounded, with the two helpers of ours and the three
//! blocks that our templates need.

use std::collections::BTreeMap;
use std::io;

use handlebars::{Context, Handlebars, Output, RenderContext, RenderErrorReason, Renderable, Template};
use serde_json::Value as Json;

use super::catalogue::Catalogue;
use super::guard::{self, Fault};
use super::markup::{self, Medium};
use super::say::{Plain, Rich};
use super::{Error, clean};

/// The slot of a layout into which the page or message is put.
const SLOT: &str = "body";
/// Helpers of handlebars that nothing of ours needs.
const UNUSED: [&str; 14] =
    ["with", "lookup", "raw", "log", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len"];

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// HTML, in which values are escaped.
    Html(Medium),
    /// Plain text.
    Text,
}

/// How the file at `path` is read.
pub(super) fn form(path: &str) -> Form {
    if path.starts_with("messages/") {
        if path.contains("html") { Form::Html(Medium::Mail) } else { Form::Text }
    } else {
        Form::Html(Medium::Page)
    }
}

/// Compiles one file, all of its faults at once.
pub(super) fn compile(path: &str, source: &str) -> Result<Template, Vec<Fault>> {
    let slot = path.rsplit('/').next().is_some_and(|name| name.starts_with("layout.")).then_some(SLOT);
    let mut compiled = guard::compile(path, source, slot);
    if let (Form::Html(medium), true) = (form(path), source.len() <= guard::MAX_BYTES) {
        let faults = markup::faults(source, medium);
        if !faults.is_empty() {
            compiled = match compiled {
                Ok(_) => Err(faults),
                Err(mut others) => {
                    others.extend(faults);
                    Err(others)
                }
            };
        }
    }
    compiled
}

/// A registry for one form, without the helpers that we do not use.
pub(super) fn registry(form: Form) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    for helper in UNUSED {
        registry.unregister_helper(helper);
    }
    match form {
        Form::Html(_) => registry.register_escape_fn(clean::escaped),
        Form::Text => registry.register_escape_fn(handlebars::no_escape),
    }
    registry
}

/// One rendering.
pub(super) struct Job<'a> {
    pub(super) registry: &'a Handlebars<'a>,
    /// Templates that stand before those of the registry.
    pub(super) own: &'a BTreeMap<String, Template>,
    pub(super) catalogue: &'a Catalogue,
    pub(super) path: &'a str,
    /// Most bytes that may come out.
    pub(super) limit: usize,
}

impl Job<'_> {
    /// Renders `context`.
    pub(super) fn run(&self, context: Json) -> Result<String, Error> {
        let context = Context::from(context);
        let mut output = Bounded { text: String::new(), limit: self.limit, is_full: false };
        match render(self, &context, &mut output) {
            Ok(()) => Ok(output.text),
            Err(_) if output.is_full => Err(Error::TooLarge { template: self.path.to_owned(), limit: self.limit }),
            Err(error) => Err(Error::Render {
                template: error.template_name.clone().unwrap_or_else(|| self.path.to_owned()),
                line: error.line_no.unwrap_or(0),
                reason: reason(error.reason()),
            }),
        }
    }
}

fn render<'a>(job: &Job<'a>, context: &'a Context, output: &mut Bounded) -> Result<(), handlebars::RenderError> {
    let found = job.own.get(job.path).or_else(|| job.registry.get_template(job.path));
    let template = found.ok_or_else(|| RenderErrorReason::TemplateNotFound(job.path.to_owned()))?;
    let mut state = RenderContext::new(None);
    state.register_local_helper("t", Box::new(Plain(job.catalogue)));
    if job.registry.get_escape_fn()("<") != "<" {
        state.register_local_helper("rich", Box::new(Rich(job.catalogue)));
    }
    if let Some(block) = state.block_mut() {
        for (path, partial) in job.own {
            if let Some(name) = partial_name(path) {
                block.set_local_partial(name.to_owned(), partial);
            }
        }
    }
    template.render(job.registry, context, &mut state, output)
}

/// The name by which other templates include the file at `path`, if it is a partial.
pub(super) fn partial_name(path: &str) -> Option<&str> {
    path.strip_prefix("partials/")?.strip_suffix(".hbs")
}

/// What went wrong, in our words. No value of a context is in it.
fn reason(reason: &RenderErrorReason) -> String {
    if let RenderErrorReason::MissingVariable(Some(name)) = reason {
        return format!("there is no value `{name}`");
    }
    reason.to_string()
}

/// Text that grows up to a limit.
struct Bounded {
    text: String,
    limit: usize,
    is_full: bool,
}

impl Output for Bounded {
    fn write(&mut self, segment: &str) -> Result<(), io::Error> {
        if self.text.len() + segment.len() > self.limit {
            self.is_full = true;
            return Err(io::Error::other("the output is full"));
        }
        self.text.push_str(segment);
        Ok(())
    }
}
