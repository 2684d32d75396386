//! What must survive a restart so that codes stay safe: wrong codes and guesses by the hour, and what was sent to whom.
//!
//! A delivery also says how many digits its code has, and at how many wrong codes of the account a right one is refused.

use sea_orm_migration::prelude::*;

use super::{bytes, maybe_bytes, maybe_number, maybe_text, number, text};

/// The step `m0008_codes`.
#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["digits", "refuse_at"] {
            manager.alter_table(Table::alter().table("delivery").add_column(maybe_number(column)).to_owned()).await?;
        }
        // Before this step a link's issue bore the digits of a code that it never carried.
        manager.get_connection().execute_unprepared("UPDATE issue SET digits = 0 WHERE method = 'email_link'").await?;
        manager.create_table(tally()).await?;
        manager.create_index(Index::create().name("tally_by_hour").table("tally").col("hour").to_owned()).await?;
        manager.create_table(sent()).await?;
        for (name, columns) in [
            ("sent_by_tenant_account_way_at", &["tenant", "account", "way", "at"][..]),
            ("sent_by_tenant_way_at", &["tenant", "way", "at"]),
            ("sent_by_way_at", &["way", "at"]),
            ("sent_by_at", &["at"]),
        ] {
            let mut index = Index::create().name(name).table("sent").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Counts by the hour. `subject` is a keyed digest, or says nothing about anybody.
fn tally() -> TableCreateStatement {
    Table::create()
        .table("tally")
        .col(text("tenant"))
        .col(text("what"))
        .col(bytes("subject"))
        .col(number("hour"))
        .col(number("count"))
        .primary_key(Index::create().col("tenant").col("what").col("subject").col("hour"))
        .to_owned()
}

/// Messages of recoveries that were handed over or are about to be. `prefix` is a keyed digest of a number's first
/// digits; `full_at` is when the account has all of its mails again.
fn sent() -> TableCreateStatement {
    Table::create()
        .table("sent")
        .col(text("tenant"))
        .col(bytes("message"))
        .col(text("way"))
        .col(text("account"))
        .col(bytes("recovery"))
        .col(number("issue"))
        .col(number("at"))
        .col(number("full_at"))
        .col(maybe_text("country"))
        .col(maybe_bytes("prefix"))
        .col(maybe_number("verified_at"))
        .primary_key(Index::create().col("tenant").col("message").col("way"))
        .to_owned()
}
