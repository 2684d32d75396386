//! The pages and what each of them knows. Nothing else reaches a page template.

use crate::domain::id::RecoveryId;
use crate::domain::identifier::{Kind, Malformed};
use crate::domain::method::Method;
use crate::domain::password::Violation;

/// What every page knows.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Path of the tenant's recovery pages without a slash at its end, such as `/recovery` or `/t/acme/recovery`.
    pub base: &'a str,
    /// The request's id, shown on pages about failures.
    pub request_id: &'a str,
    /// Where "Back to sign in" leads.
    pub sign_in_url: &'a str,
}

/// A page in one of its states.
#[derive(Clone, Debug)]
pub enum Page<'a> {
    /// The form that asks who one is.
    Start(Start<'a>),
    /// "Check your messages": the page of everybody without a proof.
    Check(Check<'a>),
    /// The form for a new password.
    Password(Password<'a>),
    /// The password has been changed.
    Done(Done<'a>),
    /// A link or code that does not work any more.
    Over(Over),
    /// Something that stands in the way, told in a few words.
    Error(ErrorPage),
}

/// The form that asks who one is.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// What the tenant asks people to type.
    pub identifier: Kind,
    /// More than one: the person chooses.
    pub methods: &'a [Method],
    /// The one chosen beforehand.
    pub method: Method,
    /// What stands in the field already.
    pub typed: &'a str,
    /// Goes along as a hidden field.
    pub return_to: Option<&'a str>,
    /// The login at the provider that the person left. Goes along as a hidden field.
    pub login: Option<&'a str>,
    /// Where "Back to sign in" leads for who left a login; for everybody else to the tenant's sign-in page.
    pub back: Option<&'a str>,
    /// Goes along as a hidden field.
    pub lang: Option<&'a str>,
    /// What was wrong with what was typed.
    pub error: Option<Malformed>,
}

/// "Check your messages", where codes are typed as well. It knows nothing of the account.
#[derive(Clone, Debug)]
pub struct Check<'a> {
    /// The recovery.
    pub id: RecoveryId,
    /// The method of its last issue.
    pub method: Method,
    /// Whether the message of that was to carry a code; one of an earlier message may still count.
    pub has_code: bool,
    /// How long a link lives.
    pub link_minutes: u64,
    /// What was typed, for the browser that typed it and no other.
    pub typed: Option<&'a str>,
    /// Seconds until the next message can be asked for; `None` where none can be any more.
    pub resend_in: Option<u64>,
    /// What stands on the page about codes.
    pub codes: CodeEntry,
    /// Other methods of the tenant: "try another way". Empty: none is shown.
    pub others: &'a [Method],
}

/// What stands on the page about codes. It depends on the tenant and on this recovery's own wrong codes, never on the
/// account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeEntry {
    /// No code is sent.
    None,
    /// A code can be typed.
    Open {
        /// How long a code lives.
        minutes: u64,
        /// What was wrong with the one that was typed last.
        wrong: Option<CodeProblem>,
    },
    /// All tries are used up.
    Closed,
}

/// What was wrong with a code that was typed. How many digits it has is never said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeProblem {
    /// Nothing was typed. Like the next three it costs no try.
    Empty,
    /// Something else than digits is in it.
    NotDigits,
    /// No code is that short.
    TooFew,
    /// No code is that long.
    TooMany,
    /// It is wrong, or too old, or there was none: one answer.
    Wrong {
        /// How many tries are left.
        left: u8,
    },
}

/// The form for a new password.
#[derive(Clone, Debug)]
pub struct Password<'a> {
    /// The recovery.
    pub id: RecoveryId,
    /// The account's login name, where it is known: the holder of a proof may see it.
    pub login: Option<&'a str>,
    /// Fewest characters.
    pub min_length: usize,
    /// Most characters.
    pub max_length: usize,
    /// Whether it must be typed twice.
    pub confirm: bool,
    /// All rules that the last try broke.
    pub violations: &'a [Violation],
}

/// The password has been changed.
#[derive(Clone, Debug)]
pub struct Done<'a> {
    /// Whether the sessions have ended already, or will shortly.
    pub sessions_ended: bool,
    /// Where "Sign in" leads: back into the login that the person left, to the stored return target, or to the
    /// tenant's sign-in page.
    pub next: &'a str,
}

/// A link or code that does not work any more.
#[derive(Clone, Copy, Debug)]
pub struct Over {
    /// How long a link works, where links are sent.
    pub link_minutes: Option<u64>,
    /// How long a code works, where codes are sent.
    pub code_minutes: Option<u64>,
    /// Whether this browser has just said "I did not ask for this".
    pub cancelled: bool,
}

/// Something that stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPage {
    /// 403: the POST did not come from our own page.
    Forgery,
    /// 404: no such page below the recovery's path.
    NotFound,
    /// 405: the address does not take this method.
    WrongMethod,
    /// 409: another change for the account is running.
    Busy,
    /// 413, 415, 422: the form is not one of ours.
    Malformed,
    /// 429: too many requests of this client.
    SlowDown {
        /// When to try again.
        minutes: u64,
    },
    /// 500.
    Internal,
    /// 503: the store or the tenant's configuration.
    Unavailable,
    /// 503: the provider could not be reached; the proof lives.
    ProviderDown {
        /// The recovery, to try again.
        id: RecoveryId,
    },
    /// 503: the outcome is unknown; the proof lives.
    Unconfirmed {
        /// The recovery, to enter the password again.
        id: RecoveryId,
    },
    /// 502: the upstream could not be reached.
    UpstreamDown,
    /// 504: the upstream did not answer in time.
    UpstreamSlow,
}
