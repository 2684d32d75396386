//! A link is opened, by a person or by a scanner: nothing is stored, however often and by whomever (TL-04).

use super::{Error, Presented, Recoveries};
use crate::audit::Source;
use crate::domain::Timestamp;
use crate::domain::id::RecoveryId;
use crate::domain::recovery::Standing;
use crate::domain::token::{Purpose, Token};
use crate::limit::Limited;
use crate::tenant::Tenant;

/// A link that leads somewhere: the browser is given its token in a cookie and sent to a clean address.
#[derive(Debug)]
pub struct Opened {
    /// The recovery.
    pub id: RecoveryId,
    /// The link's token, as it came.
    pub proof: Token,
    /// The present, for the cookie.
    pub at: Timestamp,
}

impl Recoveries {
    /// Looks whether the link's token leads to a password or to "done"; anything else is over, and what has not even a
    /// token's form costs no query.
    pub async fn open_link(&self, tenant: &Tenant, token: &str, source: &Source) -> Result<Opened, Error> {
        let token = Token::parse(token).ok_or(Error::Over)?;
        match token.purpose() {
            Purpose::Link => {}
            Purpose::Reset | Purpose::Starter | Purpose::Pickup => return Err(Error::Over),
        }
        self.admit(tenant, Limited::Link, source).await?;
        let id = token.recovery();
        let case = self.load(tenant, id).await?.ok_or(Error::Over)?;
        let now = self.clock.now();
        let presented = Presented { at: Some(now), starter: None, proof: Some(token.clone()) };
        match case.proven(&presented, now).map(|proven| proven.standing) {
            Some(Standing::Live | Standing::Done { .. }) => Ok(Opened { id, proof: token, at: now }),
            Some(Standing::Over) | None => Err(Error::Over),
        }
    }
}
