//! What is to be done once the request has been answered: ids only, and sealed addresses.

use sea_orm_migration::prelude::*;

use super::{bytes, maybe_bytes, maybe_number, maybe_text, number, text};

/// The step `m0003_outbox`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outbox()).await?;
        manager
            .create_index(
                Index::create()
                    .name("outbox_by_status_tenant_due_at")
                    .table("outbox")
                    .col("status")
                    .col("tenant")
                    .col("due_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("outbox_by_tenant_recovery")
                    .table("outbox")
                    .col("tenant")
                    .col("recovery")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("outbox_by_tenant_attempt")
                    .table("outbox")
                    .col("tenant")
                    .col("attempt")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table("outbox")
        .col(bytes("id"))
        .col(text("tenant"))
        .col(bytes("recovery"))
        .col(text("purpose"))
        .col(maybe_number("issue"))
        .col(maybe_bytes("attempt"))
        .col(maybe_bytes("address"))
        .col(text("status"))
        .col(number("tries"))
        .col(number("due_at"))
        .col(maybe_number("lease_until"))
        .col(number("created_at"))
        .col(maybe_number("settled_at"))
        .col(maybe_text("last_error"))
        .primary_key(Index::create().col("id"))
        .to_owned()
}
