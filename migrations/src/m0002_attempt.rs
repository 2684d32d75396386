//! Attempts to set a password, and who holds which account.

use sea_orm_migration::prelude::*;

use super::{bytes, maybe_number, number, text};

/// The step `m0002_attempt`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(attempt()).await?;
        manager.create_table(changing()).await?;
        manager
            .create_index(
                Index::create()
                    .name("attempt_by_tenant_account_began_at")
                    .table("attempt")
                    .col("tenant")
                    .col("account")
                    .col("began_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("attempt_by_tenant_recovery")
                    .table("attempt")
                    .col("tenant")
                    .col("recovery")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

fn attempt() -> TableCreateStatement {
    Table::create()
        .table("attempt")
        .col(text("tenant"))
        .col(bytes("id"))
        .col(bytes("recovery"))
        .col(text("account"))
        .col(text("proof"))
        .col(number("proof_issue"))
        .col(number("began_at"))
        .col(number("lease_until"))
        .col(text("outcome"))
        .col(maybe_number("sessions_before"))
        .primary_key(Index::create().col("tenant").col("id"))
        .to_owned()
}

fn changing() -> TableCreateStatement {
    Table::create()
        .table("changing")
        .col(text("tenant"))
        .col(text("account"))
        .col(bytes("attempt"))
        .col(number("lease_until"))
        .primary_key(Index::create().col("tenant").col("account"))
        .to_owned()
}
