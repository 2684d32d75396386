//! The usual `process_*`, read from `/proc` when they are asked for. On other systems there are none.
//!
//! They are written out here, because the recorder's counters hold whole numbers and a second of CPU is not one.

use std::fmt::Write as _;
use std::fs::{read_dir, read_to_string};

/// Ticks of `/proc` in a second: 100 on every Linux that runs today (`USER_HZ`).
const TICKS: f64 = 100.0;
const KIBIBYTE: u64 = 1024;

/// The lines of the text format; what cannot be read is left out.
pub(super) fn render() -> String {
    let mut text = String::new();
    let stat = read_to_string("/proc/self/stat").unwrap_or_default();
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    if let (Some(user), Some(system)) = (field(&stat, 14), field(&stat, 15)) {
        line(
            &mut text,
            "process_cpu_seconds_total",
            "counter",
            "CPU time in user and system mode.",
            (user + system) / TICKS,
        );
    }
    if let Some(size) = kibibytes(&status, "VmRSS:") {
        line(&mut text, "process_resident_memory_bytes", "gauge", "Memory that is resident.", size);
    }
    if let Some(size) = kibibytes(&status, "VmSize:") {
        line(&mut text, "process_virtual_memory_bytes", "gauge", "Memory that is mapped.", size);
    }
    if let Ok(open) = read_dir("/proc/self/fd") {
        line(&mut text, "process_open_fds", "gauge", "File descriptors that are open.", open.count());
    }
    if let Some(most) = most_files() {
        line(&mut text, "process_max_fds", "gauge", "File descriptors that may be open.", most);
    }
    if let (Some(began), Some(boot)) = (field(&stat, 22), boot_time()) {
        line(&mut text, "process_start_time_seconds", "gauge", "When the process began.", boot + began / TICKS);
    }
    text
}

fn line(text: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}").expect("a String takes every write");
}

/// A field of `stat`, counted from 1 as proc(5) does. The second may hold blanks and brackets, so we count from its end.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

fn kibibytes(status: &str, key: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = value.split_ascii_whitespace().next()?.parse().ok()?;
    number.checked_mul(KIBIBYTE)
}

fn most_files() -> Option<u64> {
    let limits = read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn boot_time() -> Option<f64> {
    let stat = read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}
