//! Where one requirement of a selector stands in the text, and edits of it.

use ringfence_cluster::{NAMESPACE_LABELS, Operator, Requirement, World};
use ringfence_manifest::Place;
use ringfence_text::{Edit, FileId, Span};
use ringfence_yaml::{Node, Scalar, edit};

use crate::context::Cx;

/// A requirement as written.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    /// From its key to its value.
    pub(crate) place: Place,
    key: Node<'a>,
    value: Option<Node<'a>>,
    base: u32,
    aliased: bool,
}

/// Edits of one file.
pub(crate) type FileEdits = (FileId, Vec<Edit>);

struct Wanted<'a> {
    /// The key as compiled.
    name: &'a str,
    /// The one value that is asked for, where it is one.
    value: Option<&'a str>,
    /// The operator as written in an expression.
    operator: &'static str,
}

struct Found<'a> {
    key: Node<'a>,
    value: Option<Node<'a>>,
    alias: Option<Span>,
}

/// Finds a requirement inside the selector, or the peer around it, at `place`.
pub(crate) fn spot<'a>(cx: &Cx<'a>, place: Place, requirement: &Requirement) -> Option<Spot<'a>> {
    let (node, base) = cx.document(place.file)?.node(place)?;
    let wanted = Wanted::of(requirement, cx.world());
    let found = wanted.find(node, false, None)?;
    let last = found.value.filter(|value| value.span().start > found.key.span().start).unwrap_or(found.key);
    let span = Span::shifted(found.key.span().cover(last.span()), base);
    let alias = found.alias.map(|alias| Span::shifted(alias, base)).or(place.alias);
    let (key, value) = (found.key, found.value);
    Some(Spot { place: Place { file: place.file, span, alias }, key, value, base, aliased: alias.is_some() })
}

impl<'a> Spot<'a> {
    /// Gives the requirement another value.
    pub(crate) fn with_value(&self, text: &str) -> Option<FileEdits> {
        self.edits(edit::replace_scalar(self.value?, text))
    }

    /// Gives the requirement another key; the source before it (`k8s:`) and what stands before `old` stay.
    pub(crate) fn with_key(&self, old: &str, new: &str) -> Option<FileEdits> {
        let text = self.key.scalar()?.as_str();
        let kept = text.strip_suffix(old)?;
        self.edits(edit::replace_scalar(self.key, &format!("{kept}{new}")))
    }

    /// Gives the requirement another key altogether.
    pub(crate) fn with_whole_key(&self, new: &str) -> Option<FileEdits> {
        self.edits(edit::replace_scalar(self.key, new))
    }

    /// Adds a label beside this one. Only in `matchLabels`.
    pub(crate) fn beside(&self, line: &str) -> Option<FileEdits> {
        let entry = self.key.parent()?.entries().find(|entry| entry.key == self.key)?;
        self.edits(edit::insert_entry_after(entry, line))
    }

    /// The list of values beside the key, in `matchExpressions`.
    fn values(&self) -> Option<Node<'a>> {
        Some(self.key.parent()?.get("values")?.value)
    }

    /// Where the list of values stands; the whole requirement where there is none.
    pub(crate) fn values_place(&self) -> Place {
        let list = self.values().filter(|_| !self.is_label());
        list.map_or(self.place, |list| Place { span: Span::shifted(list.span(), self.base), ..self.place })
    }

    /// Adds values to the list.
    pub(crate) fn with_more_values(&self, values: &[&str]) -> Option<FileEdits> {
        let list = self.values()?;
        if list.flow() {
            return self.edits(edit::append_item(list, &values.join(", ")));
        }
        // All are put at one place: they become one insertion.
        let edits: Option<Vec<Edit>> = values.iter().map(|value| only(edit::append_item(list, value)?)).collect();
        let whole = edits?.into_iter().reduce(|one, next| Edit { span: one.span, text: one.text + &next.text })?;
        self.edits(Some(vec![whole]))
    }

    fn edits(&self, edits: Option<Vec<Edit>>) -> Option<FileEdits> {
        let shift = |edit: Edit| Edit { span: Span::shifted(edit.span, self.base), text: edit.text };
        let edits = edits.filter(|_| !self.aliased)?;
        Some((self.place.file, edits.into_iter().map(shift).collect()))
    }

    /// Whether it stands in `matchLabels`, as `key: value`.
    pub(crate) fn is_label(&self) -> bool {
        self.key.is_key()
    }
}

impl<'a> Wanted<'a> {
    fn of(requirement: &Requirement, world: &'a World) -> Self {
        let value = match &requirement.operator {
            Operator::In(values) if values.len() == 1 => Some(world.symbols.text(values[0])),
            _ => None,
        };
        let operator = match &requirement.operator {
            Operator::In(_) => "In",
            Operator::NotIn(_) => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
        };
        Self { name: world.symbols.text(requirement.key.name), value, operator }
    }

    /// `of_namespace`: inside a selector over namespaces, whose keys are compiled with a prefix.
    fn find<'n>(&self, node: Node<'n>, of_namespace: bool, alias: Option<Span>) -> Option<Found<'n>> {
        let alias = alias.or(node.alias().map(|alias| alias.span));
        let node = node.follow()?;
        if let Some(found) = node.items().find_map(|item| self.find(item, of_namespace, alias)) {
            return Some(found);
        }
        node.entries().find_map(|entry| match entry.key.scalar()?.as_str() {
            "matchLabels" if self.operator == "In" => self.label(entry.value, of_namespace, alias),
            "matchExpressions" => self.expression(entry.value, of_namespace, alias),
            "namespaceSelector" | "namespaces" => self.find(entry.value, true, alias),
            _ => self.find(entry.value, of_namespace, alias),
        })
    }

    fn label<'n>(&self, labels: Node<'n>, of_namespace: bool, alias: Option<Span>) -> Option<Found<'n>> {
        let alias = alias.or(labels.alias().map(|alias| alias.span));
        let mut entries = labels.follow()?.entries();
        let entry = entries.find(|entry| self.names(entry.key, of_namespace))?;
        Some(Found { key: entry.key, value: Some(entry.value), alias })
    }

    fn expression<'n>(&self, items: Node<'n>, of_namespace: bool, alias: Option<Span>) -> Option<Found<'n>> {
        let alias = alias.or(items.alias().map(|alias| alias.span));
        items.follow()?.items().find_map(|item| {
            let key = item.get("key").filter(|entry| self.names(entry.value, of_namespace))?.value;
            item.get("operator")?.value.scalar().filter(|operator| operator.as_str() == self.operator)?;
            let values = item.get("values").map(|entry| entry.value);
            let is_wanted = |value: &Node<'_>| value.scalar().is_some_and(|text| Some(text.as_str()) == self.value);
            Some(Found { key, value: values.and_then(|values| values.items().find(is_wanted)), alias })
        })
    }

    fn names(&self, key: Node<'_>, of_namespace: bool) -> bool {
        let Some(text) = key.scalar().map(Scalar::as_str) else { return false };
        // Refused policies are read without their backslashes.
        let text = text.replace('\\', "");
        let name = text.split_once(':').map_or(text.as_str(), |(_, name)| name);
        if of_namespace { self.name.strip_prefix(NAMESPACE_LABELS) == Some(name) } else { self.name == name }
    }
}

fn only(mut edits: Vec<Edit>) -> Option<Edit> {
    let edit = edits.pop()?;
    edits.is_empty().then_some(edit)
}
