//! Reads everything: `regain.toml` first, then the tenants' files that it points to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::extract::{Extracted, extract};
use super::layer::{Author, Layer};
use super::merged::Merged;
use super::operator::{self, TenantFiles};
use super::own_listeners::OwnListeners;
use super::tenants::{Tenants, Written};
use super::{Config, Inputs, Loaded, paths, secrets, show, tree};
use crate::domain::id::TenantId;
use crate::domain::problem::{Place, Problem, Problems};
use crate::domain::quantity::Span;

/// The lowest layer: every key with its default.
const BUILT_IN: &str = include_str!("../../config/regain.toml");
/// What `[defaults.recovery]` becomes under the profile `asvs_l2`.
const ASVS_L2: &str = "[recovery]\nemail_link = { ttl = \"10m\" }\n";
const FILE: &str = "regain.toml";

/// Reads `regain.toml`, the tenants' files and the environment. Every problem is told.
#[must_use]
pub fn load(inputs: &Inputs) -> Loaded {
    let mut problems = Problems::new();
    let loaded = read(inputs, &mut problems);
    let problems = in_order(&problems);
    match loaded {
        Some(Read { config, orphans, lines }) => {
            let config = if problems.has_errors() { None } else { config };
            Loaded { config, orphans, problems, lines }
        }
        None => Loaded { config: None, orphans: None, problems, lines: Vec::new() },
    }
}

struct Read {
    config: Option<Config>,
    orphans: Option<Tenants>,
    lines: Vec<super::Line>,
}

fn read(inputs: &Inputs, problems: &mut Problems) -> Option<Read> {
    let built_in = built_in(&inputs.dir);
    let written = read_file(&inputs.dir.join(FILE), FILE, problems)
        .and_then(|text| Layer::parse(FILE, Author::Operator, &inputs.dir, &text, problems));
    let written = written?;
    let sections: BTreeSet<String> = built_in.values.keys().cloned().collect();

    // The tenants' folder must be known before their variables can be told from strangers.
    let dir = tenants_dir(inputs, &[&built_in, &written], &sections);
    let files = tenant_files(&inputs.dir, &dir, problems);
    let ids: Vec<TenantId> = files.iter().map(|file| file.id.clone()).collect();
    let defaults = [built_in.below("defaults"), of_all(&written)];
    let tenant_layers: Vec<Option<Layer>> = files.iter().map(|file| file.parse(&mut Problems::new())).collect();
    let mut speakers: Vec<&Layer> = vec![&written, &defaults[1]];
    speakers.extend(tenant_layers.iter().flatten());
    let spoken_for = secrets::variables(&speakers);
    let env = Environment::read(&inputs.env, &inputs.dir, &sections, &ids, &spoken_for, problems);
    // `REGAIN_DEFAULTS__…` counts among the defaults.
    let defaults = [defaults[0].clone(), defaults[1].clone(), env.operator.below("defaults")];

    let mut layers = vec![
        without(built_in.clone(), "defaults"),
        without(written, "defaults"),
        without(env.operator.clone(), "defaults"),
    ];
    let broken = secrets::resolve(&mut layers, &inputs.env, None, problems);
    for layer in &mut layers {
        paths::resolve(layer, None, problems);
    }
    let mut merged = Merged::of(layers, FILE);
    merged.values.entry("defaults".to_owned()).or_insert_with(|| tree::text(""));
    operator::refuse_what_is_to_come(&mut merged, problems);
    let mut lines = show::lines(None, &merged);
    let Extracted { value, mut mistaken } = extract::<operator::File>(&merged, problems);
    mistaken.extend(broken);
    let file = value?;
    let mut found = Problems::new();
    let hosts = file.hosts(&mut found);
    let policy = file.tenants.clone();
    let operator = file.build(&mut found);
    let own = operator.as_ref().map(OwnListeners::of).unwrap_or_default();
    own.refuse_as_shared_upstream(&hosts, &mut found);
    merged.locate(&mut found);
    keep(&found, &mistaken, problems);

    let tenants = Tenants::new(
        files
            .into_iter()
            .map(|file| {
                let env_layer = env.tenant(&file.id).cloned();
                compose(file, &defaults, env_layer, &policy, &own, inputs)
            })
            .collect(),
        hosts,
        operator.as_ref().map(|operator| operator.limits.clone()),
    );
    for tenant in tenants.written() {
        lines.extend(show::lines(Some(&tenant.id), &tenant.merged));
    }
    let Some(operator) = operator else {
        return Some(Read { config: None, orphans: Some(tenants), lines });
    };
    if problems.has_errors() {
        return Some(Read { config: None, orphans: Some(tenants), lines });
    }
    let config = Config {
        dir: inputs.dir.clone(),
        server: operator.server,
        management: operator.management,
        store: operator.store,
        keys_file: operator.keys_file,
        limits: operator.limits,
        audit: operator.audit,
        log: operator.log,
        telemetry: operator.telemetry,
        tenants,
    };
    Some(Read { config: Some(config), orphans: None, lines })
}

/// Every layer of one tenant, merged and deserialised.
fn compose(
    file: TenantFile,
    defaults: &[Layer; 3],
    env: Option<Layer>,
    policy: &TenantFiles,
    own_listeners: &OwnListeners,
    inputs: &Inputs,
) -> Written {
    let mut problems = Problems::new();
    let fence = super::fence::Fence::new(&file.id, &policy.files);
    let parsed = file.parse(&mut problems);
    let is_readable = parsed.is_some();
    let own = parsed.unwrap_or_else(|| {
        let mut layer = Layer::empty(&file.name, Author::Tenant(file.id.clone()), &file.folder);
        layer.values = super::tenants::read_leniently(file.text.as_deref().unwrap_or_default());
        layer
    });
    let mut layers = defaults.to_vec();
    layers.push(own);
    layers.extend(env);
    let profile = layers.iter().rev().find_map(|layer| layer.values.get("profile")?.as_str());
    if profile == Some("asvs_l2") && has_longer_links(defaults) {
        // Above the defaults, which hold for other profiles, and below what the tenant says itself.
        let stricter = Layer::parse("built in [asvs_l2]", Author::Program, &inputs.dir, ASVS_L2, &mut problems);
        layers.splice(defaults.len()..defaults.len(), stricter);
    }
    let broken = secrets::resolve(&mut layers, &inputs.env, Some(&fence), &mut problems);
    for layer in &mut layers {
        paths::resolve(layer, Some(&fence), &mut problems);
    }
    let merged = Merged::of(layers, &file.name);
    own_listeners.refuse_as_upstream(&merged, &mut problems);
    let (value, mistaken) = if is_readable {
        let Extracted { value, mut mistaken } = extract(&merged, &mut problems);
        mistaken.extend(broken);
        (value, mistaken)
    } else {
        (None, broken)
    };
    Written { id: file.id, merged, file: value, mistaken, problems }
}

fn has_longer_links(defaults: &[Layer]) -> bool {
    let written = |layer: &Layer| Some(tree::find(&layer.values, "recovery.email_link.ttl")?.as_str()?.to_owned());
    let life = defaults.iter().rev().find_map(written).and_then(|text| Span::parse(&text));
    life.is_none_or(|life| life > Span::from(Duration::from_mins(10)))
}

/// Takes over what was found when sections were built, but for what follows from a key that was mistaken already; from
/// a mistaken `kind` follows all that is said of its section.
pub(super) fn keep(found: &Problems, mistaken: &BTreeSet<String>, into: &mut Problems) {
    for problem in found.iter() {
        let follows = mistaken.iter().any(|key| is_about(&problem.key, key.strip_suffix(".kind").unwrap_or(key)));
        if !follows {
            into.push(problem.clone());
        }
    }
}

fn is_about(key: &str, mistaken: &str) -> bool {
    key == mistaken || key.strip_prefix(mistaken).is_some_and(|rest| rest.starts_with('.'))
}

/// Every problem once, file by file and line by line.
pub(super) fn in_order(problems: &Problems) -> Problems {
    let mut list: Vec<Problem> = problems.iter().cloned().collect();
    let place = |problem: &Problem| problem.place.as_ref().map(|place| (place.file.clone(), place.line));
    list.sort_by_key(|problem| (place(problem), problem.key.clone()));
    list.dedup();
    let mut ordered = Problems::new();
    for problem in list {
        ordered.push(problem);
    }
    ordered
}

pub(super) fn built_in(base: &Path) -> Layer {
    let mut problems = Problems::new();
    let layer = Layer::parse("built in", Author::Program, base, BUILT_IN, &mut problems);
    let layer = layer.expect("config/regain.toml is compiled in, and a test reads it");
    // Its `[[host]]` is an example: nobody has a host by default.
    without(layer, "host")
}

/// `[defaults]`, and `[templates]`, whose folder serves every tenant that names none.
fn of_all(written: &Layer) -> Layer {
    let mut defaults = written.below("defaults");
    if let Some(templates) = written.values.get("templates") {
        defaults.values.entry("templates".to_owned()).or_insert_with(|| templates.clone());
        for (key, place) in written.places.iter().filter(|(key, _)| key.starts_with("templates")) {
            defaults.places.entry(key.clone()).or_insert_with(|| place.clone());
        }
    }
    defaults
}

fn without(mut layer: Layer, section: &str) -> Layer {
    layer.values.remove(section);
    layer
}

fn read_file(path: &Path, name: &str, problems: &mut Problems) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            let problem = problems.error("", format!("cannot be read: {error}"));
            problem.place = Some(Place { file: name.to_owned(), line: None });
            if error.kind() == std::io::ErrorKind::NotFound {
                problem.help(format!("there is no {}; name the folder with --config", path.display()));
            }
            None
        }
    }
}

fn tenants_dir(inputs: &Inputs, layers: &[&Layer], sections: &BTreeSet<String>) -> PathBuf {
    let spoken_for = BTreeSet::new();
    let env = Environment::read(&inputs.env, &inputs.dir, sections, &[], &spoken_for, &mut Problems::new());
    let named = |layer: &Layer| Some(tree::find(&layer.values, "tenants.dir")?.as_str()?.to_owned());
    let dir = named(&env.operator).or_else(|| layers.iter().rev().find_map(|layer| named(layer)));
    inputs.dir.join(dir.unwrap_or_default())
}

struct TenantFile {
    id: TenantId,
    /// As problems call it.
    name: String,
    folder: PathBuf,
    /// A file that cannot be read is a tenant that cannot be built, not a reason to stop.
    text: Result<String, String>,
}

impl TenantFile {
    fn parse(&self, problems: &mut Problems) -> Option<Layer> {
        let author = Author::Tenant(self.id.clone());
        match &self.text {
            Ok(text) => Layer::parse(&self.name, author, &self.folder, text, problems),
            Err(message) => {
                problems.error("", message.clone()).place = Some(Place { file: self.name.clone(), line: None });
                None
            }
        }
    }
}

fn tenant_files(root: &Path, dir: &Path, problems: &mut Problems) -> Vec<TenantFile> {
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            problems.error("tenants.dir", format!("cannot read the folder {}: {error}", shown(dir))).place =
                Some(Place { file: FILE.to_owned(), line: None });
            return Vec::new();
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && !path.is_dir());
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = shown(&path);
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let Some(id) = TenantId::parse(stem) else {
            problems
                .error("", "the file's name is no tenant's name")
                .help("use small letters, digits and single dashes, at most 63")
                .place = Some(Place { file: name, line: None });
            continue;
        };
        let text = std::fs::read_to_string(&path).map_err(|error| format!("cannot be read: {error}"));
        files.push(TenantFile { id, name, folder: dir.to_owned(), text });
    }
    files
}
