//! Imports point down only, never sideways: reads every file under `src/` and holds what it names of `crate::` against
//! the floor plan of the front page.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and its floor.
const FLOORS: [(&str, u8); 27] = [
    ("domain", 0),
    ("clock", 0),
    ("metrics", 0),
    ("store", 1),
    ("template", 1),
    ("limit", 1),
    ("outward", 1),
    ("identity", 2),
    ("channel", 2),
    ("audit", 2),
    ("tenant", 3),
    ("account", 4),
    ("recovery", 5),
    ("admin", 5),
    ("outbox", 5),
    ("web", 6),
    ("proxy", 6),
    ("server", 7),
    ("main", 8),
    ("lib", 8),
    ("cli", 8),
    ("app", 8),
    ("config", 8),
    ("telemetry", 8),
    ("demo", 8),
    ("doctor", 8),
    ("regain", 8),
];

/// The floor whose rooms may use everything, one another included.
const TOP: u8 = 8;

/// A name of `crate::` (or, in the program, of `regain::`) that a file uses.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    line: usize,
    room: String,
}

/// Finds the rooms that a source text names: `crate::room` anywhere in it, and each name of `use crate::{…}`.
/// Comments and doc comments do not count.
fn imports(source: &str) -> Vec<Import> {
    let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let text = code.join("\n");
    let mut found = Vec::new();
    for root in ["crate::", "regain::"] {
        for (at, _) in text.match_indices(root) {
            let is_whole_word = !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
            if !is_whole_word {
                continue;
            }
            let line = text[..at].matches('\n').count() + 1;
            let rest = &text[at + root.len()..];
            found.extend(names(rest).into_iter().map(|room| Import { line, room }));
        }
    }
    found
}

/// Finds the rooms that a source text names by climbing to the crate's root: `super::` as often as the module is deep.
fn climbs(source: &str, depth: usize) -> Vec<Import> {
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices(&climb) {
            let is_longer = code[..at].ends_with("super::");
            let room = segment(&code[at + climb.len()..]);
            if !is_longer && FLOORS.iter().any(|(known, _)| *known == room) {
                found.push(Import { line: number + 1, room });
            }
        }
    }
    found
}

/// How deep the module of a file below `src/` is: 1 for `clock.rs` and `store/mod.rs`.
fn depth(path: &Path) -> usize {
    let is_door = path.file_name().is_some_and(|name| name == "mod.rs");
    path.components().count() - usize::from(is_door)
}

/// The first segment after `crate::`, or all first segments of a braced list.
fn names(rest: &str) -> Vec<String> {
    let Some(list) = rest.strip_prefix('{') else {
        return vec![segment(rest)];
    };
    let mut depth = 0_i32;
    let mut starts = true;
    let mut rooms = Vec::new();
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts = true,
            other if starts && depth == 0 && !other.is_whitespace() => {
                rooms.push(segment(&list[at..]));
                starts = false;
            }
            _ => {}
        }
    }
    rooms
}

fn segment(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// Everything in `source`, a file of `room`, that is not below the room; names that are no room are types of the crate's
/// root and none are allowed.
fn violations(room: &str, depth: usize, source: &str) -> Vec<String> {
    let floors: BTreeMap<&str, u8> = FLOORS.into();
    let own = floors[room];
    let mut told = Vec::new();
    for import in imports(source).into_iter().chain(climbs(source, depth)) {
        if import.room == room || import.room == "self" {
            continue;
        }
        match floors.get(import.room.as_str()) {
            Some(floor) if *floor < own || own == TOP => {}
            Some(floor) => told
                .push(format!("line {}: `{room}` (floor {own}) uses `{}` (floor {floor})", import.line, import.room)),
            None => told.push(format!("line {}: `{}` has no floor", import.line, import.room)),
        }
    }
    told
}

/// The room of a file below `src/`: its first folder, or its own name.
fn room(path: &Path) -> String {
    let first = path.components().next().expect("a path below src");
    Path::new(first.as_os_str()).file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name").to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn imports_point_down_only_and_never_sideways() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);

    let mut told = Vec::new();
    for file in &files {
        let below = file.strip_prefix(&src).expect("a file below src");
        let source = fs::read_to_string(file).expect("a source file");
        let found = violations(&room(below), depth(below), &source);
        told.extend(found.into_iter().map(|violation| format!("src/{}: {violation}", below.display())));
    }

    assert!(files.len() > 50, "only {} files were read", files.len());
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn an_upward_and_a_sideways_import_are_found() {
    let upward = "use std::fmt;\nuse crate::{clock::Clock, web::{Web, problem::Problem}};\n";
    let sideways = "fn x() { crate::outbox::run() }\n// crate::web is only named here\n";

    assert_eq!(violations("store", 1, upward), ["line 2: `store` (floor 1) uses `web` (floor 6)"]);
    assert_eq!(violations("recovery", 1, sideways), ["line 1: `recovery` (floor 5) uses `outbox` (floor 5)"]);
    assert_eq!(
        violations("domain", 2, "use crate::clock::Clock;"),
        ["line 1: `domain` (floor 0) uses `clock` (floor 0)"]
    );
    assert_eq!(violations("app", 1, "use crate::{cli, web::Web};"), [""; 0]);
}

#[test]
fn climbing_to_the_root_is_no_way_around() {
    let outbox = ["line 1: `recovery` (floor 5) uses `outbox` (floor 5)"];

    assert_eq!(violations("recovery", 1, "use super::outbox::Worker;"), outbox);
    assert_eq!(violations("recovery", 2, "use super::super::outbox::Worker;"), outbox);
    assert_eq!(violations("recovery", 2, "use super::outbox_like::Worker; // super::super::outbox"), [""; 0]);
    assert_eq!(depth(Path::new("clock.rs")), 1);
    assert_eq!(depth(Path::new("store/mod.rs")), 1);
    assert_eq!(depth(Path::new("store/columns/mod.rs")), 2);
    assert_eq!(depth(Path::new("store/columns/message.rs")), 3);
}

#[test]
fn no_file_is_longer_than_the_wall() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    rust_files(&root.join("migrations/src"), &mut files);

    let long: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let source = fs::read_to_string(file).expect("a source file");
            // The wall is for code; the tests at a file's foot stand outside of it.
            let code = source.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code.lines().count();
            (lines > 400).then(|| format!("{}: {lines}", file.display()))
        })
        .collect();

    assert!(long.is_empty(), "{}", long.join("\n"));
}
