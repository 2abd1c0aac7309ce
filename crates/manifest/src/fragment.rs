//! Pieces of objects, as documents for people show them in fenced blocks.
//!
//! A key repeated at the top starts a new fragment, and so does the change from `metadata` to bare rules. `metadata` with
//! labels and nothing else is a workload of unknown kind; `ingress`, `egress` or `policyTypes`, with or without `spec`
//! around them, are a NetworkPolicy. What is not shown is unknown. Any other shape is passed over, and noted.

use ringfence_text::{FileId, Span};
use ringfence_yaml::{Document, Entry as Written, Kind as NodeKind, Node, Tree};
use smol_str::SmolStr;

use crate::decode::Decoder;
use crate::kinds::network_policy::NetworkPolicySpec;
use crate::read::{is_empty, obstacle};
use crate::{At, Body, Data, Field, Head, Kind, Map, Metadata, Object, Obscured, Place, Reader, Value, View, head};

/// What a block of a document for people shows.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FragmentRead {
    /// Whole objects and pieces of objects, in the order of the text, all marked as fragments.
    pub objects: Vec<Object>,
    /// Pieces of no shape that we know.
    pub skipped: Vec<Place>,
    /// Documents that cannot be read.
    pub obscured: Vec<Obscured>,
}

/// Reads a block. `base` is added to every place: where the block begins in its file.
pub fn read_fragment(tree: &Tree, file: FileId, base: u32) -> FragmentRead {
    let mut found = FragmentRead::default();
    for document in tree.documents().filter(|document| !is_empty(*document)) {
        let decoder = Decoder::new(tree, file, base);
        match (obstacle(document, &decoder), document.root()) {
            (Some(why), _) => {
                let place = decoder.place(document.span());
                let head: Head = head::of(document, tree.text());
                found.obscured.push(Obscured { place, document: document.index() as u32, why, head });
            }
            (None, Some(root)) if root.kind() == NodeKind::Mapping => {
                Blocks { decoder, document, found: &mut found }.read(root);
            }
            _ => found.skipped.push(decoder.place(document.span())),
        }
    }
    found
}

struct Blocks<'t, 'f> {
    decoder: Decoder,
    document: Document<'t>,
    found: &'f mut FragmentRead,
}

impl<'t> Blocks<'t, '_> {
    fn read(&mut self, root: Node<'t>) {
        for piece in pieces(root) {
            let Some(value) = self.value(&piece) else { continue };
            let place = value.place;
            match self.object(value) {
                Some(object) => self.found.objects.push(Object { fragment: true, ..object }),
                None => self.found.skipped.push(place),
            }
        }
    }

    /// The entries of a piece as one mapping; `None`, and noted, where they cannot be decoded.
    fn value(&mut self, piece: &[Written<'t>]) -> Option<Value> {
        let spans = piece.iter().map(Written::span);
        let place = self.decoder.place(spans.reduce(Span::cover)?);
        let mut map = Map::default();
        for entry in piece {
            if self.decoder.entry(&mut map, entry.key, entry.value).is_err() {
                self.found.skipped.push(place);
                return None;
            }
        }
        Some(Value { place, data: Data::Map(map) })
    }

    fn object(&self, value: Value) -> Option<Object> {
        let document = self.document.index() as u32;
        let map = value.as_map()?;
        if map.get("apiVersion").is_some() && map.get("kind").is_some() {
            return Object::read(value, document);
        }
        if is_network_policy(map) {
            return Some(network_policy(&value, map, document));
        }
        let only_labels = map.entries.len() == 1 && value.at(&["metadata", "labels"]).is_some();
        only_labels.then(|| piece(Kind::UnknownWorkload, &value, document, Reader::lenient()))
    }
}

/// The entries of a mapping, cut where a key repeats and between `metadata` and bare rules.
fn pieces(root: Node<'_>) -> Vec<Vec<Written<'_>>> {
    let mut pieces: Vec<Vec<Written<'_>>> = vec![Vec::new()];
    let text = |entry: &Written<'_>| entry.key.scalar().map(|scalar| scalar.as_str().to_owned());
    for entry in root.entries() {
        let key = text(&entry);
        let current = pieces.last().map_or(&[][..], Vec::as_slice);
        let repeated = current.iter().any(|known| text(known) == key);
        let alone = current.len() == 1 && text(&current[0]).as_deref() == Some("metadata");
        if repeated || (alone && key.as_deref().is_some_and(|key| RULES.contains(&key))) {
            pieces.push(Vec::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(entry);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The keys that make a mapping the spec of a NetworkPolicy.
const RULES: &[&str] = &["ingress", "egress", "policyTypes"];

/// Whether the mapping shows a NetworkPolicy: with the lists of one, in its own words, and of no other kind.
fn is_network_policy(map: &Map) -> bool {
    let spec = match map.get("spec") {
        Some(spec) if map.entries.iter().all(|entry| matches!(entry.key.as_str(), "metadata" | "spec")) => {
            spec.value.as_map()
        }
        Some(_) => None,
        None => Some(map),
    };
    spec.is_some_and(|spec| {
        let mut lists = RULES.iter().filter_map(|key| spec.get(key)).peekable();
        let foreign = ["endpointSelector", "nodeSelector", "ingressDeny", "egressDeny", "subject", "specs"];
        lists.peek().is_some()
            && lists.all(|entry| matches!(entry.value.data, Data::List(_) | Data::Null))
            && !spec.entries.iter().any(|entry| foreign.contains(&entry.key.as_str()))
            && !["ingress", "egress"].iter().filter_map(|key| spec.get(key)).any(|entry| speaks_cilium(&entry.value))
    })
}

/// Whether rules have the words of other kinds: `fromEndpoints`, `toPorts`, `action`.
fn speaks_cilium(rules: &Value) -> bool {
    let foreign = |key: &str| {
        let longer = |stem: &str| key.strip_prefix(stem).is_some_and(|rest| rest.starts_with(char::is_uppercase));
        longer("from") || longer("to") || matches!(key, "icmps" | "action" | "protocols")
    };
    let rules = rules.as_list().unwrap_or_default().iter().filter_map(Value::as_map);
    rules.flat_map(|rule| &rule.entries).any(|entry| foreign(&entry.key))
}

fn network_policy(value: &Value, map: &Map, document: u32) -> Object {
    let object = piece(Kind::NetworkPolicy, value, document, Reader::strict());
    let bare = map.get("spec").is_none();
    let at = At { key: value.place, value: value.place };
    let mut problems = object.problems;
    let spec = if bare {
        let mut reader = Reader::strict();
        let spec = NetworkPolicySpec::view(value, &mut reader);
        problems = reader.problems;
        spec.map_or(Field::Invalid(at), |spec| Field::Set(spec, at))
    } else {
        match object.body {
            Body::NetworkPolicy(spec) => *spec,
            _ => Field::Unknown(at),
        }
    };
    Object { problems, body: Body::NetworkPolicy(Box::new(with_unknowns(spec, bare, at))), ..object }
}

/// What a piece leaves out is unknown, not absent.
fn with_unknowns(mut spec: Field<NetworkPolicySpec>, bare: bool, at: At) -> Field<NetworkPolicySpec> {
    if let Field::Set(spec, _) = &mut spec {
        if spec.pod_selector.is_absent() {
            spec.pod_selector = Field::Unknown(at);
        }
        if bare && spec.policy_types.is_absent() {
            spec.policy_types = Field::Unknown(at);
        }
    }
    spec
}

/// An object without `apiVersion` and `kind`, its name unknown where it is not shown.
fn piece(kind: Kind, value: &Value, document: u32, mut reader: Reader) -> Object {
    let empty = Map::default();
    let map = value.as_map().unwrap_or(&empty);
    let mut meta = Metadata::read(map, value.place, &mut reader);
    if meta.name.is_absent() {
        meta.name = Field::Unknown(At { key: value.place, value: value.place });
    }
    let body = Body::read(kind, value, map, &mut reader);
    Object {
        place: value.place,
        document,
        api_version: SmolStr::default(),
        kind,
        kind_name: SmolStr::default(),
        kind_place: value.place,
        meta,
        body,
        problems: crate::object::in_order(reader.problems),
        fragment: true,
        value: None,
        origin: None,
        doubtful: false,
    }
}
