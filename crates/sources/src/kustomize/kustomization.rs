//! The text of a kustomization, with a place for everything it asks for.

use ringfence_manifest::{Data, Entry, Place, Value};
use smol_str::SmolStr;

use super::note::{Note, What};

/// The names under which kustomize looks for a kustomization.
pub(crate) const NAMES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a key may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Text,
    Texts,
    Pairs,
    Items,
    Mapping,
}

impl Shape {
    const fn noun(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "list of texts",
            Self::Pairs => "mapping of texts",
            Self::Items => "list of mappings",
            Self::Mapping => "mapping",
        }
    }

    /// Null counts as absent.
    fn fits(self, value: &Value) -> bool {
        let text = |value: &Value| matches!(value.data, Data::String(_) | Data::Null);
        match (&value.data, self) {
            (Data::Null, _) | (Data::String(_), Self::Text) | (Data::Map(_), Self::Mapping) => true,
            (Data::List(items), Self::Texts) => items.iter().all(text),
            (Data::List(items), Self::Items) => items.iter().all(|item| item.as_map().is_some()),
            (Data::Map(map), Self::Pairs) => map.entries.iter().all(|entry| text(&entry.value)),
            _ => false,
        }
    }
}

/// Every key that kustomize 5.8.1 knows (`api/types/kustomization.go`).
const KEYS: &[(&str, Shape)] = &[
    ("apiVersion", Shape::Text),
    ("bases", Shape::Texts),
    ("buildMetadata", Shape::Texts),
    ("commonAnnotations", Shape::Pairs),
    ("commonLabels", Shape::Pairs),
    ("components", Shape::Texts),
    ("configMapGenerator", Shape::Items),
    ("configurations", Shape::Texts),
    ("crds", Shape::Texts),
    ("generatorOptions", Shape::Mapping),
    ("generators", Shape::Texts),
    ("helmChartInflationGenerator", Shape::Items),
    ("helmCharts", Shape::Items),
    ("helmGlobals", Shape::Mapping),
    ("imageTags", Shape::Items),
    ("images", Shape::Items),
    ("kind", Shape::Text),
    ("labels", Shape::Items),
    ("metadata", Shape::Mapping),
    ("namePrefix", Shape::Text),
    ("nameSuffix", Shape::Text),
    ("namespace", Shape::Text),
    ("openapi", Shape::Pairs),
    ("patches", Shape::Items),
    ("patchesJson6902", Shape::Items),
    ("patchesStrategicMerge", Shape::Texts),
    ("replacements", Shape::Items),
    ("replicas", Shape::Items),
    ("resources", Shape::Texts),
    ("secretGenerator", Shape::Items),
    ("sortOptions", Shape::Mapping),
    ("transformers", Shape::Texts),
    ("validators", Shape::Texts),
    ("vars", Shape::Items),
];

/// A kustomization, or a component.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) component: bool,
    fields: Vec<Entry>,
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) text: SmolStr,
    pub(crate) place: Place,
}

impl Kustomization {
    /// Reads a kustomization as far as it can be read. What kustomize would refuse is noted, and left out.
    pub(super) fn read(value: &Value, notes: &mut Vec<Note>) -> Option<Self> {
        let Some(map) = value.as_map() else {
            notes.push(Note::new(value.place, What::NotKustomization));
            return None;
        };
        let mut read = Self { component: false, fields: Vec::new() };
        for entry in &map.entries {
            // Go's reader of JSON takes a key in any case.
            let known = KEYS.iter().find(|(key, _)| key.eq_ignore_ascii_case(&entry.key));
            match known {
                None => notes.push(Note::new(entry.key_place, What::UnknownField { key: entry.key.clone() })),
                Some((key, shape)) if !shape.fits(&entry.value) => {
                    let what = What::WrongType { key: SmolStr::new_static(key), expected: shape.noun() };
                    notes.push(Note::new(entry.value.place, what));
                }
                Some(_) if entry.value.data == Data::Null => {}
                Some((key, _)) => read.fields.push(Entry { key: SmolStr::new_static(key), ..entry.clone() }),
            }
        }
        read.component = read.text("kind").is_some_and(|kind| kind.text == "Component");
        if map.entries.iter().all(|entry| matches!(entry.key.as_str(), "apiVersion" | "kind")) {
            notes.push(Note::new(value.place, What::NothingAsked));
        }
        if let Some(place) = read.misfit() {
            notes.push(Note::new(place, What::NotKustomization));
            return None;
        }
        Some(read)
    }

    /// Sets a key, whatever stood there.
    pub(crate) fn set(&mut self, key: &'static str, key_place: Place, value: Value) {
        self.fields.retain(|entry| entry.key != key);
        self.fields.push(Entry { key: SmolStr::new_static(key), key_place, value });
    }

    /// Adds items at the end of the list under a key.
    pub(crate) fn extend(&mut self, key: &'static str, key_place: Place, items: Vec<Value>) {
        let mut all = self.items(key).to_vec();
        all.extend(items);
        self.set(key, key_place, Value { place: key_place, data: Data::List(all) });
    }

    /// The place of an `apiVersion` or `kind` that kustomize does not read.
    fn misfit(&self) -> Option<Place> {
        let kind = self.text("kind").filter(|kind| !matches!(kind.text.as_str(), "Kustomization" | "Component" | ""));
        let version =
            if self.component { "kustomize.config.k8s.io/v1alpha1" } else { "kustomize.config.k8s.io/v1beta1" };
        let other = self.text("apiVersion").filter(|own| !own.text.is_empty() && own.text != version);
        kind.or(other).map(|text| text.place)
    }

    /// The entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.fields.iter().find(|entry| entry.key == key)
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The text under a key, where it is not empty.
    pub(super) fn text(&self, key: &str) -> Option<Text> {
        text(self.value(key)?).filter(|text| !text.text.is_empty())
    }

    /// The items of a list.
    pub(crate) fn items(&self, key: &str) -> &[Value] {
        self.value(key).and_then(Value::as_list).unwrap_or_default()
    }

    /// The texts of a list, empty ones too: kustomize refuses them.
    pub(crate) fn texts(&self, key: &str) -> impl Iterator<Item = Text> {
        self.items(key).iter().filter_map(text)
    }

    /// The entries of a mapping of texts, by key, as kustomize sets them.
    pub(super) fn pairs(&self, key: &str) -> Vec<&Entry> {
        self.value(key).map(pairs).unwrap_or_default()
    }
}

/// The text that a value is.
pub(super) fn text(value: &Value) -> Option<Text> {
    value.text().map(|text| Text { text: text.clone(), place: value.place })
}

/// The entries of a mapping by key; none of what is no mapping.
pub(super) fn pairs(value: &Value) -> Vec<&Entry> {
    let mut pairs: Vec<&Entry> = value.as_map().map(|map| map.entries.iter().collect()).unwrap_or_default();
    pairs.sort_by(|one, other| one.key.cmp(&other.key));
    pairs
}
