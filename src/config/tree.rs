//! Values by their dotted path: read, put, take away. Numbers in a path count the elements of a list.

use figment::value::{Dict, Tag, Value};

/// What stands at `path`.
pub(super) fn get<'a>(values: &'a Dict, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let mut value = values.get(first)?;
    for part in rest {
        value = child(value, part)?;
    }
    Some(value)
}

/// What stands at the dotted `key`.
pub(super) fn find<'a>(values: &'a Dict, key: &str) -> Option<&'a Value> {
    get(values, &path(key))
}

/// Puts `value` at `path`, with tables where there are none.
pub(super) fn put(values: &mut Dict, path: &[String], value: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    if let Some(Node::Table(table)) = descend(values, parents, true) {
        table.insert(last.clone(), value);
    } else if let Some(Node::List(list)) = descend(values, parents, false)
        && let Some(slot) = last.parse::<usize>().ok().and_then(|index| list.get_mut(index))
    {
        *slot = value;
    }
}

/// Takes away what stands at `path`.
pub(super) fn remove(values: &mut Dict, path: &[String]) {
    let Some((last, parents)) = path.split_last() else { return };
    match descend(values, parents, false) {
        Some(Node::Table(table)) => {
            table.remove(last);
        }
        Some(Node::List(list)) => {
            if let Some(index) = last.parse::<usize>().ok().filter(|index| *index < list.len()) {
                list.remove(index);
            }
        }
        None => {}
    }
}

/// The dotted key as a path.
pub(super) fn path(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

/// Every leaf below `values` with its dotted key, in order. A list is a leaf unless tables stand in it.
pub(super) fn leaves<'a>(values: &'a Dict, prefix: &str, found: &mut Vec<(String, &'a Value)>) {
    for (name, value) in values {
        leaf(super::layer::join(prefix, name), value, found);
    }
}

fn leaf<'a>(key: String, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Dict(_, inner) => leaves(inner, &key, found),
        Value::Array(_, items) if items.iter().any(|item| matches!(item, Value::Dict(..))) => {
            for (index, item) in items.iter().enumerate() {
                leaf(format!("{key}.{index}"), item, found);
            }
        }
        Value::Array(..)
        | Value::String(..)
        | Value::Char(..)
        | Value::Bool(..)
        | Value::Num(..)
        | Value::Empty(..) => found.push((key, value)),
    }
}

/// The names, or numbers, of what stands in `value`.
pub(super) fn children(value: &Value) -> Vec<String> {
    match value {
        Value::Dict(_, inner) => inner.keys().cloned().collect(),
        Value::Array(_, items) => (0..items.len()).map(|index| index.to_string()).collect(),
        Value::String(..) | Value::Char(..) | Value::Bool(..) | Value::Num(..) | Value::Empty(..) => Vec::new(),
    }
}

/// The path of the key `name` in the table at `path`, or in a table below it: serde loses the inner part of a path
/// inside a table with a `kind`.
pub(super) fn below(values: &Dict, path: &[String], name: &str) -> Vec<String> {
    let own = [path, &[name.to_owned()]].concat();
    if get(values, &own).is_some() {
        return own;
    }
    let inner = get(values, path).map(children).unwrap_or_default();
    let found = inner.into_iter().find_map(|child| {
        let path = below(values, &[path, &[child]].concat(), name);
        get(values, &path).map(|_| path)
    });
    found.unwrap_or(own)
}

/// What a value is, in a word; never the value itself.
pub(super) fn noun(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "a string",
        Value::Bool(..) => "true or false",
        Value::Num(..) => "a number",
        Value::Empty(..) => "nothing",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
    }
}

/// A text as a value.
pub(super) fn text(text: impl Into<String>) -> Value {
    Value::String(Tag::Default, text.into())
}

enum Node<'a> {
    Table(&'a mut Dict),
    List(&'a mut Vec<Value>),
}

fn descend<'a>(values: &'a mut Dict, path: &[String], make: bool) -> Option<Node<'a>> {
    let mut node = Node::Table(values);
    for part in path {
        let value = match node {
            Node::Table(table) => {
                if make && !table.contains_key(part) {
                    table.insert(part.clone(), Value::Dict(Tag::Default, Dict::new()));
                }
                table.get_mut(part)?
            }
            Node::List(list) => list.get_mut(part.parse::<usize>().ok()?)?,
        };
        node = match value {
            Value::Dict(_, inner) => Node::Table(inner),
            Value::Array(_, items) => Node::List(items),
            Value::String(..) | Value::Char(..) | Value::Bool(..) | Value::Num(..) | Value::Empty(..) => return None,
        };
    }
    Some(node)
}

fn child<'a>(value: &'a Value, part: &str) -> Option<&'a Value> {
    match value {
        Value::Dict(_, inner) => inner.get(part),
        Value::Array(_, items) => items.get(part.parse::<usize>().ok()?),
        Value::String(..) | Value::Char(..) | Value::Bool(..) | Value::Num(..) | Value::Empty(..) => None,
    }
}
