//! What a template may not do, decided before it is rendered.
//!
//! Handlebars is logic-less and not harmless: partials that include one another, or a thousand nested blocks, end
//! the whole process by a stack overflow. So a source is measured by a linear scan before it is parsed, its parts
//! are compared with a short list of what our templates need, and the work that it can cause is bounded.

use std::collections::BTreeMap;

use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, Template, TemplateErrorReason};

use super::tags::{Piece, line_of, pieces};

/// Largest source.
pub(super) const MAX_BYTES: usize = 64 * 1024;
/// Deepest nesting of blocks.
const MAX_DEPTH: usize = 32;
/// How often a list is taken to repeat; no context holds a longer one.
const LIST: u64 = 16;
/// Most elements that rendering one template can come to.
const MAX_COST: u64 = 100_000;
/// Blocks that a template may use.
const BLOCKS: [&str; 3] = ["if", "unless", "each"];
/// Helpers that a template may use.
const HELPERS: [&str; 2] = ["t", "rich"];

/// One thing that is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<&'static str>,
}

impl Fault {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

/// Measures, parses and inspects a source. `slot` is the one name that may stand in three braces.
pub(super) fn compile(name: &str, source: &str, slot: Option<&str>) -> Result<Template, Vec<Fault>> {
    scan(source, slot)?;
    let template = Template::compile_with_name(source, name.to_owned()).map_err(|error| {
        let line = error.pos().map_or(1, |(line, _)| line);
        // What the parser would have liked instead is a long list that helps nobody.
        let is_syntax = matches!(error.reason(), TemplateErrorReason::InvalidSyntax(_));
        let reason = if is_syntax {
            "a tag is mistyped, or a block is not closed".to_owned()
        } else {
            error.reason().to_string()
        };
        vec![Fault::new(line, format!("cannot be parsed: {reason}"))]
    })?;
    let mut faults = Vec::new();
    inspect(&template, &mut |line, message| faults.push(Fault::new(line, message)));
    if faults.is_empty() { Ok(template) } else { Err(faults) }
}

/// The linear scan: nothing has been parsed yet.
fn scan(source: &str, slot: Option<&str>) -> Result<(), Vec<Fault>> {
    if source.len() > MAX_BYTES {
        return Err(vec![Fault::new(1, format!("is larger than {MAX_BYTES} bytes"))]);
    }
    let mut faults = Vec::new();
    // For each open block, how many `else if` hang on it: each of them nests as well.
    let mut open: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut before = "";
    for piece in pieces(source) {
        let (whole, inner) = match piece {
            Piece::Text(text) => {
                before = text;
                continue;
            }
            Piece::Tag { whole, inner } => (whole, inner),
        };
        let line = line_of(source, whole);
        if !whole.ends_with("}}") {
            faults.push(Fault::new(line, "a tag is never closed"));
        }
        if before.ends_with('\\') || (inner.contains('\\') && !inner.starts_with('!')) {
            faults.push(Fault::new(line, "a backslash before or within a tag"));
        }
        before = "";
        if inner.starts_with('!') {
            continue;
        }
        let is_raw = whole.starts_with("{{{") || whole.starts_with("{{~{") || inner.starts_with('&');
        if is_raw && (whole.starts_with("{{{{") || slot != Some(inner)) {
            let fault = Fault::new(line, format!("`{}` is not escaped", short(whole)));
            faults.push(fault.help("write it with two braces"));
        }
        if has_parenthesis(inner) {
            faults.push(Fault::new(line, "a tag within a tag, or a list"));
        }
        if inner.starts_with(['#', '^']) && inner.len() > 1 {
            open.push(0);
            depth += 1;
        } else if inner.starts_with("else ") || inner.starts_with("else\n") || inner.starts_with("else\t") {
            if let Some(chained) = open.last_mut() {
                *chained += 1;
                depth += 1;
            }
        } else if inner.starts_with('/') {
            depth -= open.pop().map_or(0, |chained| chained + 1);
        }
        if depth > MAX_DEPTH {
            faults.push(Fault::new(line, format!("blocks are nested deeper than {MAX_DEPTH}")));
            break;
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Whether brackets of any kind stand outside quotes.
fn has_parenthesis(inner: &str) -> bool {
    let mut quote = None;
    for character in inner.chars() {
        match quote {
            None if character == '"' || character == '\'' => quote = Some(character),
            None if "()[]{}".contains(character) => return true,
            Some(open) if open == character => quote = None,
            None | Some(_) => {}
        }
    }
    false
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Compares every element with what our templates need.
fn inspect(template: &Template, tell: &mut dyn FnMut(usize, String)) {
    for (element, line) in elements(template) {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::HtmlExpression(expression) | TemplateElement::Expression(expression) => {
                inspect_expression(expression, line, tell);
            }
            TemplateElement::HelperBlock(block) => {
                let name = block.name.as_name().unwrap_or_default();
                if !BLOCKS.contains(&name) {
                    tell(line, format!("unknown block `{name}`; there are {}", BLOCKS.join(", ")));
                }
                if block.block_param.is_some() || !block.hash.is_empty() {
                    tell(line, format!("`{name}` takes one name and nothing else"));
                }
                for inner in [&block.template, &block.inverse].into_iter().flatten() {
                    inspect(inner, tell);
                }
            }
            TemplateElement::PartialExpression(partial) => {
                if include(partial).is_none() {
                    tell(line, "a partial is included by its name and nothing else".to_owned());
                }
            }
            // The enum may grow; what is not known is not allowed.
            TemplateElement::DecoratorExpression(_)
            | TemplateElement::DecoratorBlock(_)
            | TemplateElement::PartialBlock(_)
            | _ => tell(line, "decorators and partials with a block are not allowed".to_owned()),
        }
    }
}

fn inspect_expression(expression: &HelperTemplate, line: usize, tell: &mut dyn FnMut(usize, String)) {
    let name = expression.name.as_name().unwrap_or_default();
    let is_helper = HELPERS.contains(&name);
    let is_value = expression.params.is_empty() && expression.hash.is_empty();
    if !is_helper && !is_value {
        tell(line, format!("unknown helper `{name}`; there are {}", HELPERS.join(", ")));
    }
    if is_helper && !matches!(expression.params.as_slice(), [Parameter::Literal(key)] if key.is_string()) {
        tell(line, format!("`{name}` takes the name of a text in quotes"));
    }
}

/// The names that `if`, `unless` and `each` ask about outside of lists. Strict mode does not look at them.
pub(super) fn conditions(template: &Template) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    collect_conditions(template, &mut found);
    found
}

fn collect_conditions(template: &Template, found: &mut Vec<(String, usize)>) {
    for (element, line) in elements(template) {
        let TemplateElement::HelperBlock(block) = element else { continue };
        if let Some(Parameter::Path(path)) = block.params.first() {
            found.extend(written(path).map(|name| (name.to_owned(), line)));
        }
        let is_list = block.name.as_name() == Some("each");
        if let (Some(inner), false) = (&block.template, is_list) {
            collect_conditions(inner, found);
        }
        if let Some(inverse) = &block.inverse {
            collect_conditions(inverse, found);
        }
    }
}

/// Refuses partials that include one another, unknown ones, and a template whose rendering could take too long.
pub(super) fn bound<'a>(template: &'a Template, find: &dyn Fn(&str) -> Option<&'a Template>) -> Result<(), Fault> {
    let mut costs = BTreeMap::new();
    let cost = cost_of(template, find, &mut Vec::new(), &mut costs)?;
    if cost > MAX_COST {
        return Err(Fault::new(1, format!("could take {cost} steps to render, more than {MAX_COST}"))
            .help("nest fewer lists and partials"));
    }
    Ok(())
}

fn cost_of<'a>(
    template: &'a Template,
    find: &dyn Fn(&str) -> Option<&'a Template>,
    open: &mut Vec<String>,
    costs: &mut BTreeMap<String, u64>,
) -> Result<u64, Fault> {
    let mut cost = 0_u64;
    for (element, line) in elements(template) {
        cost = cost.saturating_add(1);
        if let TemplateElement::HelperBlock(block) = element {
            let times = if block.name.as_name() == Some("each") { LIST } else { 1 };
            if let Some(inner) = &block.template {
                cost = cost.saturating_add(cost_of(inner, find, open, costs)?.saturating_mul(times));
            }
            if let Some(inverse) = &block.inverse {
                cost = cost.saturating_add(cost_of(inverse, find, open, costs)?);
            }
        }
        if let TemplateElement::PartialExpression(partial) = element {
            let name = include(partial).unwrap_or_default();
            if open.iter().any(|other| other == name) {
                let message = format!("the partial `{name}` includes itself, perhaps by way of another");
                return Err(Fault::new(line, message));
            }
            let inner = match (costs.get(name).copied(), find(name)) {
                (Some(known), _) => known,
                (None, Some(inner)) => {
                    open.push(name.to_owned());
                    let inner = cost_of(inner, find, open, costs)?;
                    open.pop();
                    costs.insert(name.to_owned(), inner);
                    inner
                }
                (None, None) => return Err(Fault::new(line, format!("there is no partial `{name}`"))),
            };
            cost = cost.saturating_add(inner);
        }
    }
    Ok(cost)
}

fn elements(template: &Template) -> impl Iterator<Item = (&TemplateElement, usize)> {
    let lines = template.mapping.iter().map(|mapping| mapping.0).chain(std::iter::repeat(1));
    template.elements.iter().zip(lines)
}

/// The name of a partial that is included plainly.
fn include(partial: &DecoratorTemplate) -> Option<&str> {
    let plain = partial.params.is_empty() && partial.hash.is_empty() && partial.template.is_none();
    let name = partial.name.as_name()?;
    (plain && !name.starts_with('@')).then_some(name)
}

/// A path as the template writes it; `None` for variables that begin with `@`.
fn written(path: &Path) -> Option<&str> {
    match path {
        Path::Relative((_, raw)) => Some(raw),
        Path::Local(_) => None,
    }
}
