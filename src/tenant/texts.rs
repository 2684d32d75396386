//! How a tenant's text messages go out, and where they may go.

use std::sync::Arc;

use url::Url;

use super::{Recovery, Tenant, Wiring};
use crate::channel::{Channel, TextConfig, TextWiring};
use crate::domain::id::TenantId;
use crate::domain::method::Method;
use crate::domain::phone::{Country, PhoneNumber, may_text};
use crate::domain::problem::Problems;

/// Builds `[sms]`. A tenant that offers codes by text message needs it.
pub(super) fn build(
    config: Option<TextConfig>,
    name: &str,
    tenant: &TenantId,
    reached: &Url,
    recovery: Option<&Recovery>,
    wiring: &Wiring,
    problems: &mut Problems,
) -> Option<Arc<dyn Channel>> {
    let is_offered = recovery.is_some_and(|recovery| recovery.methods.contains(&Method::SmsOtp));
    if is_offered && config.is_none() {
        problems
            .error("recovery.methods", "\"sms_otp\" has no way to send a text message")
            .help("write `[sms]` with `kind = \"twilio\"` or `kind = \"webhook\"`");
    }
    let base = recovery.map_or("/recovery", |recovery| recovery.base.as_str());
    let mut callbacks = reached.clone();
    callbacks.set_path(&format!("{base}/callbacks"));
    let wiring = TextWiring {
        tenant,
        name,
        inbox: wiring.inbox.as_ref(),
        clients: &wiring.clients,
        clock: &wiring.clock,
        callbacks: &callbacks,
    };
    config.and_then(|config| problems.within("sms", |problems| config.build(&wiring, problems)))
}

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
