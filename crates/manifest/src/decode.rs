//! From a tree, which says what is written, to a [`Value`], which says what the API server makes of it.

use ringfence_text::{FileId, Span};
use ringfence_yaml::core11::{self, Resolved};
use ringfence_yaml::merge::{self, Budget, Merged};
use ringfence_yaml::placeholder::{self, Placeholder};
use ringfence_yaml::{Kind, Node, Style, Tree};
use smol_str::SmolStr;

use crate::{Data, Entry, Map, Place, Scalars, Value};

/// Decodes the nodes of one document.
pub(crate) struct Decoder {
    file: FileId,
    /// What is added to each span: where a Markdown block begins in its file.
    base: u32,
    depth: u32,
    max_depth: u32,
    budget: Budget,
    /// What scalars are where placeholders are text: see [`documents`](crate::documents).
    literal: Option<Scalars>,
    /// The outermost alias, or merge, that we have followed to where we are.
    via: Option<Span>,
}

/// Why a node has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// Its aliases would expand to more than the limits allow, or without end.
    Aliases(Place),
    /// No JSON can be made of it, so every client refuses the file: a key that is null or a collection, a value that does
    /// not fit its tag, a merge of something that is no mapping.
    NotJson(Place),
}

type Decoded<T> = Result<T, Refusal>;

impl Decoder {
    pub(crate) fn new(tree: &Tree, file: FileId, base: u32) -> Self {
        let limits = tree.limits();
        Self {
            file,
            base,
            depth: 0,
            max_depth: limits.depth,
            budget: Budget::new(limits.aliases),
            literal: None,
            via: None,
        }
    }

    /// One that takes placeholders for text.
    pub(crate) fn literal(tree: &Tree, file: FileId, scalars: Scalars) -> Self {
        Self { literal: Some(scalars), ..Self::new(tree, file, 0) }
    }

    /// The place of bytes of the tree.
    pub(crate) fn place(&self, span: Span) -> Place {
        let alias = self.via.map(|via| via.shifted(self.base));
        Place { file: self.file, span: span.shifted(self.base), alias }
    }

    /// The value of a node.
    pub(crate) fn value(&mut self, node: Node<'_>) -> Decoded<Value> {
        if node.kind() != Kind::Alias && self.via.is_none() {
            return self.nested(node);
        }
        let outer = self.via;
        let target = self.budget.enter(node).ok_or(Refusal::Aliases(self.place(node.span())))?;
        if node.kind() == Kind::Alias {
            self.via = outer.or(Some(node.span()));
        }
        let value = self.nested(target);
        self.budget.leave();
        self.via = outer;
        value
    }

    /// The mapping with only those of its entries that `wanted` names.
    pub(crate) fn part(&mut self, mapping: Node<'_>, wanted: &[&str]) -> Decoded<Value> {
        let place = self.place(mapping.span());
        let mut map = Map::default();
        for key in wanted {
            if let Some(entry) = mapping.get(key) {
                self.entry(&mut map, entry.key, entry.value)?;
            }
        }
        Ok(Value { place, data: Data::Map(map) })
    }

    /// The value of a node that is no alias.
    fn nested(&mut self, node: Node<'_>) -> Decoded<Value> {
        let place = self.place(node.span());
        if self.depth == self.max_depth {
            return Err(Refusal::Aliases(place));
        }
        self.depth += 1;
        let data = match node.kind() {
            Kind::Mapping => self.mapping(node).map(Data::Map),
            Kind::Sequence => node.items().map(|item| self.value(item)).collect::<Decoded<_>>().map(Data::List),
            Kind::Scalar | Kind::Alias => {
                let data = match self.literal {
                    None => scalar(node),
                    Some(Scalars::Objects) => of_objects(node),
                    Some(Scalars::Settings) => of_settings(node),
                };
                data.ok_or(Refusal::NotJson(place))
            }
        };
        self.depth -= 1;
        Ok(Value { place, data: data? })
    }

    fn mapping(&mut self, node: Node<'_>) -> Decoded<Map> {
        let mut map = Map::default();
        if node.entries().any(|entry| entry.is_merge()) {
            for merged in self.merged(node)? {
                let outer = self.via;
                self.via = outer.or(merged.via);
                let added = self.entry(&mut map, merged.key, merged.value);
                self.via = outer;
                added?;
            }
        } else {
            map.entries.reserve(node.entries().count());
            for entry in node.entries() {
                self.entry(&mut map, entry.key, entry.value)?;
            }
        }
        last_wins(&mut map.entries);
        Ok(map)
    }

    /// The entries of a mapping with merge keys, as go-yaml v2 reads them.
    fn merged<'t>(&self, node: Node<'t>) -> Decoded<Vec<Merged<'t>>> {
        if let Some(bad) = node.entries().find(|entry| entry.is_merge() && !merge::is_mergeable(entry)) {
            return Err(Refusal::NotJson(self.place(bad.value.span())));
        }
        let mut entries: Vec<_> = merge::entries(node).collect();
        for (own, brought) in merge::overridden(node) {
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == own.key) {
                *entry = brought;
            }
        }
        Ok(entries)
    }

    /// Adds an entry to `map`.
    pub(crate) fn entry(&mut self, map: &mut Map, key: Node<'_>, value: Node<'_>) -> Decoded<()> {
        let key_place = self.place(key.span());
        let name = if self.literal.is_some() { literal_name(key) } else { name(key) };
        match name.ok_or(Refusal::NotJson(key_place))? {
            Some(key) => map.entries.push(Entry { key, key_place, value: self.value(value)? }),
            None => map.open = true,
        }
        Ok(())
    }
}

/// Keeps of repeated keys the last one, in the place of the first.
fn last_wins(entries: &mut Vec<Entry>) {
    // Nearly every mapping is short and repeats nothing.
    let repeats = if entries.len() <= 8 {
        (1..entries.len()).any(|at| entries[..at].iter().any(|entry| entry.key == entries[at].key))
    } else {
        let mut seen = rustc_hash::FxHashSet::default();
        !entries.iter().all(|entry| seen.insert(entry.key.as_str()))
    };
    if !repeats {
        return;
    }
    let mut first = rustc_hash::FxHashMap::default();
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        let at = *first.entry(entry.key.clone()).or_insert(kept.len());
        match kept.get_mut(at) {
            Some(slot) => *slot = entry,
            None => kept.push(entry),
        }
    }
    *entries = kept;
}

/// The text of a key: `Some(None)` where a placeholder stands there, `None` where it can be no key.
#[expect(clippy::option_option, reason = "no key and an unknown key are different things")]
fn name(key: Node<'_>) -> Option<Option<SmolStr>> {
    let key = key.follow()?;
    let text = key.scalar()?.as_str();
    if placeholder::has_template(text) {
        return Some(None);
    }
    match placeholder::of(text) {
        Placeholder::None => core11::key(key).map(|text| Some(SmolStr::from(text))),
        Placeholder::Default(text) => Some(Some(text.into())),
        Placeholder::Unknown => Some(None),
    }
}

/// What a scalar means. `None` where it does not fit its tag.
fn scalar(node: Node<'_>) -> Option<Data> {
    let written = node.scalar()?;
    let text = written.as_str();
    if placeholder::has_template(text) {
        return Some(Data::Unknown);
    }
    match placeholder::of(text) {
        Placeholder::None => typed(core11::resolve(node)?, text),
        // Flux fills in before YAML is read: a bare default is typed like any other text.
        Placeholder::Default(text) if written.style == Style::Plain && node.tag().is_none() => {
            typed(core11::resolve_plain(&text), &text)
        }
        Placeholder::Default(text) => Some(Data::String(text.into())),
        Placeholder::Unknown => Some(Data::Unknown),
    }
}

/// The text of a key, whatever it holds.
#[expect(clippy::option_option, reason = "as `name` has it")]
fn literal_name(key: Node<'_>) -> Option<Option<SmolStr>> {
    let key = key.follow()?;
    let text = key.scalar()?;
    let plain = text.style == Style::Plain && core11::resolve(key) != Some(Resolved::Str);
    if plain && !is_word(text.as_str()) { core11::key(key).map(SmolStr::from) } else { Some(text.as_str().into()) }
        .map(Some)
}

/// What a scalar is to the API server's reader, where placeholders are text.
fn of_settings(node: Node<'_>) -> Option<Data> {
    typed(core11::resolve(node)?, node.scalar()?.as_str())
}

/// What a scalar is to go-yaml v3.
fn of_objects(node: Node<'_>) -> Option<Data> {
    let text = node.scalar()?.as_str();
    match core11::resolve(node)? {
        Resolved::Bool(_) if is_word(text) => Some(Data::String(SmolStr::new(text))),
        Resolved::Str if node.tag().is_none() && node.scalar()?.style == Style::Plain && is_date(text) => {
            Some(Data::String(smol_str::format_smolstr!("{text}T00:00:00Z")))
        }
        resolved => typed(resolved, text),
    }
}

/// Whether a text is a boolean of YAML 1.1 only: `yes`, `off`, `y`.
fn is_word(text: &str) -> bool {
    matches!(core11::resolve_plain(text), Resolved::Bool(_))
        && !(text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"))
}

/// Whether a text is a date, which kustomize writes as a time.
fn is_date(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| text.as_bytes()[range].iter().all(u8::is_ascii_digit);
    text.len() == 10
        && text.is_ascii()
        && text[4..5] == *"-"
        && text[7..8] == *"-"
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
}

/// What the placeholders of a built text make of it; `None` where it has none.
pub(crate) fn settled(text: &str) -> Option<Data> {
    if placeholder::has_template(text) {
        return Some(Data::Unknown);
    }
    match placeholder::of(text) {
        Placeholder::None => None,
        // A built text with a placeholder in it has lost its quotes: it is written plain, and typed once it is filled in.
        Placeholder::Default(text) => typed(core11::resolve_plain(&text), &text),
        Placeholder::Unknown => Some(Data::Unknown),
    }
}

fn typed(resolved: Resolved, text: &str) -> Option<Data> {
    Some(match resolved {
        Resolved::Null => Data::Null,
        Resolved::Bool(truth) => Data::Bool(truth),
        Resolved::Int(number) => Data::Int(number),
        #[expect(clippy::cast_precision_loss, reason = "JSON numbers that large have no exact reader either")]
        Resolved::Uint(number) => Data::Float(number as f64),
        Resolved::Float(number) => Data::Float(number),
        Resolved::Str => Data::String(SmolStr::new(text)),
        // Text in base64 where no field of ours ever has any.
        Resolved::Binary => Data::Unknown,
        Resolved::Invalid => return None,
    })
}
