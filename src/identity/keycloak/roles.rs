//! The effective roles of an account, those of its groups and of composites included.
//!
//! Keycloak's list of all role mappings is filtered: to whom it may not show them an administrator has none. The lists
//! of effective roles, of the realm and of one client, are whole or refused, so these are asked, and the second only
//! for the clients that `protect.roles` names. What cannot be seen is an error, never "has no roles".

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use serde::Deserialize;

use super::realm::Operation;
use crate::identity::{Cause, Error};

#[derive(Deserialize)]
struct Role {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client {
    id: String,
    client_id: String,
}

/// What has to be looked at to know whether an account has one of the protected roles.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    is_any: bool,
    clients: BTreeSet<String>,
}

impl Wanted {
    /// Reads `protect.roles`: a realm's role by its name, a client's as `client/role`.
    pub(super) fn new(roles: &[String]) -> Self {
        let clients = roles.iter().filter_map(|role| role.rsplit_once('/'));
        Self { is_any: !roles.is_empty(), clients: clients.map(|(client, _)| client.to_owned()).collect() }
    }

    /// Whether any role is protected.
    pub(super) fn is_any(&self) -> bool {
        self.is_any
    }

    /// The effective roles as `protect.roles` writes them, as far as it asks for them.
    pub(super) async fn of(&self, operation: &Operation<'_>, id: &str) -> Result<Vec<String>, Error> {
        if !self.is_any {
            return Ok(Vec::new());
        }
        let of_realm: Vec<Role> = operation.read(&["users", id, "role-mappings", "realm", "composite"], &[]).await?;
        let of_clients = self.clients.iter().map(|client| of_client(operation, id, client));
        let mut roles: Vec<String> = of_realm.into_iter().map(|role| role.name).collect();
        roles.extend(try_join_all(of_clients).await?.into_iter().flatten());
        roles.sort();
        roles.dedup();
        Ok(roles)
    }
}

async fn of_client(operation: &Operation<'_>, id: &str, client: &str) -> Result<Vec<String>, Error> {
    let found: Vec<Client> = operation.read(&["clients"], &[("clientId", client)]).await?;
    // A client that we may not view is left out, like one that does not exist.
    let found = found.into_iter().find(|found| found.client_id == client).ok_or(Error::Denied(Cause::Hidden))?;
    let path = ["users", id, "role-mappings", "clients", &found.id, "composite"];
    let roles: Vec<Role> = operation.read(&path, &[]).await?;
    Ok(roles.into_iter().map(|role| format!("{client}/{}", role.name)).collect())
}
