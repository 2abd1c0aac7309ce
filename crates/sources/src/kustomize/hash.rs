//! The end of the name of what was generated: a hash of what is in it.
//!
//! As `api/hasher/hasher.go`: ten characters of the SHA-256 of some JSON, some of them replaced.

use std::fmt::Write as _;
use std::sync::Arc;

use ringfence_manifest::{Data, Transformer, Value};
use sha2::{Digest as _, Sha256};

use super::edit;
use super::layer::Layer;
use super::resource::Resource;

/// Adds the hash to the names of what was generated. Where inputs are missing it cannot be told, and is left out.
pub(super) fn apply(layer: &mut Layer) {
    let hashed = |resource: &Resource| resource.generated.filter(|generated| generated.hash && !generated.stub);
    for shared in &mut layer.resources {
        let Some(generated) = hashed(shared) else { continue };
        let resource = Arc::make_mut(shared);
        let name = format!("{}-{}", resource.name(), hash(&resource.value));
        resource.remember();
        resource.rename(edit::string(generated.place, name), Transformer::Generator);
    }
}

fn hash(object: &Value) -> String {
    let digest = Sha256::digest(json(object));
    let hex: String = digest.iter().take(5).fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let safe = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(safe).collect()
}

/// What is hashed of a ConfigMap or Secret, its keys in order.
fn json(object: &Value) -> String {
    let secret = edit::text_at(object, &["kind"]) == Some("Secret");
    let mut out = String::from("{");
    let mut field = |key: &str, value: Option<&Value>| {
        if out.len() > 1 {
            out.push(',');
        }
        string(key, &mut out);
        out.push(':');
        match value {
            Some(value) => write_value(value, &mut out),
            None => out.push_str("\"\""),
        }
    };
    let at = |key| object.at(&[key]);
    if let Some(binary) = at("binaryData").filter(|binary| !secret && binary.as_map().is_some()) {
        field("binaryData", Some(binary));
    }
    field("data", at("data"));
    field("kind", at("kind"));
    // The name is meant to be in it, but kustomize looks for it in the wrong place.
    field("name", None);
    if secret {
        if let Some(text) = at("stringData").filter(|text| text.as_map().is_some()) {
            field("stringData", Some(text));
        }
        field("type", at("type"));
    }
    out.push('}');
    out
}

fn write_value(value: &Value, out: &mut String) {
    match &value.data {
        Data::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|one, other| one.key.cmp(&other.key));
            out.push('{');
            for (at, entry) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string(&entry.key, out);
                out.push(':');
                write_value(&entry.value, out);
            }
            out.push('}');
        }
        Data::String(text) => string(text, out),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Int(number) => drop(write!(out, "{number}")),
        Data::Float(number) => drop(write!(out, "{number}")),
        Data::Null | Data::Unknown | Data::List(_) => out.push_str("null"),
    }
}

/// A string as Go's `encoding/json` writes it: safe inside HTML, too.
fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => drop(write!(out, "\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
