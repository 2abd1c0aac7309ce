//! Which rules run: `--select` and `--ignore`, in the manner of ruff.
//!
//! A selection is made of layers, the configuration file first and the command line after it. A `select` replaces what the
//! layers before it chose; within a layer the more specific word wins: `all`, then groups, then single rules, and of two
//! equally specific ones `ignore`.

use std::collections::BTreeSet;

use ringfence_rules::{Group, RULES, resolve_name};

/// What can be selected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Selector {
    /// Every rule, the pedantic ones too.
    All,
    /// The rules of a group.
    Group(Group),
    /// One rule.
    Rule(&'static str),
}

/// A word that names neither a rule nor a group.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no rule is named `{name}`")]
pub struct UnknownRule {
    /// The word.
    pub name: String,
    /// The known word it is nearest to, if it is near.
    pub near: Option<&'static str>,
}

/// The choice of rules.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Selection {
    layers: Vec<Layer>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Layer {
    select: Option<Vec<Selector>>,
    ignore: Vec<Selector>,
}

impl Selector {
    /// The selector of a word: `all`, a group, a rule or one of a rule's other names.
    pub fn parse(word: &str) -> Result<Self, UnknownRule> {
        let group = || Group::ALL.into_iter().find(|group| group.as_str() == word).map(Self::Group);
        let rule = || resolve_name(word).map(|rule| Self::Rule(rule.name));
        let all = (word == "all").then_some(Self::All);
        all.or_else(group).or_else(rule).ok_or_else(|| UnknownRule { name: word.to_owned(), near: near(word) })
    }

    fn matches(self, name: &str, group: Group) -> bool {
        match self {
            Self::All => true,
            Self::Group(own) => own == group,
            Self::Rule(own) => own == name,
        }
    }

    /// 0 for `all`, 1 for groups, 2 for rules.
    const fn specificity(self) -> u8 {
        match self {
            Self::All => 0,
            Self::Group(_) => 1,
            Self::Rule(_) => 2,
        }
    }
}

/// The rule or group whose name is nearest to a word.
fn near(word: &str) -> Option<&'static str> {
    let names = RULES.iter().map(|entry| entry.rule.name);
    nearest(word, names.chain(Group::ALL.iter().map(|group| group.as_str())))
}

/// The word that differs in the fewest letters, if these are at most a third of it.
pub(crate) fn nearest<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let distances = known.map(|known| (strsim::damerau_levenshtein(word, known), known));
    distances.min().filter(|(distance, _)| distance * 3 <= word.len().max(3)).map(|(_, known)| known)
}

impl UnknownRule {
    /// What to do.
    pub fn help(&self) -> String {
        match self.near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`ringfence rules` lists the rules and their groups".to_owned(),
        }
    }
}

impl Selection {
    /// Adds a layer that stands above the ones before it.
    pub fn push(&mut self, select: Option<Vec<Selector>>, ignore: Vec<Selector>) {
        if select.is_some() || !ignore.is_empty() {
            self.layers.push(Layer { select, ignore });
        }
    }

    /// The names of the rules that run.
    pub fn rules(&self) -> BTreeSet<&'static str> {
        let rules = RULES.iter().map(|entry| entry.rule);
        rules.filter(|rule| self.runs(rule.name, rule.group)).map(|rule| rule.name).collect()
    }

    /// Whether a rule of this name and group runs.
    pub fn runs(&self, name: &str, group: Group) -> bool {
        self.layers.iter().fold(group.on_by_default(), |on, layer| layer.decide(name, group, on))
    }
}

impl Layer {
    fn decide(&self, name: &str, group: Group, on: bool) -> bool {
        let best = |selectors: &[Selector]| {
            selectors
                .iter()
                .filter(|selector| selector.matches(name, group))
                .map(|selector| selector.specificity())
                .max()
        };
        let on = on && self.select.is_none();
        match (self.select.as_deref().and_then(best), best(&self.ignore)) {
            (Some(selected), Some(ignored)) => selected > ignored,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => on,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUE: Selector = Selector::Group(Group::Blueprint);
    const PEDANTIC: Selector = Selector::Group(Group::Pedantic);

    fn selection(layers: &[(Option<&[Selector]>, &[Selector])]) -> Selection {
        let mut selection = Selection::default();
        for (select, ignore) in layers {
            selection.push(select.map(<[Selector]>::to_vec), ignore.to_vec());
        }
        selection
    }

    #[test]
    fn pedantic_rules_are_off_unless_asked_for() {
        let default = Selection::default();
        assert!(default.runs("a", Group::Style) && !default.runs("a", Group::Pedantic));
        assert!(selection(&[(Some(&[Selector::All]), &[])]).runs("a", Group::Pedantic));
        assert!(selection(&[(Some(&[PEDANTIC]), &[])]).runs("a", Group::Pedantic));
    }

    #[test]
    fn select_replaces_and_ignore_removes() {
        let one = selection(&[(Some(&[Selector::Rule("a")]), &[])]);
        assert!(one.runs("a", Group::Style) && !one.runs("b", Group::Style));
        let less = selection(&[(None, &[BLUE])]);
        assert!(less.runs("a", Group::Style) && !less.runs("b", Group::Blueprint) && !less.runs("c", Group::Pedantic));
    }

    #[test]
    fn the_more_specific_word_wins_within_a_layer() {
        let layer = selection(&[(Some(&[BLUE, Selector::Rule("a")]), &[PEDANTIC, Selector::Rule("b")])]);
        assert!(layer.runs("a", Group::Pedantic), "a rule over its group");
        assert!(!layer.runs("b", Group::Blueprint) && layer.runs("c", Group::Blueprint));
        assert!(!selection(&[(Some(&[BLUE]), &[BLUE])]).runs("c", Group::Blueprint), "of equals, ignore");
    }

    #[test]
    fn the_later_layer_wins() {
        let config: (Option<&[Selector]>, &[Selector]) = (Some(&[BLUE]), &[Selector::Rule("a")]);
        assert!(selection(&[config, (Some(&[Selector::Rule("a")]), &[])]).runs("a", Group::Blueprint));
        let narrowed = selection(&[config, (None, &[Selector::Rule("b")])]);
        assert!(!narrowed.runs("b", Group::Blueprint) && narrowed.runs("c", Group::Blueprint));
        assert!(!narrowed.runs("a", Group::Blueprint) && !narrowed.runs("d", Group::Style));
    }

    #[test]
    fn words_are_groups_or_rules() {
        assert_eq!(Selector::parse("all"), Ok(Selector::All));
        assert_eq!(Selector::parse("blueprint"), Ok(BLUE));
        assert_eq!(Selector::parse("blueprnt").unwrap_err().help(), "did you mean `blueprint`?");
        assert_eq!(Selector::parse("quux").unwrap_err().to_string(), "no rule is named `quux`");
        assert!(Selector::parse("All").is_err(), "names are as they are written");
    }
}
