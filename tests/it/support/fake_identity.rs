//! A provider that does what it is told: late, half, refused, unheard, or standing still where a test kills the
//! process. Untold it keeps the contract, and passes its suite.

mod home;
mod provider;
mod script;
mod state;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use regain::clock::Clock;
use regain::domain::Timestamp;
use regain::domain::id::AccountId;
use regain::identity::{Capabilities, Ends, Lifespans, MustChange, Protects, Usernames};

use self::home::Home;
use self::state::{Session, from_ms, to_ms};

pub(crate) use self::script::{Block, Op, Point, Reply};
pub(crate) use self::state::{LOCKED_AFTER, Person};

/// The scriptable provider.
#[derive(Debug)]
pub(crate) struct FakeIdentity {
    home: Home,
    clock: Arc<dyn Clock>,
    capabilities: Mutex<Capabilities>,
    lifespans: Mutex<Lifespans>,
}

/// What the fake can do unless a test says otherwise: everything.
const CAPABLE: Capabilities = Capabilities {
    verified_addresses: true,
    phones: true,
    policy: true,
    must_change: MustChange::Native,
    ends: Ends { sessions: true, refresh_tokens: true, offline_tokens: true },
    late_logins: false,
    credential_time: true,
    unlock: true,
    protect: Protects { roles: true, groups: true, attributes: true },
    usernames: Usernames::AsciiFold,
};

/// How long its logins and links live unless a test says otherwise; it tells so where it can have late logins.
const LIFESPANS: Lifespans = Lifespans { login: Duration::from_mins(30), mailed_link: Duration::from_hours(12) };

/// For the test: who is there, what happens, what has happened.
impl FakeIdentity {
    /// One that lives in memory.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { home: Home::memory(), clock, capabilities: Mutex::new(CAPABLE), lifespans: Mutex::new(LIFESPANS) }
    }

    /// One whose state and script live in a folder. Of several processes one uses it, and the others tell it what to
    /// do and look; what changes people or sessions from outside is done while nobody uses it, or it stands still.
    pub(crate) fn in_folder(path: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { home: Home::folder(path), clock, capabilities: Mutex::new(CAPABLE), lifespans: Mutex::new(LIFESPANS) }
    }

    /// Makes it able to do less.
    pub(crate) fn set_capabilities(&self, change: impl FnOnce(&mut Capabilities)) {
        change(&mut self.capabilities.lock().expect("no test has panicked in here"));
    }

    /// Gives its logins and links other lives.
    pub(crate) fn set_lifespans(&self, lifespans: Lifespans) {
        *self.lifespans.lock().expect("no test has panicked in here") = lifespans;
    }

    /// Adds an account.
    pub(crate) fn add(&self, person: Person) -> AccountId {
        let id = AccountId::new(&person.id);
        self.home.state(|state| state.people.push(person));
        id
    }

    /// An account as it is now.
    pub(crate) fn person(&self, id: &AccountId) -> Option<Person> {
        self.home.look(|state| state.people.iter().find(|person| person.id == id.as_str()).cloned())
    }

    /// Does what another hand might do to an account.
    pub(crate) fn change(&self, id: &AccountId, change: impl FnOnce(&mut Person)) {
        self.home.state(|state| state.people.iter_mut().find(|person| person.id == id.as_str()).map(change));
    }

    /// Sets a password as another hand does, and signs in with it.
    pub(crate) fn overwrite(&self, id: &AccountId, password: &str) {
        let now = self.clock.now();
        self.change(id, |person| {
            password.clone_into(&mut person.password);
            person.changed_at_ms = Some(to_ms(now));
        });
        self.begin_session(id, now);
    }

    /// Removes an account, and its sessions with it.
    pub(crate) fn remove(&self, id: &AccountId) {
        self.home.state(|state| {
            state.people.retain(|person| person.id != id.as_str());
            state.sessions.retain(|session| session.account != id.as_str());
        });
    }

    /// Begins a session at a moment.
    pub(crate) fn begin_session(&self, id: &AccountId, at: Timestamp) {
        let session = Session { account: id.as_str().to_owned(), began_at_ms: to_ms(at) };
        self.home.state(|state| state.sessions.push(session));
    }

    /// When the account's live sessions began.
    pub(crate) fn sessions(&self, id: &AccountId) -> Vec<Timestamp> {
        self.home.look(|state| {
            let own = state.sessions.iter().filter(|session| session.account == id.as_str());
            own.map(|session| from_ms(session.began_at_ms)).collect()
        })
    }

    /// Tries to sign in, by username and password.
    pub(crate) fn sign_in(&self, username: &str, password: &str) -> bool {
        let now_ms = to_ms(self.clock.now());
        self.home.state(|state| {
            let named = |person: &&mut Person| person.username.eq_ignore_ascii_case(username);
            let Some(person) = state.people.iter_mut().find(named) else { return false };
            if person.is_locked_out() || !person.enabled || person.locked_by_administrator {
                return false;
            }
            if person.password != password {
                person.failed += 1;
                return false;
            }
            person.failed = 0;
            state.sessions.push(Session { account: person.id.clone(), began_at_ms: now_ms });
            true
        })
    }

    /// How often an operation was called.
    pub(crate) fn calls(&self, op: Op) -> u32 {
        self.home.look(|state| state.calls.get(&op).copied().unwrap_or(0))
    }

    /// Tells how the next calls of an operation are answered, one by one; then it answers honestly again.
    pub(crate) fn answer(&self, op: Op, replies: impl IntoIterator<Item = Reply>) {
        let done = usize::try_from(self.calls(op)).expect("few calls");
        self.home.tell(|script| {
            let list = script.replies.entry(op).or_default();
            list.truncate(done);
            list.resize(done, Reply::Honest);
            list.extend(replies);
        });
    }

    /// Lets calls stand still at a point.
    pub(crate) fn block(&self, point: Point) {
        self.block_from(point, 1);
    }

    /// Lets calls stand still at a point, from the `from_call`th call of its operation on (counted from 1).
    pub(crate) fn block_from(&self, point: Point, from_call: u32) {
        self.home.tell(|script| script.block = Some(Block { point, from_call }));
    }

    /// Lets whoever stands still go on, and forgets who was killed there.
    pub(crate) fn release(&self) {
        self.home.tell(|script| script.block = None);
        self.home.nobody_stands();
    }

    /// Where a call stands still now.
    pub(crate) fn standing(&self) -> Option<Point> {
        self.home.standing()
    }

    /// Waits until a call, here or in another process, stands still at a point.
    pub(crate) async fn until_standing(&self, point: Point) {
        self.home.until_standing(point).await;
    }
}
