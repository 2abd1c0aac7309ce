//! What the engine's questions cost on generated worlds: `cargo bench -p ringfence-testkit --bench questions`.
//!
//! A line is `world<TAB>question<TAB>milliseconds<TAB>least<TAB>how many`. Each is asked several times, and the median
//! counts; on a machine that is shared the least says more. A part of the first word picks worlds: `-- deep`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringfence_cluster::{Change, Direction, IdentityId, Input, Knobs, ObjectId, Protocol, World};
use ringfence_engine::{Endpoint, Engine, StandingEngine, Traffic};
use ringfence_manifest::Object;
use ringfence_questions::connlist::Connlist;
use ringfence_testkit::shapes::{Shape, deep};
use ringfence_testkit::universe::objects;

const HTTP: Traffic = Traffic { protocol: Protocol::Tcp, port: 8001 };

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let wanted = |name: &str| only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    println!("# world\tquestion\tmilliseconds\tleast\tcount");
    if wanted("deep") {
        questions("deep", &input(&[deep(10_000, 10_000)]));
    }
    if wanted("change") {
        changes(input(&[deep(10_000, 2_000)]));
    }
    if wanted("wide") {
        questions("wide", &of_shape(Shape::L));
    }
    if wanted("xxl") {
        questions("xxl", &of_shape(Shape::XXL));
    }
    if wanted("connections") {
        connections(Shape::CONNECTIONS);
    }
}

/// The list of who may talk to whom, as other tools make it.
fn connections(shape: Shape) {
    let knobs = Connlist::knobs(&Knobs::default());
    let world = World::build(&of_shape(shape), &knobs);
    let list = || {
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = ringfence_report::connlist(&Connlist::of(&Engine::new(&world)), &mut text);
        text.len()
    };
    line("connections", "list who may talk to whom", world.workloads.len(), times(3, list));
}

fn of_shape(shape: Shape) -> Input {
    input(&shape.files().into_iter().map(|(_, text)| text).collect::<Vec<_>>())
}

fn input(texts: &[String]) -> Input {
    let read = texts.iter().zip(0..).flat_map(|(text, file)| objects(text, file));
    Input { objects: read.map(|object| (object, 0)).collect(), ..Input::default() }
}

fn questions(name: &str, input: &Input) {
    let show = |question: &str, count: usize, took: Vec<Duration>| line(name, question, count, took);
    show("build the world", input.objects.len(), times(3, || World::build(input, &Knobs::default()).policies.len()));
    let world = World::build(input, &Knobs::default());
    show("an engine", 1, times(3, || usize::from(Engine::new(&world).counts(ringfence_cluster::PolicyId(0)))));
    show("the subjects of each policy", world.policies.len(), times(3, || subjects(&Engine::new(&world))));
    show("then who is isolated", world.identities.len(), fresh(&world, isolated));
    let engine = Engine::new(&world);
    isolated(&engine);
    let pairs = pairs(&world, 100);
    let point = |ask: &dyn Fn(&Endpoint, &Endpoint) -> usize| {
        times(50, || pairs.iter().map(|(source, destination)| ask(source, destination)).sum::<usize>())
    };
    let connection = |source: &Endpoint, destination: &Endpoint| {
        usize::from(engine.connection(source, destination, HTTP).allowed().is_yes())
    };
    show("connections", pairs.len(), point(&connection));
    let ports = |source: &Endpoint, destination: &Endpoint| {
        usize::from(engine.allowed_ports(source, destination, Protocol::Tcp).is_none())
    };
    show("ports between two", pairs.len(), point(&ports));
    let many = some_identities(&world, 1_000);
    show("matrix of 1000 × 1000", many.len() * many.len(), times(3, || matrix(&Engine::new(&world), &many)));
    show("again", many.len() * many.len(), times(9, || matrix(&engine, &many)));
    show(
        "without one policy",
        1,
        times(5, || {
            let without = engine.without(&[ringfence_cluster::PolicyId(1)]);
            connection_of(&without, &pairs[0])
        }),
    );
}

fn line(name: &str, question: &str, count: usize, mut took: Vec<Duration>) {
    took.sort();
    let [median, least] = [took[took.len() / 2], took[0]].map(|took| took.as_secs_f64() * 1e3);
    println!("{name}\t{question}\t{median:.3}\t{least:.3}\t{count}");
}

fn connection_of(engine: &Engine<'_>, (source, destination): &(Endpoint, Endpoint)) -> usize {
    usize::from(engine.connection(source, destination, HTTP).allowed().is_yes())
}

fn subjects(engine: &Engine<'_>) -> usize {
    let policies = engine.world().policies.iter();
    policies.map(|policy| engine.subjects_of_policy(policy).possible_ones().count()).sum()
}

fn isolated(engine: &Engine<'_>) -> usize {
    let both = |(id, _)| Direction::BOTH.map(|direction| engine.isolation(&Endpoint::Pods(id), direction).isolated);
    engine.world().identity_ids().map(both).filter(|both| both.iter().all(|one| one.is_yes())).count()
}

fn matrix(engine: &Engine<'_>, many: &[IdentityId]) -> usize {
    let matrix = engine.matrix(many, many);
    let rows = 0..many.len();
    rows.map(|row| (0..many.len()).filter(|&column| matrix.both(row, column).any().possible()).count()).sum()
}

/// One object of a large world changes, and what it is about is asked again.
fn changes(input: Input) {
    let mut standing = StandingEngine::new(input, &Knobs::default());
    let ask = |standing: &StandingEngine, at: ObjectId| {
        let (engine, world) = (standing.engine(), standing.world());
        let policy = world.policies.iter().find(|policy| policy.object == at);
        let about = policy.map_or(0, |policy| engine.subjects_of_policy(policy).possible_ones().count());
        let pairs = pairs(world, 20);
        about + pairs.iter().map(|pair| connection_of(&engine, pair)).sum::<usize>() + isolated_of(&engine, 100)
    };
    isolated(&standing.engine());
    for (what, kind, from, to) in [
        ("a policy changes and is asked about", "NetworkPolicy", "port: 8001", "port: 8002"),
        ("a policy selects others and is asked about", "NetworkPolicy", "app: app-1001", "app: app-7"),
        ("a workload changes and is asked about", "Deployment", "tier: t1", "tier: t2"),
    ] {
        let texts = one_of(kind, from);
        let versions = [texts.replace(from, to), texts].map(|text| objects(&text, 0).remove(0));
        let named = |object: &Arc<Object>| object.kind_name == kind && object.name() == versions[0].name();
        let found = standing.input().objects.iter().position(|(object, _)| named(object)).unwrap_or_default();
        let at = ObjectId(found as u32);
        let took: Vec<Duration> = (0..40)
            .map(|time| {
                let begun = Instant::now();
                let change = standing.replace(at, Arc::clone(&versions[time % 2]));
                black_box(ask(&standing, at));
                assert_ne!(change, Change::Rebuilt, "{what}");
                begun.elapsed()
            })
            .collect();
        line("change", what, 1, took);
    }
}

/// The document of the shape that holds a text, as a whole.
fn one_of(kind: &str, text: &str) -> String {
    let all = deep(1_002, 1_002);
    let kind = format!("kind: {kind}\n");
    let found = all.split("---\n").filter(|one| one.contains(&kind)).find(|one| one.contains(text));
    found.unwrap_or_default().to_owned()
}

fn isolated_of(engine: &Engine<'_>, most: usize) -> usize {
    let some = engine.world().identity_ids().take(most);
    some.filter(|(id, _)| engine.isolation(&Endpoint::Pods(*id), Direction::Ingress).isolated.is_yes()).count()
}

/// Pairs of pods spread over the world.
fn pairs(world: &World, count: usize) -> Vec<(Endpoint, Endpoint)> {
    let of = |at: usize| Endpoint::Pods(IdentityId((at % world.identities.len()) as u32));
    (0..count).map(|at| (of(at * 7919), of(at * 104_729 + 1))).collect()
}

fn some_identities(world: &World, count: usize) -> Vec<IdentityId> {
    world.identity_ids().filter(|(_, identity)| !identity.representative).map(|(id, _)| id).take(count).collect()
}

/// The times of a question to a new engine, the engine's own making left out.
fn fresh(world: &World, ask: impl Fn(&Engine<'_>) -> usize) -> Vec<Duration> {
    let once = || {
        let engine = Engine::new(world);
        subjects(&engine);
        let begun = Instant::now();
        black_box(ask(&engine));
        begun.elapsed()
    };
    (0..3).map(|_| once()).collect()
}

fn times(times: usize, ask: impl Fn() -> usize) -> Vec<Duration> {
    let once = || {
        let begun = Instant::now();
        black_box(ask());
        begun.elapsed()
    };
    (0..times).map(|_| once()).collect()
}
