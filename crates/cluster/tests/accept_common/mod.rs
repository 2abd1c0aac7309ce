//! Rows of the tables of refusals: a policy in which `«…»` marks the place at fault, the check, and its words.

#![allow(dead_code, clippy::expect_used, reason = "each test uses a part; a test may panic")]

use ringfence_cluster::{Cni, Dialect, Knobs, Rejection, RejectionCode, Stage, Version, accept};
use ringfence_text::FileId;

pub(crate) const CILIUM: Dialect = Dialect { cni: Cni::Cilium, guessed: false };
pub(crate) const V118: Version = Version::new(1, 18, 10);
pub(crate) const V120: Version = Version::new(1, 20, 2);
pub(crate) const V121: Version = Version::new(1, 21, 0);

/// What is written without its marks, and what stands between them.
pub(crate) fn unmark(marked: &str) -> (String, Option<(usize, String)>) {
    let Some((before, rest)) = marked.split_once('«') else { return (marked.to_owned(), None) };
    let (inside, after) = rest.split_once('»').expect("a mark is closed");
    (format!("{before}{inside}{after}"), Some((before.len(), inside.to_owned())))
}

/// Why the one policy of a text is refused.
pub(crate) fn refuse(text: &str, knobs: &Knobs) -> Vec<Rejection> {
    let manifests = ringfence_manifest::read(&ringfence_yaml::parse(text), FileId(0), 0);
    assert_eq!((manifests.objects.len(), manifests.obscured.len()), (1, 0), "{text}");
    accept::rejections(&manifests.objects[0], knobs, CILIUM)
}

/// Knobs of a version and a stage.
pub(crate) fn knobs(version: Version, stage: Stage) -> Knobs {
    Knobs { version, stage, node_selector_labels: Some(false), ..Knobs::default() }
}

/// Asserts that the first rejection of a marked policy is of this check, says this, and points there.
#[track_caller]
pub(crate) fn assert_refused(marked: &str, knobs: &Knobs, code: RejectionCode, says: &str) {
    let (text, place) = unmark(marked);
    let (at, inside) = place.expect("a row has a mark");
    let found = refuse(&text, knobs);
    let first = found.first().unwrap_or_else(|| panic!("accepted, not `{says}`:\n{text}"));
    assert!(first.code == code && first.reason.contains(says), "{first:?}\n, not {code:?} `{says}`:\n{text}");
    let span = first.place.span;
    let found_at = (span.start as usize, &text[span.start as usize..span.end as usize]);
    assert_eq!(found_at, (at, inside.as_str()), "{}\n{text}", first.reason);
}

/// Asserts that a policy is taken.
#[track_caller]
pub(crate) fn assert_accepted(text: &str, knobs: &Knobs) {
    let found = refuse(text, knobs);
    assert!(found.is_empty(), "{found:?}\n{text}");
}

/// A CiliumNetworkPolicy with the `spec` given in flow style, braces left out.
pub(crate) fn cnp(spec: &str) -> String {
    let head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: ns}\n";
    format!("{head}spec: {{{spec}}}\n")
}

/// A CiliumClusterwideNetworkPolicy with the `spec` given in flow style, braces left out.
pub(crate) fn ccnp(spec: &str) -> String {
    let head = "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: p}\n";
    format!("{head}spec: {{{spec}}}\n")
}

/// A CiliumNetworkPolicy of one item for all pods; `item` begins with its section: `ingress: fromCIDR: …`.
pub(crate) fn item(item: &str) -> String {
    let (section, item) = item.split_once(": ").expect("a section");
    cnp(&format!("endpointSelector: {{}}, {section}: [{{{item}}}]"))
}

/// The same policy with its whole `spec` marked.
pub(crate) fn whole(policy: &str) -> String {
    let (head, spec) = policy.trim_end().split_once("spec: ").expect("a spec");
    format!("{head}spec: «{spec}»\n")
}
