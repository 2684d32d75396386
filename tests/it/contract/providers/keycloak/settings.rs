//! What `diagnose` tells of the realm's own settings, and of rights that nobody needs.

use regain::domain::finding::Finding;

use super::stand::{Stand, granted_with, noon};
use crate::support::scripted::json;

/// A realm that we may see, with these settings, and a service account with these roles.
fn stand(more: &str, settings: &'static str, roles: &'static str) -> Stand {
    Stand::with(&format!("sentinel = 'alice'\n{more}"), move |line, _| match line {
        "POST token" => Some(granted_with(roles, noon(), 300)),
        "GET " => Some(json(
            200,
            &format!(
                r#"{{"realm":"acme",{settings}"accessCodeLifespanUserAction":300,"accessCodeLifespanLogin":1800,
                    "actionTokenGeneratedByAdminLifespan":43200,"actionTokenGeneratedByUserLifespan":300}}"#
            ),
        )),
        _ => None,
    })
}

fn told(findings: &[Finding], what: &str) -> String {
    let finding = findings.iter().find(|finding| finding.what == what).expect("a finding");
    let texts = [&finding.detail, &finding.remedy].map(|text| text.as_deref().unwrap_or("-").to_owned());
    format!("{:?} {}", finding.verdict, texts.join("; "))
}

#[tokio::test]
async fn a_login_page_without_a_link_and_a_link_that_goes_past_us_are_told() {
    let mut lines = Vec::new();
    for allowed in [r#""resetPasswordAllowed":true,"#, r#""resetPasswordAllowed":false,"#, ""] {
        let stand = stand("", allowed, r#"["query-users"]"#);
        for provider in [&stand.provider, &stand.intercepted()] {
            lines.push(told(&provider.diagnose().await, "Keycloak's own recovery"));
        }
    }

    insta::assert_snapshot!(lines.join("\n"), @r#"
    Warning "Forgot password" is on, and nothing leads its link to regain: it skips every limit, notice and guard; set `upstream.intercept = "keycloak"`, or switch it off (Realm settings, Login)
    Good "Forgot password" is on: regain leads it to its own pages, so let nobody reach Keycloak beside regain; -
    Good "Forgot password" is off: Keycloak's login page shows no link to recovery; -
    Warning "Forgot password" is off: Keycloak's login page shows no link to recovery; switch it on (Realm settings, Login): its link leads to regain, and its own doors are shut here
    Good not told; -
    Good not told; -
    "#);
}

/// Fine-grained permissions are known of where the realm may be seen, or by the role that only they need.
#[tokio::test]
async fn a_role_that_switches_fine_grained_permissions_off_is_told_also_where_accounts_are_protected() {
    let (on, off) = (r#""adminPermissionsEnabled":true,"#, r#""adminPermissionsEnabled":false,"#);
    let protecting = "protect = { groups = ['staff'] }";
    let mut lines = Vec::new();
    for (more, settings, roles) in [
        (protecting, on, r#"["manage-users"]"#),
        (protecting, "", r#"["manage-users","query-users"]"#),
        (protecting, off, r#"["manage-users"]"#),
        ("", off, r#"["manage-users"]"#),
        ("", on, r#"["query-users"]"#),
        ("", on, r#"["manage-users","realm-admin"]"#),
    ] {
        let findings = stand(more, settings, roles).provider.diagnose().await;
        lines.push(told(&findings, "the service account may do no more than it needs to"));
    }

    insta::assert_snapshot!(lines.join("\n"), @"
    Warning its role `manage-users` switches the realm's fine-grained permissions off for it: it sets everybody's password; take `manage-users` from it and leave it `query-users`; what it may then do is for its permissions to say
    Warning its role `manage-users` switches the realm's fine-grained permissions off for it: it sets everybody's password; take `manage-users` from it and leave it `query-users`; what it may then do is for its permissions to say
    Good -; -
    Warning with `manage-users` it sets the password of administrators too, and `protect` keeps nobody out; name the administrators' group in `protect.groups`, or use fine-grained permissions
    Good -; -
    Warning it has realm-admin; take these roles of `realm-management` from it
    ");
}
