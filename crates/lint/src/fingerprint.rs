//! What makes a finding the same finding after the file around it has changed.

use std::collections::BTreeMap;

use ringfence_diagnostics::Finding;
use ringfence_rules::Document;
use ringfence_text::Span;
use ringfence_yaml::Step;
use xxhash_rust::xxh3::Xxh3;

/// The fingerprints of findings, in their order: sixteen hexadecimal digits of rule, world, object and key path. The line
/// does not count, the path of the file and the place in a `List` neither where the object has a name. Equal ones are told apart by a number.
pub(crate) fn fingerprints<'d>(
    findings: &[Finding],
    document: impl Fn(&Finding) -> Option<&'d Document>,
) -> Vec<String> {
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    let one = |finding: &Finding| {
        let hash = hash(finding, document(finding));
        let count = seen.entry(hash).or_default();
        *count += 1;
        if *count == 1 { format!("{hash:016x}") } else { format!("{hash:016x}-{count}") }
    };
    findings.iter().map(one).collect()
}

fn hash(finding: &Finding, document: Option<&Document>) -> u64 {
    let mut hasher = Xxh3::new();
    let mut add = |part: &str| {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    };
    add(finding.rule);
    let subject = finding.subject.as_ref();
    for part in subject.iter().flat_map(|subject| [&subject.world, &subject.kind, &subject.namespace, &subject.name]) {
        add(part);
    }
    if subject.is_none_or(|subject| subject.name.is_empty()) {
        add(document.map_or("", |document| &document.path));
    }
    let path = document.map(|document| path(document, finding.primary.span)).unwrap_or_default();
    let named = subject.is_some_and(|subject| !subject.name.is_empty());
    for step in if named { inside(&path) } else { &path } {
        match step {
            Step::Key(key) => add(key),
            Step::Index(index) => add(&index.to_string()),
        }
    }
    hasher.digest()
}

/// The part of a path that is inside its object: a `List` is only how objects come, and may have them in any order.
fn inside(path: &[Step]) -> &[Step] {
    match path {
        [Step::Key(items), Step::Index(_), rest @ ..] if items == "items" => inside(rest),
        // What stands between two items, as a comment behind the last line of one.
        [Step::Key(items)] if items == "items" => &[],
        own => own,
    }
}

fn path(document: &Document, span: Span) -> Vec<Step> {
    document.part(span).map_or_else(Vec::new, |part| part.tree.path_at(span.start - part.base))
}
