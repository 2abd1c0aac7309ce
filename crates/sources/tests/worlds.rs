//! Which files are one world.

use ringfence_sources::{Name, Unit, divide};

/// `path: object object …`, the objects by name alone.
fn worlds(files: &[(&'static str, &'static str)]) -> Vec<String> {
    let units: Vec<Unit<'_>> = files.iter().map(|(path, names)| unit(path, names)).collect();
    let division = divide(&units);
    let paths = |units: &[usize]| units.iter().map(|&at| files[at].0).collect::<Vec<_>>().join(" ");
    division.worlds.iter().map(|world| format!("{} = {}", world.name, paths(&world.units))).collect()
}

fn unit(path: &'static str, names: &'static str) -> Unit<'static> {
    let name = |name| Name { kind: "NetworkPolicy", group: "networking.k8s.io", namespace: "n", name };
    let section = path.split_once('#').map(|(_, heading)| heading);
    let path = path.split('#').next().unwrap_or_default();
    Unit { path, section, names: names.split_whitespace().map(name).collect() }
}

#[test]
fn everything_is_one_world() {
    assert_eq!(worlds(&[]), [""; 0]);
    assert_eq!(worlds(&[("a.yaml", "x"), ("b/c.yaml", "y"), ("d/e/f.yaml", "z")]), [". = a.yaml b/c.yaml d/e/f.yaml"]);
    assert_eq!(worlds(&[("/srv/a.yaml", "x"), ("/srv/b.yaml", "y")]), [". = /srv/a.yaml /srv/b.yaml"]);
}

#[test]
fn one_folder_inside_the_other_is_no_split() {
    assert_eq!(worlds(&[("a/x.yaml", "x"), ("a/b/x.yaml", "x")]), [". = a/x.yaml a/b/x.yaml"]);
    assert_eq!(worlds(&[("a/x.yaml", "x"), ("a/y.yaml", "x")]), [". = a/x.yaml a/y.yaml"], "the same folder neither");
    assert_eq!(worlds(&[("a/x.yaml", "x"), ("./a/y.yaml", "x")]), [". = a/x.yaml ./a/y.yaml"]);
    assert_eq!(worlds(&[("a/x.yaml", "x"), ("b/../a/y.yaml", "x")]), [". = a/x.yaml b/../a/y.yaml"]);
}

#[test]
fn the_children_of_the_nearest_common_ancestor_are_worlds_and_share_what_lies_above() {
    let files = [
        ("top.yaml", "t"),
        ("clusters/all.yaml", "s"),
        ("clusters/one/ns/a.yaml", "x"),
        ("clusters/one/b.yaml", "o"),
        ("clusters/two/a.yaml", "x"),
        ("clusters/three/c.yaml", "c"),
        ("lib/d.yaml", "d"),
    ];
    assert_eq!(
        worlds(&files),
        [
            "clusters/one = top.yaml clusters/all.yaml clusters/one/ns/a.yaml clusters/one/b.yaml lib/d.yaml",
            "clusters/three = top.yaml clusters/all.yaml clusters/three/c.yaml lib/d.yaml",
            "clusters/two = top.yaml clusters/all.yaml clusters/two/a.yaml lib/d.yaml",
        ]
    );
}

#[test]
fn splits_nest() {
    let files = [("a/base.yaml", "b"), ("a/dev/x.yaml", "x y"), ("a/prod/x.yaml", "y"), ("b/y.yaml", "b")];
    assert_eq!(
        worlds(&files),
        ["a/dev = a/base.yaml a/dev/x.yaml", "a/prod = a/base.yaml a/prod/x.yaml", "b = b/y.yaml"]
    );
}

#[test]
fn two_splits_beside_each_other_do_not_multiply() {
    let files = [("s.yaml", "s"), ("a/1/x.yaml", "x"), ("a/2/x.yaml", "x"), ("b/1/y.yaml", "y"), ("b/2/y.yaml", "y")];
    assert_eq!(
        worlds(&files),
        ["a/1 = s.yaml a/1/x.yaml", "a/2 = s.yaml a/2/x.yaml", "b/1 = s.yaml b/1/y.yaml", "b/2 = s.yaml b/2/y.yaml"]
    );
}

#[test]
fn absolute_and_outer_paths_keep_their_names() {
    assert_eq!(
        worlds(&[("/a/x.yaml", "x"), ("/b/x.yaml", "x"), ("../c/y.yaml", "y")]),
        ["/a = /a/x.yaml ../c/y.yaml", "/b = /b/x.yaml ../c/y.yaml"]
    );
    assert_eq!(worlds(&[("/x.yaml", "x"), ("a/x.yaml", "x")]), ["/ = /x.yaml", "a = a/x.yaml"]);
}

#[test]
fn every_markdown_section_is_alone() {
    let files = [("a.yaml", "x"), ("b.md#", "x"), ("b.md#One", "x"), ("b.md#Two", "y"), ("b.md#One", "z")];
    assert_eq!(
        worlds(&files),
        [". = a.yaml", "b.md = b.md#", "b.md: One = b.md#One", "b.md: Two = b.md#Two", "b.md: One (2) = b.md#One"]
    );
}

#[test]
fn folders_are_numbered() {
    let units =
        [unit("b/x.yaml", ""), unit("a/y.yaml", ""), unit("./b/z.yaml", ""), unit("m.md#1", ""), unit("m.md#2", "")];
    let folders = divide(&units).folders;
    assert_eq!(folders[0], folders[2]);
    let mut distinct = folders.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
}
