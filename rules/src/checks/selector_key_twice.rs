//! Two keys of a Cilium selector that are one to the agent.

use ringfence_manifest::{Body, Node as Seen};

use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports a `matchLabels` of a Cilium policy with a key twice: once bare and once with the source `any:`, which means the
    /// same, and with two values.
    ///
    /// ## Why it matters
    /// The agent keeps one of the two, by chance: whom the selector selects changes from restart to restart.
    ///
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector:
    ///     matchLabels:
    ///       app: web
    ///       any:app: api
    ///   ingress:
    ///     - fromEndpoints: [{}]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - key: app
    ///         operator: In
    ///         values: [web, api]
    ///   ingress:
    ///     - fromEndpoints: [{}]
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/gettingstarted/terminology/#label-source>
    pub static SELECTOR_KEY_TWICE = "selector-key-twice" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

/// A label of a selector: key, value, place of the key.
type Label<'v> = (&'v str, &'v str, Place);

pub(crate) fn check(object: ObjectRef<'_>, cx: &mut Cx<'_>) {
    let object = object.object;
    let Body::Cilium(policy) = &object.body else { return };
    for tree in [policy.spec.node(), policy.specs.node()] {
        selectors(&tree, &mut |labels| report(object, labels, cx));
    }
}

/// Hands over the known labels of every `matchLabels`.
fn selectors<'v>(field: &Field<Seen<'v>>, found: &mut dyn FnMut(&[Label<'v>])) {
    match field.get() {
        Some(Seen::List(items)) => items.iter().for_each(|item| selectors(item, found)),
        Some(Seen::Object(fields)) => fields.iter().for_each(|(_, field)| selectors(field, found)),
        Some(Seen::Map(entries)) => {
            let label = |(key, value): &(&'v str, Field<Seen<'v>>)| match value {
                Field::Set(Seen::Text(text), at) => Some((*key, *text, at.key)),
                _ => None,
            };
            found(&entries.iter().filter_map(label).collect::<Vec<_>>());
        }
        _ => {}
    }
}

fn report(object: &Object, labels: &[Label<'_>], cx: &mut Cx<'_>) {
    let explicit = labels.iter().filter_map(|label| Some((label.0.strip_prefix("any:")?, label)));
    for (bare, &(key, value, place)) in explicit {
        let Some(&(_, other, first)) = labels.iter().find(|label| label.0 == bare && label.1 != value) else {
            continue;
        };
        let message = format!(
            "`{bare}` and `{key}` are one key to the agent: which of the two values holds in {} is chance",
            title(object)
        );
        cx.report(place, message)
            .about(object)
            .here(format!("asks for `{value}`"))
            .label(first, format!("asks for `{other}`"))
            .help("keep one of them; for either value write `matchExpressions` with `In`");
    }
}
