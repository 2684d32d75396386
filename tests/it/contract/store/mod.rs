//! What the store promises, on whichever database: the list of cases and what they are told with. SQLite runs them
//! here, PostgreSQL in `tests/live/`.

mod again;
mod claims;
mod codes;
mod completions;
mod directory;
mod entries;
mod isolation;
mod keeping;
mod quotas;
mod transitions;

use std::time::Duration;

use regain::audit::{self, Event};
use regain::domain::Timestamp;
use regain::domain::id::{AccountId, AttemptId, MessageId, RecoveryId, TenantId};
use regain::domain::issue::Issue;
use regain::domain::method::Method;
use regain::domain::recovery::{LEASE, Proof, ProofKind, Recovery, Terms};
use regain::domain::seal::Sealed;
use regain::store::rows::{
    Attempt, Claim, DeliveredTo, Delivery, Entered, Entry, Lane, Message, NewRecovery, Outcome, Record,
};
use regain::store::{Store, TenantStore};
use sea_orm::{ConnectionTrait, DatabaseConnection};

pub(crate) use again::*;
pub(crate) use claims::*;
pub(crate) use codes::*;
pub(crate) use completions::*;
pub(crate) use directory::*;
pub(crate) use entries::*;
pub(crate) use isolation::*;
pub(crate) use keeping::*;
pub(crate) use quotas::*;
pub(crate) use transitions::*;

/// Hands the names of all cases to a macro that makes a test of each.
macro_rules! for_each_case {
    ($make:ident) => {
        $make! {
            a_recovery_reads_back_as_it_was_begun
            every_state_reads_back_as_it_was_saved
            of_many_that_save_the_same_version_exactly_one_wins
            a_conflict_writes_nothing_else_either
            a_further_issue_comes_with_its_message
            a_delivery_keeps_what_was_written_first
            a_failed_job_does_not_hurt_its_neighbours
            what_a_caller_no_longer_waits_for_is_done_all_the_same
            an_attempt_holds_its_account_until_its_lease_is_over
            of_many_that_enter_at_once_one_holds_the_account
            busy_writes_nothing
            a_refusal_deletes_exactly_its_own_attempts_rows
            a_refusal_after_an_unknown_outcome_deletes_nothing
            attempts_of_unknown_outcome_are_told
            notices_of_an_unknown_outcome_go_once
            a_completion_closes_the_accounts_other_recoveries_and_no_others
            a_completion_lets_the_notices_go_and_leaves_the_end_of_sessions_to_its_task_for_a_while
            a_completion_whose_end_of_sessions_is_in_a_workers_hand_writes_another
            a_completion_of_an_attempt_releases_only_its_own_hold
            attempts_of_many_on_one_account_settle_whatever_their_order
            a_look_again_is_written_once_however_often_an_attempt_completes
            an_attempt_that_stays_open_is_looked_at_again_as_well
            a_look_again_comes_with_the_ends_of_sessions_and_is_none
            of_many_that_tell_the_same_change_one_does
            a_later_change_is_told_again_and_an_earlier_one_is_not
            a_notice_of_a_late_change_says_when_it_was
            later_attempts_on_the_account_are_told_but_refused_ones
            a_recovery_that_is_to_be_looked_at_again_is_not_purged
            claims_go_round_the_tenants_oldest_first
            no_row_is_in_two_hands
            a_claim_whose_lease_is_over_can_be_taken_over
            a_message_to_be_tried_again_comes_back_at_its_time
            a_settled_message_stays_settled
            what_a_next_hop_tells_reaches_messages_of_its_tenant_alone
            purposes_of_a_newer_version_are_left_alone
            tenants_that_are_not_asked_for_pause
            the_queue_is_counted_and_its_next_turn_known
            new_messages_ring
            an_expired_recovery_is_purged_with_all_that_hangs_on_it
            a_recovery_with_an_open_end_of_sessions_is_never_purged
            old_lines_of_the_audit_are_purged
            the_audit_reads_back_the_newest_last
            keys_are_remembered_and_foreign_ones_noticed
            one_tenant_never_sees_anothers_rows
            a_local_account_reads_back_and_changes
            usernames_and_addresses_are_found_by_their_keys
            accounts_are_found_by_numbers_that_are_known_to_be_theirs
            sessions_end_one_by_one_by_time_and_all_before_a_moment
            wrong_passwords_lock_an_account_out_until_they_are_forgiven
            a_session_begins_only_under_the_password_that_was_compared
            the_database_has_a_clock
            a_right_code_is_right_until_its_account_has_been_guessed_at_too_often
            of_many_that_guess_right_at_once_exactly_one_is_right
            of_many_recoveries_guessed_at_once_no_more_are_right_than_the_account_allows
            of_many_bookings_for_one_account_at_once_one_goes_out
            mails_are_counted_across_recoveries_and_given_back
            a_booking_that_sends_nothing_is_a_delivery_to_nobody
            codes_of_other_living_recoveries_are_counted
            a_right_code_marks_the_text_that_carried_it
            a_mail_in_place_of_a_text_takes_over_its_delivery_and_its_quota
            what_counts_for_a_day_is_purged_after_it
            only_codes_that_could_still_be_right_are_living_ones
            text_messages_of_an_account_count_for_an_hour_and_for_a_day
            a_spray_is_a_tenants_own_and_lasts_a_day_and_successes_allow_for_more
            budgets_count_texts_of_their_tenant_country_and_window_and_no_mails
            the_operators_cap_counts_the_texts_of_all_tenants_in_a_day
            a_prefix_is_shut_by_its_own_texts_and_opened_by_the_one_that_was_answered
        }
    };
}
pub(crate) use for_each_case;

/// A store, and a way past it to the rows.
pub(crate) struct Subject {
    pub(crate) store: Store,
    pub(crate) raw: DatabaseConnection,
}

impl Subject {
    /// The first column of the first row that a question gives, as a number.
    pub(crate) async fn count(&self, question: &str) -> i64 {
        let statement = sea_orm::Statement::from_string(self.raw.get_database_backend(), question);
        let row = self.raw.query_one_raw(statement).await.expect("an answer").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    pub(crate) fn acme(&self) -> TenantStore {
        self.store.tenant(&tenant("acme"))
    }

    pub(crate) fn globex(&self) -> TenantStore {
        self.store.tenant(&tenant("globex"))
    }

    /// Claims whatever is due at `now` for both tenants, in both lanes.
    pub(crate) async fn claim(&self, now: Timestamp) -> Vec<Message> {
        let mut claimed = self.claim_of(Lane::Messages, now).await;
        claimed.extend(self.claim_of(Lane::Ends, now).await);
        claimed
    }

    /// Claims whatever is due at `now` for both tenants in one lane.
    pub(crate) async fn claim_of(&self, lane: Lane, now: Timestamp) -> Vec<Message> {
        let tenants = [tenant("acme"), tenant("globex")];
        let claim = Claim { lane, now, lease_until: now + LEASE, tenants: &tenants, per_tenant: 100, most: 100 };
        self.store.claim(claim).await.expect("a claim")
    }
}

/// When all of it happens.
pub(crate) const START: Timestamp = time::macros::utc_datetime!(2026-03-01 12:00);
pub(crate) const LINK: Proof = Proof { kind: ProofKind::Link, issue: 1 };
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).expect("a tenant's id")
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name)
}

pub(crate) fn begun(at: Timestamp) -> NewRecovery {
    let terms =
        Terms { link_life: Duration::from_mins(20), code_life: Duration::from_mins(10), attempts: 5, digits: 8 };
    let (recovery, issue) = Recovery::start(RecoveryId::random(), 1, Method::EmailLink, terms, at);
    NewRecovery {
        recovery,
        issue,
        request: Sealed::from_bytes(b"sealed request".to_vec()),
        message: MessageId::new(at),
    }
}

/// A line of the audit whose event tells it from others.
pub(crate) fn line(event: Event, at: Timestamp) -> Record {
    audit::record(event, at).by_worker()
}

/// Begins a recovery and gives it as it stands in its row.
pub(crate) async fn insert(store: &TenantStore, at: Timestamp) -> (Recovery, Issue) {
    let new = begun(at);
    let (recovery, issue) = (new.recovery.clone(), new.issue.clone());
    store.insert_recovery(new, line(Event::RecoveryRequested, at)).await.expect("a recovery");
    (recovery, issue)
}

/// Begins a recovery whose message went to `account`.
pub(crate) async fn delivered(store: &TenantStore, name: &str, at: Timestamp) -> (Recovery, Issue) {
    let (recovery, issue) = insert(store, at).await;
    store.save_delivery(recovery.id, &delivery(name, at)).await.expect("a delivery");
    (recovery, issue)
}

pub(crate) fn delivery(name: &str, at: Timestamp) -> Delivery {
    let to = DeliveredTo { account: account(name), login: Sealed::from_bytes(vec![7; 40]), address: [9; 32] };
    Delivery { issue: 1, at, account: Some(to), digits: 8, refuse_at: Some(10) }
}

/// What enters an attempt on `name` with a recovery as it stands in its row.
pub(crate) fn entry(recovery: &Recovery, issue: &Issue, name: &str, now: Timestamp) -> Entry {
    let id = AttemptId::random();
    let attempt = Attempt {
        id,
        recovery: recovery.id,
        account: account(name),
        proof: LINK,
        began_at: now,
        lease_until: now + LEASE,
        outcome: Outcome::Pending,
        before: None,
        credential_at: None,
    };
    let recovery = recovery.clone().enter(LINK, issue, id, now).expect("a living link");
    let notices = vec![(MessageId::new(now), Sealed::from_bytes(b"sealed address".to_vec()))];
    Entry { recovery, attempt, end_sessions: MessageId::new(now), notices }
}

/// Enters an attempt that nobody stands in the way of.
pub(crate) async fn enter(
    store: &TenantStore,
    recovery: &Recovery,
    issue: &Issue,
    name: &str,
    now: Timestamp,
) -> Attempt {
    let entry = entry(recovery, issue, name, now);
    let attempt = entry.attempt.clone();
    let entered = store.enter(entry).await.expect("an entry");
    assert_eq!(entered, Entered::Held);
    attempt
}

/// The recovery as its row says.
pub(crate) async fn row(store: &TenantStore, id: RecoveryId) -> Recovery {
    store.recovery(id).await.expect("an answer").expect("a recovery").recovery
}
