//! The ways in which a person can prove that an account is theirs.

use serde::{Deserialize, Serialize};

/// How a recovery reaches the person: a link by mail, a code by mail, or a code by text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A link by mail.
    EmailLink,
    /// A code by mail.
    EmailOtp,
    /// A code by text message.
    SmsOtp,
}

impl Method {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::EmailLink, Self::EmailOtp, Self::SmsOtp];

    /// The name in configuration, columns, forms and labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailLink => "email_link",
            Self::EmailOtp => "email_otp",
            Self::SmsOtp => "sms_otp",
        }
    }

    /// Reads a method by its name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}
