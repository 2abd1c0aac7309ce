//! Other names of rules: what peers and older texts call them. Suppressions and `explain` accept these.

use crate::{RULES, Rule};

/// `alias = name` lines, sorted.
const ALIASES: &str = include_str!("../aliases.toml");

/// The rule of a name or of one of its aliases.
pub fn resolve_name(name: &str) -> Option<&'static Rule> {
    let find = |name: &str| RULES.iter().map(|entry| entry.rule).find(|rule| rule.name == name);
    find(name).or_else(|| find(alias_target(name)?))
}

fn alias_target(alias: &str) -> Option<&'static str> {
    ALIASES
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .find(|(key, _)| *key == alias)
        .map(|(_, name)| name.trim_matches('"'))
}
