//! The messages and what each of them knows. Names out of profiles are not among it (IN-09).

use crate::domain::Timestamp;
use crate::domain::secret::Secret;

/// A message about to be rendered.
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// A link to choose a new password.
    RecoveryLink(RecoveryLink<'a>),
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
