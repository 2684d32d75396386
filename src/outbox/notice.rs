//! The notice that a password was changed, may have been, or was changed again: to every verified address and number, and
//! not to be switched off.

use std::time::Duration;

use super::{Done, Error, Job, backoff};
use crate::account;
use crate::audit::{self, Event};
use crate::channel::{self, Content, Mail, Text};
use crate::domain::Timestamp;
use crate::domain::address::Address;
use crate::domain::id::AttemptId;
use crate::domain::sending::Way;
use crate::metrics;
use crate::store::rows::{Attempt, Fate, Outcome};
use crate::template::message::{Form, Message, PasswordChanged, TextMessage};

/// How long a notice is tried for.
const PATIENCE: Duration = Duration::from_hours(24);
/// For how long a gateway may go on trying to bring a notice to a telephone: the longest that Twilio takes.
const TEXT_LIFE: Duration = Duration::from_hours(10);

/// What an address is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    /// That the password was changed.
    Changed,
    /// That it may have been.
    MaybeChanged,
    /// That another hand has changed it after us.
    ChangedAgain { changed_at: Timestamp },
}

impl Notice {
    /// What it says of an attempt, and of which moment.
    fn said(self, attempt: &Attempt) -> (Form, Timestamp) {
        let changed_at = attempt.before.unwrap_or(attempt.began_at);
        match (self, attempt.outcome) {
            (Self::Changed, _) => (Form::Changed, changed_at),
            (Self::MaybeChanged, _) => (Form::MaybeChanged, changed_at),
            (Self::ChangedAgain { changed_at }, Outcome::Accepted) => (Form::ChangedAgain, changed_at),
            // Whether it was another hand or our own password, applied late, nobody can tell.
            (Self::ChangedAgain { .. }, Outcome::Pending | Outcome::Refused | Outcome::Unknown) => {
                (Form::MaybeChanged, changed_at)
            }
        }
    }
}

impl Job {
    /// Tells one address.
    pub(super) async fn notify(&self, attempt: AttemptId, notice: Notice) -> Done {
        let tenant = self.tenant.id.to_string();
        let mut way = Way::Mail;
        let error = match self.try_notify(attempt, notice, &mut way).await {
            Ok(done) => return done,
            Err(error) => error,
        };
        let now = self.now();
        let in_time = now < self.message.created_at + PATIENCE;
        if error.is_transient() && in_time {
            tracing::warn!(tenant.id = tenant, message.id = %self.message.id, %error, "notice will be tried again");
            metrics::message(&tenant, way.channel(), "retried");
            let at = now + backoff::notice(self.message.tries);
            return Done { fate: Fate::Retry { at }, last_error: Some(error.class()), audit: vec![] };
        }
        tracing::error!(tenant.id = tenant, message.id = %self.message.id, %error, "notice abandoned");
        metrics::message(&tenant, way.channel(), "abandoned");
        let record = audit::record(Event::MessageFailed, self.now())
            .outcome("abandoned")
            .reason(error.class())
            .recovery(self.message.recovery)
            .by_worker();
        Done { fate: Fate::Abandoned, last_error: Some(error.class()), audit: vec![record] }
    }

    /// `way` is set as soon as it is known.
    async fn try_notify(&self, attempt: AttemptId, notice: Notice, way: &mut Way) -> Result<Done, Error> {
        let tenant = &self.tenant;
        let (Some((loaded, key)), Some(sealed)) = (self.load().await?, &self.message.address) else {
            return Ok(Done::dropped());
        };
        let Some(attempt) = self.store.tenant(&tenant.id).attempt(attempt).await? else {
            return Ok(Done::dropped());
        };
        let id = loaded.recovery.id;
        let to: Address = sealed.open(key, &tenant.id, id).map_err(account::Error::from)?;
        *way = way_to(&to);
        let asked = loaded.asked(key, &tenant.id).map_err(account::Error::from)?;
        let login = loaded.login(attempt.proof.issue, key, &tenant.id).map_err(account::Error::from)?;
        let login = login.unwrap_or_default();
        let locale = tenant.templates.locale(&[&asked.locale]);
        let (form, changed_at) = notice.said(&attempt);
        let templates = &tenant.templates;
        let (channel, content) = match &to {
            Address::Email(_) => {
                let start_url = tenant.start_url();
                let told = PasswordChanged { login: &login, form, changed_at, start_url: &start_url };
                let rendered = templates.mail(&locale, &Message::PasswordChanged(told))?;
                let mail = Mail {
                    id: self.message.id,
                    locale: locale.tag().to_owned(),
                    subject: rendered.subject,
                    text: rendered.text,
                    html: rendered.html,
                };
                (&tenant.mail, Content::Mail(mail))
            }
            Address::Phone(_) => {
                // Where a process died between handing over and settling nobody knows whether it was taken.
                if self.message.is_interrupted {
                    return Err(Error::Channel(channel::Error::Unknown(channel::Cause::Interrupted)));
                }
                let text = Text {
                    id: self.message.id,
                    locale: locale.tag().to_owned(),
                    template: "password_changed",
                    body: templates.text_message(&locale, &TextMessage::PasswordChanged { form })?,
                    code: None,
                    valid_for: TEXT_LIFE,
                };
                (&tenant.sms, Content::Text(text))
            }
        };
        let channel = channel.as_ref().ok_or(Error::NoChannel)?;
        self.hand_over(channel.as_ref(), &to, &content).await?;
        let record = audit::record(Event::MessageSent, self.now())
            .outcome("ok")
            .reason("password_changed")
            .recovery(id)
            .account(&attempt.account)
            .by_worker();
        metrics::message(&tenant.id.to_string(), way.channel(), "sent");
        Ok(Done::sent(record))
    }
}

fn way_to(to: &Address) -> Way {
    match to {
        Address::Email(_) => Way::Mail,
        Address::Phone(_) => Way::Text,
    }
}
