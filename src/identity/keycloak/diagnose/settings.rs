//! The realm's own settings as far as they touch recovery, and rights that nobody needs.

use super::super::lifespans::Settings;
use super::super::provider::Keycloak;
use super::rights::failed;
use crate::domain::finding::Finding;

/// Roles with which an account could do far more than recovery does.
const EXCESS: [&str; 8] = [
    "realm-admin",
    "manage-realm",
    "manage-clients",
    "manage-identity-providers",
    "manage-authorization",
    "view-clients",
    "impersonation",
    "create-client",
];

impl Keycloak {
    /// The lifespans after which we look again, and whether Keycloak's own recovery is open beside ours.
    pub(super) async fn settings(&self) -> Vec<Finding> {
        let what = "the realm's lifespans can be read";
        let settings = match Settings::read(&self.realm.operation()).await {
            Ok(Some(settings)) => settings,
            Ok(None) => {
                return vec![Finding::warning(
                    what,
                    "the service account may not; those of a new realm are taken for granted",
                    "give it the role `view-realm`, if the realm's lifespans were ever changed",
                )];
            }
            Err(error) => return vec![failed(what, &error, "give the service account the role `view-realm`")],
        };
        let own = "Keycloak's own recovery";
        let beside = match settings.reset_password_allowed {
            Some(true) => Finding::good(own).with_detail(
                "\"Forgot password\" is on: regain leads it to its own pages, so let nobody reach Keycloak beside regain",
            ),
            Some(false) => Finding::good(own)
                .with_detail("\"Forgot password\" is off: Keycloak's login page then shows no link to recovery"),
            None => Finding::good(own).with_detail("not told"),
        };
        vec![Finding::good(what), beside]
    }

    /// Whether the service account could do far more than it needs to.
    pub(super) async fn excess(&self) -> Option<Finding> {
        let what = "the service account may do no more than it needs to";
        let token = self.realm.operation().token().await.ok()?;
        let held: Vec<&str> = EXCESS.into_iter().filter(|role| token.claims().administers(role)).collect();
        if !held.is_empty() {
            let detail = format!("it has {}", held.join(", "));
            return Some(Finding::warning(what, detail, "take these roles of `realm-management` from it"));
        }
        if token.claims().administers("manage-users") && !self.is_anybody_protected {
            return Some(Finding::warning(
                what,
                "with `manage-users` it sets the password of administrators too, and `protect` keeps nobody out",
                "name the administrators' group in `protect.groups`, or use fine-grained permissions",
            ));
        }
        Some(Finding::good(what))
    }
}
