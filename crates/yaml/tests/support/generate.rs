//! Documents to read, out of every style that YAML has for the same thing.

use proptest::prelude::*;

/// A value with the way it is written.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    Scalar(String, Quote),
    Sequence(Vec<Written>, bool),
    Mapping(Vec<(String, Written)>, bool),
}

/// How a scalar is written where its place allows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quote {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// A small document.
pub(crate) fn document() -> impl Strategy<Value = Written> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), any::<bool>())
                .prop_map(|(items, flow)| Written::Sequence(items, flow)),
            (prop::collection::vec(("[a-e]{1,2}", inner), 0..5), any::<bool>()).prop_map(|(mut entries, flow)| {
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                entries.dedup_by(|a, b| a.0 == b.0);
                Written::Mapping(entries, flow)
            }),
        ]
    })
}

fn scalar() -> impl Strategy<Value = Written> {
    let quote = prop::sample::select(vec![Quote::Plain, Quote::Single, Quote::Double, Quote::Literal, Quote::Folded]);
    let word = prop::sample::select(vec![
        "",
        "web",
        "yes",
        "~",
        "010",
        "1_0",
        "8080",
        "1.5",
        "0x1F",
        "a b",
        "é😀",
        "x: y",
        "# c",
        "- x",
        "it's",
        "\"q\"",
        "{{ x }}",
        "${V:=1}",
        "true",
        "a\nb",
        " lead",
        "trail ",
        "tab\tin",
        "x\n\n y\n",
        "*a",
        "&a",
        "!t",
        "%d",
        "@",
        "[",
        "{a}",
        "a,b",
        "::",
        "null",
        "\\",
        "\u{7}",
    ]);
    (word, quote).prop_map(|(text, quote)| Written::Scalar(text.to_owned(), quote))
}

/// The document as YAML.
pub(crate) fn render(value: &Written) -> String {
    let mut out = String::new();
    match value {
        Written::Sequence(items, false) if !items.is_empty() => block(value, 0, &mut out),
        Written::Mapping(entries, false) if !entries.is_empty() => block(value, 0, &mut out),
        _ => {
            out.push_str("--- ");
            inline(value, 0, false, &mut out);
        }
    }
    out + "\n"
}

/// A block collection, the cursor being at `indent`.
fn block(value: &Written, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    let mut first = true;
    let mut lead = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push('\n');
            out.push_str(&pad);
        }
    };
    match value {
        Written::Sequence(items, _) => items.iter().for_each(|item| {
            lead(out);
            out.push_str("- ");
            child(item, indent + 2, true, out);
        }),
        Written::Mapping(entries, _) => entries.iter().for_each(|(key, value)| {
            lead(out);
            out.push_str(key);
            out.push_str(": ");
            child(value, indent + 2, false, out);
        }),
        Written::Scalar(..) => inline(value, indent, false, out),
    }
}

fn child(value: &Written, indent: usize, compact: bool, out: &mut String) {
    let nested = matches!(value, Written::Sequence(items, false) if !items.is_empty())
        || matches!(value, Written::Mapping(entries, false) if !entries.is_empty());
    match (nested, compact) {
        (true, true) => block(value, indent, out),
        (true, false) => {
            out.push_str("# below\n");
            out.push_str(&" ".repeat(indent));
            block(value, indent, out);
        }
        (false, _) => inline(value, indent, false, out),
    }
}

fn inline(value: &Written, indent: usize, flow: bool, out: &mut String) {
    match value {
        Written::Scalar(text, quote) => out.push_str(&written(text, *quote, indent, flow)),
        Written::Sequence(items, _) => {
            out.push('[');
            for item in items {
                inline(item, indent, true, out);
                out.push_str(", ");
            }
            out.push(']');
        }
        Written::Mapping(entries, _) => {
            out.push('{');
            for (key, value) in entries {
                out.push_str(key);
                out.push_str(": ");
                inline(value, indent, true, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// The text in the wanted style, or in double quotes where that style cannot hold it.
fn written(text: &str, quote: Quote, indent: usize, flow: bool) -> String {
    let simple = !text.contains(['\n', '\t', '\u{7}']);
    let bare = simple && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '😀'));
    let lines = !flow
        && text.starts_with(char::is_alphanumeric)
        && !text.contains(['\t', '\u{7}'])
        && !text.ends_with([' ', '\n']);
    let pad = format!("\n{}", " ".repeat(indent.max(1)));
    let body = text
        .split('\n')
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{pad}{line}") })
        .collect::<String>();
    match quote {
        Quote::Plain if bare && !(flow && text.is_empty()) => text.to_owned(),
        Quote::Single if simple => format!("'{}'", text.replace('\'', "''")),
        Quote::Literal if lines => format!("|-{body}"),
        Quote::Folded if lines => format!(">-{body}"),
        _ => format!("{text:?}").replace("\\u{7}", "\\a").replace("\\'", "'"),
    }
}
