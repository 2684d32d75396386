//! A provider that does what it is told: late, half, refused, unheard, or standing still where a test kills the
//! process. Untold it keeps the contract, and passes its suite.

mod home;
mod script;
mod state;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use regain::clock::Clock;
use regain::domain::Timestamp;
use regain::domain::id::AccountId;
use regain::domain::identifier::Identifier;
use regain::domain::password::{NewPassword, Violation};
use regain::identity::{
    Account, Capabilities, Cause, Change, Ended, Ends, Error, IdentityProvider, MOST_FOUND, MustChange, Protects,
    Usernames,
};

use self::home::Home;
use self::state::{Session, State, from_ms, to_ms};

pub(crate) use self::script::{Block, Op, Point, Reply};
pub(crate) use self::state::{LOCKED_AFTER, Person};

/// The scriptable provider.
#[derive(Debug)]
pub(crate) struct FakeIdentity {
    home: Home,
    clock: Arc<dyn Clock>,
    capabilities: Mutex<Capabilities>,
}

/// What the fake can do unless a test says otherwise: everything.
const CAPABLE: Capabilities = Capabilities {
    verified_addresses: true,
    policy: true,
    must_change: MustChange::Native,
    ends: Ends { sessions: true, refresh_tokens: true, offline_tokens: true },
    late_logins: false,
    credential_time: true,
    unlock: true,
    protect: Protects { roles: true, groups: true },
    usernames: Usernames::AsciiFold,
};

/// For the test: who is there, what happens, what has happened.
impl FakeIdentity {
    /// One that lives in memory.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { home: Home::memory(), clock, capabilities: Mutex::new(CAPABLE) }
    }

    /// One whose state and script live in a folder. Of several processes one uses it, and the others tell it what to
    /// do and look; what changes people or sessions from outside is done while nobody uses it, or it stands still.
    pub(crate) fn in_folder(path: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { home: Home::folder(path), clock, capabilities: Mutex::new(CAPABLE) }
    }

    /// Makes it able to do less.
    pub(crate) fn set_capabilities(&self, change: impl FnOnce(&mut Capabilities)) {
        change(&mut self.capabilities.lock().expect("no test has panicked in here"));
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

/// One call under way: which one of its operation it is, and how it is to be answered.
struct Call {
    number: u32,
    reply: Reply,
}

impl FakeIdentity {
    fn called(&self, op: Op) -> Call {
        let number = self.home.state(|state| {
            let calls = state.calls.entry(op).or_default();
            *calls += 1;
            *calls
        });
        let index = usize::try_from(number - 1).expect("few calls");
        let told = self.home.script().replies.get(&op).and_then(|replies| replies.get(index).cloned());
        Call { number, reply: told.unwrap_or(Reply::Honest) }
    }

    /// Answers a call that only reads.
    async fn read<T>(&self, call: Call, honest: impl FnOnce(&State) -> T) -> Result<T, Error> {
        match call.reply {
            Reply::Honest => Ok(self.home.look(honest)),
            Reply::Late(ms) => {
                let answer = self.home.look(honest);
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(answer)
            }
            Reply::Half | Reply::Refused(_) => Err(Error::Unavailable(Cause::Answer)),
            Reply::AppliedUnheard | Reply::LostUnheard => Err(Error::Unavailable(Cause::Timeout)),
            Reply::Unavailable => Err(Error::Unavailable(Cause::Connect)),
            Reply::Denied => Err(Error::Denied(Cause::Status(403))),
            Reply::Misconfigured => Err(Error::Misconfigured(Cause::Status(404))),
        }
    }

    fn apply(&self, id: &AccountId, password: &NewPassword, change: Change) -> Result<(), Error> {
        let now_ms = to_ms(self.clock.now());
        self.home.state(|state| {
            let person = state.people.iter_mut().find(|person| person.id == id.as_str());
            let person = person.ok_or(Error::Denied(Cause::NoAccount))?;
            password.expose().clone_into(&mut person.password);
            person.must_change = change.must_change;
            person.changed_at_ms = Some(now_ms);
            Ok(())
        })
    }

    fn end(&self, id: &AccountId, before: Timestamp, most: usize) -> Ended {
        let before_ms = to_ms(before);
        let ended = self.home.state(|state| {
            let mut ended = 0;
            state.sessions.retain(|session| {
                let goes = ended < most && session.account == id.as_str() && session.began_at_ms < before_ms;
                ended += usize::from(goes);
                !goes
            });
            ended
        });
        Ended { sessions: Some(u64::try_from(ended).expect("few sessions")) }
    }
}

#[async_trait]
impl IdentityProvider for FakeIdentity {
    fn capabilities(&self) -> Capabilities {
        *self.capabilities.lock().expect("no test has panicked in here")
    }

    async fn find(&self, identifier: &Identifier) -> Result<Vec<Account>, Error> {
        let call = self.called(Op::Find);
        self.home.stand(Point::Find, call.number).await;
        let address_key = identifier.as_address().map(|address| address.key());
        let found = self.read(call, |state| {
            let people = state.people.iter();
            let answering = people.filter(|person| person.answers_to(identifier.as_str(), address_key.as_deref()));
            answering.take(MOST_FOUND).map(Person::account).collect()
        });
        found.await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        let call = self.called(Op::Account);
        self.home.stand(Point::Account, call.number).await;
        let found = self.read(call, |state| {
            let mut people = state.people.iter();
            people.find(|person| person.id == id.as_str()).map(Person::account)
        });
        found.await
    }

    async fn set_password(&self, id: &AccountId, password: &NewPassword, change: Change) -> Result<(), Error> {
        let can = self.capabilities().must_change;
        if change.must_change && can == MustChange::Unsupported {
            return Err(Error::Misconfigured(Cause::Unsupported));
        }
        let call = self.called(Op::SetPassword);
        self.home.stand(Point::BeforeApply, call.number).await;
        let applied = match call.reply {
            Reply::Honest | Reply::Late(_) | Reply::Half | Reply::AppliedUnheard => self.apply(id, password, change),
            Reply::Refused(ref words) => Err(Error::PasswordRefused(words.iter().map(|it| violation(it)).collect())),
            Reply::LostUnheard => Err(Error::UnknownOutcome(Cause::Timeout)),
            Reply::Unavailable => Err(Error::Unavailable(Cause::Connect)),
            Reply::Denied => Err(Error::Denied(Cause::Status(403))),
            Reply::Misconfigured => Err(Error::Misconfigured(Cause::Status(404))),
        };
        applied?;
        self.home.stand(Point::AfterApply, call.number).await;
        match call.reply {
            Reply::Late(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Reply::Half => return Err(Error::UnknownOutcome(Cause::Answer)),
            Reply::AppliedUnheard => return Err(Error::UnknownOutcome(Cause::Timeout)),
            Reply::Honest
            | Reply::Refused(_)
            | Reply::LostUnheard
            | Reply::Unavailable
            | Reply::Denied
            | Reply::Misconfigured => {}
        }
        Ok(())
    }

    async fn end_sessions(&self, id: &AccountId, before: Timestamp) -> Result<Ended, Error> {
        let call = self.called(Op::EndSessions);
        self.home.stand(Point::EndSessions, call.number).await;
        match call.reply {
            Reply::Half => {
                self.end(id, before, self.sessions(id).len() / 2);
                Err(Error::UnknownOutcome(Cause::Answer))
            }
            Reply::AppliedUnheard => {
                self.end(id, before, usize::MAX);
                Err(Error::UnknownOutcome(Cause::Timeout))
            }
            Reply::Honest
            | Reply::Late(_)
            | Reply::Refused(_)
            | Reply::LostUnheard
            | Reply::Unavailable
            | Reply::Denied
            | Reply::Misconfigured => {
                self.read(call, |_| ()).await?;
                Ok(self.end(id, before, usize::MAX))
            }
        }
    }

    async fn unlock(&self, id: &AccountId) -> Result<(), Error> {
        let call = self.called(Op::Unlock);
        self.home.stand(Point::Unlock, call.number).await;
        self.read(call, |_| ()).await?;
        self.change(id, |person| person.failed = 0);
        Ok(())
    }

    async fn check(&self) -> Result<(), Error> {
        let call = self.called(Op::Check);
        self.read(call, |_| ()).await
    }
}

/// A rule in the provider's words; the one that tests like best has words of ours.
fn violation(words: &str) -> Violation {
    match words {
        "reused" => Violation::Reused { history: None },
        other => Violation::Other(other.to_owned()),
    }
}
