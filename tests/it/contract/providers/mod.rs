//! The suite of `identity` on what needs no server, and what each kind promises beyond it.

mod fake;
pub(crate) mod fixture;
mod keycloak;
mod local;

use super::identity::for_each_promise;

macro_rules! on {
    (($kind:ident, $fixture:expr) $($promise:ident)*) => {
        mod $kind {
            use crate::contract::identity as suite;

            $(
                #[tokio::test]
                async fn $promise() {
                    suite::$promise(&$fixture).await;
                }
            )*
        }
    };
}

for_each_promise!(on!(on_local, super::fixture::OnLocal::new().await));
for_each_promise!(on!(on_the_fake, super::fixture::OnFake::in_memory()));
for_each_promise!(on!(on_the_fake_in_a_folder, super::fixture::OnFake::in_folder()));
