//! Ids of sessions whose end was begun and not seen to be done: a second try could not list them any more. Kept in
//! memory and within a bound; what is forgotten was deleted once at least.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::domain::id::AccountId;

/// Most sessions that are kept, of all accounts together: some 2 MiB. Whoever is past it was begun longest ago.
const MOST: usize = 20_000;

/// A session by its name. One id may stand for a browser's session and for an offline one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) is_offline: bool,
}

/// What is left of every account.
#[derive(Debug, Default)]
pub(super) struct Unfinished(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// How often something was added.
    added: u64,
    /// The sessions, and when the last were added.
    of: BTreeMap<AccountId, (u64, BTreeSet<Session>)>,
}

impl Unfinished {
    /// Adds sessions to those of the account whose end was begun, and gives them all.
    pub(super) fn add(&self, account: &AccountId, sessions: impl Iterator<Item = Session>) -> Vec<Session> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, mut of_account) = kept.of.remove(account).unwrap_or_default();
        of_account.extend(sessions);
        let all: Vec<Session> = of_account.iter().cloned().collect();
        if !all.is_empty() {
            kept.added += 1;
            let added = kept.added;
            kept.of.insert(account.clone(), (added, of_account));
            kept.forget();
        }
        all
    }

    /// Takes away what was seen to be gone.
    pub(super) fn done(&self, account: &AccountId, ended: &[Session]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, of_account)) = kept.of.get_mut(account) {
            of_account.retain(|session| !ended.contains(session));
            if of_account.is_empty() {
                kept.of.remove(account);
            }
        }
    }
}

impl Kept {
    /// Holds the bound. The last account stays whole: its end is under way.
    fn forget(&mut self) {
        let mut count: usize = self.of.values().map(|(_, sessions)| sessions.len()).sum();
        while count > MOST && self.of.len() > 1 {
            let oldest = self.of.iter().min_by_key(|(_, (added, _))| *added).map(|(account, _)| account.clone());
            let Some((_, sessions)) = oldest.and_then(|account| self.of.remove(&account)) else { return };
            count -= sessions.len();
            tracing::warn!(sessions = sessions.len(), "forgets sessions whose end was begun and not seen to be done");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(of: &str, count: usize) -> Vec<Session> {
        (0..count).map(|number| Session { id: format!("{of}-{number:05}"), is_offline: false }).collect()
    }

    fn accounts(unfinished: &Unfinished) -> Vec<String> {
        let kept = unfinished.0.lock().expect("no test has panicked in here");
        kept.of.keys().map(|account| account.as_str().to_owned()).collect()
    }

    #[test]
    fn what_was_not_seen_to_be_done_is_given_again_and_nothing_else_is_kept() {
        let (unfinished, alice) = (Unfinished::default(), AccountId::new("alice"));
        let begun = sessions("alice", 3);

        assert_eq!(unfinished.add(&alice, begun.clone().into_iter()), begun);
        unfinished.done(&alice, &begun[..2]);
        assert_eq!(unfinished.add(&alice, std::iter::empty()), begun[2..]);
        unfinished.done(&alice, &begun);
        assert_eq!(unfinished.add(&AccountId::new("nobody"), std::iter::empty()), []);

        assert_eq!(accounts(&unfinished), [""; 0]);
    }

    #[test]
    fn past_the_bound_those_are_forgotten_that_were_begun_longest_ago() {
        let unfinished = Unfinished::default();
        let [zoe, alice, bob] = ["zoe", "alice", "bob"].map(AccountId::new);

        unfinished.add(&zoe, sessions("zoe", MOST / 2).into_iter());
        unfinished.add(&alice, sessions("alice", MOST / 2).into_iter());
        assert_eq!(accounts(&unfinished), ["alice", "zoe"]);
        unfinished.add(&bob, sessions("bob", 1).into_iter());
        assert_eq!(accounts(&unfinished), ["alice", "bob"]);

        let all = sessions("zoe", MOST + 1);
        assert_eq!(unfinished.add(&zoe, all.clone().into_iter()), all, "an end under way is never cut");
        assert_eq!(accounts(&unfinished), ["zoe"]);
    }
}
