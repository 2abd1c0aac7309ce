//! Which files are found under a folder.
#![cfg(feature = "fs")]
#![allow(clippy::unwrap_used, reason = "a test stops where its scratch folder fails")]

use std::fs;
use std::path::{Path, PathBuf};

use ringfence_sources::Content;
use ringfence_sources::walk::{WalkError, find, read_stream};

/// A folder that is gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, files: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "a: 1\n").unwrap();
        }
        Self(folder)
    }

    fn found(&self) -> Vec<String> {
        let prefix = format!("{}/", self.0.display());
        let found = find([&self.0]);
        assert!(found.errors.is_empty(), "{:?}", found.errors);
        found.files.iter().map(|file| file.path.strip_prefix(&prefix).unwrap().to_owned()).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn manifests_are_found_in_order() {
    let scratch = Scratch::new("order", &["b.yaml", "a/z.YML", "a/c.json", "a.md", "README", "x.yaml.tmpl"]);
    assert_eq!(scratch.found(), ["a/c.json", "a/z.YML", "b.yaml"]);
}

#[test]
fn hidden_folders_are_skipped_except_github() {
    let scratch = Scratch::new("hidden", &[".git/a.yaml", ".github/w/b.yml", ".cache/c.yaml", ".d.yaml"]);
    assert_eq!(scratch.found(), [".d.yaml", ".github/w/b.yml"]);
}

#[test]
fn what_git_ignores_is_left_out_unless_named() {
    let scratch = Scratch::new("ignored", &["a.yaml", "out/b.yaml", "sub/c.yaml", "sub/keep.yaml"]);
    fs::write(scratch.0.join(".gitignore"), "out/\n").unwrap();
    fs::write(scratch.0.join("sub/.gitignore"), "c.yaml\n").unwrap();
    fs::write(scratch.0.join(".ignore"), "a.yaml\n").unwrap();
    assert_eq!(scratch.found(), ["a.yaml", "sub/keep.yaml"]);
    let named = find([scratch.0.join("out/b.yaml"), scratch.0.join(".gitignore")]);
    assert!(named.files.iter().all(|file| file.named));
    assert_eq!(named.files.len(), 2);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_unless_named() {
    let scratch = Scratch::new("links", &["real/a.yaml"]);
    std::os::unix::fs::symlink("real", scratch.0.join("folder")).unwrap();
    std::os::unix::fs::symlink("real/a.yaml", scratch.0.join("file.yaml")).unwrap();
    assert_eq!(scratch.found(), ["real/a.yaml"]);
    assert_eq!(find([scratch.0.join("file.yaml")]).files.len(), 1);
}

#[test]
fn a_file_reached_twice_counts_once_and_as_named() {
    let scratch = Scratch::new("twice", &["a.yaml", "b.yaml"]);
    let found = find([scratch.0.clone(), scratch.0.join("a.yaml")]);
    assert_eq!(found.files.iter().map(|file| file.named).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_missing_path_is_an_error_beside_the_rest() {
    let scratch = Scratch::new("missing", &["a.yaml"]);
    let found = find([scratch.0.join("no.yaml"), scratch.0.join("a.yaml")]);
    assert!(matches!(found.errors.as_slice(), [WalkError::Missing { path }] if path.ends_with("no.yaml")));
    assert_eq!(found.files.len(), 1);
}

#[test]
fn a_file_that_is_gone_or_too_large_is_no_crash() {
    let scratch = Scratch::new("gone", &["a.yaml", "b.yaml"]);
    let mut found = find([&scratch.0]).files;
    assert_eq!(found[1].read(3).unwrap(), Content::too_large(5, 3));
    assert_eq!(found[1].read(5).unwrap(), Content::Text("a: 1\n".into()));
    fs::remove_file(scratch.0.join("a.yaml")).unwrap();
    assert!(matches!(found[0].read(9), Ok(Content::Refused { reason, .. }) if reason.contains("cannot be read")));
    found[0].named = true;
    assert!(matches!(found[0].read(9), Err(WalkError::Unreadable { .. })));
}

#[test]
fn a_stream_is_read_to_its_limit() {
    assert_eq!(read_stream(&b"a: 1"[..], 4).unwrap(), Content::Text("a: 1".into()));
    assert_eq!(read_stream(&b"a: 1"[..], 3).unwrap(), Content::too_large(4, 3));
}
