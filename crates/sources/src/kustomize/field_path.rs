//! The paths of replacements: `spec.template.spec.containers.[name=web].image`, `a.*.b`, `a.0`.
//!
//! As `PathMatcher` and `PathGetter` of `kyaml/yaml`.

use regex::Regex;
use ringfence_manifest::{Data, Map, Place, Value};
use smol_str::SmolStr;

use super::edit;
use super::field_spec::split;

/// A path in steps.
#[derive(Clone, Debug)]
pub(super) struct FieldPath {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Key(SmolStr),
    Index(usize),
    Last,
    Every,
    /// The items whose key, or who themselves, fit a text: as it stands, and as an expression.
    Where(SmolStr, SmolStr, Option<Regex>),
}

/// What is made where a path ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaf {
    Scalar,
    Mapping,
    List,
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dead {
    /// Something else stands there.
    Shape,
    /// It goes on inside of a text.
    Text,
}

impl FieldPath {
    pub(super) fn new(text: &str) -> Self {
        Self { steps: steps(text).iter().map(|step| Step::new(step)).collect() }
    }

    /// The one value at the path.
    pub(super) fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(value, |value, step| match (step, &value.data) {
            (Step::Key(key), Data::Map(map)) => Some(&map.get(key)?.value),
            (Step::Index(at), Data::List(items)) => items.get(*at),
            (Step::Last, Data::List(items)) => items.last(),
            (Step::Where(key, text, _), Data::List(items)) => items.iter().find(|item| is(item, key, text)),
            _ => None,
        })
    }

    /// Calls `set` with every value at the path, and says how many there are. With `create` what is missing is made at
    /// `place`.
    pub(super) fn visit(
        &self,
        value: &mut Value,
        create: Option<Leaf>,
        place: Place,
        set: &mut dyn FnMut(&mut Value),
    ) -> Result<usize, Dead> {
        Visit { create, place, set, count: 0 }.run(value, &self.steps)
    }
}

impl Step {
    fn new(step: &str) -> Self {
        if let Ok(at) = step.parse() {
            return Self::Index(at);
        }
        match step {
            "-" => return Self::Last,
            "*" => return Self::Every,
            _ => {}
        }
        let inside = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
        match inside.and_then(|inside| inside.split_once('=')) {
            Some((key, text)) => Self::Where(key.into(), text.into(), Regex::new(text).ok()),
            None => Self::Key(step.into()),
        }
    }

    /// What must stand where this step is taken.
    const fn needs(&self) -> Leaf {
        match self {
            Self::Key(_) => Leaf::Mapping,
            _ => Leaf::List,
        }
    }
}

/// A path in steps; dots inside of brackets are part of one.
fn steps(text: &str) -> Vec<SmolStr> {
    let mut steps: Vec<SmolStr> = Vec::new();
    let mut open: Option<String> = None;
    for step in split(text, '.') {
        let whole = match open.take() {
            Some(begun) => format!("{begun}.{step}"),
            None if step.starts_with('[') => step.to_string(),
            None => {
                steps.push(step);
                continue;
            }
        };
        if whole.ends_with(']') { steps.push(unwrapped(&whole)) } else { open = Some(whole) }
    }
    steps.extend(open.map(|open| unwrapped(&open)));
    steps.retain(|step| !step.trim().is_empty());
    steps
}

/// `[a.b/c]` is only a key with dots in it.
fn unwrapped(step: &str) -> SmolStr {
    if step.contains('=') { step.into() } else { step.trim_matches(['[', ']']).into() }
}

fn is(item: &Value, key: &str, text: &str) -> bool {
    key_text(item, key).as_deref() == Some(text)
}

/// The text under a key of an item; with no key the item itself.
fn key_text<'v>(item: &'v Value, key: &str) -> Option<std::borrow::Cow<'v, str>> {
    if key.is_empty() { edit::text_of(item) } else { edit::text_of(&item.as_map()?.get(key)?.value) }
}

struct Visit<'s> {
    create: Option<Leaf>,
    place: Place,
    set: &'s mut dyn FnMut(&mut Value),
    count: usize,
}

impl Visit<'_> {
    fn run(mut self, value: &mut Value, steps: &[Step]) -> Result<usize, Dead> {
        self.walk(value, steps)?;
        Ok(self.count)
    }

    fn walk(&mut self, value: &mut Value, steps: &[Step]) -> Result<(), Dead> {
        let Some((step, rest)) = steps.split_first() else {
            (self.set)(value);
            self.count += 1;
            return Ok(());
        };
        if value.data == Data::Null && self.create.is_some() {
            *value = empty(step.needs(), self.place);
        }
        match (&mut value.data, step) {
            (Data::Map(map), Step::Key(key)) => self.key(map, key, rest),
            (Data::List(items), Step::Index(at)) => {
                if *at == items.len() && self.create.is_some() {
                    items.push(self.made(rest));
                }
                items.get_mut(*at).map_or(Err(Dead::Shape), |item| self.walk(item, rest))
            }
            (Data::List(items), Step::Every) => items.iter_mut().try_for_each(|item| self.walk(item, rest)),
            (Data::List(items), Step::Where(key, text, pattern)) => {
                self.filtered(items, (key, text, pattern.as_ref()), rest)
            }
            (Data::String(_), _) => Err(Dead::Text),
            _ => Err(Dead::Shape),
        }
    }

    fn key(&mut self, map: &mut Map, key: &str, rest: &[Step]) -> Result<(), Dead> {
        let at = match map.entries.iter().position(|entry| entry.key == key) {
            Some(at) => at,
            None if self.create.is_none() => return Ok(()),
            None => {
                map.entries.push(edit::entry(key, self.made(rest)));
                map.entries.len() - 1
            }
        };
        self.walk(&mut map.entries[at].value, rest)
    }

    fn filtered(
        &mut self,
        items: &mut Vec<Value>,
        (key, text, pattern): (&str, &str, Option<&Regex>),
        rest: &[Step],
    ) -> Result<(), Dead> {
        let fits = |item: &Value| {
            let own = key_text(item, key);
            own.is_some_and(|own| pattern.map_or(own == text, |pattern| pattern.is_match(own.trim())))
        };
        if self.create.is_some() && !items.iter().any(fits) {
            let own = edit::string(self.place, text);
            let map = |own| Data::Map(Map { entries: vec![edit::entry(key, own)], open: false });
            let item = if key.is_empty() { own } else { Value { place: self.place, data: map(own) } };
            items.push(item);
        }
        items.iter_mut().filter(|item| fits(item)).try_for_each(|item| self.walk(item, rest))
    }

    /// What is made where `rest` begins.
    fn made(&self, rest: &[Step]) -> Value {
        let leaf = rest.first().map_or(self.create.unwrap_or(Leaf::Scalar), Step::needs);
        empty(leaf, self.place)
    }
}

fn empty(leaf: Leaf, place: Place) -> Value {
    let data = match leaf {
        Leaf::Scalar => Data::Null,
        Leaf::Mapping => Data::Map(Map::default()),
        Leaf::List => Data::List(Vec::new()),
    };
    Value { place, data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_hold_dots_together() {
        assert_eq!(steps("metadata.annotations.[a.b/c]"), ["metadata", "annotations", "a.b/c"]);
        assert_eq!(steps("spec.containers.[name=a.b].image"), ["spec", "containers", "[name=a.b]", "image"]);
        assert_eq!(steps(r"metadata.annotations.a\.b"), ["metadata", "annotations", "a.b"]);
    }
}
