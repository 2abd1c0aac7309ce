//! Values that two readers can be compared by.
//!
//! The normalisation: merge keys applied, mappings without order, scalars by YAML 1.2 with two of serde_yaml's habits, which
//! are matters of taste and not of reading: decimal digits after a leading zero are a string, `0b11` is a number. Tags other
//! than those of the core schema are dropped.

use std::collections::BTreeMap;

use ringfence_yaml::core11::Resolved;
use ringfence_yaml::{Kind, Node, Style, core12, merge};
use serde_yaml::Value;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Normal {
    Null,
    Bool(bool),
    Int(i128),
    /// By its digits, so that not-a-number is equal to itself.
    Float(String),
    Text(String),
    Sequence(Vec<Normal>),
    Mapping(BTreeMap<Normal, Normal>),
}

/// Ours. `None` where an alias is unknown or stands in itself, or a tag does not fit.
pub(crate) fn ours(node: Option<Node<'_>>, budget: &mut merge::Budget) -> Option<Normal> {
    let Some(node) = node else { return Some(Normal::Null) };
    let node = budget.enter(node)?;
    let value = match node.kind() {
        Kind::Sequence => Normal::Sequence(node.items().map(|item| ours(Some(item), budget)).collect::<Option<_>>()?),
        Kind::Mapping => {
            let mut pair =
                |entry: merge::Merged<'_>| Some((ours(Some(entry.key), budget)?, ours(Some(entry.value), budget)?));
            Normal::Mapping(merge::entries(node).map(&mut pair).collect::<Option<_>>()?)
        }
        Kind::Scalar | Kind::Alias => scalar(node)?,
    };
    budget.leave();
    Some(value)
}

fn scalar(node: Node<'_>) -> Option<Normal> {
    let text = node.scalar()?.as_str();
    let plain = node.tag().is_none() && node.scalar()?.style == Style::Plain;
    Some(match core12::resolve(node)? {
        Resolved::Int(_) | Resolved::Uint(_) if plain && leading_zero(text) => Normal::Text(text.to_owned()),
        Resolved::Float(_) if plain && leading_zero(text) && !text.contains(['.', 'e', 'E']) => {
            Normal::Text(text.to_owned())
        }
        Resolved::Str if plain && binary(text).is_some() => Normal::Int(binary(text)?),
        Resolved::Null => Normal::Null,
        Resolved::Bool(value) => Normal::Bool(value),
        Resolved::Int(value) => Normal::Int(value.into()),
        Resolved::Uint(value) => Normal::Int(value.into()),
        Resolved::Float(value) => Normal::Float(value.to_string()),
        Resolved::Str | Resolved::Binary => Normal::Text(text.to_owned()),
        Resolved::Invalid => return None,
    })
}

fn leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit()
}

fn binary(text: &str) -> Option<i128> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let value = i128::from(u64::from_str_radix(unsigned.strip_prefix("0b")?, 2).ok()?);
    Some(if text.starts_with('-') { -value } else { value })
}

/// Theirs, merge keys applied before.
pub(crate) fn theirs(value: &Value) -> Normal {
    match value {
        Value::Null => Normal::Null,
        Value::Bool(value) => Normal::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Normal::Int(value.into()),
            (_, Some(value)) => Normal::Int(value.into()),
            _ => Normal::Float(number.as_f64().unwrap_or(f64::NAN).to_string()),
        },
        Value::String(text) => Normal::Text(text.clone()),
        Value::Sequence(items) => Normal::Sequence(items.iter().map(theirs).collect()),
        Value::Mapping(entries) => {
            Normal::Mapping(entries.iter().map(|(key, value)| (theirs(key), theirs(value))).collect())
        }
        Value::Tagged(tagged) => theirs(&tagged.value),
    }
}
