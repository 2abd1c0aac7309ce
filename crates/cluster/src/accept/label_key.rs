//! Which label keys the API server and the agent take (semantics §5.3–§5.5).
//!
//! A key is a qualified name of Kubernetes: `[prefix/]name`, the prefix a DNS name, the name of up to 63 bytes. The agent
//! takes a source before it, as in `k8s:app`.

use std::borrow::Cow;

use super::names::{dns_subdomain, is_name, too_long};
use crate::Version;

const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const SOURCE: &str = "label source should be a non empty string with only alphanumeric characters";
const COLONS: &str = "a valid label key only support ':' character as a source separator with non empty value";

/// What is wrong with the key of a label or an annotation, in the words of Kubernetes; empty where nothing is.
pub(super) fn kubernetes(key: &str) -> Vec<String> {
    qualified_name(key, "bytes")
}

/// What is wrong with a key in a selector of Cilium, and the key as the agent shows it.
///
/// Until 1.19 the agent put the source (`any` without one) before the key and took the whole for a name, so that the
/// source counted against the 63 bytes of a name without a prefix, and anything without a colon passed as a source.
pub(super) fn cilium(key: &str, version: Version) -> (Cow<'_, str>, Vec<String>) {
    if version.at_least(1, 20) {
        return (Cow::Borrowed(key), with_source(key));
    }
    let (source, name) = key.split_once(':').unwrap_or(("any", key));
    extended(if source.is_empty() { "any" } else { source }, name)
}

/// What is wrong with a key once `prefix` and a dot stand before it: how releases up to 1.18 checked a NetworkPolicy.
pub(super) fn extended(prefix: &str, key: &str) -> (Cow<'static, str>, Vec<String>) {
    let whole = format!("{prefix}.{key}");
    let faults = qualified_name(&whole, "characters");
    (Cow::Owned(whole), faults)
}

fn with_source(key: &str) -> Vec<String> {
    let mut parts = key.split(':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => qualified_name(name, "bytes"),
        (Some(source), Some(name), None) => {
            let alphanumeric = !source.is_empty() && source.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let source = (!alphanumeric).then(|| SOURCE.to_owned());
            source.into_iter().chain(qualified_name(name, "bytes")).collect()
        }
        _ => vec![COLONS.to_owned()],
    }
}

/// `unit` is what the refuser counts a length in: bytes, in older words characters.
fn qualified_name(key: &str, unit: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut parts = key.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => name,
        (Some(""), Some(name), None) => {
            faults.push("prefix part must be non-empty".to_owned());
            name
        }
        (Some(prefix), Some(name), None) => {
            faults.extend(dns_subdomain(prefix, unit).into_iter().map(|fault| format!("prefix part {fault}")));
            name
        }
        _ => {
            let tail = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a valid label key {NAME} {tail}")];
        }
    };
    faults.extend(too_long(name, 63, unit).map(|fault| format!("name part {fault}")));
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    }
    if !is_name(name) {
        faults.push(format!("name part {NAME}"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const V120: Version = Version::new(1, 20, 2);
    const V118: Version = Version::new(1, 18, 10);

    fn accepted(key: &str, version: Version) -> bool {
        cilium(key, version).1.is_empty()
    }

    #[test]
    fn keys_with_and_without_a_source_are_taken() {
        for key in ["app", "k8s:app", "K8S:app", "example.com/app", "k8s:example.com/app", "reserved:host", "a.b_c-D"] {
            assert!(accepted(key, V120), "{key}");
        }
        let longest = format!("io.cilium.k8s.namespace.labels.{}", "x".repeat(32));
        assert!(accepted(&longest, V120));
        assert!(!accepted(&(longest + "x"), V120));
    }

    #[test]
    fn until_1_19_the_source_counts_and_need_not_be_alphanumeric() {
        let budget = |len: usize| format!("io.cilium.k8s.namespace.labels.{}", "x".repeat(len));
        assert!(accepted(&budget(28), V118));
        assert!(!accepted(&budget(29), V118));
        for (key, old, new) in [
            ("my-src:foo", true, false),
            (":foo", true, false),
            ("-a", true, false),
            ("K8S:example.com/x", false, true),
        ] {
            assert_eq!((accepted(key, V118), accepted(key, V120)), (old, new), "{key}");
        }
    }

    #[test]
    fn backslashes_two_colons_and_two_slashes_are_refused_in_both() {
        for key in [r"app\.x/y", "k8s:foo:bar", "a/b/c", "", "a-", "/a", "a/", "A.b/c", "ä"] {
            assert!(!accepted(key, V120) && !accepted(key, V118), "{key}");
        }
    }
}
