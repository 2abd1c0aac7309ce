//! Holds the typed views against the schemas of the real APIs: no field unknown to us, none invented, no other type.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringfence_manifest::{Kind, Shape};

/// Deliberate differences: kind, path, what differs, why. A line that no longer holds fails the test too.
const ALLOWED: &[(Kind, &str, &str, &str)] = &[
    (Kind::NetworkPolicy, "status", "ours only", "served until 1.27: old exports show it, and nothing is lost with it"),
    (Kind::CiliumCidrGroup, "status", "ours only", "kinds without a status share the top-level keys of those with one"),
    (
        Kind::AdminNetworkPolicy,
        "spec.egress[].to[].domainNames[]",
        "ours only",
        "v1alpha1 has it since network-policy-api v0.2.0, which dropped the v1alpha1 CRD itself (semantics §8.1)",
    ),
    (
        Kind::BaselineAdminNetworkPolicy,
        "spec.egress[].to[].domainNames[]",
        "ours only",
        "shares its peers with AdminNetworkPolicy",
    ),
];

const KINDS: &[Kind] = &[
    Kind::NetworkPolicy,
    Kind::CiliumNetworkPolicy,
    Kind::CiliumClusterwideNetworkPolicy,
    Kind::CiliumCidrGroup,
    Kind::AdminNetworkPolicy,
    Kind::BaselineAdminNetworkPolicy,
    Kind::ClusterNetworkPolicy,
];

#[test]
fn the_views_know_exactly_the_fields_of_the_real_schemas() {
    let mut differences = BTreeSet::new();
    for &kind in KINDS {
        let ours = flatten(kind.shape().expect("a kind that is read whole has a shape"));
        for (path, difference) in compare(&ours, &table(kind)) {
            differences.insert((kind, path, difference));
        }
    }
    let allowed = ALLOWED.iter().map(|&(kind, path, difference, _)| (kind, path.to_owned(), difference.to_owned()));
    let allowed: BTreeSet<_> = allowed.collect();
    assert_eq!(differences.difference(&allowed).collect::<Vec<_>>(), Vec::<&_>::new(), "differences without a reason");
    assert_eq!(allowed.difference(&differences).collect::<Vec<_>>(), Vec::<&_>::new(), "reasons without a difference");
}

#[test]
fn every_kind_with_a_table_is_compared() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let known: BTreeSet<String> = KINDS.iter().map(|kind| file_name(*kind)).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), known);
}

#[test]
fn a_missing_an_invented_and_a_mistyped_field_are_seen() {
    let shape = Shape::Object(&[
        ("a", &Shape::Integer),
        ("b", &Shape::List(&Shape::Object(&[("x", &Shape::String)]))),
        ("c", &Shape::Any),
    ]);
    let table =
        parse("# head\na string\nb[] object\nb[].x string pattern=\"a b\"\nb[].y string\nc.d.e string\n. @cel x\n");
    let found = compare(&flatten(shape), &table);
    assert_eq!(found, [("a".to_owned(), "integer, not string".to_owned()), ("b[].y".into(), "theirs only".into())]);
    let invented = compare(&flatten(Shape::Object(&[("z", &Shape::Boolean)])), &BTreeMap::new());
    assert_eq!(invented, [("z".to_owned(), "ours only".to_owned())]);
}

type Table = BTreeMap<String, String>;

fn compare(ours: &Table, theirs: &Table) -> Vec<(String, String)> {
    let any = |path: &str| ours.iter().any(|(prefix, kind)| kind == "any" && covers(prefix, path));
    let mut found = Vec::new();
    for (path, kind) in theirs {
        match ours.get(path) {
            Some(our_kind) if our_kind == kind || our_kind == "any" => {}
            Some(our_kind) => found.push((path.clone(), format!("{our_kind}, not {kind}"))),
            None if any(path) => {}
            None => found.push((path.clone(), "theirs only".to_owned())),
        }
    }
    let under = |path: &str| theirs.keys().any(|their| covers(path, their));
    found.extend(ours.keys().filter(|path| !under(path)).map(|path| (path.clone(), "ours only".to_owned())));
    found
}

/// Whether `path` is `prefix` or lies below it.
fn covers(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

fn file_name(kind: Kind) -> String {
    format!("{}.txt", kind.name().to_lowercase())
}

fn table(kind: Kind) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(file_name(kind));
    parse(&std::fs::read_to_string(path).unwrap_or_default())
}

/// The lines `path type …`. Lines about more than one field (`path @cel …`) say nothing about types.
fn parse(text: &str) -> Table {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let fields = lines.filter_map(|line| line.split_once(' ')).filter(|(_, rest)| !rest.starts_with('@'));
    fields.map(|(path, rest)| (path.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned())).collect()
}

fn flatten(shape: Shape) -> Table {
    let mut table = Table::new();
    let Shape::Object(fields) = shape else { panic!("a kind is an object") };
    for (key, shape) in fields {
        walk(shape, (*key).to_owned(), &mut table);
    }
    table
}

fn walk(shape: &Shape, path: String, table: &mut Table) {
    let kind = match shape {
        Shape::String => "string",
        Shape::Integer => "integer",
        Shape::Boolean => "boolean",
        Shape::IntOrString => "int-or-string",
        Shape::Any => "any",
        Shape::List(item) => return walk(item, path + "[]", table),
        Shape::Map(value) => return walk(value, path + "{}", table),
        Shape::Object(fields) => {
            for (key, shape) in *fields {
                walk(shape, format!("{path}.{key}"), table);
            }
            "object"
        }
    };
    table.insert(path, kind.to_owned());
}
