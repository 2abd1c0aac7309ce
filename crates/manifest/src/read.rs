//! The objects of a file, and what in it could not be read.

use ringfence_text::FileId;
use ringfence_yaml::{Document, Kind as NodeKind, Node, Tree};
use smol_str::SmolStr;

use crate::decode::{Decoder, Refusal};
use crate::kind::split;
use crate::{Data, Kind, Object, Place, Tool, Value, head};

/// What a file holds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Manifests {
    /// The objects, in the order of the text; lists are taken apart.
    pub objects: Vec<Object>,
    /// What may hold objects but cannot be judged.
    pub obscured: Vec<Obscured>,
    /// How many documents there are, empty ones left out.
    pub documents: usize,
}

/// A document, or an object of a list, whose content is unknown.
#[derive(Clone, PartialEq, Debug)]
pub struct Obscured {
    /// The whole of it.
    pub place: Place,
    /// The document of its file, from 0.
    pub document: u32,
    /// Why it is unknown.
    pub why: Why,
    /// What its first lines still tell.
    pub head: Head,
}

/// Why a document is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// It is a template that something else must fill in first: the first `{{ … }}`, or the placeholder in `kind`.
    Template(Place),
    /// It is no YAML: the errors of the tree say why.
    Broken,
    /// It is YAML, but no JSON can be made of this place, so every client refuses it.
    NotJson(Place),
    /// The aliases at this place expand to more than the limits allow.
    TooManyAliases(Place),
    /// Its values are encrypted by SOPS.
    Encrypted,
}

/// What the first lines of an unreadable document still tell, where they are plain text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// `apiVersion`.
    pub api_version: Option<SmolStr>,
    /// `kind`.
    pub kind: Option<SmolStr>,
    /// `metadata.name`.
    pub name: Option<SmolStr>,
    /// `metadata.namespace`.
    pub namespace: Option<SmolStr>,
}

impl Head {
    /// The kind that it tells, if it tells one that is read here.
    pub fn known_kind(&self) -> Option<Kind> {
        let kind = Kind::of(self.api_version.as_deref()?, self.kind.as_deref()?);
        (kind != Kind::Other).then_some(kind)
    }
}

/// Reads the objects of a file. `base` is added to every place: where the text of the tree begins in the file.
///
/// Documents that are no object of Kubernetes are passed over in silence.
pub fn read(tree: &Tree, file: FileId, base: u32) -> Manifests {
    let mut found = Manifests::default();
    for document in tree.documents().filter(|document| !is_empty(*document)) {
        found.documents += 1;
        DocumentReader { decoder: Decoder::new(tree, file, base), document, found: &mut found }.read(tree.text());
    }
    found
}

/// Whether a document says nothing at all.
pub(crate) fn is_empty(document: Document<'_>) -> bool {
    document.template().is_none()
        && document.errors().next().is_none()
        && document.root().is_none_or(Node::is_null_text)
}

/// What makes a whole document unreadable, if anything does.
pub(crate) fn obstacle(document: Document<'_>, decoder: &Decoder) -> Option<Why> {
    match document.template().filter(|_| !is_generator(document)) {
        Some(braces) => Some(Why::Template(decoder.place(braces))),
        None => is_faulty(document).then_some(Why::Broken),
    }
}

/// The same for those to whom `{{ … }}` is text like any other: only what it leaves broken cannot be read.
pub(crate) fn fault(document: Document<'_>, decoder: &Decoder) -> Option<Why> {
    is_faulty(document).then(|| document.template().map_or(Why::Broken, |at| Why::Template(decoder.place(at))))
}

fn is_faulty(document: Document<'_>) -> bool {
    document.is_broken() || document.errors().next().is_some()
}

/// Whether the braces are the object's own: an ApplicationSet of Argo CD has a template inside, and is none.
fn is_generator(document: Document<'_>) -> bool {
    let root = document.root().filter(|root| root.kind() == NodeKind::Mapping);
    let is_set = |root: Node<'_>| text(root, "kind") == Some("ApplicationSet");
    !is_faulty(document) && root.is_some_and(is_set)
}

struct DocumentReader<'t, 'f> {
    decoder: Decoder,
    document: Document<'t>,
    found: &'f mut Manifests,
}

/// What a list says about the kind of its items, which a typed list need not repeat.
#[derive(Clone, Copy, Default)]
struct ItemKind<'t> {
    api_version: Option<&'t str>,
    kind: Option<&'t str>,
}

impl<'t> DocumentReader<'t, '_> {
    fn read(&mut self, text: &str) {
        if let Some(why) = obstacle(self.document, &self.decoder) {
            let place = self.decoder.place(self.document.span());
            self.obscure(place, why, head::of(self.document, text));
        } else if let Some(root) = self.document.root() {
            self.object(root, ItemKind::default());
        }
    }

    fn object(&mut self, node: Node<'t>, item: ItemKind<'t>) {
        let Some(node) = node.follow().filter(|node| node.kind() == NodeKind::Mapping) else { return };
        let api_version = text(node, "apiVersion").or(item.api_version);
        let kind = text(node, "kind").or(item.kind);
        match (api_version, kind) {
            (Some(api_version), Some(kind)) if is_list(node, kind) => self.list(node, api_version, kind),
            (Some(api_version), Some(kind)) => self.single(node, api_version, kind),
            // Merged in, perhaps: it is worth a whole look only then.
            _ if node.entries().any(|entry| entry.is_merge()) => {
                self.whole(node, SmolStr::default(), SmolStr::default());
            }
            _ => {}
        }
    }

    fn list(&mut self, node: Node<'t>, api_version: &'t str, kind: &'t str) {
        let named = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        let item = ItemKind { api_version: named.map(|_| api_version), kind: named };
        let items = node.get("items").and_then(|entry| entry.value.follow());
        for node in items.into_iter().flat_map(Node::items) {
            self.object(node, item);
        }
    }

    fn single(&mut self, node: Node<'t>, api_version: &'t str, kind: &'t str) {
        let known = Kind::of(api_version, kind) != Kind::Other || Tool::of(split(api_version).0, kind).is_some();
        if node.get("sops").is_some() && known {
            return self.obscure(self.decoder.place(node.span()), Why::Encrypted, head::of_node(node));
        }
        if known || api_version.contains("${") || kind.contains("${") {
            return self.whole(node, api_version.into(), kind.into());
        }
        // A CRD of 3 MB, a ConfigMap, a Secret: its metadata is all we look at.
        let part = self.decoder.part(node, &["apiVersion", "kind", "metadata"]);
        self.keep(node, part, api_version.into(), kind.into());
    }

    fn whole(&mut self, node: Node<'t>, api_version: SmolStr, kind: SmolStr) {
        let value = self.decoder.value(node);
        self.keep(node, value, api_version, kind);
    }

    fn keep(&mut self, node: Node<'t>, value: Result<Value, Refusal>, api_version: SmolStr, kind: SmolStr) {
        let place = self.decoder.place(node.span());
        let refused = |refusal| match refusal {
            Refusal::Aliases(at) => Why::TooManyAliases(at),
            Refusal::NotJson(at) => Why::NotJson(at),
        };
        let value = match value {
            Ok(value) => value,
            Err(refusal) => return self.obscure(place, refused(refusal), head::of_node(node)),
        };
        if let Some(at) = placeholder_kind(&value) {
            return self.obscure(place, Why::Template(at), head::of_node(node));
        }
        let document = self.document.index() as u32;
        self.found.objects.extend(Object::read_as(value, document, api_version, kind));
    }

    fn obscure(&mut self, place: Place, why: Why, head: Head) {
        self.found.obscured.push(Obscured { place, document: self.document.index() as u32, why, head });
    }
}

/// The placeholder that stands where the kind should be told.
fn placeholder_kind(value: &Value) -> Option<Place> {
    let unknown = |key| value.at(&[key]).filter(|value| value.data == Data::Unknown);
    unknown("kind").or_else(|| unknown("apiVersion")).map(|value| value.place)
}

fn is_list(node: Node<'_>, kind: &str) -> bool {
    let items = || node.get("items").and_then(|entry| entry.value.follow());
    kind.ends_with("List") && items().is_some_and(|items| items.kind() == NodeKind::Sequence)
}

/// The text under a key of the mapping itself.
fn text<'t>(node: Node<'t>, key: &str) -> Option<&'t str> {
    Some(node.get(key)?.value.follow()?.scalar()?.as_str())
}
