//! The `local` provider finds accounts by telephone number.

use sea_orm_migration::prelude::*;

/// The step `m0009_local_phone`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("local_account_by_tenant_phone")
                    .table("local_account")
                    .col("tenant")
                    .col("phone")
                    .to_owned(),
            )
            .await
    }
}
