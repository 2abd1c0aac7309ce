//! Label sets and label selectors, as every Kubernetes API writes them.

use smol_str::SmolStr;

use crate::{Data, Field, List, Node, Place, Reader, Shape, Value, View};

view! {
    /// A `LabelSelector`: `matchLabels` AND every expression. Empty, it selects everything.
    pub struct LabelSelector {
        /// Labels that must all be there with these values.
        match_labels: Labels = "matchLabels",
        /// Further requirements.
        match_expressions: List<Requirement> = "matchExpressions",
    }

    /// One element of `matchExpressions`.
    pub struct Requirement {
        /// The label's key.
        key: SmolStr = "key",
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`; for nodes also `Gt`, `Lt`.
        operator: SmolStr = "operator",
        /// The values of `In` and `NotIn`.
        values: List<SmolStr> = "values",
    }
}

/// Labels or annotations: free keys, text values.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Labels {
    /// The entries in the order of the text, without repeated keys.
    pub entries: Vec<LabelEntry>,
    /// Whether a key is a placeholder, so that further labels may be there.
    pub open: bool,
}

/// A label.
#[derive(Clone, PartialEq, Debug)]
pub struct LabelEntry {
    /// The key.
    pub key: SmolStr,
    /// Where the key stands.
    pub key_place: Place,
    /// The value: its states matter here too.
    pub value: Field<SmolStr>,
}

impl Labels {
    /// The label of a key.
    pub fn get(&self, key: &str) -> Option<&LabelEntry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl View for Labels {
    const SHAPE: Shape = Shape::Map(&Shape::String);

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        let Data::Map(map) = &value.data else {
            reader.wrong_type(value, "a mapping");
            return None;
        };
        let entries = map.entries.iter().map(|entry| LabelEntry {
            key: entry.key.clone(),
            key_place: entry.key_place,
            value: reader.map_value(entry),
        });
        Some(Self { entries: entries.collect(), open: map.open })
    }

    fn node(&self) -> Node<'_> {
        Node::Map(self.entries.iter().map(|entry| (entry.key.as_str(), entry.value.node())).collect())
    }
}
