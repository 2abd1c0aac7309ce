//! Every format on one report, read as a person would and held against the schemas of machines.

#![allow(clippy::unwrap_used, reason = "a document that does not parse should stop the test")]

mod support;

use ringfence_report::{Format, Root, Style, github};
use serde_json::Value;
use support::shop;

fn validate(schema: &str, document: &str) {
    // The schema of SARIF holds one pattern (of a language tag, which we do not write) with a bracket too many.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

const FINDINGS: &str = include_str!("../../../docs/schema/findings.schema.json");
const SARIF: &str = include_str!("data/sarif-schema-2.1.0.json");

#[test]
fn full() {
    insta::assert_snapshot!(shop().render(Format::Full));
}

#[test]
fn full_in_colour() {
    let style = Style { colour: true, width: 60 };
    insta::assert_snapshot!(shop().render_with(Format::Full, style).replace('\x1b', "␛"));
}

#[test]
fn concise() {
    insta::assert_snapshot!(shop().render(Format::Concise));
}

#[test]
fn json() {
    let json = shop().render(Format::Json);
    validate(FINDINGS, &json);
    insta::assert_snapshot!(json);
}

#[test]
fn the_schema_of_json_refuses_what_it_does_not_describe() {
    let schema: Value = serde_json::from_str(FINDINGS).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let whole: Value = serde_json::from_str(&shop().render(Format::Json)).unwrap();
    for (pointer, wrong) in [
        ("/version", Value::from(2)),
        ("/findings/0/severity", Value::from("fatal")),
        ("/findings/0/start/line", Value::from(0)),
        ("/findings/0/labels", Value::from(Vec::<Value>::new())),
        ("/summary/unknown/0/example", Value::from("a.yaml:3")),
    ] {
        let mut document = whole.clone();
        *document.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&document), "{pointer}");
    }
}

#[test]
fn the_schema_of_json_describes_every_key() {
    let schema: Value = serde_json::from_str(FINDINGS).unwrap();
    let mut open = vec![&schema];
    let mut described = 0;
    while let Some(value) = open.pop() {
        for (name, property) in value["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 5), "{name}");
            described += 1;
        }
        open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
    }
    assert!(described > 40, "{described}");
}

#[test]
fn sarif() {
    let sarif = shop().render(Format::Sarif);
    validate(SARIF, &sarif);
    insta::assert_snapshot!(sarif);
}

#[test]
fn sarif_paths_start_at_the_root_of_the_repository() {
    let mut owned = shop();
    owned.root = Root { repository: "/src", current: "/src/team a" };
    let sarif = owned.render(Format::Sarif);
    validate(SARIF, &sarif);
    assert!(sarif.contains(r#""uri": "team%20a/deploy/web%3A%20a%2Cb.yaml""#), "{sarif}");
}

#[test]
fn github_annotations() {
    insta::assert_snapshot!(shop().render(Format::Github));
}

#[test]
fn github_step_summary() {
    insta::assert_snapshot!(github::step_summary(&shop().report()));
}

#[test]
fn a_clean_run_says_so() {
    let mut owned = shop();
    owned.findings.clear();
    owned.summary.findings = ringfence_diagnostics::Counts::default();
    for format in [Format::Json, Format::Sarif] {
        let schema = if format == Format::Json { FINDINGS } else { SARIF };
        validate(schema, &owned.render(format));
    }
    assert_eq!(owned.render(Format::Github), "");
    assert!(owned.render(Format::Full).starts_with("no findings in 2 files (2 documents, 2 objects)\n"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        assert_eq!(shop().render(format), shop().render(format), "{format}");
    }
}
