//! A mapping with its merge keys applied: `<<: *base`, `<<: {a: 1}`, `<<: [*one, *two]`.
//!
//! Own keys win over merged ones, an earlier source over a later one, as the merge key's definition says. One reader of the
//! field differs: [`overridden`] names the keys where the API server sees something else.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_text::Span;

use crate::node::{Entry, Kind, Node, NodeId};

/// An entry as it counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Merged<'t> {
    /// The key, where it stands: in this mapping or in the one merged in.
    pub key: Node<'t>,
    /// Its value.
    pub value: Node<'t>,
    /// For a merged entry the place in this mapping that brings it in: the alias, or the mapping written after `<<`.
    pub via: Option<Span>,
}

/// The entries that count in `mapping`: its own in order, then the merged ones. A key stands once; of an own key that
/// is repeated the last one counts. An alias is followed first; nothing for other nodes.
pub fn entries(mapping: Node<'_>) -> impl Iterator<Item = Merged<'_>> {
    let mut view = View::default();
    let mut visited = BTreeSet::new();
    let mut sources: Vec<(Node<'_>, Option<Span>)> = mapping.follow().map(|node| (node, None)).into_iter().collect();
    while let Some((source, via)) = sources.pop() {
        // What is seen again can add nothing: the first to bring a key wins. This also ends every cycle.
        if source.kind() == Kind::Mapping && visited.insert(source.id()) {
            view.add(source, via);
            let merged = merge_values(source).map(|value| (value, via.or(Some(value.span()))));
            let mut next: Vec<_> = merged.filter_map(|(value, via)| Some((value.follow()?, via))).collect();
            next.reverse();
            sources.append(&mut next);
        }
    }
    view.entries.into_iter()
}

/// The entry that counts for `key` in `mapping`, merge keys applied.
pub fn get<'t>(mapping: Node<'t>, key: &str) -> Option<Merged<'t>> {
    entries(mapping).find(|entry| entry.key.key_text() == Some(key))
}

/// Whether `entry`, which has a merge key, merges something that can be merged: a mapping, an alias of one, or a list of
/// these. Anything else makes the API server refuse the file.
pub fn is_mergeable(entry: &Entry<'_>) -> bool {
    let is_mapping = |node: Node<'_>| node.follow().is_some_and(|node| node.kind() == Kind::Mapping);
    is_mapping(entry.value) || (entry.value.kind() == Kind::Sequence && entry.value.items().all(is_mapping))
}

/// Own keys that stand *before* a merge key which brings the same key: the definition lets the own key win, go-yaml v2,
/// with which the API server's clients read, lets the merged one win.
pub fn overridden(mapping: Node<'_>) -> Vec<(Entry<'_>, Merged<'_>)> {
    let mut wins: BTreeMap<NodeId, (Entry<'_>, Merged<'_>)> = BTreeMap::new();
    for merge in mapping.entries().filter(Entry::is_merge) {
        let mut brought = BTreeMap::new();
        for entry in sources(merge.value).flat_map(brings) {
            entry.key.key_text().map(|text| brought.entry(text).or_insert(entry));
        }
        let earlier = mapping.entries().take_while(|entry| entry.key != merge.key).filter(|entry| !entry.is_merge());
        wins.extend(earlier.filter_map(|own| Some((own.key.id(), (own, *brought.get(own.key.key_text()?)?)))));
    }
    // What stands again after the merge key wins there too.
    let counts =
        |own: &Entry<'_>| own.key.key_text().and_then(|text| mapping.get(text)).is_some_and(|last| last.key == own.key);
    wins.into_values().filter(|(own, _)| counts(own)).collect()
}

/// The entries that a source of a merge brings, with the source as their provenance.
fn brings(source: Node<'_>) -> impl Iterator<Item = Merged<'_>> {
    entries(source).map(move |entry| Merged { via: Some(source.span()), ..entry })
}

/// What the merge keys of a mapping merge, in order: aliases and mappings as they stand.
fn merge_values(mapping: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    mapping.entries().filter(Entry::is_merge).flat_map(|entry| sources(entry.value))
}

fn sources(value: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let list = value.kind() == Kind::Sequence;
    value.items().chain(std::iter::once(value).filter(move |_| !list))
}

/// The entries found so far. Small mappings, which is nearly all, are searched in line.
#[derive(Default)]
struct View<'t> {
    entries: Vec<Merged<'t>>,
    index: BTreeMap<&'t str, usize>,
}

impl<'t> View<'t> {
    const SMALL: usize = 16;

    fn add(&mut self, source: Node<'t>, via: Option<Span>) {
        let own = self.entries.len();
        for entry in source.entries().filter(|entry| !entry.is_merge()) {
            let merged = Merged { key: entry.key, value: entry.value, via };
            match entry.key.key_text().and_then(|text| self.position(text)) {
                Some(known) if known >= own => self.entries[known] = merged,
                Some(_) => {}
                None => self.push(merged),
            }
        }
    }

    fn push(&mut self, entry: Merged<'t>) {
        self.entries.push(entry);
        if self.entries.len() == Self::SMALL {
            let texts = self.entries.iter().enumerate().filter_map(|(at, entry)| Some((entry.key.key_text()?, at)));
            self.index = texts.collect();
        } else if self.entries.len() > Self::SMALL
            && let Some(text) = entry.key.key_text()
        {
            self.index.insert(text, self.entries.len() - 1);
        }
    }

    fn position(&self, text: &str) -> Option<usize> {
        if self.entries.len() >= Self::SMALL {
            return self.index.get(text).copied();
        }
        self.entries.iter().position(|entry| entry.key.key_text() == Some(text))
    }
}

/// Counts the nodes visited while following aliases, against [`Limits::aliases`](crate::Limits::aliases), and refuses an
/// alias that stands inside its own target.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u32,
    inside: Vec<NodeId>,
}

impl Budget {
    /// A budget of `aliases` visits.
    pub fn new(aliases: u32) -> Self {
        Self { left: aliases, inside: Vec::new() }
    }

    /// Enters `node`, following it if it is an alias. `None` where the budget is used up, the alias is unknown, or the
    /// node is being visited already. Each entered node must be left again by [`leave`](Self::leave).
    pub fn enter<'t>(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        let target = node.follow()?;
        if self.inside.contains(&target.id()) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        self.inside.push(target.id());
        Some(target)
    }

    /// Leaves the node entered last.
    pub fn leave(&mut self) {
        self.inside.pop();
    }
}
