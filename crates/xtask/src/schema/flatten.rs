//! An OpenAPI schema as flat lines: one a field path, with its type and constraints, rules of a path right below it.

use std::fmt;

use serde_json::{Map, Value};

use super::Result;

/// One line of a table: `spec.ingress[].port string maxLength=63`, or a rule: `spec @cel "…"`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Line {
    /// Field names joined with `.`; `[]` element of a list, `{}` value of a map; `.` is the object itself.
    pub(super) path: String,
    /// Type and constraints, or the rule.
    pub(super) words: String,
}

impl Line {
    pub(super) fn marked(mut self, mark: &str) -> Self {
        self.words.push(' ');
        self.words.push_str(mark);
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.words)
    }
}

/// Constraints that are written `key=value`, in the order in which they appear on a line.
const CONSTRAINTS: &[&str] = &[
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "default",
];

/// Keywords that are read one by one below.
const STRUCTURE: &[&str] = &[
    "type",
    "enum",
    "nullable",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "oneOf",
    "anyOf",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// Keywords that say nothing about which values are accepted, or (list and map types) only about merging and
/// duplicates.
const SILENT: &[&str] = &[
    "$schema",
    "title",
    "description",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
];

/// Top-level fields of which only the line itself is kept: the same for all kinds, or written by controllers.
const OPAQUE: &[&str] = &["metadata", "status"];

/// Lists every field of a schema, depth first, the fields of an object by name.
///
/// # Errors
/// A keyword that this does not know: nothing of a schema may be left out unseen.
pub(super) fn flatten(schema: &Value) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let schema = node(schema, ".")?;
    rules(schema, ".", &mut lines)?;
    fields(schema, "", &mut lines)?;
    Ok(lines)
}

/// The keywords of a schema, all of them known.
fn node<'a>(schema: &'a Value, path: &str) -> Result<&'a Map<String, Value>> {
    let map = schema.as_object().ok_or_else(|| format!("`{path}`: not an object schema: {schema}"))?;
    let known = |key: &str| [CONSTRAINTS, STRUCTURE, SILENT].iter().any(|set| set.contains(&key));
    match map.keys().find(|key| !known(key)) {
        Some(key) => Err(format!("`{path}`: unknown schema keyword `{key}`").into()),
        None => Ok(map),
    }
}

fn fields(schema: &Map<String, Value>, parent: &str, lines: &mut Vec<Line>) -> Result<()> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
    let required = strings(schema.get("required"));
    let mut names: Vec<&String> = properties.keys().collect();
    names.sort();
    for name in names {
        let path = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        let words = if required.contains(&name.as_str()) { vec!["required".to_owned()] } else { Vec::new() };
        if parent.is_empty() && OPAQUE.contains(&name.as_str()) {
            lines.push(Line { path, words: "object".into() });
        } else {
            field(&properties[name], path, words, lines)?;
        }
    }
    Ok(())
}

/// One field and all below it. A list or map shares the line of its elements: its own words come first.
fn field(schema: &Value, path: String, mut words: Vec<String>, lines: &mut Vec<Line>) -> Result<()> {
    let schema = node(schema, &path)?;
    let own = constraints(schema);
    if let Some(twice) = own.iter().find(|word| words.iter().any(|it| key_of(it) == key_of(word))) {
        return Err(format!("`{path}`: a list and its elements both say `{}`", key_of(twice)).into());
    }
    words.extend(own);
    if schema.contains_key("properties") && element(schema).is_some() {
        return Err(format!("`{path}`: both fields and elements").into());
    }
    if let Some((suffix, element)) = element(schema) {
        rules(schema, &path, lines)?;
        let path = path + suffix;
        return if element == &Value::Bool(true) {
            lines.push(line(path, "any", words));
            Ok(())
        } else {
            field(element, path, words, lines)
        };
    }
    lines.push(line(path.clone(), type_of(schema, &path)?, words));
    rules(schema, &path, lines)?;
    fields(schema, &path, lines)
}

fn line(path: String, kind: &str, words: Vec<String>) -> Line {
    let mut all = vec![kind.to_owned()];
    all.extend(words);
    Line { path, words: all.join(" ") }
}

/// The schema of the elements of a list or the values of a map, with the suffix that a path takes.
fn element(schema: &Map<String, Value>) -> Option<(&'static str, &Value)> {
    if let Some(items) = schema.get("items") {
        return Some(("[]", items));
    }
    schema.get("additionalProperties").map(|values| ("{}", values))
}

fn type_of<'a>(schema: &'a Map<String, Value>, path: &str) -> Result<&'a str> {
    if is_true(schema, "x-kubernetes-int-or-string") {
        return Ok("int-or-string");
    }
    if is_true(schema, "x-kubernetes-preserve-unknown-fields") {
        return Ok("any");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some(kind @ ("object" | "string" | "integer" | "boolean" | "number")) => Ok(kind),
        other => Err(format!("`{path}`: no type that a table can show: {other:?}").into()),
    }
}

/// `nullable`, `enum=…` and the other words of a schema itself.
fn constraints(schema: &Map<String, Value>) -> Vec<String> {
    let nullable = is_true(schema, "nullable").then(|| "nullable".to_owned());
    let choices = schema.get("enum").and_then(Value::as_array);
    let choices = choices.map(|all| format!("enum={}", all.iter().map(plain).collect::<Vec<_>>().join("|")));
    let rest = CONSTRAINTS.iter().filter_map(|key| Some(format!("{key}={}", plain(schema.get(*key)?))));
    nullable.into_iter().chain(choices).chain(rest).collect()
}

fn key_of(word: &str) -> &str {
    word.split_once('=').map_or(word, |(key, _)| key)
}

/// What a schema says about several fields at once: `oneOf`, `anyOf` and CEL, each a line of its own.
fn rules(schema: &Map<String, Value>, path: &str, lines: &mut Vec<Line>) -> Result<()> {
    for key in ["oneOf", "anyOf"] {
        let Some(branches) = schema.get(key).and_then(Value::as_array) else { continue };
        // The two branches of an int-or-string are its type, not a choice of fields.
        if !is_true(schema, "x-kubernetes-int-or-string") {
            let groups = branches.iter().map(|it| required_group(it, path)).collect::<Result<Vec<_>>>()?;
            lines.push(Line { path: path.into(), words: format!("@{key} {}", groups.join("|")) });
        }
    }
    let cel = schema.get("x-kubernetes-validations").and_then(Value::as_array);
    for rule in cel.into_iter().flatten() {
        let message = rule.get("message").map_or(String::new(), |message| format!(" message={message}"));
        let rule = rule.get("rule").ok_or_else(|| format!("`{path}`: a validation without a rule"))?;
        lines.push(Line { path: path.into(), words: format!("@cel {rule}{message}") });
    }
    Ok(())
}

/// One branch of a choice: the fields that it requires, joined with `+`.
fn required_group(branch: &Value, path: &str) -> Result<String> {
    let names = strings(branch.get("required"));
    let only_required =
        branch.as_object().is_some_and(|it| it.keys().all(|key| key == "required" || key == "properties"));
    let bare = branch.get("properties").and_then(Value::as_object);
    let bare = bare.is_none_or(|it| it.values().all(|schema| schema.as_object().is_some_and(Map::is_empty)));
    if names.is_empty() || !only_required || !bare {
        return Err(format!("`{path}`: a choice that is more than required fields: {branch}").into());
    }
    Ok(names.join("+"))
}

/// A value as one word: bare where that is unambiguous, else JSON.
fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '"') => text.to_owned(),
        _ => value.to_string(),
    }
}

fn is_true(schema: &Map<String, Value>, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}

fn strings(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests;
