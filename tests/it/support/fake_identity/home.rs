//! Where the fake keeps what it knows and what it is told: in memory, or in a folder that outlives a SIGKILL of the
//! process that uses it. Files are replaced whole and are on the disk before a call goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::super::files;
use super::script::{Block, Point, Script};
use super::state::State;

/// How often a process that stands still looks whether it may go on, and its parent whether it stands.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where the fake keeps its state and its script.
#[derive(Debug)]
pub(super) enum Home {
    Memory { state: Mutex<State>, script: watch::Sender<Script>, standing: watch::Sender<Option<Point>> },
    Folder { path: PathBuf, turn: Mutex<()> },
}

impl Home {
    pub(super) fn memory() -> Self {
        Self::Memory { state: Mutex::default(), script: watch::Sender::default(), standing: watch::Sender::default() }
    }

    pub(super) fn folder(path: &Path) -> Self {
        fs::create_dir_all(path).expect("a folder for the fake");
        Self::Folder { path: path.to_owned(), turn: Mutex::new(()) }
    }

    /// Works on the state; what is changed is kept before this returns.
    pub(super) fn state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        match self {
            Self::Memory { state, .. } => work(&mut state.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Folder { path, turn } => {
                let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                let mut state: State = read(&path.join("state.json"));
                let done = work(&mut state);
                write(path, "state.json", &state);
                done
            }
        }
    }

    /// Looks at the state and writes nothing, so that a parent may look while its child works.
    pub(super) fn look<T>(&self, read_it: impl FnOnce(&State) -> T) -> T {
        match self {
            Self::Memory { state, .. } => read_it(&state.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Folder { path, .. } => read_it(&read(&path.join("state.json"))),
        }
    }

    pub(super) fn script(&self) -> Script {
        match self {
            Self::Memory { script, .. } => script.borrow().clone(),
            Self::Folder { path, .. } => read(&path.join("script.json")),
        }
    }

    pub(super) fn tell(&self, change: impl FnOnce(&mut Script)) {
        match self {
            Self::Memory { script, .. } => script.send_modify(change),
            Self::Folder { path, .. } => {
                let mut script = self.script();
                change(&mut script);
                write(path, "script.json", &script);
            }
        }
    }

    /// Stands still at `point` as long as the script says so, and shows it.
    pub(super) async fn stand(&self, point: Point, call: u32) {
        let is_blocked = |block: Option<Block>| block.is_some_and(|it| it.point == point && call >= it.from_call);
        if !is_blocked(self.script().block) {
            return;
        }
        match self {
            Self::Memory { script, standing, .. } => {
                standing.send_replace(Some(point));
                let mut changes = script.subscribe();
                changes.wait_for(|script| !is_blocked(script.block)).await.expect("the fake holds the sender");
                standing.send_replace(None);
            }
            Self::Folder { path, .. } => {
                write(path, "standing.json", &Some(point));
                while is_blocked(self.script().block) {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                self.nobody_stands();
            }
        }
    }

    /// Where a call stands still now.
    pub(super) fn standing(&self) -> Option<Point> {
        match self {
            Self::Memory { standing, .. } => *standing.borrow(),
            Self::Folder { path, .. } => read(&path.join("standing.json")),
        }
    }

    /// Takes away the mark of a process that was killed where it stood.
    pub(super) fn nobody_stands(&self) {
        match self {
            Self::Memory { standing, .. } => {
                standing.send_replace(None);
            }
            Self::Folder { path, .. } => write(path, "standing.json", &None::<Point>),
        }
    }

    /// Waits until a call, here or in another process, stands at `point`; a minute is too long.
    pub(super) async fn until_standing(&self, point: Point) {
        let stands = async {
            match self {
                Self::Memory { standing, .. } => {
                    let mut changes = standing.subscribe();
                    changes.wait_for(|standing| *standing == Some(point)).await.expect("the fake holds the sender");
                }
                Self::Folder { .. } => {
                    while self.standing() != Some(point) {
                        tokio::time::sleep(LOOK_AGAIN).await;
                    }
                }
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), stands).await;
        waited.unwrap_or_else(|_| panic!("no call came to {point:?}"));
    }
}

fn read<T: DeserializeOwned + Default>(file: &Path) -> T {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).expect("what the fake has written"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => T::default(),
        Err(error) => panic!("cannot read {}: {error}", file.display()),
    }
}

fn write<T: Serialize>(folder: &Path, name: &str, value: &T) {
    let bytes = serde_json::to_vec_pretty(value).expect("plain data");
    files::replace(folder, name, &bytes);
}
