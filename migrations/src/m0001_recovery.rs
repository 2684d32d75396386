//! Recoveries, their issues, and what the worker learned of each issue.

use sea_orm_migration::prelude::*;

use super::{bytes, maybe_bytes, maybe_number, maybe_text, number, text};

/// The step `m0001_recovery`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(recovery()).await?;
        manager.create_table(issue()).await?;
        manager.create_table(delivery()).await?;
        manager
            .create_index(Index::create().name("recovery_by_expires_at").table("recovery").col("expires_at").to_owned())
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("delivery_by_tenant_account")
                    .table("delivery")
                    .col("tenant")
                    .col("account")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

fn recovery() -> TableCreateStatement {
    Table::create()
        .table("recovery")
        .col(text("tenant"))
        .col(bytes("id"))
        .col(number("version"))
        .col(number("key_id"))
        .col(number("started_at"))
        .col(number("expires_at"))
        .col(number("link_life_ms"))
        .col(number("code_life_ms"))
        .col(number("attempts"))
        .col(number("digits"))
        .col(bytes("request"))
        .col(number("codes_left"))
        .col(maybe_number("codes_closed_at"))
        .col(maybe_number("codes_closed_issue"))
        .col(maybe_number("cancelled_at"))
        .col(number("passwords_left"))
        .col(text("state"))
        .col(maybe_bytes("attempt"))
        .col(maybe_text("proof"))
        .col(maybe_number("proof_issue"))
        .col(maybe_number("lease_until"))
        .col(maybe_number("ended_at"))
        .primary_key(Index::create().col("tenant").col("id"))
        .to_owned()
}

fn issue() -> TableCreateStatement {
    Table::create()
        .table("issue")
        .col(text("tenant"))
        .col(bytes("recovery"))
        .col(number("number"))
        .col(number("at"))
        .col(text("method"))
        .col(number("digits"))
        .primary_key(Index::create().col("tenant").col("recovery").col("number"))
        .foreign_key(
            ForeignKey::create()
                .from_tbl("issue")
                .from_col("tenant")
                .from_col("recovery")
                .to_tbl("recovery")
                .to_col("tenant")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn delivery() -> TableCreateStatement {
    Table::create()
        .table("delivery")
        .col(text("tenant"))
        .col(bytes("recovery"))
        .col(number("issue"))
        .col(number("at"))
        .col(maybe_text("account"))
        .col(maybe_bytes("login"))
        .col(maybe_bytes("address"))
        .primary_key(Index::create().col("tenant").col("recovery").col("issue"))
        .foreign_key(
            ForeignKey::create()
                .from_tbl("delivery")
                .from_col("tenant")
                .from_col("recovery")
                .to_tbl("recovery")
                .to_col("tenant")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
