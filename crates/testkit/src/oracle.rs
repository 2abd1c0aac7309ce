//! Cilium's own policy engine, asked over a pipe: the Go program in `tests/oracle`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use ringfence_cluster::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::go;
use crate::universe::Person;
use crate::vectors::{Outcome, Side, Verdict};
use crate::worlds::{World, document};

/// The program, running.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    rejected: Vec<Option<String>>,
    flows: Vec<FlowAnswer>,
}

#[derive(Deserialize)]
struct FlowAnswer {
    egress: Option<SideAnswer>,
    ingress: Option<SideAnswer>,
    #[serde(default)]
    error: String,
    /// Only somebody at whom no agent enforces policies has a policy that the engine refuses.
    unasked: bool,
}

#[derive(Deserialize)]
struct SideAnswer {
    allowed: bool,
    by: Vec<String>,
}

impl Oracle {
    /// Builds the program, or takes the one built before, and starts it. `None`, with one printed line, where there is no
    /// Go.
    pub fn start() -> Option<Self> {
        let module: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
        let program = go::build(&module)?;
        let mut command = Command::new(program);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (questions, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, questions, answers })
    }

    /// What the engine makes of a world. `Err` where the program ends.
    pub fn ask(&mut self, world: &World) -> Result<Outcome, String> {
        let line = question(world);
        writeln!(self.questions, "{line}").map_err(|error| error.to_string())?;
        let mut text = String::new();
        self.answers.read_line(&mut text).map_err(|error| error.to_string())?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| format!("{}: {error}: {text}", world.name))?;
        Ok(answer.outcome(world))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn outcome(self, world: &World) -> Outcome {
        let name = |policy: &Value| policy["metadata"]["name"].as_str().unwrap_or("?").to_owned();
        let refused = world.policies.iter().zip(self.rejected);
        let rejected = refused.filter_map(|(policy, why)| Some((name(policy), why?))).collect();
        let asked = world.flows.iter().zip(self.flows).filter(|(_, answer)| !answer.unasked);
        let answered = asked.map(|(flow, answer)| {
            let mut flow = flow.clone();
            (flow.egress, flow.ingress) = answer.sides();
            flow
        });
        Outcome { version: Version::NEWEST, rejected, flows: answered.collect() }
    }
}

impl FlowAnswer {
    fn sides(self) -> (Option<Side>, Option<Side>) {
        if !self.error.is_empty() {
            let failed = || Some(Side { verdict: Verdict::Error, by: String::new() });
            return (failed(), failed());
        }
        let side = |answer: SideAnswer| Side {
            verdict: if answer.allowed { Verdict::Allowed } else { Verdict::Denied },
            by: answer.by.join(","),
        };
        (self.egress.map(side), self.ingress.map(side))
    }
}

fn question(world: &World) -> Value {
    let flows = world
        .flows
        .iter()
        .map(|flow| json!({"from": flow.from, "to": flow.to, "protocol": flow.protocol, "port": flow.port}));
    let groups =
        world.cast.groups.iter().map(|group| json!({"name": group.name, "labels": group.labels, "cidrs": group.cidrs}));
    json!({
        "config": world.config,
        "identities": identities(world),
        "groups": groups.collect::<Vec<_>>(),
        "policies": world.policies.iter().map(document).collect::<Vec<_>>(),
        "flows": flows.collect::<Vec<_>>(),
    })
}

/// The cast with the labels that the configuration gives it, and with numbers as the engine's.
fn identities(world: &World) -> Vec<Value> {
    let identity = |(at, (name, person)): (usize, (&String, &Person))| {
        let labels = person.labels_under(&world.config);
        let endpoint = person.enforced && (name != "host" || world.config.host_firewall);
        let [tcp, udp] = ["TCP", "UDP"].map(|protocol| named(person, protocol));
        json!({
            "name": name, "id": number(name, at, &labels), "labels": labels, "endpoint": endpoint,
            "answers": person.names, "namedTCP": tcp, "namedUDP": udp,
        })
    };
    world.cast.people.iter().enumerate().map(identity).collect()
}

fn named<'a>(person: &'a Person, protocol: &str) -> BTreeMap<&'a str, u64> {
    let own = person.ports.iter().filter(|(of, ..)| of == protocol);
    own.map(|(_, name, number)| (name.as_str(), *number)).collect()
}

/// Reserved identities have fixed numbers; those of addresses have a bit of their own.
fn number(name: &str, at: usize, labels: &[String]) -> usize {
    const RESERVED: [(&str, usize); 9] = [
        ("host", 1),
        ("unmanaged", 3),
        ("health", 4),
        ("init", 5),
        ("remote-node", 6),
        ("kube-apiserver", 7),
        ("ingress", 8),
        ("world-ipv4", 9),
        ("world-ipv6", 10),
    ];
    let local = labels.iter().any(|label| label.starts_with("reserved:world"));
    let reserved = RESERVED.iter().find(|(own, _)| *own == name);
    let single = labels.iter().any(|label| label == "reserved:world") && name == "world-ipv4";
    match reserved {
        _ if single => 2,
        Some((_, number)) => *number,
        None if local => (1 << 24) + 1 + at,
        None => 1001 + at,
    }
}

/// A world with what the engine made of it, as a document that `cargo xtask conformance` reads.
pub fn recorded(world: &World, outcome: &Outcome) -> Value {
    let mut all = identities(world);
    for (identity, person) in all.iter_mut().zip(world.cast.people.values()) {
        identity["labels"] = json!(person.labels);
        identity["nodeLabels"] = json!(person.node_labels);
    }
    let side = |side: &Option<Side>| match side {
        None => Value::Null,
        Some(side) => json!({
            "verdict": if side.verdict == Verdict::Allowed { "allowed" } else { "denied" }, "by": side.by,
        }),
    };
    let flows = outcome.flows.iter().map(|flow| {
        let port = format!("{}/{}", flow.protocol, flow.port);
        let mut recorded = json!({"from": flow.from, "to": flow.to, "port": port});
        if flow.egress.as_ref().is_some_and(|side| side.verdict == Verdict::Error) {
            recorded["error"] = "the engine refuses the policy of an endpoint".into();
        } else {
            recorded["egress"] = side(&flow.egress);
            recorded["ingress"] = side(&flow.ingress);
        }
        recorded
    });
    let rejected = outcome.rejected.iter().map(|(policy, why)| json!({"policy": policy, "error": why}));
    let answer = json!({"rejected": rejected.collect::<Vec<_>>(), "flows": flows.collect::<Vec<_>>()});
    json!({
        "identities": all,
        "scenarios": [{
            "name": world.name, "config": world.config, "policies": world.text(), "cilium-1.20.2": answer,
        }],
    })
}
