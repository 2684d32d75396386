//! What later looks at a changed account have seen, and when the change was that a notice tells of.

use sea_orm_migration::prelude::*;

use super::maybe_number;

/// The step `m0007_look_again`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("attempt").add_column(maybe_number("credential_at")).to_owned())
            .await?;
        manager.alter_table(Table::alter().table("outbox").add_column(maybe_number("changed_at")).to_owned()).await
    }
}
