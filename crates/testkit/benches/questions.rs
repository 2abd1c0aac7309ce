//! What the engine's questions cost on generated worlds: `cargo bench -p ringfence-testkit --bench questions`.
//!
//! A line is `world<TAB>question<TAB>milliseconds<TAB>how many`. Each is asked several times; the median counts, because
//! machines are noisy. A part of the first word's text picks worlds: `-- deep`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ringfence_cluster::{Direction, IdentityId, Input, Knobs, Protocol, World};
use ringfence_engine::{Endpoint, Engine, Traffic};
use ringfence_testkit::shapes::{Shape, deep};
use ringfence_testkit::universe::objects;

const HTTP: Traffic = Traffic { protocol: Protocol::Tcp, port: 8001 };

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let wanted = |name: &str| only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    println!("# world\tquestion\tmilliseconds\tcount");
    if wanted("deep") {
        questions("deep", &input(&[deep(10_000, 10_000)]));
    }
    if wanted("wide") {
        questions("wide", &of_shape(Shape { namespaces: 2_000, workloads: 5, network_policies: 2, cilium_policies: 1 }));
    }
    if wanted("xxl") {
        let shape = Shape { namespaces: 25_000, workloads: 4, network_policies: 1, cilium_policies: 0 };
        questions("xxl", &of_shape(shape));
    }
}

fn of_shape(shape: Shape) -> Input {
    input(&shape.files().into_iter().map(|(_, text)| text).collect::<Vec<_>>())
}

fn input(texts: &[String]) -> Input {
    let read = texts.iter().zip(0..).flat_map(|(text, file)| objects(text, file));
    Input { objects: read.map(|object| (object, 0)).collect(), ..Input::default() }
}

fn questions(name: &str, input: &Input) {
    let show = |question: &str, count: usize, took: Duration| {
        println!("{name}\t{question}\t{:.3}\t{count}", took.as_secs_f64() * 1e3);
    };
    show("build the world", input.objects.len(), median(3, || World::build(input, &Knobs::default()).policies.len()));
    let world = World::build(input, &Knobs::default());
    show("an engine", 1, median(3, || usize::from(Engine::new(&world).counts(ringfence_cluster::PolicyId(0)))));
    show("the subjects of each policy", world.policies.len(), median(3, || subjects(&Engine::new(&world))));
    show("then who is isolated", world.identities.len(), fresh(&world, |engine| isolated(engine)));
    let engine = Engine::new(&world);
    isolated(&engine);
    let pairs = pairs(&world, 2_000);
    let point = |ask: &dyn Fn(&Endpoint, &Endpoint) -> usize| {
        median(5, || pairs.iter().map(|(source, destination)| ask(source, destination)).sum::<usize>())
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
    show("matrix of 1000 × 1000", many.len() * many.len(), median(3, || matrix(&Engine::new(&world), &many)));
    show("again", many.len() * many.len(), median(5, || matrix(&engine, &many)));
    show("without one policy", 1, median(5, || {
        let without = engine.without(&[ringfence_cluster::PolicyId(1)]);
        connection_of(&without, &pairs[0])
    }));
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

/// Pairs of pods spread over the world.
fn pairs(world: &World, count: usize) -> Vec<(Endpoint, Endpoint)> {
    let of = |at: usize| Endpoint::Pods(IdentityId((at % world.identities.len()) as u32));
    (0..count).map(|at| (of(at * 7919), of(at * 104_729 + 1))).collect()
}

fn some_identities(world: &World, count: usize) -> Vec<IdentityId> {
    world.identity_ids().filter(|(_, identity)| !identity.representative).map(|(id, _)| id).take(count).collect()
}

/// The median time of a question to a new engine, the engine's own making left out.
fn fresh(world: &World, ask: impl Fn(&Engine<'_>) -> usize) -> Duration {
    let once = || {
        let engine = Engine::new(world);
        subjects(&engine);
        let begun = Instant::now();
        black_box(ask(&engine));
        begun.elapsed()
    };
    middle((0..3).map(|_| once()).collect())
}

fn median(times: usize, ask: impl Fn() -> usize) -> Duration {
    let once = || {
        let begun = Instant::now();
        black_box(ask());
        begun.elapsed()
    };
    middle((0..times).map(|_| once()).collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
