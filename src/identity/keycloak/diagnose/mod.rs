//! A live look at everything that recovery needs of a realm, each right by itself. Changes nothing: what we may do to an
//! account stands in the `access` of its record.

mod door;
mod rights;
mod settings;

use self::door::door;
use super::provider::Keycloak;
use crate::domain::finding::Finding;

impl Keycloak {
    /// From the outside in; where a door is shut, what lies behind it is not looked at.
    pub(super) async fn look(&self) -> Vec<Finding> {
        let mut findings = match door(&self.realm).await {
            Ok(findings) => findings,
            Err(shut) => return vec![shut],
        };
        findings.push(self.clocks());
        let sentinel = match self.look_for_sentinel(&mut findings).await {
            Ok(sentinel) => sentinel,
            Err(missing) => {
                findings.push(missing);
                return findings;
            }
        };
        findings.extend(self.rights(&sentinel).await);
        findings.extend(self.settings().await);
        findings
    }

    fn clocks(&self) -> Finding {
        let what = "its clock and ours agree";
        let offset = self.realm.offset();
        let seconds = offset.distance().as_secs();
        if offset.is_wrong() {
            let remedy =
                "let both machines keep time by NTP; times are corrected, but an offset this large is a mistake";
            Finding::bad(what, format!("they are {seconds} s apart"), remedy)
        } else if seconds > 0 {
            Finding::good(what).with_detail(format!("they are {seconds} s apart, which is corrected"))
        } else {
            Finding::good(what)
        }
    }
}
