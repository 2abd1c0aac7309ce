//! A key that stands twice in one mapping.

use ringfence_manifest::Kind;
use ringfence_text::Edit;
use ringfence_yaml::{Entry, Node};

use crate::mend;
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports a key that stands twice in one mapping of a Kubernetes object. Readers keep the last one and drop the others
    /// without a word.
    ///
    /// ## Why it matters
    /// Two `namespaceSelector` in one peer look like two conditions and are one: half of what the policy restricts is gone.
    /// An error in a policy, a warning in any other object.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector:
    ///     matchLabels:
    ///       app: web
    ///       app: api
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector:
    ///     matchExpressions:
    ///       - key: app
    ///         operator: In
    ///         values: [web, api]
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - <https://yaml.org/spec/1.2.2/#3213-node-comparison>
    /// - kubernetes/kubernetes#56847
    pub static DUPLICATE_MAP_KEY = "duplicate-map-key" {
        group: Correctness, severity: Error, confidence: High, fix: Safe, since: "0.1.0"
    }
}

pub(crate) fn check(document: &Document, cx: &mut Cx<'_>) {
    for part in &document.parts {
        let place = |node: Node<'_>| Place::new(document.file, node.span().shifted(part.base));
        let mut pairs: Vec<(Node<'_>, Node<'_>)> = part.tree.duplicate_keys().collect();
        // All repeats of one key are one finding.
        pairs.sort_by_key(|(first, repeated)| (first.id(), repeated.id()));
        for same in pairs.chunk_by(|one, other| one.0 == other.0) {
            let first = same[0].0;
            let Some(severity) = severity(first, document.markdown) else { continue };
            let keys: Vec<Node<'_>> =
                std::iter::once(first).chain(same.iter().map(|&(_, repeated)| repeated)).collect();
            let (Some(&last), Some(name)) = (keys.last(), first.scalar()) else { continue };
            let dropped = &keys[..keys.len() - 1];
            let same = equal(&keys);
            let severity = if same { severity.min(Severity::Warning) } else { severity };
            let fix = delete(&keys).filter(|_| same).map(|edits| {
                (document.file, edits.into_iter().map(|edit| Edit::delete(edit.span.shifted(part.base))).collect())
            });
            let message =
                format!("`{}` stands {} in one mapping: only the last one counts", name.as_str(), times(&keys));
            let mut draft = cx.report(place(last), message).severity(severity).here("this one counts");
            for &key in dropped {
                draft = draft.label(place(key), "this one is dropped");
            }
            draft.help("put what both say under one key, or delete the one that is not meant").fix(
                Applicability::Safe,
                "delete the repeated key: both say the same",
                fix,
            );
        }
    }
}

fn times(keys: &[Node<'_>]) -> String {
    if keys.len() == 2 { "twice".to_owned() } else { format!("{} times", keys.len()) }
}

/// How bad a repeated key is, by the object that it stands in. `None` where that is none of Kubernetes.
fn severity(key: Node<'_>, markdown: bool) -> Option<Severity> {
    let document = key.document();
    if document.template().is_some() || document.is_broken() {
        return None;
    }
    let mapping = key.parent()?;
    // In a text for people a key that comes again at the top begins another piece.
    if markdown && mapping.parent().is_none() {
        return None;
    }
    let mut above = Some(mapping);
    while let Some(node) = above {
        if let (Some(version), Some(kind)) = (text(node, "apiVersion"), text(node, "kind")) {
            let policy = Kind::of(version, kind).is_policy();
            return Some(if policy { Severity::Error } else { Severity::Warning });
        }
        above = node.parent();
        if above.is_none() && markdown {
            let policy = ["spec", "ingress", "egress", "policyTypes"].iter().any(|key| node.get(key).is_some());
            return policy.then_some(Severity::Error);
        }
    }
    None
}

fn text<'t>(mapping: Node<'t>, key: &str) -> Option<&'t str> {
    Some(mapping.get(key)?.value.scalar()?.as_str())
}

/// The entries of keys of one mapping.
fn entries<'t>(keys: &[Node<'t>]) -> Vec<Entry<'t>> {
    let mapping = keys.first().and_then(|key| key.parent());
    mapping.into_iter().flat_map(Node::entries).filter(|entry| keys.contains(&entry.key)).collect()
}

/// Whether the values of all keys are written alike.
fn equal(keys: &[Node<'_>]) -> bool {
    let entries = entries(keys);
    let texts = entries.iter().map(|entry| entry.value.full_span().slice(entry.value.tree().text()));
    texts.collect::<std::collections::BTreeSet<_>>().len() == 1
}

/// The edits that delete all but the last entry.
fn delete(keys: &[Node<'_>]) -> Option<Vec<Edit>> {
    let mut entries = entries(keys);
    entries.pop()?;
    let edits: Option<Vec<Vec<Edit>>> = entries.into_iter().map(mend::delete).collect();
    edits.map(|edits| edits.concat())
}
