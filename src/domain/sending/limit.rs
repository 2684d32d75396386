//! The quotas by their names.

/// Which quota was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Mails of the account.
    MailsPerAccount,
    /// Text messages of the account.
    TextsPerAccount,
    /// Recoveries of the account with living codes.
    LiveCodes,
    /// Text messages into one country.
    TextsPerCountry,
    /// Text messages of the tenant in a day.
    TextsPerTenant,
    /// Text messages of all tenants in a day.
    TextsPerOperator,
    /// Text messages to numbers that begin alike and are hardly ever answered.
    Conversion,
    /// Guesses at the tenant's codes.
    Spray,
}

impl Limit {
    /// The name in the audit, logs and labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MailsPerAccount => "mails_per_account",
            Self::TextsPerAccount => "texts_per_account",
            Self::LiveCodes => "live_codes",
            Self::TextsPerCountry => "texts_per_country",
            Self::TextsPerTenant => "texts_per_tenant",
            Self::TextsPerOperator => "texts_per_operator",
            Self::Conversion => "conversion",
            Self::Spray => "spray",
        }
    }

    /// Whether it is about more than one account: then an operator hears of it, once in an hour.
    #[must_use]
    pub fn is_alarming(self) -> bool {
        match self {
            Self::MailsPerAccount | Self::TextsPerAccount | Self::LiveCodes => false,
            Self::TextsPerCountry | Self::TextsPerTenant | Self::TextsPerOperator | Self::Conversion | Self::Spray => {
                true
            }
        }
    }
}
