//! What a person asked for, as it is kept sealed in the recovery until the worker needs it.

use serde::{Deserialize, Serialize};

use super::identifier::Identifier;
use super::login::Login;

/// What a recovery was started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What was typed.
    pub identifier: Identifier,
    /// The language of the page on which it was typed, as a BCP 47 tag: the messages speak it too.
    pub locale: String,
    /// Where the person wants to go afterwards; checked against the tenant's list at the start and again at the end.
    pub return_to: Option<String>,
    /// The login at the provider that the person left, for the browser that left it. Recoveries of an older binary have
    /// none.
    #[serde(default)]
    pub login: Option<Login>,
}

#[cfg(test)]
mod tests {
    use crate::domain::id::{RecoveryId, TenantId};
    use crate::domain::key::Keyset;
    use crate::domain::seal::Sealed;

    use super::*;

    #[test]
    fn what_an_older_binary_sealed_still_opens() {
        let keyset = Keyset::parse(&Keyset::generate()).expect("a keyset");
        let tenant = TenantId::parse("acme").expect("a tenant's id");
        let (keys, id) = (keyset.tenant(&tenant), RecoveryId::random());
        let before = serde_json::json!({ "identifier": "alice@example.org", "locale": "en", "return_to": null });
        let sealed = Sealed::new(keys.signing(), &tenant, id, &before);

        let asked: Asked = sealed.open(keys.signing(), &tenant, id).expect("what was asked");

        assert_eq!((asked.identifier.as_str(), asked.login), ("alice@example.org", None));
    }
}
