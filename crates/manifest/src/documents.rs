//! Documents as values, as kustomize reads them before it builds.
//!
//! It has two readers. To that of objects `yes` and `on` are text, which it writes back in quotes; that of kustomizations
//! and of JSON patches is the API server's, to which they are booleans. Neither knows `${VAR}` and `{{ … }}`: inside a
//! value they are text like any other, for [`settle`] to look at once everything is built.

use ringfence_text::FileId;
use ringfence_yaml::Tree;

use crate::decode::{Decoder, Refusal, settled};
use crate::read::{fault, is_empty};
use crate::{Data, Place, Value, Why};

/// A document that says something.
#[derive(Clone, PartialEq, Debug)]
pub struct Whole {
    /// The whole of it.
    pub place: Place,
    /// Its number in the file, from 0.
    pub document: u32,
    /// Its value, or why it has none.
    pub value: Result<Value, Why>,
}

/// What a scalar means where placeholders are text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scalars {
    /// What go-yaml v3 makes of it: of the words only `true` and `false` are booleans, and a date is a time.
    Objects,
    /// What `sigs.k8s.io/yaml` makes of it, as the API server does: `yes` is a boolean.
    Settings,
}

/// The documents of a file in the order of the text, empty ones left out.
pub fn documents(tree: &Tree, file: FileId, scalars: Scalars) -> Vec<Whole> {
    let written = tree.documents().filter(|document| !is_empty(*document));
    let whole = |document: ringfence_yaml::Document<'_>| {
        let mut decoder = Decoder::literal(tree, file, scalars);
        let place = decoder.place(document.root().map_or(document.span(), ringfence_yaml::Node::span));
        let value = match (fault(document, &decoder), document.root()) {
            (Some(why), _) => Err(why),
            (None, None) => Ok(Value { place, data: Data::Null }),
            (None, Some(root)) => decoder.value(root).map_err(|refusal| match (document.template(), refusal) {
                (Some(braces), _) => Why::Template(decoder.place(braces)),
                (None, Refusal::Aliases(at)) => Why::TooManyAliases(at),
                (None, Refusal::NotJson(at)) => Why::NotJson(at),
            }),
        };
        Whole { place, document: document.index() as u32, value }
    };
    written.map(whole).collect()
}

/// Puts what placeholders make of the texts of a built value: `${VAR:=8080}` becomes its default, typed as Flux's reader
/// would type it, and a text that something outside the input fills in becomes [`Data::Unknown`].
pub fn settle(value: &mut Value) {
    match &mut value.data {
        Data::String(text) => {
            if let Some(data) = settled(text) {
                value.data = data;
            }
        }
        Data::List(items) => items.iter_mut().for_each(settle),
        Data::Map(map) => {
            let before = map.entries.len();
            map.entries.retain(|entry| !matches!(settled(&entry.key), Some(Data::Unknown)));
            map.open |= map.entries.len() < before;
            map.entries.iter_mut().for_each(|entry| settle(&mut entry.value));
        }
        _ => {}
    }
}
