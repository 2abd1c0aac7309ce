//! The YAML test suite, read in place.

use std::fs;
use std::path::{Path, PathBuf};

/// One case of the suite.
pub(crate) struct Case {
    /// As in `229Q` or `2G84/03`.
    pub(crate) name: String,
    pub(crate) yaml: String,
    pub(crate) events: String,
    /// Whether a reader must refuse it.
    pub(crate) invalid: bool,
}

/// Every case in the order of names; `None`, with one printed line, where the suite is not at hand.
pub(crate) fn cases() -> Option<Vec<Case>> {
    let Some(root) = root() else {
        println!("skipped: no YAML test suite at ../shared/conformance, and RINGFENCE_SHARED is not set");
        return None;
    };
    let mut cases = Vec::new();
    collect(&root, "", &mut cases);
    Some(cases)
}

fn root() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RINGFENCE_SHARED").map_or(beside, PathBuf::from);
    Some(shared.join("conformance/yaml-test-suite")).filter(|path| path.is_dir())
}

fn collect(folder: &Path, name: &str, cases: &mut Vec<Case>) {
    let read = |file: &str| fs::read_to_string(folder.join(file));
    if let Ok(yaml) = read("in.yaml") {
        let events = read("test.event").unwrap_or_default();
        cases.push(Case { name: name.to_owned(), yaml, events, invalid: folder.join("error").exists() });
        return;
    }
    let mut inner: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    inner.sort();
    for path in inner.iter().filter(|path| path.is_dir()) {
        let last = path.file_name().unwrap().to_string_lossy();
        // The suite also sorts its cases into folders of links.
        if last != "name" && last != "tags" && last != ".git" {
            collect(path, &if name.is_empty() { last.into_owned() } else { format!("{name}/{last}") }, cases);
        }
    }
}
