//! Where a tenant's text messages may go.

use super::Tenant;
use crate::domain::phone::{Country, PhoneNumber, may_text};

impl Tenant {
    /// The country of a number that text messages may be sent to; `None` where the tenant has no way to send them, or the
    /// number is abroad or costly.
    #[must_use]
    pub fn texts_to(&self, number: &PhoneNumber) -> Option<Country> {
        self.sms.as_ref()?;
        may_text(number, &self.recovery.countries).ok()?;
        number.country()
    }
}
