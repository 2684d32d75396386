//! The suite of `identity` on a real Keycloak, with either kind of rights that the manual leads to.

use super::fixture::OnKeycloak;
use super::realm::Rights;
use crate::promises::for_each_promise;

macro_rules! on {
    (($kind:ident, $rights:expr) $($promise:ident)*) => {
        mod $kind {
            use super::{OnKeycloak, Rights};
            use crate::promises as suite;

            $(
                #[tokio::test]
                async fn $promise() {
                    suite::$promise(&OnKeycloak::new($rights).await).await;
                }
            )*
        }
    };
}

for_each_promise!(on!(with_the_role_manage_users, Rights::ManageUsers));
for_each_promise!(on!(with_fine_grained_permissions, Rights::FineGrained));
