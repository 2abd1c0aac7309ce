//! The documents that the project comes from, where they lie beside the checkout: every block of YAML is understood.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringfence_manifest::{FragmentRead, read_fragment};

#[test]
fn every_block_of_the_seed_documents_is_read() {
    let Some(dir) = seeds() else { return println!("skipped: no seed documents beside the checkout") };
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut skipped = Vec::new();
    for name in ["network-policy-architecture.md", "network-policy-escape-hatch.md", "networkpolicy-debrief.md"] {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        for (start, found) in blocks(&text) {
            assert_eq!(found.obscured, [], "{name} at byte {start}");
            for object in &found.objects {
                assert_eq!(common::problems(object), Vec::<String>::new(), "{name} at byte {start}");
                *kinds.entry(object.kind.name().to_owned()).or_default() += 1;
            }
            skipped.extend(
                found.skipped.iter().map(|place| place.span.slice(&text).lines().next().unwrap_or_default().to_owned()),
            );
        }
    }
    let counted: Vec<_> = kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(
        counted,
        [
            ("CiliumClusterwideNetworkPolicy", 5),
            ("Namespace", 1),
            ("NetworkPolicy", 29),
            ("object", 3),
            ("workload", 4),
        ]
    );
    assert_eq!(skipped, ["labels:", "annotations:", "spec:", "metadata:"]);
}

fn blocks(text: &str) -> Vec<(usize, FragmentRead)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(open) = text[rest..].find("\n```yaml\n").map(|at| rest + at + "\n```yaml\n".len()) {
        let end = text[open..].find("\n```").map_or(text.len(), |at| open + at + 1);
        let tree = ringfence_yaml::parse(&text[open..end]);
        found.push((open, read_fragment(&tree, common::FILE, open as u32)));
        rest = end;
    }
    found
}

fn seeds() -> Option<PathBuf> {
    let shared = std::env::var_os("RINGFENCE_SHARED").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    Some(shared.unwrap_or_else(beside).join("seeds")).filter(|dir| dir.is_dir())
}
