//! The schema of regain's store, one file per step.
//!
//! A step only adds: a binary of the release before must run on the schema of this one. What is no longer used is
//! removed a release later. Moments are milliseconds since 1970, ids bytes, enums texts; whatever is not null can
//! never be absent.

mod m0001_recovery;
mod m0002_attempt;
mod m0003_outbox;
mod m0004_audit;
mod m0005_key_fingerprint;
mod m0006_local_directory;
mod m0007_look_again;
mod m0008_codes;
mod m0009_local_phone;

use sea_orm_migration::prelude::{ColumnDef, IntoIden};

pub use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

/// All steps, the first first.
#[derive(Debug)]
pub struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_recovery::Step),
            Box::new(m0002_attempt::Step),
            Box::new(m0003_outbox::Step),
            Box::new(m0004_audit::Step),
            Box::new(m0005_key_fingerprint::Step),
            Box::new(m0006_local_directory::Step),
            Box::new(m0007_look_again::Step),
            Box::new(m0008_codes::Step),
            Box::new(m0009_local_phone::Step),
        ]
    }
}

/// A column of text that is always there.
fn text(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A column of text that may be absent.
fn maybe_text(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// A column of bytes that is always there.
fn bytes(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// A column of bytes that may be absent.
fn maybe_bytes(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).blob().null().take()
}

/// A number or a moment that is always there.
fn number(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A number or a moment that may be absent.
fn maybe_number(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// Yes or no.
fn flag(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}
