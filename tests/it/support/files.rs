//! Files that one process writes and another one reads: replaced whole, and on the disk before the writer goes on.

use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Puts a file into a folder, or another one in its place.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) {
    let mut new = tempfile::NamedTempFile::new_in(folder).expect("a file beside the old one");
    new.write_all(bytes).expect("room on the disk");
    new.as_file().sync_all().expect("a disk that syncs");
    new.persist(folder.join(name)).expect("a rename within one folder");
    File::open(folder).and_then(|folder| folder.sync_all()).expect("a folder that syncs");
}
