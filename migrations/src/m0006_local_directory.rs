//! Accounts and sessions of the `local` provider.

use sea_orm_migration::prelude::*;

use super::{bytes, flag, maybe_number, maybe_text, number, text};

/// The step `m0006_local_directory`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(local_account()).await?;
        manager.create_table(local_session()).await?;
        manager
            .create_index(
                Index::create()
                    .name("local_account_by_tenant_username")
                    .table("local_account")
                    .col("tenant")
                    .col("username")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("local_account_by_tenant_username_key")
                    .table("local_account")
                    .col("tenant")
                    .col("username_key")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("local_account_by_tenant_email_key")
                    .table("local_account")
                    .col("tenant")
                    .col("email_key")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("local_session_by_tenant_account")
                    .table("local_session")
                    .col("tenant")
                    .col("account")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

fn local_account() -> TableCreateStatement {
    Table::create()
        .table("local_account")
        .col(text("tenant"))
        .col(text("id"))
        .col(text("username"))
        .col(text("username_key"))
        .col(maybe_text("email"))
        .col(maybe_text("email_key"))
        .col(flag("email_verified"))
        .col(maybe_text("phone"))
        .col(flag("phone_verified"))
        .col(maybe_text("password"))
        .col(flag("enabled"))
        .col(flag("locked_by_administrator"))
        .col(maybe_number("locked_until"))
        .col(number("failed"))
        .col(flag("federated"))
        .col(flag("service"))
        .col(text("groups_json"))
        .col(maybe_text("locale"))
        .col(maybe_number("password_changed_at"))
        .col(number("created_at"))
        .primary_key(Index::create().col("tenant").col("id"))
        .to_owned()
}

fn local_session() -> TableCreateStatement {
    Table::create()
        .table("local_session")
        .col(text("tenant"))
        .col(bytes("digest"))
        .col(text("account"))
        .col(number("began_at"))
        .col(number("expires_at"))
        .primary_key(Index::create().col("tenant").col("digest"))
        .to_owned()
}
