//! Scalars as the API server's clients read them: measured answers of `sigs.k8s.io/yaml`, and the program itself.
//!
//! `data/api-server-scalars.txt` holds one scalar a line, then its JSON as a value, then its JSON key, by tabs. With Go on
//! the path the same is asked of the library, also for generated scalars. To measure anew:
//! `RINGFENCE_UPDATE=1 cargo test -p ringfence-yaml --test api_server`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use ringfence_yaml::core11::{self, Resolved};
use ringfence_yaml::{Node, Style, Tree, merge, parse};
use serde_json::Value;
use support::go;

const TABLE: &str = include_str!("data/api-server-scalars.txt");
const REFUSED: &str = "refused";

#[test]
fn scalars_read_as_measured() {
    let rows: Vec<_> = rows().collect();
    assert!(rows.len() > 200, "the table has {} rows", rows.len());
    for (source, value, key) in rows {
        let tree = parse(&as_value(source));
        assert!(
            agrees(entry(&tree).1, value),
            "value {source:?}: measured {value}, ours {:?}",
            core11::resolve(entry(&tree).1)
        );
        let tree = parse(&as_key(source));
        if core11::resolve(entry(&tree).0) == Some(Resolved::Binary) {
            continue; // documented: not decoded
        }
        let ours = core11::key(entry(&tree).0).map(|key| Value::from(key.as_ref()).to_string());
        assert_eq!(ours.as_deref().unwrap_or(REFUSED), key, "key {source:?}");
    }
}

#[test]
fn the_table_is_what_the_library_says() {
    let mut sources: Vec<&str> = rows().map(|row| row.0).collect();
    sources.dedup();
    let Some(values) = ask(sources.iter().map(|source| as_value(source))) else { return };
    let Some(keys) = ask(sources.iter().map(|source| as_key(source))) else { return };
    let mut fresh = String::new();
    for ((source, value), key) in sources.iter().zip(&values).zip(&keys) {
        let value = value.as_ref().map_or(REFUSED.to_owned(), |json| json["k"].to_string());
        let key = key
            .as_ref()
            .and_then(|json| json.as_object()?.keys().next())
            .map_or(REFUSED.to_owned(), |key| Value::from(key.as_str()).to_string());
        writeln!(fresh, "{source}\t{value}\t{key}").unwrap();
    }
    let comments: String =
        TABLE.lines().filter(|line| line.starts_with("# ")).fold(String::new(), |text, line| text + line + "\n");
    if std::env::var_os("RINGFENCE_UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/api-server-scalars.txt");
        std::fs::write(path, comments + &fresh).unwrap();
    } else {
        assert_eq!(comments + &fresh, TABLE);
    }
}

#[test]
fn generated_scalars_read_as_the_library_reads_them() {
    let sources: Vec<String> = generated().filter(|source| is_plain(source)).collect();
    assert!(sources.len() > 4000, "{} scalars", sources.len());
    let Some(values) = ask(sources.iter().map(|source| as_value(source))) else { return };
    for (source, value) in sources.iter().zip(&values) {
        let value = value.as_ref().map_or(REFUSED.to_owned(), |json| json["k"].to_string());
        let tree = parse(&as_value(source));
        assert!(agrees(entry(&tree).1, &value), "{source:?}: {value}, ours {:?}", core11::resolve(entry(&tree).1));
    }
}

/// Where go-yaml's order of merging shows: a merge key after an own key wins there.
#[test]
fn merge_keys_after_own_keys_win_as_the_library_says() {
    let cases = [
        "k: {a: 1, <<: {a: 2, b: 3}}",
        "k: {<<: {a: 2, b: 3}, a: 1}",
        "k: {a: 1, <<: [{a: 2}, {a: 3}]}",
        "k: {a: 1, <<: {a: 2}, a: 4}",
    ];
    let expected = [r#"{"a":2,"b":3}"#, r#"{"a":1,"b":3}"#, r#"{"a":2}"#, r#"{"a":4}"#];
    for (case, expected) in cases.iter().zip(expected) {
        let tree = parse(case);
        let mapping = entry(&tree).1;
        let late = merge::overridden(mapping);
        let mut read: Vec<(&str, &str)> = merge::entries(mapping)
            .map(|own| late.iter().find(|(key, _)| key.key == own.key).map_or(own, |(_, wins)| *wins))
            .map(|entry| (entry.key.scalar().unwrap().as_str(), entry.value.scalar().unwrap().as_str()))
            .collect();
        read.sort_unstable();
        let ours = read.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect::<Vec<_>>().join(",");
        assert_eq!(format!("{{{ours}}}"), expected, "{case}");
    }
    let Some(answers) = ask(cases.iter().map(|&case| case.to_owned())) else { return };
    for (answer, expected) in answers.iter().zip(expected) {
        assert_eq!(answer.as_ref().unwrap()["k"].to_string(), expected);
    }
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with("# ")).map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap_or_default();
        (column(), column(), column())
    })
}

fn as_value(source: &str) -> String {
    format!("k: {source}\n")
}

fn as_key(source: &str) -> String {
    format!("? {source}\n: k\n")
}

fn entry(tree: &Tree) -> (Node<'_>, Node<'_>) {
    let entry = tree.document(0).unwrap().root().unwrap().entries().next().unwrap();
    (entry.key, entry.value)
}

fn is_plain(source: &str) -> bool {
    let text = as_value(source);
    let tree = parse(&text);
    let value = tree.errors().is_empty().then(|| entry(&tree).1.scalar()).flatten();
    value.is_some_and(|scalar| scalar.style == Style::Plain && scalar.raw == source && tree.comments().is_empty())
}

fn agrees(node: Node<'_>, json: &str) -> bool {
    let text = node.scalar().unwrap();
    let measured: Option<Value> = serde_json::from_str(json).ok();
    match (core11::resolve(node).unwrap(), measured) {
        (Resolved::Float(value), None) => !value.is_finite(),
        (Resolved::Invalid, None)
        | (Resolved::Null, Some(Value::Null))
        | (Resolved::Binary, Some(Value::String(_))) => true,
        (Resolved::Bool(ours), Some(Value::Bool(theirs))) => ours == theirs,
        (Resolved::Int(ours), Some(Value::Number(theirs))) => theirs.as_i64() == Some(ours),
        (Resolved::Uint(ours), Some(Value::Number(theirs))) => theirs.as_u64() == Some(ours),
        #[allow(clippy::float_cmp, reason = "the same digits make the same number")]
        (Resolved::Float(ours), Some(Value::Number(theirs))) => theirs.as_f64() == Some(ours),
        (Resolved::Str, Some(Value::String(theirs))) => text.as_str() == theirs,
        _ => false,
    }
}

/// The library's JSON for each document, `None` where it refuses; nothing where it cannot be asked.
fn ask(documents: impl Iterator<Item = String>) -> Option<Vec<Option<Value>>> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/yaml");
    let program = go::build(&module)?;
    let lines: String = documents.map(|text| base64(text.as_bytes()) + "\n").collect();
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = |line| serde_json::from_str::<Value>(line).unwrap().get_mut("json").map(Value::take);
    Some(text.lines().map(answer).collect())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        (0..4).for_each(|digit| {
            let at = (bits >> (18 - 6 * digit) & 63) as usize;
            out.push(if digit <= chunk.len() { DIGITS[at] as char } else { '=' });
        });
    }
    out
}

/// Scalars from the letters that numbers, dates and words of YAML are made of; the same ones every time.
fn generated() -> impl Iterator<Item = String> {
    const ALPHABET: &[u8] = b"00112345678999__++--..eeExXoObBaAfFyYnN~TtZ:: ,rsu";
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 11).unwrap_or_default() % below
    };
    (0..8000).map(move |_| {
        let length = 1 + next(9);
        (0..length).map(|_| ALPHABET[next(ALPHABET.len())] as char).collect()
    })
}
