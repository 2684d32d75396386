//! A tenant's own files: read from its folder, under the names of the shipped ones and under no other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{guard, shipped};
use crate::domain::problem::{Place, Problem, Problems, Severity};

/// Most files below a tenant's folder that are looked at.
const MAX_FILES: usize = 256;

/// The tenant's sources by path below its folder.
pub(super) type Sources = BTreeMap<String, String>;

/// Reads all files below `dir`. What no template of ours is called, lies elsewhere, or is too large is a problem.
pub(super) fn read(dir: &Path, problems: &mut Problems) -> Sources {
    let mut sources = Sources::new();
    let root = match dir.canonicalize() {
        Ok(root) if root.is_dir() => root,
        Ok(_) => {
            problems.error("templates.dir", format!("`{}` is not a folder", dir.display()));
            return sources;
        }
        Err(error) => {
            problems.error("templates.dir", format!("cannot read the folder `{}`: {}", dir.display(), error.kind()));
            return sources;
        }
    };
    let mut paths = Vec::new();
    list(&root, "", 0, &mut paths);
    for path in paths {
        match read_one(&root, &path) {
            Ok(source) => {
                sources.insert(path, source);
            }
            Err((message, help)) => tell(dir, &path, None, message, help, problems),
        }
    }
    sources
}

/// Adds a problem about a file of the tenant's.
pub(super) fn tell(
    dir: &Path,
    path: &str,
    line: Option<usize>,
    message: String,
    help: Option<String>,
    problems: &mut Problems,
) {
    let file = dir.join(path).display().to_string();
    let place = Some(Place { file, line });
    problems.push(Problem { severity: Severity::Error, key: String::new(), message, help, place });
}

fn list(root: &Path, below: &str, depth: usize, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(below)) else { return };
    let mut names: Vec<(String, bool)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let is_folder = entry.file_type().ok()?.is_dir();
            Some((entry.file_name().to_string_lossy().into_owned(), is_folder))
        })
        .filter(|(name, _)| !name.starts_with('.') && !name.ends_with('~'))
        .collect();
    names.sort();
    for (name, is_folder) in names {
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if paths.len() >= MAX_FILES {
            return;
        }
        if is_folder && depth < 4 {
            list(root, &path, depth + 1, paths);
        } else {
            paths.push(path);
        }
    }
}

type Refused = (String, Option<String>);

fn read_one(root: &Path, path: &str) -> Result<String, Refused> {
    let is_locale = locale_of(path).is_some();
    if !is_locale && !shipped::FILES.iter().any(|(name, _)| *name == path) {
        let nearest = shipped::FILES
            .iter()
            .map(|(name, _)| (strsim::damerau_levenshtein(name, path), *name))
            .min()
            .filter(|(distance, _)| *distance <= 6);
        let help = nearest.map(|(_, name)| format!("did you mean `{name}`?"));
        return Err((format!("there is no template `{path}` to override"), help));
    }
    let real = root.join(path).canonicalize().map_err(|error| (format!("cannot be read: {}", error.kind()), None))?;
    if !real.starts_with(root) {
        return Err(("leads out of the folder of templates".to_owned(), Some("copy the file into it".to_owned())));
    }
    let length = fs::metadata(&real).map_or(u64::MAX, |about| about.len());
    if length > guard::MAX_BYTES as u64 {
        return Err((format!("is larger than {} bytes", guard::MAX_BYTES), None));
    }
    let text = fs::read_to_string(&real).map_err(|error| (format!("cannot be read: {}", error.kind()), None))?;
    let text = text.replace("\r\n", "\n");
    match text.chars().find(|character| character.is_control() && *character != '\n' && *character != '\t') {
        Some(control) => Err((format!("holds the control character U+{:04X}", u32::from(control)), None)),
        None => Ok(text),
    }
}

/// The language whose texts the file at `path` holds.
pub(super) fn locale_of(path: &str) -> Option<&str> {
    let tag = path.strip_prefix("locales/")?.strip_suffix(".ftl")?;
    tag.parse::<unic_langid::LanguageIdentifier>().is_ok().then_some(tag)
}
