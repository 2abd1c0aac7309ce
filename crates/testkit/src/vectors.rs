//! The recorded answers of Cilium's policy engine, in `tests/conformance`.
//!
//! The files differ in shape; here they are one: a [`Scenario`] is policies under a configuration, and an [`Outcome`] what
//! one version of the engine made of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use ringfence_cluster::{CidrMatchMode, Complete, EnforcementMode, Knobs, Stage, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Policies under a configuration, and what was made of them.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, unique in its file.
    pub name: String,
    /// How the agent was configured.
    pub config: Config,
    /// YAML documents.
    pub policies: String,
    /// Identities beside those of the file.
    pub extra_identities: Vec<Identity>,
    /// What each version of the engine made of it.
    pub outcomes: Vec<Outcome>,
}

/// What one version of the engine made of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The version.
    pub version: Version,
    /// The policies that are not imported, with the reason of the agent; empty where the reason was not recorded.
    pub rejected: Vec<(String, String)>,
    /// The verdicts.
    pub flows: Vec<Flow>,
}

/// A connection, and the verdicts of both of its sides.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The name of the source.
    pub from: String,
    /// The name of the destination.
    pub to: String,
    /// `TCP`, `UDP`, `SCTP`, `ICMP`, …
    pub protocol: String,
    /// The port; of ICMP the type.
    pub port: u16,
    /// What the source's side says; `None` where it is no endpoint with policy.
    pub egress: Option<Side>,
    /// What the destination's side says; `None` where it is no endpoint with policy.
    pub ingress: Option<Side>,
    /// Named TCP ports of the destination, where they are not those of its identity.
    pub named_tcp: BTreeMap<String, u16>,
    /// Named UDP ports of the destination, where they are not those of its identity.
    pub named_udp: BTreeMap<String, u16>,
}

/// What one side of a connection says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// Its verdict.
    pub verdict: Verdict,
    /// The policies that decide, joined with commas; a rule that the engine made up is
    /// `[reserved:io.cilium.policy.derived-from=…]`; empty is default deny.
    pub by: String,
}

/// The verdict of one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It may pass.
    Allowed,
    /// It may not.
    Denied,
    /// The engine refuses the endpoint's whole policy.
    Error,
}

/// Somebody who takes part in flows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The name by which flows call it.
    pub name: String,
    /// Its labels as the engine saw them, as `k8s:app=front`.
    #[serde(alias = "identity_labels")]
    pub labels: Vec<String>,
    /// Labels that it has where nodes are told apart by theirs.
    #[serde(default)]
    pub node_labels: Vec<String>,
    /// DNS names that its address was the answer for. If there are none, labels of FQDN selectors say them.
    #[serde(default)]
    pub answers: Vec<String>,
    /// Whether it has a policy side of its own.
    #[serde(default, alias = "enforced")]
    pub endpoint: bool,
    /// Its named TCP ports.
    #[serde(default, rename = "namedTCP")]
    pub named_tcp: BTreeMap<String, u16>,
    /// Its named UDP ports.
    #[serde(default, rename = "namedUDP")]
    pub named_udp: BTreeMap<String, u16>,
}

/// How the agent was configured; what is absent is its default.
#[derive(Clone, Default, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the agent")]
pub struct Config {
    /// `cluster-name`.
    pub cluster: Option<String>,
    /// `policy-default-local-cluster=false`.
    pub any_cluster: bool,
    /// `enable-policy`.
    pub mode: Option<String>,
    /// `allow-localhost`.
    pub allow_localhost: Option<String>,
    /// `policy-cidr-match-mode`.
    pub cidr_match_mode: Vec<String>,
    /// `enable-host-firewall`.
    pub host_firewall: bool,
    /// `enable-node-selector-labels`.
    pub node_selector_labels: bool,
    /// `enable-extended-ip-protocols`.
    #[serde(rename = "extendedIPProtocols")]
    pub extended_ip_protocols: bool,
    /// `enable-ipv6=false`.
    #[serde(rename = "ipv4Only")]
    pub ipv4_only: bool,
    /// `enable-non-default-deny-policies=false`.
    pub no_non_default_deny: bool,
}

impl Config {
    /// The knobs of a cluster of this configuration. The input of a scenario is whole, and only the agent has seen it.
    pub fn knobs(&self, version: Version) -> Knobs {
        let mode = match self.mode.as_deref() {
            Some("always") => EnforcementMode::Always,
            Some("never") => EnforcementMode::Never,
            _ => EnforcementMode::Default,
        };
        let matches = |what: &str| self.cidr_match_mode.iter().any(|mode| mode == what);
        Knobs {
            version,
            stage: Stage::Agent,
            mode,
            cluster: self.cluster.as_deref().unwrap_or("default").into(),
            any_cluster: Some(self.any_cluster),
            cidr_match_mode: CidrMatchMode { nodes: matches("nodes"), pods: matches("pods") },
            ipv6: !self.ipv4_only,
            host_firewall: self.host_firewall,
            allow_localhost: self.allow_localhost.as_deref() != Some("policy"),
            node_selector_labels: Some(self.node_selector_labels),
            non_default_deny: !self.no_non_default_deny,
            extended_protocols: Some(self.extended_ip_protocols),
            cluster_network_policy: true,
            complete: Complete::ALL,
            ..Knobs::default()
        }
    }
}

const DEV: Version = Version::new(1, 21, 0);
const NEWEST: Version = Version::new(1, 20, 2);
const OLD: Version = Version::new(1, 18, 10);

/// The hand-written scenarios, and the identities that they share.
pub fn handwritten() -> (Vec<Identity>, Vec<Scenario>) {
    let file = read_file(&folder().join("cilium-handwritten.json"), NEWEST);
    let file = file.unwrap_or_else(|error| panic!("cilium-handwritten.json: {error}"));
    (file.identities.unwrap_or_default(), file.scenarios)
}

/// Random scenarios, of 1.21-dev and 1.20.2 alike. Their endpoints: [`universe`] of `random`.
pub fn random() -> impl Iterator<Item = Scenario> {
    lines("cilium-random.jsonl.gz", &[DEV, NEWEST])
}

/// Random scenarios of 1.18.10. Their endpoints: [`universe`] of `random`.
pub fn random_1_18() -> impl Iterator<Item = Scenario> {
    lines("cilium-random-1.18.jsonl.gz", &[OLD])
}

/// Scenarios of a wider grammar, of 1.20.2. Their endpoints: [`universe`] of `wide`.
pub fn wide() -> impl Iterator<Item = Scenario> {
    lines("cilium-wide-sample.jsonl.gz", &[NEWEST])
}

/// The endpoints of random (`random`) or wider (`wide`) scenarios as they were written down, with namespaces and pods.
pub fn universe(which: &str) -> Value {
    parse(&read(&format!("cilium-{which}-universe.json")))
}

/// The folder of the recorded answers.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance")
}

fn read(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parse<T: for<'de> Deserialize<'de>>(json: &[u8]) -> T {
    serde_json::from_slice(json).unwrap_or_else(|error| panic!("a recorded answer is not as expected: {error}"))
}

fn lines(name: &str, versions: &'static [Version]) -> impl Iterator<Item = Scenario> {
    let path = folder().join(name);
    let text = text_lines(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.map(move |line| {
        line.map_err(|error| error.to_string())
            .and_then(|line| line_scenario(&line, versions))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

/// The lines of a file, which may be packed.
pub(crate) fn text_lines(path: &Path) -> std::io::Result<Box<dyn Iterator<Item = std::io::Result<String>>>> {
    let file = BufReader::new(File::open(path)?);
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    Ok(if packed { Box::new(BufReader::new(GzDecoder::new(file)).lines()) } else { Box::new(file.lines()) })
}

/// A file of recorded scenarios from anywhere.
#[derive(Debug)]
pub struct Recorded {
    /// The identities, where the file says them itself.
    pub identities: Option<Vec<Identity>>,
    /// What was recorded.
    pub scenarios: Vec<Scenario>,
}

/// Reads a file of any of the two forms: one document with identities (`.json`), or a scenario a line (`.jsonl`, and
/// packed). `version` is the one that the lines were recorded of; a document says it itself.
pub fn read_file(path: &Path, version: Version) -> Result<Recorded, String> {
    let mut lines = text_lines(path).map_err(|error| error.to_string())?;
    if path.to_string_lossy().contains(".jsonl") {
        let scenario = |(at, line): (usize, std::io::Result<String>)| {
            let line = line.map_err(|error| error.to_string())?;
            line_scenario(&line, &[version]).map_err(|error| format!("line {}: {error}", at + 1))
        };
        let written = lines.enumerate().filter(|(_, line)| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
        let scenarios = written.map(scenario).collect::<Result<_, _>>()?;
        return Ok(Recorded { identities: None, scenarios });
    }
    let text = lines.try_fold(String::new(), |text, line| line.map(|line| text + &line + "\n"));
    let text = text.map_err(|error| error.to_string())?;
    let file: Document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let scenarios = file.scenarios.iter().map(handwritten_scenario).collect::<Result<_, _>>()?;
    Ok(Recorded { identities: Some(file.identities), scenarios })
}

#[derive(Deserialize)]
struct Document {
    identities: Vec<Identity>,
    scenarios: Vec<Value>,
}

fn line_scenario(line: &str, versions: &[Version]) -> Result<Scenario, String> {
    #[derive(Deserialize)]
    struct Line {
        name: String,
        #[serde(default)]
        config: Config,
        policies: String,
        rejected: Vec<(String, String)>,
        flows: Vec<LineFlow>,
    }
    type Recorded = Option<String>;
    type LineFlow = (String, String, String, u16, Recorded, Recorded, String, String);
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let Line { name, config, policies, rejected, flows } = line;
    let flow = |(from, to, protocol, port, egress, ingress, egress_by, ingress_by): LineFlow| {
        Ok::<Flow, String>(Flow {
            from,
            to,
            protocol,
            port,
            egress: egress.map(|verdict| side(&verdict, egress_by)).transpose()?,
            ingress: ingress.map(|verdict| side(&verdict, ingress_by)).transpose()?,
            named_tcp: BTreeMap::new(),
            named_udp: BTreeMap::new(),
        })
    };
    let flows: Vec<Flow> = flows.into_iter().map(flow).collect::<Result<_, _>>()?;
    let outcome = |&version: &Version| Outcome { version, rejected: rejected.clone(), flows: flows.clone() };
    let outcomes = versions.iter().map(outcome).collect();
    Ok(Scenario { name, config, policies, extra_identities: Vec::new(), outcomes })
}

fn side(verdict: &str, by: String) -> Result<Side, String> {
    let verdict = match verdict {
        "allowed" => Verdict::Allowed,
        "denied" => Verdict::Denied,
        "error" => Verdict::Error,
        other => return Err(format!("`{other}` is no verdict")),
    };
    Ok(Side { verdict, by })
}

fn handwritten_scenario(value: &Value) -> Result<Scenario, String> {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let dev = &value["cilium-1.21-dev"];
    let newest = &value["cilium-1.20.2"];
    let mut outcomes = vec![outcome(NEWEST, if newest.is_object() { newest } else { dev })?];
    if dev.is_object() {
        outcomes.insert(0, outcome(DEV, dev)?);
    }
    // Where 1.18 cannot be compared, the file says why instead; where it has no answer at all, the kind is too new.
    let old = &value["cilium-1.18.10"];
    if old.is_object() {
        outcomes.push(outcome(OLD, old)?);
    } else if old == "same verdicts" {
        // The same policies are rejected, in the words of that version.
        let mut outcome = outcome(OLD, dev)?;
        outcome.rejected.iter_mut().for_each(|(_, reason)| reason.clear());
        outcomes.push(outcome);
    }
    let config = value.get("config").cloned().unwrap_or_default();
    Ok(Scenario {
        name: text("name"),
        config: if config.is_null() { Config::default() } else { typed(&config)? },
        policies: text("policies"),
        extra_identities: value.get("extra_identities").map_or(Ok(Vec::new()), typed)?,
        outcomes,
    })
}

fn typed<T: for<'de> Deserialize<'de>>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

fn outcome(version: Version, value: &Value) -> Result<Outcome, String> {
    let list = |key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rejected = list("rejected").iter().map(|one| (text(&one["policy"]), text(&one["error"]))).collect();
    let flows = list("flows").iter().map(handwritten_flow).collect::<Result<_, _>>()?;
    Ok(Outcome { version, rejected, flows })
}

fn handwritten_flow(value: &Value) -> Result<Flow, String> {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let target = text("port");
    let (protocol, port) = target.split_once('/').ok_or_else(|| format!("`{target}` is no protocol and port"))?;
    let error = value["error"].is_string();
    let recorded = |key: &str| {
        let side_value = &value[key];
        if error {
            return Ok(Some(Side { verdict: Verdict::Error, by: String::new() }));
        }
        let by = side_value["by"].as_str().unwrap_or_default();
        side_value["verdict"].as_str().map(|verdict| side(verdict, engine_spelling(by))).transpose()
    };
    let ports = |key: &str| value.get(key).map_or(Ok(BTreeMap::new()), typed);
    Ok(Flow {
        from: text("from"),
        to: text("to"),
        protocol: protocol.to_owned(),
        port: port.parse().map_err(|error| format!("`{target}`: {error}"))?,
        egress: recorded("egress")?,
        ingress: recorded("ingress")?,
        named_tcp: ports("namedTCP")?,
        named_udp: ports("namedUDP")?,
    })
}

/// `<allow-localhost-ingress>` in the spelling of the other files.
fn engine_spelling(by: &str) -> String {
    by.replace('<', "[reserved:io.cilium.policy.derived-from=").replace('>', "]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_recorded_can_be_read() {
        let (identities, scenarios) = handwritten();
        assert_eq!((identities.len(), scenarios.len()), (17, 250));
        assert_eq!(scenarios.iter().map(|scenario| scenario.outcomes[0].flows.len()).sum::<usize>(), 770);
        assert_eq!((random().count(), random_1_18().count(), wide().count()), (2962, 902, 300));
        assert!(wide().all(|scenario| scenario.outcomes[0].flows.len() == 40));
        for which in ["random", "wide"] {
            let identities: Vec<Identity> = parse(universe(which)["identities"].to_string().as_bytes());
            assert!(!identities.is_empty());
        }
    }
}
