//! A recovery's message: whom does it mean, what does it say, is it taken.

use std::time::Duration;

use super::{Done, Error, Job, backoff};
use crate::account::Subject;
use crate::audit::{self, Event};
use crate::channel::{Content, Mail};
use crate::domain::address::Address;
use crate::domain::asked::Asked;
use crate::domain::issue::Issue;
use crate::domain::key::TenantKey;
use crate::domain::recovery::LEAST_LIFE;
use crate::domain::seal::Sealed;
use crate::domain::secret::Secret;
use crate::domain::sending::WRONG_CODES;
use crate::domain::token::{Purpose, Token};
use crate::metrics;
use crate::store::rows::{DeliveredTo, Delivery, Fate, Loaded};
use crate::template::message::{Message, RecoveryLink};
use crate::{account, channel};

impl Job {
    /// Sends one issue of a recovery to whom it means, if it means anybody.
    pub(super) async fn deliver(&self, issue: u8) -> Done {
        let tenant = self.tenant.id.to_string();
        match self.try_deliver(issue).await {
            Ok(done) => {
                let result = match done.fate {
                    Fate::Sent => "sent",
                    Fate::Dropped => "dropped",
                    Fate::Retry { .. } => "retried",
                    Fate::Abandoned => "abandoned",
                };
                metrics::message(&tenant, "email", result);
                done
            }
            Err(error) => self.failed(issue, &error).await,
        }
    }

    async fn try_deliver(&self, number: u8) -> Result<Done, Error> {
        let Some((loaded, key)) = self.load().await? else {
            return Ok(Done::dropped());
        };
        let recovery = &loaded.recovery;
        let Some(issue) = loaded.issue(number).filter(|issue| recovery.may_deliver(issue, self.now())) else {
            return Ok(Done::dropped());
        };
        let asked = loaded.asked(key, &self.tenant.id).map_err(account::Error::from)?;
        let subject = self.accounts().find(&asked.identifier, issue.method).await?;
        let subject = self.note(&loaded, key, issue, subject).await?;
        let Some(subject) = subject else {
            return Ok(Done::dropped());
        };
        self.send(&loaded, key, issue, &asked, &subject).await
    }

    /// Writes what was found, known or not, before anything is handed over. A message that is tried again goes only to
    /// whom the first try found.
    async fn note(
        &self,
        loaded: &Loaded,
        key: &TenantKey,
        issue: &Issue,
        subject: Option<Subject>,
    ) -> Result<Option<Subject>, Error> {
        let recovery = loaded.recovery.id;
        let found = subject.as_ref().map(|subject| DeliveredTo {
            account: subject.account.id.clone(),
            login: Sealed::new(key, &self.tenant.id, recovery, &subject.account.username),
            address: subject.mail_digest(key).unwrap_or_default(),
        });
        if let Some(before) = loaded.delivery(issue.number) {
            let same = before.account.as_ref().map(|to| (&to.account, to.address))
                == found.as_ref().map(|to| (&to.account, to.address));
            return Ok(subject.filter(|_| same));
        }
        let delivery = Delivery {
            issue: issue.number,
            at: self.now(),
            account: found,
            digits: issue.digits,
            refuse_at: issue.has_code().then_some(WRONG_CODES),
        };
        self.store.tenant(&self.tenant.id).save_delivery(recovery, &delivery).await?;
        Ok(subject)
    }

    async fn send(
        &self,
        loaded: &Loaded,
        key: &TenantKey,
        issue: &Issue,
        asked: &Asked,
        subject: &Subject,
    ) -> Result<Done, Error> {
        let recovery = loaded.recovery.id;
        let tenant = &self.tenant;
        let token = Token::mint(key, Purpose::Link, recovery, issue);
        let link = tenant.link(&token.to_secret());
        let life = loaded.recovery.terms.link_life;
        let mail = self.render(issue, life, asked, &subject.account.username, &link)?;
        let channel = tenant.mail.as_ref().ok_or(Error::NoChannel)?;
        let to = Address::Email(subject.mail.clone().ok_or(Error::NoChannel)?);
        tokio::time::timeout(super::worker::DEED, channel.deliver(&to, &Content::Mail(mail)))
            .await
            .unwrap_or(Err(channel::Error::Transient(channel::Cause::Timeout)))?;
        let record = audit::record(Event::MessageSent, self.now())
            .outcome("ok")
            .recovery(recovery)
            .account(&subject.account.id)
            .method(issue.method)
            .by_worker();
        Ok(Done::sent(record))
    }

    fn render(&self, issue: &Issue, life: Duration, asked: &Asked, login: &str, link: &Secret) -> Result<Mail, Error> {
        let templates = &self.tenant.templates;
        let locale = templates.locale(&[&asked.locale]);
        let link_minutes = life.as_secs() / 60;
        let message = Message::RecoveryLink(RecoveryLink { login, link, link_minutes, code: None, asked_at: issue.at });
        let rendered = templates.mail(&locale, &message)?;
        Ok(Mail {
            id: self.message.id,
            locale: locale.tag().to_owned(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
        })
    }

    /// Tries again while the secret lives long enough to be of use.
    async fn failed(&self, issue: u8, error: &Error) -> Done {
        let now = self.now();
        let again = now + backoff::message(self.message.tries);
        let dies_at = match self.load().await {
            Ok(Some((loaded, _))) => loaded
                .issues
                .iter()
                .find(|known| known.number == issue)
                .map(|issue| loaded.recovery.secret_expires_at(issue)),
            Ok(None) => None,
            // The store itself is in trouble: come back and look again.
            Err(_) => Some(again + LEAST_LIFE),
        };
        let in_time = dies_at.is_some_and(|dies_at| again + LEAST_LIFE <= dies_at);
        let fate = if error.is_transient() && in_time { Fate::Retry { at: again } } else { Fate::Abandoned };
        let tenant = &self.tenant.id;
        let (result, audit) = match fate {
            Fate::Abandoned => {
                tracing::error!(tenant.id = %tenant, message.id = %self.message.id, %error, "message abandoned");
                let record = audit::record(Event::MessageFailed, self.now())
                    .outcome("abandoned")
                    .reason(error.class())
                    .recovery(self.message.recovery)
                    .by_worker();
                ("abandoned", vec![record])
            }
            Fate::Retry { .. } | Fate::Sent | Fate::Dropped => {
                tracing::warn!(tenant.id = %tenant, message.id = %self.message.id, %error, "message will be tried again");
                ("retried", vec![])
            }
        };
        metrics::message(&tenant.to_string(), "email", result);
        Done { fate, last_error: Some(error.class()), audit }
    }
}
