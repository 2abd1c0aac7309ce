//! Values: aliases, merges, repeated keys, scalars as the API server types them, placeholders.

mod common;

use common::{at, np, one, policy, read, workload};
use ringfence_manifest::{Data, Field, IntOrString, Value, Why};
use ringfence_text::FileId;

/// The value of a text, through the one kind whose objects keep theirs.
fn value(entries: &str) -> Value {
    let text = format!("apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\n{entries}");
    one(&text).value.unwrap_or_else(|| panic!("a tool's object keeps its value"))
}

fn data(entries: &str) -> Data {
    value(&format!("x: {entries}")).at(&["x"]).map_or(Data::Null, |x| x.data.clone())
}

#[test]
fn scalars_are_typed_as_the_api_server_types_them() {
    assert_eq!(data("yes"), Data::Bool(true));
    assert_eq!(data("'yes'"), Data::String("yes".into()));
    assert_eq!(data("010"), Data::Int(8));
    assert_eq!(data("1_000"), Data::Int(1000));
    assert_eq!(data("1.5"), Data::Float(1.5));
    assert_eq!(data("18446744073709551615"), Data::Float(18_446_744_073_709_551_615.0));
    assert_eq!(data("!!str 10"), Data::String("10".into()));
    assert_eq!(data("|\n  two\n  lines\n"), Data::String("two\nlines\n".into()));
    assert_eq!(data("~"), Data::Null);
}

#[test]
fn placeholders_are_unknown_and_defaults_are_typed_like_the_text_they_become() {
    assert_eq!(data("${PORT}"), Data::Unknown);
    assert_eq!(data("a-${NAME}-b"), Data::Unknown);
    assert_eq!(data("${PORT:=8080}"), Data::Int(8080));
    assert_eq!(data("\"${PORT:=8080}\""), Data::String("8080".into()));
    assert_eq!(data("${ON:-yes}"), Data::Bool(true));
    assert_eq!(data("$${PORT}"), Data::String("${PORT}".into()));
    assert_eq!(data("'{{ .Values.port }}'"), Data::Unknown);
}

#[test]
fn of_repeated_keys_the_last_one_holds() {
    let map = value("x: 1\nz: 2\nx: 3\n");
    let map = map.as_map().unwrap();
    assert_eq!(
        map.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(),
        ["apiVersion", "kind", "x", "z"]
    );
    assert_eq!(map.get("x").unwrap().value.data, Data::Int(3));
    let many: Vec<_> = (0..20).map(|n| format!("k{}: {n}", n % 12)).collect();
    let map = value(&many.join("\n"));
    assert_eq!(map.at(&["k7"]).unwrap().data, Data::Int(19));
    assert_eq!(map.as_map().unwrap().entries.len(), 14);
}

#[test]
fn an_aliased_value_stands_at_its_anchor_and_is_used_at_its_alias() {
    let text =
        policy("  podSelector: &sel {matchLabels: {app: web}}\n  ingress:\n  - from:\n    - podSelector: *sel\n");
    let object = one(&text);
    let peer = np(&object).ingress.values().next().unwrap().from.values().next().unwrap();
    let selector = peer.pod_selector.get().unwrap();
    let app = selector.match_labels.get().unwrap().get("app").unwrap().value.at().unwrap().value;
    assert_eq!(at(&text, app), "web");
    assert_eq!(app.alias.unwrap().slice(&text), "*sel");
    assert_eq!(app.used_at().slice(&text), "*sel");
    assert_eq!(np(&object).pod_selector.at().unwrap().value.alias, None);
}

#[test]
fn merges_bring_entries_and_own_keys_win() {
    let text = "base: &base {a: 1, b: 2}\nx:\n  <<: *base\n  b: 3\n";
    let object = value(text);
    assert_eq!(object.at(&["x", "a"]).unwrap().data, Data::Int(1));
    assert_eq!(object.at(&["x", "b"]).unwrap().data, Data::Int(3));
    assert!(object.at(&["x", "a"]).unwrap().place.alias.is_some());
    assert_eq!(object.at(&["x", "b"]).unwrap().place.alias, None);
    // A key before the merge loses to it in the reader that kubectl uses.
    let object = value("base: &base {a: 1, b: 2}\nx:\n  b: 3\n  <<: *base\n");
    assert_eq!(object.at(&["x", "b"]).unwrap().data, Data::Int(2));
}

#[test]
fn an_object_can_be_merged_together() {
    let text = "<<: {apiVersion: v1, kind: Pod}\nmetadata: {name: p, labels: {a: b}}\n";
    let object = one(text);
    assert_eq!(workload(&object).labels.get().unwrap().get("a").unwrap().value.get().unwrap(), "b");
}

#[test]
fn too_many_aliases_obscure_the_object_and_nothing_else() {
    let levels = |n: u32| {
        let row = |n: u32| format!("  l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "));
        (1..=n).map(row).collect::<String>()
    };
    let bomb =
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: bomb, namespace: ns}}\nx:\n  l0: &l0 [a]\n{}", levels(8));
    let text = format!("{bomb}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: fine}}\n");
    let found = read(&text);
    assert_eq!(found.objects.iter().map(|object| object.name()).collect::<Vec<_>>(), [Some("fine")]);
    let [obscured] = &found.obscured[..] else { panic!("{:?}", found.obscured) };
    assert!(matches!(obscured.why, Why::TooManyAliases(_)));
    assert_eq!(obscured.head.namespace.as_deref(), Some("ns"));
}

#[test]
fn an_alias_inside_itself_ends() {
    let found = read("apiVersion: v1\nkind: Pod\nmetadata: &m\n  name: p\n  labels: *m\n");
    assert!(matches!(found.obscured[0].why, Why::TooManyAliases(_)), "{found:?}");
}

#[test]
fn what_is_no_json_is_refused_as_every_client_does() {
    for bad in ["? [a]\n  : b", "~: b", "b: !!int abc", "<<: 5"] {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  {bad}\n");
        let found = read(&text);
        assert!(matches!(found.obscured[..], [ref one] if matches!(one.why, Why::NotJson(_))), "{text} {found:?}");
    }
}

#[test]
fn places_are_moved_to_where_the_block_begins() {
    let text = policy("  podSelector: {}\n  ingress: [{ports: [{port: 80}]}]\n");
    let found = ringfence_manifest::read(&ringfence_yaml::parse(&text), FileId(3), 100);
    let spec = np(&found.objects[0]);
    let port = &spec.ingress.values().next().unwrap().ports.values().next().unwrap().port;
    let Field::Set(IntOrString::Int(80), at) = port else { panic!("{port:?}") };
    assert_eq!(at.value.file, FileId(3));
    assert_eq!(&text[at.value.span.start as usize - 100..at.value.span.end as usize - 100], "80");
}

#[test]
fn the_deepest_value_that_is_read_at_all_is_read() {
    let deep = |depth: usize| format!("x: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let value = value(&deep(500));
    let mut depth = 0;
    let mut at = value.at(&["x"]).unwrap();
    while let Some(inner) = at.as_list().and_then(<[Value]>::first) {
        depth += 1;
        at = inner;
    }
    assert_eq!(depth, 499);
    let beyond = format!("apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\n{}", deep(5000));
    assert!(matches!(read(&beyond).obscured[0].why, Why::Broken));
}

#[test]
fn aliases_cannot_make_a_value_deeper_than_the_limit() {
    let rows: Vec<_> = (1..2000).map(|n| format!("  l{n}: &l{n} [*l{}]", n - 1)).collect();
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nx:\n  l0: &l0 [a]\n{}\n", rows.join("\n"));
    assert!(matches!(read(&text).obscured[0].why, Why::TooManyAliases(_)));
}
