//! What was done, by whom. The columns that chain the lines are added with the sealer that fills them.

use sea_orm_migration::prelude::*;

use super::{bytes, maybe_bytes, maybe_text, number, text};

/// The step `m0004_audit`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(audit()).await?;
        manager
            .create_index(
                Index::create().name("audit_by_tenant_time").table("audit").col("tenant").col("time").to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("audit_by_time").table("audit").col("time").to_owned()).await?;
        Ok(())
    }
}

fn audit() -> TableCreateStatement {
    Table::create()
        .table("audit")
        .col(text("tenant"))
        .col(bytes("id"))
        .col(number("time"))
        .col(text("event"))
        .col(text("outcome"))
        .col(maybe_text("reason"))
        .col(maybe_bytes("recovery"))
        .col(maybe_text("account"))
        .col(text("actor"))
        .col(maybe_text("method"))
        .col(maybe_text("source_ip"))
        .col(maybe_text("user_agent"))
        .col(maybe_text("request_id"))
        .primary_key(Index::create().col("tenant").col("id"))
        .to_owned()
}
