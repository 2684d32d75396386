//! One layer: what one source says, and where each of its keys stands in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use toml_edit::{ImDocument, Item, TableLike, Value as Written};

use crate::domain::id::TenantId;
use crate::domain::problem::{Place, Problems};

/// Who wrote a layer, and so what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// The program itself.
    Program,
    /// Whoever runs it.
    Operator,
    /// A tenant, whose files and variables are fenced in.
    Tenant(TenantId),
}

/// What one source says.
#[derive(Clone)]
pub(super) struct Layer {
    /// What problems and origins call it.
    pub(super) name: String,
    /// Who wrote it.
    pub(super) author: Author,
    /// What its relative paths are relative to.
    pub(super) base: PathBuf,
    /// What it says.
    pub(super) values: Dict,
    /// Where each dotted key stands.
    pub(super) places: BTreeMap<String, Place>,
    /// Where each secret that was given by file or variable came from.
    pub(super) sources: BTreeMap<String, String>,
}

/// Secrets are among the values.
impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Layer({})", self.name)
    }
}

impl Layer {
    /// A layer that says nothing.
    pub(super) fn empty(name: &str, author: Author, base: &Path) -> Self {
        Self {
            name: name.to_owned(),
            author,
            base: base.to_owned(),
            values: Dict::new(),
            places: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }

    /// Reads TOML. A mistake of syntax is told with its line, never with the line's text: a secret may stand there.
    pub(super) fn parse(name: &str, author: Author, base: &Path, text: &str, problems: &mut Problems) -> Option<Self> {
        let mut layer = Self::empty(name, author, base);
        let document = match ImDocument::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let line = error.span().map(|span| line_of(text, span.start));
                let place = Place { file: name.to_owned(), line };
                let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
                problems.error("", format!("cannot be read as TOML: {message}")).place = Some(place);
                return None;
            }
        };
        let mut places = BTreeMap::new();
        walk(document.as_table(), "", &mut |key, at| {
            places.insert(key, Place { file: name.to_owned(), line: Some(line_of(text, at)) });
        });
        layer.places = places;
        let Ok(values) = Toml::from_str::<Dict>(text) else {
            let place = Place { file: name.to_owned(), line: None };
            problems.error("", "holds a value that configuration knows no use for").place = Some(place);
            return None;
        };
        layer.values = values;
        Some(layer)
    }

    /// The part below `section` as a layer of its own.
    pub(super) fn below(&self, section: &str) -> Self {
        let values = match self.values.get(section) {
            Some(Value::Dict(_, values)) => values.clone(),
            _ => Dict::new(),
        };
        let prefix = format!("{section}.");
        let cut = |key: &String| key.strip_prefix(&prefix).map(str::to_owned);
        Self {
            name: format!("{} [{section}]", self.name),
            author: self.author.clone(),
            base: self.base.clone(),
            values,
            places: self.places.iter().filter_map(|(key, place)| Some((cut(key)?, place.clone()))).collect(),
            sources: self.sources.iter().filter_map(|(key, source)| Some((cut(key)?, source.clone()))).collect(),
        }
    }
}

/// Figment merges layers and keeps a tag of its source on every value.
impl Provider for &Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// Names every key below `table` with the offset at which it stands.
fn walk(table: &dyn TableLike, prefix: &str, found: &mut impl FnMut(String, usize)) {
    for (name, item) in table.iter() {
        let key = join(prefix, name);
        let written = table.get_key_value(name).and_then(|(written, _)| written.span());
        let at = written.or_else(|| item.span()).map_or(0, |span| span.start);
        found(key.clone(), at);
        match item {
            Item::Table(inner) => walk(inner, &key, found),
            Item::ArrayOfTables(tables) => {
                for (index, inner) in tables.iter().enumerate() {
                    let key = format!("{key}.{index}");
                    found(key.clone(), inner.span().map_or(at, |span| span.start));
                    walk(inner, &key, found);
                }
            }
            Item::Value(value) => walk_value(value, &key, found),
            Item::None => {}
        }
    }
}

fn walk_value(value: &Written, key: &str, found: &mut impl FnMut(String, usize)) {
    match value {
        Written::InlineTable(inner) => walk(inner, key, found),
        Written::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let key = format!("{key}.{index}");
                if let Some(span) = item.span() {
                    found(key.clone(), span.start);
                }
                walk_value(item, &key, found);
            }
        }
        Written::String(_) | Written::Integer(_) | Written::Float(_) | Written::Boolean(_) | Written::Datetime(_) => {}
    }
}

/// `brand` and `color` make `brand.color`.
pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    text.char_indices().take_while(|(at, _)| *at < end).filter(|(_, character)| *character == '\n').count() + 1
}
