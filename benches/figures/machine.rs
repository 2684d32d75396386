//! What the figures were taken on: without it no figure means anything.

use std::fs;
use std::path::Path;

/// Prints cores, kernel, file system and load.
pub(crate) fn print() {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("?");
    let file_system = file_system(super::program::parent()).unwrap_or_else(|| "?".to_owned());
    println!(
        "{} cores ({}), Linux {}, {file_system}, load {load} at the beginning",
        cores,
        processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        kernel.trim()
    );
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn processor() -> Option<String> {
    let text = read("/proc/cpuinfo");
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The kind of the file system that holds `path`: the mount point that is the longest prefix.
fn file_system(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mounts = read("/proc/mounts");
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(point, _)| path.starts_with(point));
    holding.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind.to_owned())
}
