//! `regain config show`: every key, its value, and where that came from. Secrets are `***`.

use figment::value::{Num, Value};

use super::merged::Merged;
use super::{secrets, tree};
use crate::domain::id::TenantId;

/// One key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The tenant whose key it is; nobody's for `regain.toml`.
    pub tenant: Option<TenantId>,
    /// The dotted key.
    pub key: String,
    /// The value as TOML would write it; `***` for a secret, with the file or variable that it was read from.
    pub value: String,
    /// File and line, the variable, or `built in`.
    pub origin: String,
}

pub(super) fn lines(tenant: Option<&TenantId>, merged: &Merged) -> Vec<Line> {
    let mut leaves = Vec::new();
    tree::leaves(&merged.values, "", &mut leaves);
    let line = |(key, value): (String, &Value)| {
        let value = shown(&key, value, merged);
        Line { tenant: tenant.cloned(), origin: merged.origin(&key), key, value }
    };
    leaves.into_iter().filter(|(key, _)| key != "defaults").map(line).collect()
}

fn shown(key: &str, value: &Value, merged: &Merged) -> String {
    let is_public_address = match key {
        "store.url" => value.as_str().is_some_and(|url| url.starts_with("sqlite://")),
        "limits.store" => value.as_str() == Some("memory"),
        _ => false,
    };
    if !secrets::is_secret(key) || (is_public_address && merged.source(key).is_none()) {
        return written(value);
    }
    match merged.source(key) {
        Some(source) => format!("***({source})"),
        None => "***".to_owned(),
    }
}

pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(_, text) => toml_edit::Value::from(text.as_str()).to_string(),
        Value::Char(_, character) => format!("\"{character}\""),
        Value::Bool(_, truth) => truth.to_string(),
        Value::Num(_, number) => number_of(*number),
        Value::Empty(..) => "\"\"".to_owned(),
        Value::Array(_, items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Dict(_, table) => {
            let entries: Vec<String> = table.iter().map(|(key, value)| format!("{key} = {}", written(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn number_of(number: Num) -> String {
    match (number.to_i128(), number.to_u128(), number.to_f64()) {
        (Some(whole), _, _) => whole.to_string(),
        (None, Some(whole), _) => whole.to_string(),
        (None, None, Some(real)) => real.to_string(),
        (None, None, None) => String::new(),
    }
}
