//! Layers merged into one, and for each key the place where its value was written.

use figment::Figment;
use figment::value::{Dict, Map, Value};
use figment::{Profile, Provider};

use super::layer::{Author, Layer};
use super::tree;
use crate::domain::problem::{Place, Problem, Problems};

/// Keys of a section with a `kind` that mean the same for every kind.
const OF_EVERY_KIND: [&str; 4] = ["kind", "protect", "unlock", "late_logins"];

/// All layers of `regain.toml`, or of one tenant.
#[derive(Clone)]
pub(super) struct Merged {
    layers: Vec<Layer>,
    /// What they say together.
    pub(super) values: Dict,
    /// The file that a problem without a place is about.
    file: String,
}

/// Secrets are among the values.
impl std::fmt::Debug for Merged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Merged({})", self.file)
    }
}

/// The list that a key lies in.
fn list_of(key: &str) -> Option<&str> {
    let is_index = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut start = 0_usize;
    for part in key.split('.') {
        if is_index(part) {
            return key.get(..start.checked_sub(1)?);
        }
        start += part.len() + 1;
    }
    None
}

impl Merged {
    /// Merges, the last layer wins. `file` is the one that the reader will open.
    pub(super) fn of(mut layers: Vec<Layer>, file: &str) -> Self {
        drop_other_kinds(&mut layers);
        let figment = layers.iter().fold(Figment::new(), |figment, layer| figment.merge(layer));
        let mut data: Map<Profile, Dict> = figment.data().unwrap_or_default();
        let values = data.remove(&Profile::Default).unwrap_or_default();
        Self { layers, values, file: file.to_owned() }
    }

    /// The file that the reader will open.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Where the value of `key` was written; where it was written nowhere, the section that it belongs in.
    pub(super) fn place(&self, key: &str) -> Place {
        let mut key = key;
        // A list from the environment has one place; the items of one in a file below it are not those that count.
        if let Some(list) = list_of(key)
            && self.is_from_environment(list)
        {
            key = list;
        }
        loop {
            if let Some(place) = self.written(key) {
                return place.clone();
            }
            match key.rsplit_once('.') {
                Some((parent, _)) => key = parent,
                None => return Place { file: self.file.clone(), line: None },
            }
        }
    }

    /// Every place where `key` was written; where it was written nowhere, the section that it belongs in.
    pub(super) fn places(&self, key: &str) -> Vec<Place> {
        let by_people = self.layers.iter().filter(|layer| layer.author != Author::Program);
        let places: Vec<Place> = by_people.filter_map(|layer| layer.places.get(key).cloned()).collect();
        if places.is_empty() { vec![self.place(key)] } else { places }
    }

    /// Whether anybody wrote `key`.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.written(key).is_some()
    }

    fn written(&self, key: &str) -> Option<&Place> {
        let mut by_people = self.layers.iter().rev().filter(|layer| layer.author != Author::Program);
        by_people.find_map(|layer| layer.places.get(key))
    }

    /// Adds an error with its place.
    pub(super) fn error<'a>(&self, problems: &'a mut Problems, key: &str, message: String) -> &'a mut Problem {
        let problem = problems.error(key, message);
        problem.place = Some(self.place(key));
        problem
    }

    /// Whether `key` was set by an environment variable.
    pub(super) fn is_from_environment(&self, key: &str) -> bool {
        let top = self.layers.iter().rev().find(|layer| tree::find(&layer.values, key).is_some());
        top.is_some_and(|layer| layer.name == super::environment::NAME)
    }

    /// What the program itself would have said.
    pub(super) fn default_of(&self, key: &str) -> Option<&Value> {
        self.layers
            .iter()
            .find(|layer| layer.author == Author::Program)
            .and_then(|layer| tree::find(&layer.values, key))
    }

    /// What `config show --origin` says about `key`.
    pub(super) fn origin(&self, key: &str) -> String {
        let top = self.layers.iter().rev().find(|layer| tree::find(&layer.values, key).is_some());
        match top {
            None => "built in".to_owned(),
            Some(layer) if layer.author == Author::Program => "built in".to_owned(),
            Some(layer) => match layer.places.get(key) {
                Some(Place { file, line: Some(line) }) => format!("{file}:{line}"),
                Some(Place { file, line: None }) => file.clone(),
                None => layer.name.clone(),
            },
        }
    }

    /// Where a secret was read from, if not from its key itself.
    pub(super) fn source(&self, key: &str) -> Option<&str> {
        let top = self.layers.iter().rev().find(|layer| tree::find(&layer.values, key).is_some())?;
        top.sources.get(key).map(String::as_str)
    }

    /// Takes a key out; says whether people had set it.
    pub(super) fn take(&mut self, key: &str) -> bool {
        let is_set = self.written(key).is_some();
        tree::remove(&mut self.values, &tree::path(key));
        is_set
    }

    /// Adds the place to every problem that has none.
    pub(super) fn locate(&self, problems: &mut Problems) {
        for problem in problems.iter_mut() {
            if problem.place.is_none() {
                problem.place = Some(self.place(&problem.key));
            }
        }
    }
}

/// A section that changes its `kind` starts anew: the keys of the other kind below it would be unknown to it. What
/// holds for every kind stays, above all whom recovery never touches.
fn drop_other_kinds(layers: &mut [Layer]) {
    for section in ["provider", "email", "sms"] {
        let key = format!("{section}.kind");
        let kinds: Vec<Option<String>> =
            layers.iter().map(|layer| tree::find(&layer.values, &key)?.as_str().map(str::to_owned)).collect();
        let Some(top) = kinds.iter().rposition(Option::is_some) else { continue };
        let mut current = None;
        for (index, layer) in layers.iter_mut().enumerate() {
            current = kinds[index].clone().or(current);
            if index >= top || current.is_none() || current == kinds[top] {
                continue;
            }
            if let Some(Value::Dict(_, table)) = layer.values.get_mut(section) {
                table.retain(|name, _| OF_EVERY_KIND.contains(&name.as_str()));
            }
        }
    }
}
