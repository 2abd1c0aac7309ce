//! Files of expectations: what they may say, and how they are told off.
#![allow(clippy::unwrap_used, reason = "a test")]

use ringfence_lint::{declares_expectations, expectations};

const FULL: &str = "
expect:
  - name: the shop has its database
    allow:
      from: [shop/web, shop/worker]
      to: databases/postgres
      ports: [5432, 5433/TCP]
    why: orders are kept there
  - deny: {from: internet, to: \"databases/postgres:5432\"}
    unknown: accept
  - deny: {from: shop, to: [admin, 10.0.0.0/8], ports: 53/any}
";

#[test]
fn every_key_is_understood() {
    let declared = expectations(FULL).unwrap();
    let first = &declared[0];
    assert_eq!((first.name.as_str(), first.line), ("the shop has its database", 3));
    assert!(first.expectation.allow && !first.expectation.accept_unknown);
    assert_eq!(first.expectation.why, "orders are kept there");
    let to: Vec<String> = first.expectation.to.iter().map(ToString::to_string).collect();
    assert_eq!(to, ["databases/postgres:5432/TCP", "databases/postgres:5433/TCP"]);
    assert_eq!(first.expectation.from.len(), 2);
    assert!(!declared[1].expectation.allow && declared[1].expectation.accept_unknown);
    assert_eq!(declared[2].expectation.to[1].to_string(), "10.0.0.0/8,53/any");
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = serde_json::from_str(include_str!("../../../docs/schema/expectations.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value: serde_json::Value = serde_saphyr::from_str(FULL).unwrap();
    assert!(validator.is_valid(&value));
    for (text, _) in FAULTS {
        let value: Option<serde_json::Value> = serde_saphyr::from_str(text).ok();
        let names = text.contains("a//b") || text.contains("http") || text.contains("own port");
        assert!(names || value.is_none_or(|value| !validator.is_valid(&value)), "{text}");
    }
}

const FAULTS: [(&str, &str); 9] = [
    ("expect:\n  - {}\n", "2: neither `allow` nor `deny`"),
    ("expect:\n  - allow: {from: a/b, to: c}\n    deny: {from: a/b, to: c}\n", "2: both `allow` and `deny`"),
    ("expect:\n  - alow: {from: a/b, to: c}\n", "2: there is no key `alow`"),
    (
        "expect:\n  - allow: {from: a//b, to: c}\n",
        "2: `a//b` names nothing: write `namespace/workload`, `svc/namespace/name`, a namespace, `label=value`, an address, a CIDR or a DNS name",
    ),
    (
        "expect:\n  - allow: {from: a/b, to: \"c:http\"}\n",
        "2: `http` is no port: write a number from 1 to 65535, for ICMP a type from 0 to 255",
    ),
    (
        "expect:\n  - deny: {from: a/b, to: \"c:80\", ports: 81} # own port\n",
        "2: `c:80/TCP` has a port of its own: leave it out there, or leave out `ports`",
    ),
    ("expect:\n  - deny: {from: a/b, to: c}\n    unknown: maybe\n", "3: `maybe` is no value here"),
    ("expect: 3\n", "1: a list belongs here"),
    ("other: []\n", "1: there is no key `other`"),
];

#[test]
fn faults_say_what_and_where() {
    for (text, expected) in FAULTS {
        let error = expectations(text).unwrap_err();
        let line = text[..error.span().start as usize].matches('\n').count() + 1;
        assert_eq!(format!("{line}: {error}"), expected, "{text}");
    }
}

#[test]
fn expectations_are_told_from_manifests() {
    assert!(declares_expectations(FULL));
    assert!(!declares_expectations("apiVersion: v1\nkind: Namespace\nmetadata: {name: expect}\n"));
    assert!(!declares_expectations("{{ broken"));
}
