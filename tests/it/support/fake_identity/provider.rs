//! The contract, kept or broken as told.

use std::time::Duration;

use async_trait::async_trait;
use regain::domain::Timestamp;
use regain::domain::id::AccountId;
use regain::domain::identifier::Identifier;
use regain::domain::password::{NewPassword, Violation};
use regain::identity::{
    Account, Capabilities, Cause, Change, Ended, Error, IdentityProvider, Lifespans, MOST_FOUND, MustChange,
};

use super::FakeIdentity;
use super::script::{Op, Point, Reply};
use super::state::{Person, State, to_ms};

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
        let found = self.read(call, |state| {
            let people = state.people.iter();
            let answering = people.filter(|person| person.answers_to(identifier));
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

    async fn lifespans(&self) -> Result<Option<Lifespans>, Error> {
        let call = self.called(Op::Lifespans);
        let lifespans = *self.lifespans.lock().expect("no test has panicked in here");
        let told = self.capabilities().late_logins.then_some(lifespans);
        self.read(call, |_| told).await
    }
}

/// A rule in the provider's words; the one that tests like best has words of ours.
fn violation(words: &str) -> Violation {
    match words {
        "reused" => Violation::Reused { history: None },
        other => Violation::Other(other.to_owned()),
    }
}
