//! One mail in its form on the wire. Whatever could make two messages or two recipients of one is refused here:
//! controls in a line, controls in a body, a line end that is not CRLF (IN-06, RUSTSEC-2026-0561).
//!
//! The letter is made of the message alone, its date and its boundary too: sent twice, it is the same to the byte.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::channel::{Cause, Error, Mail};
use crate::domain::address::EmailAddress;
use crate::domain::id::MessageId;

/// Last second that fits the year of four digits in a `Date`.
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Whose letters they are.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) from: Mailbox,
    pub(super) reply_to: Option<Mailbox>,
}

impl Sender {
    /// Puts one mail into its form.
    pub(super) fn write(&self, to: &EmailAddress, mail: &Mail) -> Result<Message, Error> {
        let has_controls = mail.subject.chars().any(char::is_control);
        let is_tag = mail.locale.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if has_controls || mail.subject.is_empty() || mail.locale.is_empty() || !is_tag {
            return Err(Error::Permanent(Cause::Form));
        }
        let recipient = wire_address(to).ok_or(Error::Permanent(Cause::Form))?;
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let mut letter = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(mail.subject.as_str())
            .date(written_at(mail.id))
            .message_id(Some(id));
        if let Some(reply_to) = &self.reply_to {
            letter = letter.reply_to(reply_to.clone());
        }
        let headers = [
            (HeaderName::new_from_ascii_str("Content-Language"), mail.locale.clone()),
            (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()),
            // Never `All`: it would hide bounces (MS-OXCMAIL).
            (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "OOF, AutoReply".to_owned()),
            (HeaderName::new_from_ascii_str("X-Entity-Ref-ID"), mail.id.to_string()),
        ];
        for (name, value) in headers {
            letter = letter.raw_header(HeaderValue::new(name, value));
        }
        let parts = MultiPart::alternative()
            .boundary(format!("regain-{}", mail.id))
            .singlepart(part(ContentType::TEXT_PLAIN, &mail.text)?)
            .singlepart(part(ContentType::TEXT_HTML, &mail.html)?);
        letter.multipart(parts).map_err(|_| Error::Permanent(Cause::Form))
    }
}

/// The address as servers know it, its domain as A-labels.
pub(super) fn wire_address(address: &EmailAddress) -> Option<Address> {
    let key = address.key();
    let (_, domain) = key.rsplit_once('@')?;
    Address::new(address.local(), domain).ok()
}

/// Always quoted-printable: no line is too long, and no byte of the text is a byte of the protocol.
fn part(kind: ContentType, text: &str) -> Result<SinglePart, Error> {
    let body = Body::new_with_encoding(wire_lines(text)?, ContentTransferEncoding::QuotedPrintable)
        .map_err(|_| Error::Permanent(Cause::Form))?;
    Ok(SinglePart::builder().header(kind).body(body))
}

/// The text with every line end as CRLF; controls other than the tabulator are refused.
fn wire_lines(text: &str) -> Result<String, Error> {
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
        return Err(Error::Permanent(Cause::Form));
    }
    Ok(text.replace('\n', "\r\n"))
}

/// When the outbox row was made, which its UUIDv7 tells (RFC 9562 §5.7): the letter is dated by when it was
/// written, not by when it was tried again.
fn written_at(id: MessageId) -> SystemTime {
    let ms = id.as_bytes()[..6].iter().fold(0, |ms, byte| ms << 8 | u64::from(*byte));
    let since_epoch = Duration::from_millis(ms);
    SystemTime::UNIX_EPOCH + since_epoch.min(LAST_SECOND)
}
