//! The tables into which rows are inserted in bulk, with their columns in the order in which values are given. The
//! schema itself is made by the `migrations` crate; a test holds the two together.

/// A table of the journey: what `insert` writes many rows of at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Recovery,
    Issue,
    Delivery,
    Attempt,
    Outbox,
    Audit,
}

impl Table {
    /// All of them, those that others refer to first.
    pub(super) const ALL: [Self; 6] =
        [Self::Recovery, Self::Issue, Self::Delivery, Self::Attempt, Self::Outbox, Self::Audit];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Issue => "issue",
            Self::Delivery => "delivery",
            Self::Attempt => "attempt",
            Self::Outbox => "outbox",
            Self::Audit => "audit",
        }
    }

    /// Its columns, in the order of `columns::…_row`.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Recovery => &[
                "tenant",
                "id",
                "version",
                "key_id",
                "started_at",
                "expires_at",
                "link_life_ms",
                "code_life_ms",
                "attempts",
                "digits",
                "request",
                "codes_left",
                "codes_closed_at",
                "codes_closed_issue",
                "cancelled_at",
                "passwords_left",
                "state",
                "attempt",
                "proof",
                "proof_issue",
                "lease_until",
                "ended_at",
            ],
            Self::Issue => &["tenant", "recovery", "number", "at", "method", "digits"],
            Self::Delivery => {
                &["tenant", "recovery", "issue", "at", "account", "login", "address", "digits", "refuse_at"]
            }
            Self::Attempt => &[
                "tenant",
                "id",
                "recovery",
                "account",
                "proof",
                "proof_issue",
                "began_at",
                "lease_until",
                "outcome",
                "sessions_before",
                "credential_at",
            ],
            Self::Outbox => &[
                "id",
                "tenant",
                "recovery",
                "purpose",
                "issue",
                "attempt",
                "address",
                "status",
                "tries",
                "due_at",
                "created_at",
                "changed_at",
            ],
            Self::Audit => &[
                "tenant",
                "id",
                "time",
                "event",
                "outcome",
                "reason",
                "recovery",
                "account",
                "actor",
                "method",
                "source_ip",
                "user_agent",
                "request_id",
            ],
        }
    }

    /// Whether a row that is there already is left as it stands.
    pub(super) fn keeps_first(self) -> bool {
        match self {
            Self::Delivery => true,
            Self::Recovery | Self::Issue | Self::Attempt | Self::Outbox | Self::Audit => false,
        }
    }
}
