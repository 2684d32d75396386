//! From merged values to a struct, with every mistake instead of the first one. Serde stops at an error; so the error
//! is recorded, what caused it is taken away (or put back to its default), and it is tried again until it passes.

use std::collections::BTreeSet;

use figment::error::{Actual, Error, Kind};
use figment::value::{Dict, Num, Tag, Value};
use serde::de::DeserializeOwned;

use super::merged::Merged;
use super::{secrets, tree};
use crate::domain::problem::Problems;

/// Most mistakes that are looked for in one file.
const MOST: usize = 300;

/// What came of it.
pub(super) struct Extracted<T> {
    /// The struct. Where there were mistakes, defaults or stand-ins take the place of what was mistaken, so that the
    /// rest can be checked as well; it is never used.
    pub(super) value: Option<T>,
    /// Keys that were mistaken; what else is said about them follows from that.
    pub(super) mistaken: BTreeSet<String>,
}

/// Deserialises `merged`.
pub(super) fn extract<T: DeserializeOwned>(merged: &Merged, problems: &mut Problems) -> Extracted<T> {
    let mut work = Work { merged, values: merged.values.clone(), mistaken: BTreeSet::new() };
    for _ in 0..MOST {
        let error = match deserialize::<T>(&work.values) {
            Ok(value) => return Extracted { value: Some(value), mistaken: work.mistaken },
            Err(error) => error,
        };
        if !work.mend::<T>(&error, problems) {
            break;
        }
    }
    Extracted { value: None, mistaken: work.mistaken }
}

fn deserialize<T: DeserializeOwned>(values: &Dict) -> Result<T, Box<Error>> {
    Value::Dict(Tag::Default, values.clone()).deserialize().map_err(Box::new)
}

/// How a key that is missing is written.
fn missing(key: &str) -> String {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let place = if section.is_empty() { String::new() } else { format!(" below `[{section}]`") };
    if secrets::is_secret(key) {
        format!("write `{name}`, `{name}_file` or `{name}_env`{place}")
    } else {
        format!("write `{name}`{place}")
    }
}

struct Work<'a> {
    merged: &'a Merged,
    values: Dict,
    mistaken: BTreeSet<String>,
}

impl Work<'_> {
    /// Records one error and takes its cause away. False where that cannot be done.
    fn mend<T: DeserializeOwned>(&mut self, error: &Error, problems: &mut Problems) -> bool {
        match &error.kind {
            Kind::UnknownField(name, known) => {
                let mut path = error.path.clone();
                if path.last() == Some(name) {
                    path.pop();
                }
                let path = tree::below(&self.values, &path, name);
                self.unknown_key(&path, known, problems);
                self.take_away(&path)
            }
            Kind::MissingField(name) => {
                let mut path = error.path.clone();
                path.push(name.to_string());
                let key = path.join(".");
                if self.mistaken.insert(key.clone()) && !self.is_elsewhere(&key) {
                    let help = missing(&key);
                    self.merged.error(problems, &key, format!("missing key `{key}`")).help(help);
                }
                self.stand_in::<T>(&path)
            }
            Kind::Message(_)
            | Kind::InvalidType(..)
            | Kind::InvalidValue(..)
            | Kind::InvalidLength(..)
            | Kind::UnknownVariant(..)
            | Kind::DuplicateField(_)
            | Kind::ISizeOutOfRange(_)
            | Kind::USizeOutOfRange(_)
            | Kind::Unsupported(_)
            | Kind::UnsupportedKey(..) => {
                let path = culprit::<T>(&self.values, error);
                if self.read_as_written::<T>(&path) {
                    return true;
                }
                self.wrong_value(&path, &error.kind, problems);
                self.take_away(&path)
            }
        }
    }

    /// Whether a secret was to come from a file or a variable; what is wrong with those has been told.
    fn is_elsewhere(&self, key: &str) -> bool {
        secrets::is_secret(key) && ["_file", "_env"].iter().any(|form| self.merged.is_written(&format!("{key}{form}")))
    }

    fn unknown_key(&self, path: &[String], known: &[&str], problems: &mut Problems) {
        let key = path.join(".");
        let (name, parents) = path.split_last().map_or((key.as_str(), &[][..]), |(last, rest)| (last.as_str(), rest));
        let section = parents.join(".");
        let candidates = known.iter().flat_map(|known| {
            let key = super::layer::join(&section, known);
            let variants = if secrets::is_secret(&key) { vec!["", "_file", "_env"] } else { vec![""] };
            variants.into_iter().map(move |variant| format!("{key}{variant}"))
        });
        let candidates: Vec<String> = candidates.collect();
        let help = match nearest(&key, &candidates, name.len()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if section.is_empty() => format!("known keys: {}", known.join(", ")),
            None => format!("known in `[{section}]`: {}", known.join(", ")),
        };
        for place in self.merged.places(&key) {
            let problem = problems.error(&key, format!("unknown key `{key}`"));
            problem.help(help.as_str()).place = Some(place);
        }
    }

    fn wrong_value(&mut self, path: &[String], kind: &Kind, problems: &mut Problems) {
        let key = path.join(".");
        let found = tree::get(&self.values, path).map_or("nothing", tree::noun);
        let is_secret = secrets::is_secret(&key);
        let (message, help) = match kind {
            Kind::InvalidType(_, expected) => (format!("expected {}, found {found}", plain(expected)), None),
            Kind::InvalidValue(Actual::Unsigned(_) | Actual::Signed(_), _) => {
                ("is too large or too small".to_owned(), None)
            }
            Kind::InvalidValue(_, expected) | Kind::InvalidLength(_, expected) => {
                (format!("expected {}", plain(expected)), None)
            }
            Kind::UnknownVariant(name, known) => {
                let known: Vec<String> = known.iter().map(|known| (*known).to_owned()).collect();
                let near = nearest(name, &known, name.len()).map(|near| format!("did you mean \"{near}\"?"));
                let all = format!("known are: {}", known.join(", "));
                (format!("\"{name}\" is not known here"), Some(near.unwrap_or(all)))
            }
            Kind::Message(message) if !is_secret => (message.clone(), None),
            Kind::Message(_)
            | Kind::UnknownField(..)
            | Kind::MissingField(_)
            | Kind::DuplicateField(_)
            | Kind::ISizeOutOfRange(_)
            | Kind::USizeOutOfRange(_)
            | Kind::Unsupported(_)
            | Kind::UnsupportedKey(..) => ("has a value that cannot be used".to_owned(), None),
        };
        self.mistaken.insert(key.clone());
        let problem = self.merged.error(problems, &key, message);
        problem.help = help;
    }

    /// A value from the environment is a text; where the key wants another type, the text is read as TOML.
    fn read_as_written<T: DeserializeOwned>(&mut self, path: &[String]) -> bool {
        if !self.merged.is_from_environment(&path.join(".")) {
            return false;
        }
        let Some(Value::String(_, text)) = tree::get(&self.values, path) else { return false };
        let Some(value) = super::environment::read(text) else { return false };
        let mut tried = self.values.clone();
        tree::put(&mut tried, path, value);
        match deserialize::<T>(&tried) {
            Err(error) if culprit::<T>(&tried, &error) == path => false,
            Ok(_) | Err(_) => {
                self.values = tried;
                true
            }
        }
    }

    /// Where the default can stand in, it does.
    fn take_away(&mut self, path: &[String]) -> bool {
        if tree::get(&self.values, path).is_none() {
            return false;
        }
        let default = self.merged.default_of(&path.join("."));
        match default {
            Some(default) if tree::get(&self.values, path) != Some(default) => {
                let default = default.clone();
                tree::put(&mut self.values, path, default);
            }
            Some(_) | None => tree::remove(&mut self.values, path),
        }
        true
    }

    /// Puts anything that passes where something is missing, so that the search can go on.
    fn stand_in<T: DeserializeOwned>(&mut self, path: &[String]) -> bool {
        let candidates = [
            tree::text("x"),
            tree::text("20m"),
            tree::text("http://127.0.0.1"),
            tree::text("local"),
            tree::text("inbox"),
            Value::Num(Tag::Default, Num::U8(1)),
            Value::Bool(Tag::Default, false),
            Value::Array(Tag::Default, Vec::new()),
            Value::Dict(Tag::Default, Dict::new()),
        ];
        for candidate in candidates {
            let mut tried = self.values.clone();
            tree::put(&mut tried, path, candidate);
            let passes = match deserialize::<T>(&tried) {
                Ok(_) => true,
                // Another key that is missing says nothing against this one.
                Err(error) if matches!(error.kind, Kind::MissingField(_)) => !is_missing(&error, path),
                Err(error) => culprit::<T>(&tried, &error) != path,
            };
            if passes {
                self.values = tried;
                return true;
            }
        }
        false
    }
}

/// The path that an error is about. Serde loses it inside a table with a `kind`; there, what is looked for is the
/// key without which the error is another one.
fn culprit<T: DeserializeOwned>(values: &Dict, error: &Error) -> Vec<String> {
    let mut path = error.path.clone();
    if let Kind::UnknownVariant(name, _) = &error.kind
        && let Some(Value::Dict(_, table)) = tree::get(values, &path)
        && let Some((key, _)) = table.iter().find(|(_, value)| value.as_str() == Some(name))
    {
        path.push(key.clone());
        return path;
    }
    let is_about_the_whole = matches!(&error.kind, Kind::InvalidType(..)) && {
        tree::get(values, &path).is_some_and(|value| !matches!(value, Value::Dict(..)))
    };
    if is_about_the_whole {
        return path;
    }
    loop {
        let inner = match tree::get(values, &path) {
            Some(value) => tree::children(value),
            None if path.is_empty() => values.keys().cloned().collect(),
            None => break,
        };
        let guilty = inner.into_iter().filter(|name| name != "kind").find(|name| {
            let mut tried = values.clone();
            let mut without = path.clone();
            without.push(name.clone());
            tree::remove(&mut tried, &without);
            deserialize::<T>(&tried).err().is_none_or(|other| other.kind != error.kind || other.path != error.path)
        });
        match guilty {
            Some(name) => path.push(name),
            None => break,
        }
    }
    path
}

fn is_missing(error: &Error, path: &[String]) -> bool {
    let Kind::MissingField(name) = &error.kind else { return false };
    path.split_last().is_some_and(|(last, parents)| last.as_str() == name.as_ref() && error.path == parents)
}

/// The known word that is closest to `word`, where it is close enough to be meant.
fn nearest<'a>(word: &str, known: &'a [String], weight: usize) -> Option<&'a str> {
    let far = (weight / 3).max(1);
    let distance = |known: &&String| strsim::damerau_levenshtein(word, known);
    let near = known.iter().min_by_key(distance)?;
    (distance(&near) <= far).then_some(near)
}

/// What serde expects, in the words of a file.
fn plain(expected: &str) -> String {
    match expected {
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "a whole number".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        other => other.to_owned(),
    }
}
