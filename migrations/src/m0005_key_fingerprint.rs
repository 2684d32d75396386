//! Which keys the store has been used with, as digests.

use sea_orm_migration::prelude::*;

use super::{bytes, number};

/// The step `m0005_key_fingerprint`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(key_fingerprint()).await?;
        Ok(())
    }
}

fn key_fingerprint() -> TableCreateStatement {
    Table::create()
        .table("key_fingerprint")
        .col(number("id"))
        .col(bytes("fingerprint"))
        .primary_key(Index::create().col("id"))
        .to_owned()
}
