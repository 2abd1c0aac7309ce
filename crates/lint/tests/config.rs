//! What `ringfence.yaml` may say, and how it is told off.
#![allow(clippy::unwrap_used, reason = "a test stops where its own texts are wrong")]

use ringfence_cluster::{Cni, EnforcementMode, Version};
use ringfence_diagnostics::Severity;
use ringfence_lint::{Config, ConfigError};
use ringfence_rules::Group;
use ringfence_text::LineIndex;
use serde_json::Value;

const FULL: &str = "
select: [correctness, unused-suppression]
ignore: [pedantic]
external:
  - monitoring
  - {name: ingress, labels: {tier: edge}}
labels: {profile: net.example.com/profile, enforcement: net.example.com/enforced, access: access.example.com}
tiers: {platform: [monitoring, argocd]}
resources: {postgres: databases/postgres:5432, queue: [messages/broker:5672, 10.0.0.7]}
cni: cilium
cilium:
  version: 1.18
  enable-policy: always
  cluster-name: west
  policy-default-local-cluster: true
  policy-cidr-match-mode: [nodes, pods]
  enable-ipv4: true
  enable-ipv6: false
  enable-host-firewall: true
  allow-localhost: policy
  enable-node-selector-labels: true
  enable-non-default-deny-policies: false
  enable-icmp-rules: false
  enable-l7-proxy: false
  enable-extended-ip-protocols: true
  enable-k8s-cluster-network-policy: true
upstream: {ipblock-matches-pods: true}
namespace: shop
fail-on: error
";

#[test]
fn every_key_is_understood() {
    let config = Config::parse(FULL).unwrap();
    let knobs = &config.knobs;
    assert!(config.selection.runs("x", Group::Correctness) && !config.selection.runs("x", Group::Style));
    assert!(config.selection.runs("unused-suppression", Group::Style));
    assert_eq!(
        knobs.external.iter().map(|external| external.name.as_str()).collect::<Vec<_>>(),
        ["monitoring", "ingress"]
    );
    assert_eq!(knobs.external[1].labels, [("tier".into(), "edge".into())]);
    assert_eq!(config.options.labels.access.as_deref(), Some("access.example.com"));
    assert_eq!(config.options.tiers.platform, ["monitoring", "argocd"]);
    assert_eq!(config.resources["postgres"], ["databases/postgres:5432".parse().unwrap()]);
    assert_eq!(config.resources["queue"].len(), 2);
    assert_eq!(
        (knobs.cni, knobs.version, knobs.mode),
        (Some(Cni::Cilium), Version::new(1, 18, 10), EnforcementMode::Always)
    );
    assert_eq!((knobs.cluster.as_str(), knobs.any_cluster, knobs.ipv6), ("west", Some(false), false));
    assert!(knobs.cidr_match_mode.nodes && knobs.cidr_match_mode.pods && knobs.host_firewall && !knobs.allow_localhost);
    assert!(
        knobs.node_selector_labels == Some(true) && !knobs.non_default_deny && !knobs.icmp_rules && !knobs.l7_proxy
    );
    assert!(knobs.extended_protocols == Some(true) && knobs.cluster_network_policy && knobs.ip_block_matches_pods);
    assert_eq!((knobs.default_namespace.as_deref(), config.fail_on), (Some("shop"), Some(Severity::Error)));
}

#[test]
fn nothing_is_the_default() {
    for text in ["", "# nothing yet\n", "---\n", "{}", "select:\nexternal:\ncilium:\nnamespace: ~\n"] {
        assert_eq!(Config::parse(text).unwrap(), Config::default(), "{text:?}");
    }
}

#[test]
fn json_is_read_too() {
    let config = Config::parse(r#"{"ignore": ["style"], "cilium": {"version": "1.19"}}"#).unwrap();
    assert_eq!(config.knobs.version, Version::new(1, 19, 0));
}

/// The place, the fault and what to do, as a person sees them.
fn told(text: &str) -> String {
    let Err(error) = Config::parse(text) else { return "no error".to_owned() };
    let ConfigError { message, help, .. } = &error;
    let at = LineIndex::new(text).position(error.span().start, text);
    let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}:{} `{}`: {message}{help}", at.line, at.column, error.span().slice(text))
}

#[test]
fn errors_say_what_and_where() {
    let texts = [
        "selct: [all]",
        "select: [all]\nignore:\n  - style\n  - stile\n",
        "select: [quux]",
        "cilium:\n  enable-ipv: true\n",
        "cilium: {version: latest}",
        "cilium: {version: 1.2.3.4}",
        "cni: calico",
        "fail-on: warn",
        "external: [{nam: x}]",
        "external: [[x]]",
        "labels: x",
        "select: all",
        "namespace: [a]",
        "cilium: {enable-ipv4: perhaps}",
        "select: [style]\nselect: [all]\n",
        "select: [style",
        "größe: 1",
        "- a",
        "a",
        "cni: cilium\n---\ncni: upstream\n",
    ];
    let told: Vec<String> = texts.iter().map(|text| format!("{text:?}\n  {}", told(text))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_error_can_be_shown_in_its_file() {
    let error = Config::parse("selct: [all]").unwrap_err().in_file("sub/ringfence.yaml");
    assert_eq!(error.file.name(), "sub/ringfence.yaml");
    assert_eq!(error.file.inner(), "selct: [all]");
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/schema/ringfence.schema.json")).unwrap()
}

#[test]
fn the_schema_takes_what_is_taken() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let samples =
        [FULL, "", "{}", "select: [all]", "external: [a, {name: b}]", "cilium: {version: \"1.20\"}", "cni: upstream"];
    for text in samples {
        let value: Value = serde_saphyr::from_str::<Option<Value>>(text).unwrap().unwrap_or_default();
        assert!(Config::parse(text).is_ok(), "{text}");
        let faults: Vec<String> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{text}: {faults:?}");
    }
    for text in [
        "selct: [all]",
        "cni: calico",
        "external: [{nam: x}]",
        "fail-on: warn",
        "cilium: {version: latest}",
        "select: all",
    ] {
        let value: Value = serde_saphyr::from_str(text).unwrap();
        assert!(!validator.is_valid(&value) && Config::parse(text).is_err(), "{text}");
    }
}

/// The keys that the reader knows, from its own mouth.
fn known(text: &str) -> Vec<String> {
    let Err(error) = Config::parse(text) else { panic!("{text}: a key too many") };
    let help = error.help.unwrap_or_default();
    let mut keys: Vec<String> = help.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    keys.sort();
    keys
}

#[test]
fn every_key_is_in_the_schema_and_described() {
    let schema = schema();
    let key = "a-key-that-is-like-no-other: 1";
    for (text, pointer) in [
        (key.to_owned(), ""),
        (format!("labels: {{{key}}}"), "/properties/labels"),
        (format!("tiers: {{{key}}}"), "/properties/tiers"),
        (format!("cilium: {{{key}}}"), "/properties/cilium"),
        (format!("upstream: {{{key}}}"), "/properties/upstream"),
        (format!("external: [{{{key}}}]"), "/properties/external/items/oneOf/1"),
        (format!("roots: [{{{key}}}]"), "/properties/roots/items"),
    ] {
        let node = schema.pointer(pointer).unwrap();
        let properties = node["properties"].as_object().unwrap();
        assert_eq!(known(&text), properties.keys().cloned().collect::<Vec<_>>(), "{text}");
        assert_eq!(node["additionalProperties"], false, "{pointer}");
        assert!(properties.values().all(|property| property["description"].is_string()), "{pointer}");
    }
}
