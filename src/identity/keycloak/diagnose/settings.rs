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
    /// The lifespans after which we look again, whether Keycloak's own recovery is open beside ours, and whether the
    /// service account could do far more than it needs to.
    pub(super) async fn settings(&self) -> Vec<Finding> {
        let what = "the realm's lifespans can be read";
        let mut findings = Vec::new();
        let settings = match Settings::read(&self.realm.operation()).await {
            Ok(Some(settings)) => {
                findings.push(Finding::good(what));
                findings.push(self.own_recovery(&settings));
                Some(settings)
            }
            Ok(None) => {
                findings.push(Finding::warning(
                    what,
                    "the service account may not; those of a new realm are taken for granted",
                    "give it the role `view-realm`, if the realm's lifespans were ever changed",
                ));
                None
            }
            Err(error) => {
                findings.push(failed(what, &error, "give the service account the role `view-realm`"));
                None
            }
        };
        let is_fine_grained = settings.and_then(|settings| settings.admin_permissions_enabled) == Some(true);
        findings.extend(self.excess(is_fine_grained).await);
        findings
    }

    /// The link of Keycloak's login page: with `intercept` it leads to us, without it to Keycloak's own recovery.
    fn own_recovery(&self, settings: &Settings) -> Finding {
        let what = "Keycloak's own recovery";
        let (on, off) = ("\"Forgot password\" is on", "\"Forgot password\" is off");
        match (settings.reset_password_allowed, self.is_intercepted) {
            (Some(true), true) => Finding::good(what).with_detail(format!(
                "{on}: regain leads it to its own pages, so let nobody reach Keycloak beside regain"
            )),
            (Some(true), false) => Finding::warning(
                what,
                format!("{on}, and nothing leads its link to regain: it skips every limit, notice and guard"),
                "set `upstream.intercept = \"keycloak\"`, or switch it off (Realm settings, Login)",
            ),
            (Some(false), true) => Finding::warning(
                what,
                format!("{off}: Keycloak's login page shows no link to recovery"),
                "switch it on (Realm settings, Login): its link leads to regain, and its own doors are shut here",
            ),
            (Some(false), false) => {
                Finding::good(what).with_detail(format!("{off}: Keycloak's login page shows no link to recovery"))
            }
            (None, _) => Finding::good(what).with_detail("not told"),
        }
    }

    /// Whether the service account could do far more than it needs to. Whether fine-grained permissions are on is told
    /// by the realm, or by the role that is of use with them alone.
    async fn excess(&self, is_fine_grained: bool) -> Option<Finding> {
        let what = "the service account may do no more than it needs to";
        let token = self.realm.operation().token().await.ok()?;
        let may = |role| token.claims().administers(role);
        let held: Vec<&str> = EXCESS.into_iter().filter(|role| may(role)).collect();
        if !held.is_empty() {
            let detail = format!("it has {}", held.join(", "));
            return Some(Finding::warning(what, detail, "take these roles of `realm-management` from it"));
        }
        if may("manage-users") && (is_fine_grained || may("query-users")) {
            return Some(Finding::warning(
                what,
                "its role `manage-users` switches the realm's fine-grained permissions off for it: it sets everybody's \
                 password",
                "take `manage-users` from it and leave it `query-users`; what it may then do is for its permissions to say",
            ));
        }
        if may("manage-users") && !self.is_anybody_protected {
            return Some(Finding::warning(
                what,
                "with `manage-users` it sets the password of administrators too, and `protect` keeps nobody out",
                "name the administrators' group in `protect.groups`, or use fine-grained permissions",
            ));
        }
        Some(Finding::good(what))
    }
}
