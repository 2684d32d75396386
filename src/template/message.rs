//! The messages, mails and texts, and what each of them knows. Names out of profiles are not among it (IN-09).

use crate::domain::Timestamp;
use crate::domain::secret::Secret;

/// A mail about to be rendered.
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// A link to choose a new password.
    RecoveryLink(RecoveryLink<'a>),
    /// A code to type where the recovery was begun.
    RecoveryCode(RecoveryCode<'a>),
    /// The password was changed, or may have been.
    PasswordChanged(PasswordChanged<'a>),
}

/// A link to choose a new password.
#[derive(Clone, Debug)]
pub struct RecoveryLink<'a> {
    /// The login name that the account has.
    pub login: &'a str,
    /// The absolute address, token included.
    pub link: &'a Secret,
    /// How long it works from its issue on.
    pub link_minutes: u64,
    /// A code besides the link, and how many minutes it works: for who reads the mail on another device.
    pub code: Option<(&'a Secret, u64)>,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

/// A code to type where the recovery was begun.
#[derive(Clone, Debug)]
pub struct RecoveryCode<'a> {
    /// The login name that the account has.
    pub login: &'a str,
    /// Its digits.
    pub code: &'a Secret,
    /// How long it works from its issue on.
    pub code_minutes: u64,
    /// The absolute address of a link, token included: what the owner uses when somebody burns codes.
    pub link: Option<&'a Secret>,
    /// How long the link works from its issue on.
    pub link_minutes: u64,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

/// The password was changed, or may have been.
#[derive(Clone, Debug)]
pub struct PasswordChanged<'a> {
    /// The login name that the account has.
    pub login: &'a str,
    /// What is known of it.
    pub form: Form,
    /// When.
    pub changed_at: Timestamp,
    /// The absolute address of the recovery's first page, to begin anew. No token is in it.
    pub start_url: &'a str,
}

/// A text message about to be rendered. It holds no link, and no name but the tenant's.
#[derive(Clone, Debug)]
pub enum TextMessage<'a> {
    /// A code to type where the recovery was begun.
    RecoveryCode {
        /// Its digits.
        code: &'a Secret,
        /// The host of the page on which it is typed: browsers offer the code there and nowhere else.
        host: &'a str,
    },
    /// The password was changed, or may have been.
    PasswordChanged {
        /// What is known of it.
        form: Form,
    },
}

/// What is known of a change that a person is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The password was changed on our page.
    Changed,
    /// It may have been: the provider did not say.
    MaybeChanged,
    /// Another hand changed it after us, and every device was signed out once more.
    ChangedAgain,
}

/// A mail's parts.
#[derive(Clone)]
pub struct RenderedMail {
    /// One line without controls.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part, its CSS inlined.
    pub html: String,
}

impl std::fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenderedMail(***)")
    }
}
