//! What has arrived in the inbox, and what a person reads in it.

use regain::channel::{Delivered, Inbox, Mail, Text};
use regain::domain::address::{EmailAddress, PhoneNumber};

/// A mail in the inbox.
#[derive(Clone, Debug)]
pub(crate) struct ArrivedMail {
    pub(crate) from_name: String,
    pub(crate) to: EmailAddress,
    pub(crate) mail: Mail,
}

/// A text message in the inbox.
#[derive(Clone, Debug)]
pub(crate) struct ArrivedText {
    pub(crate) to: PhoneNumber,
    pub(crate) text: Text,
}

/// The mails in the inbox.
pub(super) fn arrived(inbox: &Inbox) -> Vec<ArrivedMail> {
    let mail = |message| match message {
        Delivered::Mail { from_name, to, mail } => Some(ArrivedMail { from_name, to, mail }),
        Delivered::Text { .. } => None,
    };
    inbox.messages().into_iter().filter_map(mail).collect()
}

/// The text messages in the inbox.
pub(super) fn arrived_texts(inbox: &Inbox) -> Vec<ArrivedText> {
    let text = |message| match message {
        Delivered::Mail { .. } => None,
        Delivered::Text { to, text, .. } => Some(ArrivedText { to, text }),
    };
    inbox.messages().into_iter().filter_map(text).collect()
}

/// The link in a mail's text.
pub(crate) fn link_of(delivered: &ArrivedMail) -> String {
    let text = &delivered.mail.text;
    text.split_whitespace().find(|word| word.contains("token=")).expect("a link").to_owned()
}

/// The code in a mail or a text message: the first word of digits alone.
pub(crate) fn code_of(message: &impl Written) -> String {
    let is_code = |word: &&str| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    message.words().split_whitespace().find(is_code).expect("a code").to_owned()
}

/// Another code of as many digits.
pub(crate) fn digits_of(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { char::from(digit as u8 + 1) }).collect()
}

/// A message that is read.
pub(crate) trait Written {
    fn words(&self) -> &str;
}

impl Written for ArrivedMail {
    fn words(&self) -> &str {
        &self.mail.text
    }
}

impl Written for ArrivedText {
    fn words(&self) -> &str {
        &self.text.body
    }
}

/// The form of a code.
pub(crate) fn typed(code: &str) -> [(&str, &str); 1] {
    [("code", code)]
}
