//! The texts of one language, and how they are filled in.
//!
//! What is filled in travels beside the text behind a mark, and is put in place last: no value can be read as
//! markup, as a link, or as a variable of another text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use unic_langid::LanguageIdentifier;

use super::clean::{self, escaped};

/// Around the number of a value in a text that is being filled in. No text of ours or of a tenant may hold them.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// Most opening brackets of one text.
const MAX_DEPTH: usize = 64;

/// A value for a text.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Number(u64),
}

/// Values by name.
pub(super) type Values<'a> = BTreeMap<&'a str, Value>;

/// The texts of one language.
pub(super) struct Catalogue {
    bundle: FluentBundle<Arc<FluentResource>>,
    keys: BTreeSet<String>,
}

impl Catalogue {
    /// Lays `resources` over one another, the last on top.
    pub(super) fn new(tag: LanguageIdentifier, resources: &[Arc<FluentResource>]) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        bundle.set_use_isolating(false);
        let mut all = BTreeSet::new();
        for resource in resources {
            bundle.add_resource_overriding(Arc::clone(resource));
            all.extend(keys(resource).map(|(key, _)| key.to_owned()));
        }
        Self { bundle, keys: all }
    }

    /// The names of all texts.
    pub(super) fn keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    /// The text as plain text; whoever puts it into HTML escapes it.
    pub(super) fn plain(&self, key: &str, values: &Values<'_>) -> Result<String, String> {
        let (text, inserts) = self.format(key, values)?;
        let mut plain = String::new();
        for piece in pieces(&text) {
            match piece {
                Piece::Text(text) => plain.push_str(text),
                Piece::Insert(number) => plain.push_str(inserts.get(number).map_or("", |insert| insert)),
            }
        }
        Ok(plain)
    }

    /// The text as HTML: `[words](name)` is a link to the value `name`, and every value is a run of its own
    /// direction.
    pub(super) fn rich(&self, key: &str, values: &Values<'_>) -> Result<String, String> {
        let (text, inserts) = self.format(key, values)?;
        let mut html = String::new();
        let mut rest = text.as_str();
        while let Some((before, words, name, after)) = next_link(rest) {
            let Some(Value::Text(target)) = values.get(name) else {
                return Err(format!("the text `{key}` links to `{name}`, which is not given"));
            };
            escape(before, &inserts, &mut html);
            html.push_str("<a href=\"");
            html.push_str(&escaped(&clean::address(target)));
            html.push_str("\">");
            escape(words, &inserts, &mut html);
            html.push_str("</a>");
            rest = after;
        }
        escape(rest, &inserts, &mut html);
        Ok(html)
    }

    fn format(&self, key: &str, values: &Values<'_>) -> Result<(String, Vec<String>), String> {
        let pattern = self.bundle.get_message(key).and_then(|message| message.value());
        let Some(pattern) = pattern else {
            return Err(format!("there is no text `{key}`"));
        };
        let mut inserts = Vec::new();
        let mut args = FluentArgs::new();
        for (name, value) in values {
            match value {
                Value::Number(number) => args.set(*name, *number),
                Value::Text(text) => {
                    args.set(*name, FluentValue::from(format!("{}{}{}", MARKS[0], inserts.len(), MARKS[1])));
                    inserts.push(text.clone());
                }
            }
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        match errors.first() {
            Some(error) => Err(format!("the text `{key}` cannot be filled in: {error}")),
            None => Ok((text, inserts)),
        }
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalogue({} texts)", self.keys.len())
    }
}

/// Reads a file of texts. A mistake is told with its line.
pub(super) fn parse(source: &str) -> Result<FluentResource, Vec<(usize, String)>> {
    let line_of = |at: usize| source.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    if let Some(at) = source.find(MARKS) {
        return Err(vec![(line_of(at), "a character of the private use area".to_owned())]);
    }
    if let Some(line) = too_deep(source) {
        return Err(vec![(line, format!("a text opens more than {MAX_DEPTH} brackets"))]);
    }
    FluentResource::try_new(source.to_owned())
        .map_err(|(_, errors)| errors.iter().map(|error| (line_of(error.pos.start), error.kind.to_string())).collect())
}

/// The line on which a text opens more brackets than any text needs: the parser goes down into them by recursion. A
/// line that begins with a letter begins a new text.
fn too_deep(source: &str) -> Option<usize> {
    let mut open = 0;
    for (index, line) in source.lines().enumerate() {
        if line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '#') {
            open = 0;
        }
        open += line.matches(['{', '(']).count();
        if open > MAX_DEPTH {
            return Some(index + 1);
        }
    }
    None
}

/// The names of a file's texts, each with its line.
pub(super) fn keys(resource: &FluentResource) -> impl Iterator<Item = (&str, usize)> {
    let source = resource.source();
    resource.entries().filter_map(move |entry| match entry {
        Entry::Message(message) => {
            let at = (message.id.name.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
            let line = source.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            Some((message.id.name, line))
        }
        Entry::Term(_)
        | Entry::Comment(_)
        | Entry::GroupComment(_)
        | Entry::ResourceComment(_)
        | Entry::Junk { .. } => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Insert(usize),
}

/// Cuts a text at the marks.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    text.split(MARKS[0]).enumerate().flat_map(|(index, part)| {
        let (insert, rest) = match part.split_once(MARKS[1]) {
            Some((number, rest)) if index > 0 => (number.parse().ok().map(Piece::Insert), rest),
            Some(_) | None => (None, part),
        };
        insert.into_iter().chain([Piece::Text(rest)])
    })
}

/// The first `[words](name)`: what stands before it, the words, the name, what stands after it.
fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (words, rest) = rest.split_once("](")?;
    let (name, after) = rest.split_once(')')?;
    Some((before, words, name, after))
}

fn escape(text: &str, inserts: &[String], html: &mut String) {
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => html.push_str(&escaped(text)),
            Piece::Insert(number) => {
                let insert = inserts.get(number).map_or("", |insert| insert);
                html.push_str("<bdi>");
                html.push_str(&escaped(insert));
                html.push_str("</bdi>");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(source: &str) -> Catalogue {
        let resource = parse(source).expect("texts");
        Catalogue::new("en".parse().expect("a tag"), &[Arc::new(resource)])
    }

    #[test]
    fn a_value_is_never_read_as_markup_or_link() {
        let texts = english("who = You entered { $typed }. [Change](change)\n");
        let values = Values::from([
            ("typed", Value::Text("<b>[x](change) {7*7}".to_owned())),
            ("change", Value::Text("/recovery/".to_owned())),
        ]);

        let html = texts.rich("who", &values).expect("html");

        insta::assert_snapshot!(html, @r#"You entered <bdi>&lt;b&gt;[x](change) {7*7}</bdi>. <a href="/recovery/">Change</a>"#);
    }

    #[test]
    fn a_link_to_nothing_a_missing_text_and_a_missing_value_are_told() {
        let texts = english("a = [x](y)\nb = { $c }\n");

        for (key, values) in [("a", Values::new()), ("b", Values::new()), ("c", Values::new())] {
            assert!(texts.rich(key, &values).is_err(), "{key}");
        }
    }

    #[test]
    fn a_mistake_in_a_file_of_texts_is_told_with_its_line() {
        let told = parse("a = b\n\nc d\n").expect_err("a mistake");

        assert_eq!(told[0].0, 3);
        for bomb in [
            format!("a = {}", "{ ".repeat(20_000)),
            format!("a = {{ {}", "F(".repeat(20_000)),
            format!("a = {}", "{\n ".repeat(9_000)),
        ] {
            assert!(parse(&bomb).is_err());
        }
    }
}
