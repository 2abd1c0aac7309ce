//! The schemas of the custom resources, from the tables of `ringfence_manifest::schema`.

use std::sync::LazyLock;

use regex::Regex;
use ringfence_manifest::Kind;
use rustc_hash::FxHashMap;

/// What a schema asks of a value. A list and its elements share one, as they share a line of the table.
#[derive(Default, Debug)]
pub(super) struct Schema {
    pub(super) required: bool,
    pub(super) default: bool,
    pub(super) format: &'static str,
    pub(super) choices: Vec<String>,
    pub(super) pattern: Option<Pattern>,
    /// Characters of a text, bounds of a number, members of an object, items of a list.
    pub(super) length: Bounds,
    pub(super) value: Bounds,
    pub(super) properties: Bounds,
    pub(super) items: Bounds,
    pub(super) rules: Vec<Rule>,
    pub(super) fields: Vec<(&'static str, Schema)>,
}

/// A pattern, and the same compiled; `None` where only Go can.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    pub(super) regex: Option<Regex>,
}

/// The least and the most.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Bounds {
    pub(super) least: Option<i64>,
    pub(super) most: Option<i64>,
}

/// Something about several fields at once.
#[derive(Debug)]
pub(super) enum Rule {
    /// Exactly one of these fields.
    OneOf(Vec<&'static str>),
    /// At least one of these fields.
    AnyOf(Vec<&'static str>),
    /// An expression in CEL, and what is said where it does not hold.
    Cel { expression: String, message: String },
}

/// The schema of a kind, if it is a custom resource.
pub(super) fn of(kind: Kind) -> Option<&'static Schema> {
    static CNP: LazyLock<Schema> = LazyLock::new(|| read(Kind::CiliumNetworkPolicy));
    static CCNP: LazyLock<Schema> = LazyLock::new(|| read(Kind::CiliumClusterwideNetworkPolicy));
    static ANP: LazyLock<Schema> = LazyLock::new(|| read(Kind::AdminNetworkPolicy));
    static BANP: LazyLock<Schema> = LazyLock::new(|| read(Kind::BaselineAdminNetworkPolicy));
    static KCNP: LazyLock<Schema> = LazyLock::new(|| read(Kind::ClusterNetworkPolicy));
    Some(match kind {
        Kind::CiliumNetworkPolicy => &CNP,
        Kind::CiliumClusterwideNetworkPolicy => &CCNP,
        Kind::AdminNetworkPolicy => &ANP,
        Kind::BaselineAdminNetworkPolicy => &BANP,
        Kind::ClusterNetworkPolicy => &KCNP,
        _ => return None,
    })
}

fn read(kind: Kind) -> Schema {
    let table = ringfence_manifest::schema::table(kind).unwrap_or_default();
    let mut root = Schema::default();
    let mut patterns = FxHashMap::default();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let Some((path, words)) = line.split_once(' ') else { continue };
        let node = root.at(path);
        match words.strip_prefix('@') {
            Some(rule) => node.rules.extend(Rule::read(rule)),
            None => tokens(words).for_each(|word| node.word(word, &mut patterns)),
        }
    }
    root
}

impl Schema {
    /// The schema of a field.
    pub(super) fn field(&self, key: &str) -> Option<&Self> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, schema)| schema)
    }

    /// The schema under a path, made where it is not there yet.
    fn at(&mut self, path: &'static str) -> &mut Self {
        let steps = path.split('.').map(|step| step.trim_end_matches(['[', ']', '{', '}']));
        steps.filter(|step| !step.is_empty()).fold(self, |node, step| {
            let known = node.fields.iter().position(|(name, _)| *name == step);
            let at = known.unwrap_or_else(|| {
                node.fields.push((step, Self::default()));
                node.fields.len() - 1
            });
            &mut node.fields[at].1
        })
    }

    fn word(&mut self, word: &'static str, patterns: &mut FxHashMap<&'static str, Pattern>) {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let number = value.parse().ok();
        match key {
            "required" => self.required = true,
            "default" => self.default = true,
            "format" => self.format = value,
            "enum" => self.choices = value.split('|').map(str::to_owned).collect(),
            "pattern" => self.pattern = Some(patterns.entry(value).or_insert_with(|| Pattern::read(value)).clone()),
            "minLength" => self.length.least = number,
            "maxLength" => self.length.most = number,
            "minimum" => self.value.least = number,
            "maximum" => self.value.most = number,
            "minItems" => self.items.least = number,
            "maxItems" => self.items.most = number,
            "minProperties" => self.properties.least = number,
            "maxProperties" => self.properties.most = number,
            _ => {}
        }
    }
}

impl Pattern {
    fn read(word: &str) -> Self {
        let text = unquoted(word);
        // `\PC` is "no control, unassigned or private character"; the crate is built without the tables for it, and
        // control characters are what people meet.
        let regex = Regex::new(&text.replace(r"\PC", r"[^\x00-\x1f\x7f-\x{9f}]")).ok();
        Self { text, regex }
    }

    /// Whether a text surely does not match.
    pub(super) fn refuses(&self, text: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| !regex.is_match(text))
    }
}

impl Rule {
    fn read(line: &'static str) -> Option<Self> {
        let (kind, rest) = line.split_once(' ')?;
        Some(match kind {
            "oneOf" => Self::OneOf(rest.split('|').collect()),
            "anyOf" => Self::AnyOf(rest.split('|').collect()),
            _ => {
                let mut words = tokens(rest);
                let expression = unquoted(words.next()?);
                let message = words.find_map(|word| word.strip_prefix("message=")).map(unquoted);
                Self::Cel { message: message.unwrap_or_else(|| format!("failed rule: {expression}")), expression }
            }
        })
    }
}

/// The words of a line: a text in quotes may hold spaces.
fn tokens(words: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = words;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let (mut quoted, mut escaped) = (false, false);
        let end = rest.char_indices().find(|&(_, character)| {
            if character == '"' && !escaped {
                quoted = !quoted;
            }
            escaped = quoted && character == '\\' && !escaped;
            character == ' ' && !quoted
        });
        let (word, tail) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = tail;
        (!word.is_empty()).then_some(word)
    })
}

/// A word without its quotes.
fn unquoted(word: &str) -> String {
    let inner = word.strip_prefix('"').and_then(|word| word.strip_suffix('"'));
    inner.map_or_else(|| word.to_owned(), |inner| inner.replace(r#"\""#, "\"").replace(r"\\", r"\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 5] = [
        Kind::CiliumNetworkPolicy,
        Kind::CiliumClusterwideNetworkPolicy,
        Kind::AdminNetworkPolicy,
        Kind::BaselineAdminNetworkPolicy,
        Kind::ClusterNetworkPolicy,
    ];

    /// Every schema of a kind, with its path.
    fn all(schema: &'static Schema, path: &str, found: &mut Vec<(String, &'static Schema)>) {
        found.push((path.to_owned(), schema));
        schema.fields.iter().for_each(|(key, field)| all(field, &format!("{path}.{key}"), found));
    }

    fn everything() -> Vec<(String, &'static Schema)> {
        let mut found = Vec::new();
        for kind in KINDS {
            all(of(kind).unwrap(), kind.name(), &mut found);
        }
        found
    }

    #[test]
    fn every_pattern_compiles() {
        let patterns = everything().into_iter().filter_map(|(path, schema)| Some((path, schema.pattern.as_ref()?)));
        let patterns: Vec<_> = patterns.collect();
        assert!(patterns.len() > 100);
        for (path, pattern) in patterns {
            assert!(pattern.regex.is_some(), "{path}: {}", pattern.text);
        }
    }

    #[test]
    fn every_word_of_the_tables_is_known() {
        const KNOWN: &[&str] = &[
            "object",
            "string",
            "integer",
            "boolean",
            "int-or-string",
            "required",
            "default",
            "format",
            "enum",
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
            "experimental",
            "standard",
        ];
        for kind in KINDS {
            let table = ringfence_manifest::schema::table(kind).unwrap();
            let lines = table.lines().filter(|line| !line.starts_with('#') && !line.contains(" @"));
            for word in lines.flat_map(|line| tokens(line.split_once(' ').unwrap().1)) {
                let key = word.split('=').next().unwrap();
                assert!(KNOWN.contains(&key), "{word}");
            }
        }
    }

    #[test]
    fn every_expression_is_one_that_is_evaluated_here() {
        for (path, schema) in everything() {
            for rule in &schema.rules {
                if let Rule::Cel { expression, .. } = rule {
                    assert!(super::super::cel::is_known(expression), "{path}: {expression}");
                }
            }
        }
    }

    #[test]
    fn choices_bounds_and_rules_are_read() {
        let item = of(Kind::CiliumNetworkPolicy).and_then(|root| root.field("spec")?.field("egress")).unwrap();
        let ports = item.field("toPorts").and_then(|it| it.field("ports")).unwrap();
        assert_eq!(ports.items.most, Some(40));
        assert_eq!(ports.field("protocol").unwrap().choices.len(), 11);
        assert!(matches!(&item.field("toCIDRSet").unwrap().rules[..], [Rule::OneOf(fields)] if fields.len() == 3));
        let subject = of(Kind::AdminNetworkPolicy).and_then(|root| root.field("spec")?.field("subject")).unwrap();
        assert!(subject.required && subject.properties.most == Some(1));
    }
}
