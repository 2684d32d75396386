//! What the fake is told to do: how it answers, and where it stands still.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The operations of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    Find,
    Account,
    SetPassword,
    EndSessions,
    Unlock,
    Check,
    Lifespans,
}

/// How one call is answered; calls beyond the list are answered honestly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// As the contract says.
    Honest,
    /// Done at once, answered so many milliseconds later.
    Late(u64),
    /// Cut off half-way: a password is set and nobody hears it, half of the sessions are ended, the rest is unreadable.
    Half,
    /// Refused by the provider's policy, in its words.
    Refused(Vec<String>),
    /// Set, and the answer was lost.
    AppliedUnheard,
    /// Not set, and the answer was lost.
    LostUnheard,
    /// Nothing done: it cannot be reached.
    Unavailable,
    /// Nothing done: we may not.
    Denied,
    /// Nothing done: our configuration is wrong.
    Misconfigured,
}

/// Where a call can be made to stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Point {
    #[serde(rename = "find")]
    Find,
    #[serde(rename = "account")]
    Account,
    #[serde(rename = "set_password.before_apply")]
    BeforeApply,
    #[serde(rename = "set_password.after_apply")]
    AfterApply,
    #[serde(rename = "end_sessions")]
    EndSessions,
    #[serde(rename = "unlock")]
    Unlock,
}

/// A point at which calls stand still, from the `from_call`th call of its operation on (counted from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) point: Point,
    pub(crate) from_call: u32,
}

/// All that the fake is told; the parent of a process that uses it writes it into a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Script {
    pub(crate) replies: BTreeMap<Op, Vec<Reply>>,
    pub(crate) block: Option<Block>,
}
