//! A recovery's message: whom does it mean, may it be sent, is it taken.

use super::letter::{Carried, Letter};
use super::{Done, Error, Job, backoff};
use crate::account::{self, Subject};
use crate::audit::{self, Event};
use crate::domain::issue::Issue;
use crate::domain::key::TenantKey;
use crate::domain::sending::{Step, WRONG_CODES, Way};
use crate::store::rows::{Delivery, Fate, Loaded};
use crate::{channel, metrics};

/// What is said of a text message that was refused before, where its mail cannot go either.
const REFUSED: channel::Error = channel::Error::Permanent(channel::Cause::Recipient);

impl Job {
    /// Sends one issue of a recovery to whom it means, if it means anybody.
    pub(super) async fn deliver(&self, number: u8) -> Done {
        let (loaded, key) = match self.load().await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Done::dropped(),
            Err(error) => return self.failed(None, &error).await,
        };
        let Some(issue) = loaded.issue(number).filter(|issue| loaded.recovery.may_deliver(issue, self.now())) else {
            return Done::dropped();
        };
        match self.try_deliver(&loaded, key, issue).await {
            Ok(done) => {
                let result = match done.fate {
                    // Counted where the way is known by which it went.
                    Fate::Sent => return done,
                    Fate::Dropped => "dropped",
                    Fate::Retry { .. } => "retried",
                    Fate::Abandoned => "abandoned",
                };
                metrics::message(&self.tenant.id.to_string(), Way::of(issue.method).channel(), result);
                done
            }
            Err(error) => self.failed(Some((&loaded, issue)), &error).await,
        }
    }

    async fn try_deliver(&self, loaded: &Loaded, key: &TenantKey, issue: &Issue) -> Result<Done, Error> {
        let asked = loaded.asked(key, &self.tenant.id).map_err(account::Error::from)?;
        let way = match loaded.delivery(issue.number) {
            Some(_) => self.store.tenant(&self.tenant.id).booked_way(self.message.id).await?,
            None => None,
        };
        // A text message whose last try was never settled may have been taken: it is not sent blindly once more.
        if self.message.is_interrupted && way == Some(Way::Text) {
            return Err(Error::Channel(channel::Error::Unknown(channel::Cause::Interrupted)));
        }
        let subject = self.accounts().find(&asked.identifier, issue.method).await?;
        let letter = Letter { loaded, key, issue, asked: &asked };
        if let Some(before) = loaded.delivery(issue.number) {
            return self.try_again(&letter, before, way, subject).await;
        }
        let Some(subject) = subject else {
            self.note_nobody(&letter).await?;
            return Ok(Done::dropped());
        };
        match self.book(&letter, &subject).await? {
            Step::Send(sending) => {
                let carried = Carried { way: sending.way, digits: sending.digits, link: sending.link };
                self.send(&letter, &subject, carried).await
            }
            Step::Later { at } => Ok(Done { fate: Fate::Retry { at }, last_error: None, audit: vec![] }),
            Step::Nothing => Ok(Done::dropped()),
        }
    }

    /// A message that is tried again goes only to whom the first try found, and says what that would have said.
    async fn try_again(
        &self,
        letter: &Letter<'_>,
        before: &Delivery,
        way: Option<Way>,
        subject: Option<Subject>,
    ) -> Result<Done, Error> {
        let Some(subject) = subject.filter(|subject| letter.is_for(before, subject)) else {
            return Ok(Done::dropped());
        };
        match way {
            Some(way) => self.send(letter, &subject, letter.carried(&self.tenant, way, before.digits)).await,
            // A text message was refused, and the mail in its place waited for the account's cool-down.
            None => self.send_mail_instead(letter, &subject, before.digits, REFUSED).await,
        }
    }

    /// Writes that nobody is meant, as it is written for somebody.
    async fn note_nobody(&self, letter: &Letter<'_>) -> Result<(), Error> {
        let Letter { loaded, issue, .. } = letter;
        let delivery = Delivery {
            issue: issue.number,
            at: self.now(),
            account: None,
            digits: issue.digits,
            refuse_at: issue.has_code().then_some(WRONG_CODES),
        };
        Ok(self.store.tenant(&self.tenant.id).save_delivery(loaded.recovery.id, &delivery).await?)
    }

    /// Hands the message over. A text message that cannot reach its number goes by mail, where that is a way.
    async fn send(&self, letter: &Letter<'_>, subject: &Subject, carried: Carried) -> Result<Done, Error> {
        let sent = match carried.way {
            Way::Mail => self.send_mail(letter, subject, carried).await,
            Way::Text => self.send_text(letter, subject, carried).await,
        };
        match sent {
            Ok(way) => Ok(self.sent(letter, subject, way)),
            Err(Error::Channel(error))
                if carried.way == Way::Text && error.may_go_by_mail() && self.mails_to(subject).is_some() =>
            {
                tracing::info!(
                    tenant.id = %self.tenant.id, message.id = %self.message.id, class = error.class(),
                    "a text message goes by mail"
                );
                metrics::message(&self.tenant.id.to_string(), Way::Text.channel(), "refused");
                self.send_mail_instead(letter, subject, carried.digits, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// Sends the mail that stands in for a text message, now or once the account's cool-down is over. `error` is why.
    async fn send_mail_instead(
        &self,
        letter: &Letter<'_>,
        subject: &Subject,
        digits: u8,
        error: channel::Error,
    ) -> Result<Done, Error> {
        match self.book_mail_instead(letter, subject, digits).await? {
            Step::Send(_) => {
                let carried = letter.carried(&self.tenant, Way::Mail, digits);
                let way = self.send_mail(letter, subject, carried).await?;
                Ok(self.sent(letter, subject, way))
            }
            Step::Later { at } => Ok(Done { fate: Fate::Retry { at }, last_error: Some(error.class()), audit: vec![] }),
            Step::Nothing => Err(Error::Channel(error)),
        }
    }

    fn sent(&self, letter: &Letter<'_>, subject: &Subject, way: Way) -> Done {
        metrics::message(&self.tenant.id.to_string(), way.channel(), "sent");
        let record = audit::record(Event::MessageSent, self.now())
            .outcome("ok")
            .recovery(letter.loaded.recovery.id)
            .account(&subject.account.id)
            .method(letter.issue.method);
        let is_instead = way != Way::of(letter.issue.method);
        let record = if is_instead { record.reason("by_mail_instead") } else { record };
        Done::sent(record.by_worker())
    }

    /// Tries again while the secret lives long enough to be of use.
    async fn failed(&self, of: Option<(&Loaded, &Issue)>, error: &Error) -> Done {
        let now = self.now();
        let wait = error.retry_after().unwrap_or_default().max(backoff::message(self.message.tries));
        let again = now + wait;
        // Without a recovery the store itself is in trouble: come back and look again.
        let in_time = of.is_none_or(|(loaded, issue)| loaded.recovery.is_useful(issue, again));
        let fate = if error.is_transient() && in_time { Fate::Retry { at: again } } else { Fate::Abandoned };
        let tenant = &self.tenant.id;
        let (result, audit) = match fate {
            Fate::Abandoned => {
                let class = error.class();
                if error.is_about_one_person() {
                    tracing::warn!(tenant.id = %tenant, message.id = %self.message.id, class, %error, "message abandoned");
                } else {
                    tracing::error!(tenant.id = %tenant, message.id = %self.message.id, class, %error, "message abandoned");
                }
                self.give_back(error).await;
                let record = audit::record(Event::MessageFailed, self.now())
                    .outcome("abandoned")
                    .reason(error.class())
                    .recovery(self.message.recovery)
                    .by_worker();
                ("abandoned", vec![record])
            }
            Fate::Retry { .. } | Fate::Sent | Fate::Dropped => {
                let class = error.class();
                if error.is_misconfigured() {
                    tracing::error!(
                        tenant.id = %tenant, message.id = %self.message.id, class, %error,
                        "message will be tried again; mend the configuration meanwhile"
                    );
                    ("misconfigured", vec![])
                } else {
                    tracing::warn!(
                        tenant.id = %tenant, message.id = %self.message.id, class, %error, "message will be tried again"
                    );
                    ("retried", vec![])
                }
            }
        };
        let channel = of.map_or(Way::Mail, |(_, issue)| Way::of(issue.method)).channel();
        metrics::message(&tenant.to_string(), channel, result);
        Done { fate, last_error: Some(error.class()), audit }
    }

    /// A message that never went out spends no quota. One of unknown fate may have: it keeps what it spent.
    async fn give_back(&self, error: &Error) {
        if error.may_have_been_sent() {
            return;
        }
        let store = self.store.tenant(&self.tenant.id);
        for way in [Way::Mail, Way::Text] {
            if let Err(error) = store.unbook(self.message.id, way).await {
                tracing::warn!(tenant.id = %self.tenant.id, message.id = %self.message.id, %error, "cannot give a quota back");
            }
        }
    }
}
