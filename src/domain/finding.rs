//! What a live look at one part found: `regain doctor` tells it. The room that looks knows the remedy.

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, such as "the credential is accepted".
    pub what: String,
    /// How it is.
    pub verdict: Verdict,
    /// More about it, in our own words: no secret, no address of a person.
    pub detail: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Recovery works, and the operator should know.
    Warning,
    /// Something that recovery needs cannot be reached.
    Unreachable,
    /// Recovery does not work, or is not safe.
    Bad,
}

impl Finding {
    /// It is as it should be.
    #[must_use]
    pub fn good(what: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Good, detail: None, remedy: None }
    }

    /// Recovery works, and the operator should know.
    #[must_use]
    pub fn warning(what: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::found(Verdict::Warning, what.into(), detail.into(), remedy.into())
    }

    /// It cannot be reached.
    #[must_use]
    pub fn unreachable(what: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::found(Verdict::Unreachable, what.into(), detail.into(), remedy.into())
    }

    /// It is wrong.
    #[must_use]
    pub fn bad(what: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::found(Verdict::Bad, what.into(), detail.into(), remedy.into())
    }

    /// Says more about it.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    fn found(verdict: Verdict, what: String, detail: String, remedy: String) -> Self {
        Self { what, verdict, detail: Some(detail), remedy: Some(remedy) }
    }
}
