//! A message is put into words and handed over, by its way.

use super::letter::{Carried, Letter};
use super::{Error, Job};
use crate::account::Subject;
use crate::channel::{self, Channel, Content, Mail, Text};
use crate::domain::address::Address;
use crate::domain::method::Method;
use crate::domain::recovery::LEAST_LIFE;
use crate::domain::sending::Way;
use crate::template::message::{Message, RecoveryCode, RecoveryLink, TextMessage};

impl Job {
    /// Hands a mail over.
    pub(super) async fn send_mail(
        &self,
        letter: &Letter<'_>,
        subject: &Subject,
        carried: Carried,
    ) -> Result<Way, Error> {
        let mail = self.mail(letter, &subject.account.username, carried)?;
        let to = Address::Email(subject.mail.clone().ok_or(Error::NoChannel)?);
        let channel = self.tenant.mail.as_ref().ok_or(Error::NoChannel)?;
        self.hand_over(channel.as_ref(), &to, &Content::Mail(mail)).await?;
        Ok(Way::Mail)
    }

    /// Hands a text message over.
    pub(super) async fn send_text(
        &self,
        letter: &Letter<'_>,
        subject: &Subject,
        carried: Carried,
    ) -> Result<Way, Error> {
        let templates = &self.tenant.templates;
        let locale = templates.locale(&[&letter.asked.locale]);
        let code = letter.code(carried.digits);
        let host = self.tenant.public_url.host_str().unwrap_or_default();
        let body = templates.text_message(&locale, &TextMessage::RecoveryCode { code: &code, host })?;
        let dies_at = letter.loaded.recovery.secret_expires_at(letter.issue);
        let text = Text {
            id: self.message.id,
            locale: locale.tag().to_owned(),
            template: "recovery_code",
            body,
            code: Some(code),
            valid_for: (dies_at - self.now()).try_into().unwrap_or(LEAST_LIFE),
        };
        let to = Address::Phone(subject.number.clone().ok_or(Error::NoChannel)?);
        let channel = self.tenant.sms.as_ref().ok_or(Error::NoChannel)?;
        self.hand_over(channel.as_ref(), &to, &Content::Text(text)).await?;
        Ok(Way::Text)
    }

    /// Hands anything over, within the time of a deed.
    pub(super) async fn hand_over(&self, channel: &dyn Channel, to: &Address, content: &Content) -> Result<(), Error> {
        let given = tokio::time::timeout(super::worker::DEED, channel.deliver(to, content)).await;
        // What is given up here is text of unknown fate, or mail that may come twice.
        let late = match content {
            Content::Mail(_) => channel::Error::Transient(channel::Cause::Timeout),
            Content::Text(_) => channel::Error::Unknown(channel::Cause::Timeout),
        };
        given.unwrap_or(Err(late))?;
        Ok(())
    }

    fn mail(&self, letter: &Letter<'_>, login: &str, carried: Carried) -> Result<Mail, Error> {
        let templates = &self.tenant.templates;
        let locale = templates.locale(&[&letter.asked.locale]);
        let terms = letter.loaded.recovery.terms;
        let (link_minutes, code_minutes) = (terms.link_life.as_secs() / 60, terms.code_life.as_secs() / 60);
        let code = (carried.digits > 0).then(|| letter.code(carried.digits));
        let link = carried.link.then(|| letter.link(&self.tenant));
        let asked_at = letter.issue.at;
        // A mail with both is that of a link which carries a code as well, or of a code which carries a link.
        let is_about_the_link = letter.issue.method == Method::EmailLink;
        let message = match (&code, &link) {
            (Some(code), link) if !is_about_the_link => Message::RecoveryCode(RecoveryCode {
                login,
                code,
                code_minutes,
                link: link.as_ref(),
                link_minutes,
                asked_at,
            }),
            (code, Some(link)) => Message::RecoveryLink(RecoveryLink {
                login,
                link,
                link_minutes,
                code: code.as_ref().map(|code| (code, code_minutes)),
                asked_at,
            }),
            // A plan sends something.
            (_, None) => return Err(Error::NoChannel),
        };
        let rendered = templates.mail(&locale, &message)?;
        Ok(Mail {
            id: self.message.id,
            locale: locale.tag().to_owned(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
        })
    }
}
