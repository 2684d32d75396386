use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{acme, build};

fn keys(tag: &str) -> BTreeSet<String> {
    let path = root().join(format!("templates/locales/{tag}.ftl"));
    let text = fs::read_to_string(path).expect("a file of texts");
    text.lines()
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key.to_owned())
        .filter(|key| key.starts_with(|first: char| first.is_ascii_lowercase()))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read_all(dir: &Path, text: &mut String) {
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_none_or(|kind| kind != "ftl") {
            text.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

#[test]
fn every_language_has_every_text() {
    let english = keys("en");

    for tag in ["de", "ar"] {
        let other = keys(tag);
        assert_eq!(english.difference(&other).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in {tag}");
        assert_eq!(other.difference(&english).collect::<Vec<_>>(), Vec::<&String>::new(), "too much in {tag}");
    }
}

#[test]
fn every_text_is_said_somewhere() {
    let mut code = String::new();
    read_all(&root().join("templates"), &mut code);
    read_all(&root().join("src/template"), &mut code);
    // What a view composes: the prefix, and every ending that it can have.
    let kinds = ["either", "email", "username", "phone"];
    let composed = |key: &str| {
        let start = ["start-empty", "start-too-long", "start-intro", "start-label"];
        let of_start = start.iter().any(|prefix| kinds.iter().any(|kind| *key == format!("{prefix}-{kind}")));
        let of_error = key
            .strip_prefix("error-")
            .and_then(|rest| rest.strip_suffix("-title").or_else(|| rest.strip_suffix("-text")))
            .is_some_and(|name| code.contains(&format!("\"{name}\"")));
        of_start || of_error
    };

    let unsaid: Vec<String> =
        keys("en").into_iter().filter(|key| !code.contains(&format!("\"{key}\"")) && !composed(key)).collect();

    assert_eq!(unsaid, Vec::<String>::new());
}

#[test]
fn a_person_gets_the_language_that_comes_closest() {
    let templates = build(acme());
    let chosen = |header, lang| templates.negotiate(header, lang).tag().to_owned();

    assert_eq!(chosen(Some("de-AT,de;q=0.9,en;q=0.8"), None), "de");
    assert_eq!(chosen(Some("en;q=0.2, ar-EG"), None), "ar");
    assert_eq!(chosen(Some("de"), Some("ar")), "ar");
    assert_eq!(chosen(Some("fr, zh;q=0.5"), Some("../x")), "en");
    assert_eq!(chosen(None, None), "en");
    assert_eq!(chosen(Some(&",".repeat(100_000)), Some(&"a".repeat(100_000))), "en");
    assert!(templates.locale(&["ar"]).is_rtl());
}
