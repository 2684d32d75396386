//! How a tenant's people recover: the policy of `[recovery]` as it is acted upon.

use std::time::Duration;

use url::Url;

use crate::domain::identifier::Kind;
use crate::domain::method::Method;
use crate::domain::recovery::Terms;

/// How a tenant's people recover.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Full path of the pages, such as `/t/acme/recovery`; no slash at its end.
    pub base: String,
    /// Full path of the link in messages.
    pub link_path: String,
    /// Where messages point instead, for a front end of the tenant's own.
    pub link_url: Option<Url>,
    /// The methods on offer, in their order. Never empty.
    pub methods: Vec<Method>,
    /// What the form asks for.
    pub identifier: Kind,
    /// Where "Sign in" leads.
    pub sign_in_url: Url,
    /// Origins to which a person may be sent back.
    pub return_to: Vec<String>,
    /// How long a link lives.
    pub link_life: Duration,
    /// How a code by mail lives and dies.
    pub email_otp: Codes,
    /// How a code by text message lives and dies.
    pub sms_otp: Codes,
}

/// How a code lives and dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// How long it lives.
    pub life: Duration,
    /// How many digits it has.
    pub digits: u8,
    /// How many wrong ones are told to be wrong.
    pub attempts: u8,
}

impl Recovery {
    /// What a recovery by `method` is held to. It is stored with the recovery.
    #[must_use]
    pub fn terms(&self, method: Method) -> Terms {
        let codes = match method {
            Method::EmailLink | Method::EmailOtp => self.email_otp,
            Method::SmsOtp => self.sms_otp,
        };
        Terms { link_life: self.link_life, code_life: codes.life, attempts: codes.attempts, digits: codes.digits }
    }
}
