//! A world that objects come to, go from and change in answers as one that is built of the same objects.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_cluster::{
    Change, Cni, Complete, Entity, EntryId, Identity, IdentityId, Input, Knobs, ObjectId, Protocol, Tri, World,
};
use ringfence_engine::{Basis, Decision, Endpoint, Engine, Matches, Side, StandingEngine, Traffic};
use ringfence_manifest::Object;
use ringfence_testkit::dice::Dice;
use ringfence_testkit::universe::objects;
use ringfence_testkit::worlds::{self, For, Size};

/// What an identity is called in any world of the same objects.
fn name_of(identity: &Identity, world: &World) -> String {
    let workloads: Vec<u32> = identity.workloads.iter().map(|id| world.workload(*id).object.0).collect();
    let release =
        identity.release.map(|id| world.release(id)).map(|release| (&release.name, release.object, &release.likely));
    let kind = (identity.representative, identity.dns_stand_in, release);
    format!("{workloads:?} {kind:?} {}", world.namespace_text(identity.namespace))
}

/// An entry, likewise.
type EntryName = (u32, u32, String, Option<u32>);

fn entries(ids: &[EntryId], world: &World) -> Vec<EntryName> {
    let name = |&id: &EntryId| {
        let entry = world.entry(id);
        (entry.policy.0, entry.spec, format!("{:?}", entry.section), entry.item)
    };
    let mut names: Vec<EntryName> = ids.iter().map(name).collect();
    names.sort();
    names
}

/// What one side says.
type Told = (Decision, Basis, Tri, [Vec<EntryName>; 3]);

fn told(side: &Side, world: &World) -> Told {
    let lists = [&side.deciding, &side.isolation.by, &side.unsure];
    (side.decision, side.basis, side.isolation.isolated, lists.map(|list| entries(list, world)))
}

/// Everything that is compared.
#[derive(PartialEq, Debug, Default)]
struct Answers {
    policies: Vec<String>,
    subjects: Vec<[Vec<String>; 2]>,
    namespaces: BTreeMap<String, String>,
    sides: BTreeMap<(String, String, u16), [Told; 2]>,
    reach: BTreeMap<(String, String), String>,
}

fn answers(engine: &Engine<'_>) -> Answers {
    let world = engine.world();
    let mut all = Answers::default();
    let named = |matches: &Matches| {
        let names = |ids: &mut dyn Iterator<Item = IdentityId>| {
            let mut names: Vec<String> = ids.map(|id| name_of(world.identity(id), world)).collect();
            names.sort();
            names
        };
        [names(&mut matches.sure()), names(&mut matches.perhaps())]
    };
    for policy in &world.policies {
        all.policies.push(format!("{:?} {:?} {:?}", policy.object, policy.kind, policy.acceptance));
        all.subjects.push(named(&engine.subjects_of_policy(policy)));
    }
    for (id, namespace) in world.namespace_ids() {
        let pods = world.identities_of(id).count();
        let about = format!("{:?} {:?} {} {pods}", namespace.object, namespace.gaps, namespace.exists);
        all.namespaces.insert(world.namespace_text(id).to_owned(), about);
    }
    let ids: Vec<IdentityId> = world.identity_ids().map(|(id, _)| id).collect();
    let matrix = engine.matrix(&ids, &ids);
    let pods = || ids.iter().map(|&id| (name_of(world.identity(id), world), Endpoint::Pods(id)));
    let others = [Endpoint::World, Endpoint::Reserved(Entity::Host), Endpoint::Address("10.1.2.3".parse().unwrap())];
    let others = || others.iter().map(|end| (format!("{end:?}"), end.clone()));
    for (row, (source, from)) in pods().enumerate() {
        for (column, (destination, to)) in pods().chain(others()).enumerate() {
            for port in [80, 8080] {
                let connection = engine.connection(&from, &to, Traffic { protocol: Protocol::Tcp, port });
                let both = [told(&connection.egress, world), told(&connection.ingress, world)];
                all.sides.insert((source.clone(), destination.clone(), port), both);
            }
            if column < ids.len() {
                let ports = matrix.both(row, column).ports(Protocol::Tcp).unwrap().to_string();
                all.reach.insert((source.clone(), destination), ports);
            }
        }
    }
    all
}

/// Objects that worlds are made of, and those that may come.
fn cast(seed: u64, engine: For) -> (Vec<Arc<Object>>, Vec<Arc<Object>>) {
    let random = |seed| worlds::World::random(seed, engine, Size { policies: 6, flows: 0, faults: true });
    let all = |world: &worlds::World| {
        let mut all = world.universe().manifests().to_vec();
        all.extend(objects(&world.text(), 1));
        all
    };
    let own = all(&random(seed));
    let mut others: Vec<Arc<Object>> = (1..4).flat_map(|step| all(&random(seed + step * 1000))).collect();
    others.extend(objects(SERVICE, 1));
    (own, others)
}

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: api, namespace: web}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: to-service, namespace: web}
spec:
  endpointSelector: {}
  egress: [{toServices: [{k8sService: {serviceName: api, namespace: web}}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-elsewhere, namespace: web}
spec:
  podSelector: {}
  egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: elsewhere}}}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nodes, namespace: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {hostNetwork: true, containers: [{name: app}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: twin, namespace: web}
spec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: app, ports: [{name: http, containerPort: 80}]}]}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: twin, namespace: web}
spec: {chart: {spec: {chart: twin}}, values: {podLabels: {tier: front}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: rendered, namespace: web}
spec: {template: {metadata: {labels: {app: web, release: twin}}, spec: {containers: [{name: app}]}}}
";

/// Changes a world at random and compares it with a new one each time. How many changes were made in place, of how many.
fn check(engine: For, knobs: &Knobs, seeds: std::ops::Range<u64>) -> (usize, usize) {
    let (mut revised, mut changes) = (0, 0);
    for seed in seeds {
        let mut dice = Dice::new(seed);
        let (own, others) = cast(seed, engine);
        let input = Input { objects: own.into_iter().map(|object| (object, 0)).collect(), ..Input::default() };
        let mut standing = StandingEngine::new(input, knobs);
        for step in 0..14 {
            let change = change(&mut standing, &others, &mut dice);
            changes += 1;
            revised += usize::from(matches!(change, Change::Revised(_)));
            // Now and then nothing is asked, so that changes meet what nobody has worked out.
            if dice.percent(75) {
                let fresh = World::build(standing.input(), knobs);
                let (ours, theirs) = (answers(&standing.engine()), answers(&Engine::new(&fresh)));
                assert_eq!(ours.policies, theirs.policies, "seed {seed}, step {step}");
                assert_eq!(ours.subjects, theirs.subjects, "seed {seed}, step {step}");
                assert_eq!(ours.namespaces, theirs.namespaces, "seed {seed}, step {step}");
                assert_eq!(ours.sides, theirs.sides, "seed {seed}, step {step}");
                assert_eq!(ours.reach, theirs.reach, "seed {seed}, step {step}");
            }
        }
    }
    println!("{revised} of {changes} changes in place");
    (revised, changes)
}

fn change(standing: &mut StandingEngine, others: &[Arc<Object>], dice: &mut Dice) -> Change {
    let count = standing.input().objects.len();
    let at = ObjectId(dice.between(0, count - 1) as u32);
    let old = Arc::clone(&standing.input().objects[at.0 as usize].0);
    let like: Vec<&Arc<Object>> = others.iter().filter(|other| other.kind_name == old.kind_name).collect();
    match dice.roll(10) {
        0..5 if !like.is_empty() => {
            // Mostly in the same namespace, as an edit is.
            let home: Vec<&Arc<Object>> =
                like.iter().copied().filter(|other| other.namespace() == old.namespace()).collect();
            let among = if home.is_empty() || dice.percent(10) { &like } else { &home };
            let new = Arc::clone(*dice.one(among));
            standing.replace(at, new)
        }
        5..7 if count > 8 => standing.remove(at),
        _ => {
            let new = Arc::clone(dice.one(others));
            standing.insert(at, new, 0)
        }
    }
}

#[test]
fn of_cilium() {
    let knobs = Knobs { cni: Some(Cni::Cilium), ..Knobs::default() };
    let (revised, changes) = check(For::Cilium, &knobs, 0..20);
    assert!(revised * 3 > changes, "{revised} of {changes}");
}

#[test]
fn of_cilium_whole() {
    let knobs = Knobs { cni: Some(Cni::Cilium), complete: Complete::ALL, ..Knobs::default() };
    let (revised, changes) = check(For::Cilium, &knobs, 100..108);
    assert!(revised * 3 > changes, "{revised} of {changes}");
}

#[test]
fn of_the_api() {
    let knobs = Knobs { cni: Some(Cni::Upstream), ..Knobs::default() };
    let (revised, changes) = check(For::Upstream, &knobs, 200..216);
    assert!(revised * 3 > changes, "{revised} of {changes}");
}

#[test]
fn of_a_guess() {
    let (revised, changes) = check(For::Upstream, &Knobs::default(), 300..312);
    assert!(revised > 0 && revised < changes, "{revised} of {changes}");
}
