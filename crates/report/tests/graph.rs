//! `matrix` and `graph` in every format: valid, the same every time, and safe whatever things are called.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use ringfence_cluster::blueprint::{Blueprint, LabelKeys};
use ringfence_cluster::{Input, Knobs, World};
use ringfence_engine::Engine;
use ringfence_questions::{Grouping, Inquiry, Matrix, Resources};
use ringfence_report::Style;
use ringfence_report::answers::graph::{GraphFormat, draw};
use ringfence_report::answers::{Scene, matrix};
use ringfence_testkit::universe::objects;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../docs/schema/matrix.schema.json");
/// Everything that some format might take for its own, as a namespace that an API server would never accept.
const HOSTILE: &str = r#"a"'`</title><script>alert(1)</script>&lt;\N]|#{};--> =1+1"#;

/// Namespaces that may all ask `dns`, each reached on a port of its own, half open among two of them.
fn world(names: &[&str]) -> World {
    let mut text = String::new();
    for (at, name) in names.iter().chain(&["dns"]).enumerate() {
        let name = serde_json::to_string(name).unwrap();
        let manifests = format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: app, namespace: {name}, labels: {{app: app}}}}\nspec: {{containers: [{{name: c, image: i}}]}}\n\
             ---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: all, namespace: {name}}}\nspec:\n  endpointSelector: {{}}\n  \
             ingress:\n    - fromEntities: [cluster]\n      toPorts: [{{ports: [{{port: '{}'}}]}}]\n  egress:\n    \
             - toEndpoints: [{{matchLabels: {{io.kubernetes.pod.namespace: dns}}}}]\n    - toCIDR: [10.{at}.0.0/16]\n",
            8000 + at
        );
        text.push_str(&manifests);
    }
    let objects = objects(&text, 0).into_iter().map(|object| (object, 0)).collect();
    World::build(&Input { objects, ..Input::default() }, &Knobs::default())
}

fn with<T>(world: &World, check: impl FnOnce(&Scene<'_>, &Matrix) -> T) -> T {
    let engine = Engine::new(world);
    let (labels, resources) = (LabelKeys::default(), Resources::default());
    let blueprint = Blueprint::of(world, &labels);
    let inquiry = Inquiry::new(&engine, &blueprint, &resources);
    check(&Scene { inquiry, locate: &|_| None }, &inquiry.matrix(Grouping::Namespace))
}

fn drawn(world: &World, format: GraphFormat) -> String {
    with(world, |scene, matrix| {
        let mut out = Vec::new();
        draw(format, scene, matrix, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    })
}

const FORMATS: [GraphFormat; 4] = [GraphFormat::Dot, GraphFormat::Mermaid, GraphFormat::Svg, GraphFormat::Html];

fn hostile() -> World {
    world(&[HOSTILE, "line\nbreak\u{1b}[31m", "shop", "d", "e", "f"])
}

#[test]
fn a_drawing_is_the_same_every_time() {
    for format in FORMATS {
        assert_eq!(drawn(&hostile(), format), drawn(&hostile(), format), "{format:?}");
    }
}

#[test]
fn svg_is_well_formed_and_no_box_covers_another() {
    let text = drawn(&hostile(), GraphFormat::Svg);
    let svg = roxmltree::Document::parse(&text).unwrap();
    assert!(!svg.descendants().any(|node| node.has_tag_name("script")), "{text}");
    let boxes: Vec<[f64; 4]> = svg
        .descendants()
        .filter(|node| node.attribute("class").is_some_and(|class| class.starts_with("node")))
        .map(|node| {
            let rect = node.children().find(|child| child.has_tag_name("rect")).unwrap();
            ["x", "y", "width", "height"].map(|name| rect.attribute(name).unwrap().parse().unwrap())
        })
        .collect();
    assert!(boxes.len() > 6, "{}", boxes.len());
    for (at, one) in boxes.iter().enumerate() {
        for other in &boxes[at + 1..] {
            let apart =
                |axis: usize| one[axis] + one[axis + 2] <= other[axis] || other[axis] + other[axis + 2] <= one[axis];
            assert!(apart(0) || apart(1), "{one:?} {other:?}");
        }
    }
}

#[test]
fn a_page_runs_no_script_but_its_own_and_asks_nobody() {
    let page = drawn(&hostile(), GraphFormat::Html);
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</title>").count(), page.matches("<title").count());
    assert!(!page.contains("src=") && !page.contains("@import") && !page.contains("http://www.w3.org/1999"));
    for id in ["id=\"graph\"", "id=\"search\"", "id=\"edges\"", "id=\"e0\"", "id=\"row-e0\"", "id=\"n0\""] {
        assert!(page.contains(id), "{id}");
    }
}

#[test]
fn mermaid_quotes_every_word_of_others() {
    let text = drawn(&hostile(), GraphFormat::Mermaid);
    assert!(text.starts_with("flowchart LR\n"));
    for line in text.lines() {
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        assert!(!line.contains("<script") && !line.contains('`') && !line.contains('\u{1b}'), "{line}");
    }
}

#[test]
fn graphviz_reads_dot() {
    let text = drawn(&hostile(), GraphFormat::Dot);
    let started =
        Command::new("dot").arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut dot) = started else {
        println!("skipped: `dot` is not installed");
        return;
    };
    dot.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = dot.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    let svg = String::from_utf8(output.stdout).unwrap();
    assert!(svg.contains("every namespace") && !svg.contains("<script"), "{svg}");
}

#[test]
fn the_table_fits_the_terminal_and_obeys_no_name() {
    with(&hostile(), |scene, matrix| {
        let mut out = Vec::new();
        matrix::text(scene, matrix, &mut out, Style { colour: false, width: 60 }).unwrap();
        let text = String::from_utf8(out).unwrap();
        let table = text.split("\nconnections\n").next().unwrap();
        assert!(
            table
                .lines()
                .filter(|line| line.contains(" + ") || line.contains(" . "))
                .all(|line| line.chars().count() <= 60),
            "{table}"
        );
        assert!(!text.contains('\u{1b}') && text.contains("line break"), "{text}");
    });
}

#[test]
fn csv_and_markdown_keep_their_columns() {
    with(&hostile(), |_, matrix| {
        let (mut csv, mut markdown) = (Vec::new(), Vec::new());
        matrix::csv(matrix, &mut csv).unwrap();
        matrix::markdown(matrix, &mut markdown).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        // Fields in quotes taken away, every line has the same commas.
        for line in csv.lines() {
            let outside: String = line.split('"').step_by(2).collect();
            assert_eq!(outside.matches(',').count(), 6, "{line}");
        }
        for line in String::from_utf8(markdown).unwrap().lines() {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 4, "{line}");
            assert!(!line.contains("<script"), "{line}");
        }
    });
}

#[test]
fn json_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    with(&hostile(), |scene, matrix| {
        let mut out = Vec::new();
        matrix::json(scene, matrix, &mut out).unwrap();
        let mut document: Value = serde_json::from_slice(&out).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(document["groups"].as_array().unwrap().len(), matrix.groups.len());
        document["cells"][0]["unheard"] = true.into();
        assert!(!validator.is_valid(&document), "what is not described is refused");
    });
}
