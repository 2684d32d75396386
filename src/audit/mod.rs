//! What was done, by whom: the names of the events and the one way to make a line of them. A line is written by the
//! use case inside its own transaction (`store` takes it as a [`Record`]), never by itself, and never holds an
//! address, a name, a code or a token.

use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;

use crate::domain::Timestamp;
use crate::domain::id::{AccountId, RecoveryId};
use crate::domain::method::Method;
use crate::store::rows::Record;

/// Most characters of a user agent that are kept.
pub const USER_AGENT_CHARS: usize = 256;

/// How long lines are kept.
pub const KEPT_FOR: Duration = Duration::from_hours(24 * 400);

/// What can stand in the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Somebody asked for a recovery.
    RecoveryRequested,
    /// A message was handed over, or nobody was meant.
    MessageSent,
    /// A message was given up.
    MessageFailed,
    /// A right code was typed.
    CodeVerified,
    /// A wrong code was typed.
    CodeFailed,
    /// The codes of a recovery, or of an account, are closed.
    CodesClosed,
    /// The holder of a proof said "I did not ask for this".
    Cancelled,
    /// The provider refused a password.
    PasswordRefused,
    /// The provider took a password.
    PasswordChanged,
    /// Sessions were ended.
    SessionsEnded,
    /// A recovery was found to have completed after its outcome had been unknown.
    CompletedLate,
    /// It was looked whether a login had outlived the change.
    LookedAgain,
    /// A recovery could not do what it was asked.
    RecoveryFailed,
    /// A client was slowed down.
    LimitReached,
    /// An account of the `local` directory was added.
    AccountAdded,
    /// An account of the `local` directory was removed.
    AccountRemoved,
    /// The configuration was read anew.
    ConfigReloaded,
    /// The configuration was read anew and refused.
    ConfigReloadFailed,
}

impl Event {
    /// The name as CONTRACT §7 gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecoveryRequested => "recovery.requested",
            Self::MessageSent => "recovery.message_sent",
            Self::MessageFailed => "recovery.message_failed",
            Self::CodeVerified => "recovery.code_verified",
            Self::CodeFailed => "recovery.code_failed",
            Self::CodesClosed => "recovery.codes_closed",
            Self::Cancelled => "recovery.cancelled",
            Self::PasswordRefused => "recovery.password_refused",
            Self::PasswordChanged => "recovery.password_changed",
            Self::SessionsEnded => "recovery.sessions_ended",
            Self::CompletedLate => "recovery.completed_late",
            Self::LookedAgain => "recovery.looked_again",
            Self::RecoveryFailed => "recovery.failed",
            Self::LimitReached => "limit.reached",
            Self::AccountAdded => "account.added",
            Self::AccountRemoved => "account.removed",
            Self::ConfigReloaded => "config.reloaded",
            Self::ConfigReloadFailed => "config.reload_failed",
        }
    }
}

/// How much of a client's address is kept: `[audit] ip`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IpSetting {
    /// All of it.
    #[default]
    Full,
    /// The first 24 bits of IPv4, the first 48 of IPv6.
    Prefix,
    /// Nothing.
    None,
}

/// `[audit]` as it is written.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How much of a client's address is kept.
    pub ip: IpSetting,
}

/// Who asked, as far as the connection tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// What the client says it is.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Begins a line about something that happened at `at`. Its outcome is `ok` until said otherwise.
pub fn record(event: Event, at: Timestamp) -> Draft {
    Draft(Record {
        at,
        event: event.as_str(),
        outcome: "ok",
        reason: None,
        recovery: None,
        actor: String::new(),
        account: None,
        method: None,
        source_ip: None,
        user_agent: None,
        request_id: None,
    })
}

/// A line that does not say yet who did it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Draft(Record);

impl Draft {
    /// Says how it went: `ok`, or a class of failure.
    pub fn outcome(mut self, outcome: &'static str) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// Says more about the outcome, in our own words.
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// Names the recovery.
    pub fn recovery(mut self, recovery: RecoveryId) -> Self {
        self.0.recovery = Some(recovery);
        self
    }

    /// Names the account.
    pub fn account(mut self, account: &AccountId) -> Self {
        self.0.account = Some(account.clone());
        self
    }

    /// Names the method.
    pub fn method(mut self, method: Method) -> Self {
        self.0.method = Some(method.as_str());
        self
    }

    /// Ends the line: a person did it, over this connection.
    #[must_use]
    pub fn by_person(mut self, source: &Source, setting: IpSetting) -> Record {
        self.0.actor = String::from("person");
        self.0.source_ip = source.ip.and_then(|ip| kept(ip, setting));
        self.0.user_agent = source.user_agent.as_deref().map(printable);
        self.0.request_id = source.request_id.as_deref().map(printable);
        self.0
    }

    /// Ends the line: the worker did it.
    #[must_use]
    pub fn by_worker(mut self) -> Record {
        self.0.actor = String::from("worker");
        self.0
    }

    /// Ends the line: an operator did it, named as the operating system or the key names them.
    #[must_use]
    pub fn by_operator(mut self, name: &str) -> Record {
        self.0.actor = printable(name);
        self.0
    }
}

/// As much of an address as the setting lets stand. An IPv4-mapped IPv6 address is the IPv4 address.
fn kept(ip: IpAddr, setting: IpSetting) -> Option<String> {
    match (setting, ip.to_canonical()) {
        (IpSetting::None, _) => None,
        (IpSetting::Full, ip) => Some(ip.to_string()),
        (IpSetting::Prefix, IpAddr::V4(ip)) => {
            let network = std::net::Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8));
            Some(format!("{network}/24"))
        }
        (IpSetting::Prefix, IpAddr::V6(ip)) => {
            let network = std::net::Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 80));
            Some(format!("{network}/48"))
        }
    }
}

/// What a terminal shows as it stands: without controls, and without the characters that turn the direction of
/// writing or have no width, which could make a line of the audit read as another one.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control() && !is_invisible(*character))
        .take(USER_AGENT_CHARS)
        .collect()
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_person(source: &Source, setting: IpSetting) -> Record {
        record(Event::RecoveryRequested, Timestamp::UNIX_EPOCH).by_person(source, setting)
    }

    #[test]
    fn an_address_is_kept_whole_as_its_prefix_or_not_at_all() {
        let cases = [
            ("192.0.2.77", Some("192.0.2.77"), Some("192.0.2.0/24")),
            ("::ffff:192.0.2.77", Some("192.0.2.77"), Some("192.0.2.0/24")),
            ("2001:db8:1:2:3::4", Some("2001:db8:1:2:3::4"), Some("2001:db8:1::/48")),
        ];

        for (ip, full, prefix) in cases {
            let source = Source { ip: Some(ip.parse().expect("an address")), ..Source::default() };

            assert_eq!(by_person(&source, IpSetting::Full).source_ip.as_deref(), full);
            assert_eq!(by_person(&source, IpSetting::Prefix).source_ip.as_deref(), prefix);
            assert_eq!(by_person(&source, IpSetting::None).source_ip, None);
        }
    }

    #[test]
    fn a_user_agent_is_cut_and_cannot_forge_a_second_line() {
        let forged = format!("Browser\r\n\u{1b}[2J\u{202e}line{}", "é".repeat(400));
        let source = Source { user_agent: Some(forged), ..Source::default() };

        let kept = by_person(&source, IpSetting::Full).user_agent.expect("a user agent");

        assert!(kept.starts_with("Browser[2Jlineé"));
        assert_eq!(kept.chars().count(), USER_AGENT_CHARS);
    }

    #[test]
    fn a_line_says_what_when_and_who() {
        let recovery = RecoveryId::random();
        let line = record(Event::MessageFailed, Timestamp::UNIX_EPOCH)
            .outcome("timeout")
            .recovery(recovery)
            .account(&AccountId::new("7"))
            .method(Method::EmailLink)
            .by_worker();

        assert_eq!((line.event, line.outcome, line.actor.as_str()), ("recovery.message_failed", "timeout", "worker"));
        assert_eq!((line.recovery, line.method), (Some(recovery), Some("email_link")));
    }
}
