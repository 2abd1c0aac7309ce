//! `ringfence diff`: what a change opens and closes.

use std::collections::BTreeMap;

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Cni, Input, World};
use ringfence_engine::Engine;
use ringfence_manifest::Place;
use ringfence_questions::{Change, Inquiry};
use ringfence_report::answers::diff::{Compared, Comparison, json, markdown, text};
use ringfence_report::answers::{Scene, Spot};

use crate::args::{Diff, DiffFailOn, DiffFormat, Supposing};
use crate::ask::{Asked, Guess, configuration, say_dialect};
use crate::drift;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::git::GitError;
use crate::output::{Terminal, note};
use crate::progress::Progress;
use crate::side::Side;

/// Compares two sides.
pub(crate) fn run(args: &Diff, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.live {
        return drift::run(args, terminal);
    }
    let sides = Side::both(args)?;
    let (old, new) = read(args, &sides)?;
    let nothing = World::build(&Input::default(), &new.config().knobs);
    let paired = Paired::of([&old, &new], [&sides.0, &sides.1], &nothing).only(args.reading.world.as_deref())?;
    let names = (sides.0.name(), sides.1.name());
    let exit = paired.compare(&old, &new, &sides, |worlds| {
        let comparison = Comparison {
            old: &names.0,
            new: &names.1,
            worlds,
            only_old: paired.alone[0].clone(),
            only_new: paired.alone[1].clone(),
            unread: None,
        };
        tell(&comparison, args, terminal)
    })?;
    let exit = old.end(exit, terminal);
    Ok(new.end(exit, terminal))
}

/// Writes a comparison, and says how the run ends.
pub(crate) fn tell(comparison: &Comparison<'_>, args: &Diff, terminal: &Terminal) -> Result<Exit, Failure> {
    terminal.write(None, |out, style| match args.format {
        DiffFormat::Text => text(comparison, out, style),
        DiffFormat::Json => json(comparison, out),
        DiffFormat::Markdown => markdown(comparison, out),
    })?;
    let changes = comparison.worlds.iter().flat_map(|world| &world.diff.changes);
    let fails = args.fail_on.is_some_and(|fail_on| changes.into_iter().any(|change| fail_on.fails(change)));
    Ok(if fails { Exit::Found } else { Exit::Clean })
}

impl DiffFailOn {
    /// Whether a change fails the run. What is uncertain never does.
    fn fails(self, change: &Change) -> bool {
        match self {
            Self::Opened => change.opens(),
            Self::Closed => change.closes(),
            Self::Any => change.opens() || change.closes(),
        }
    }
}

/// Reads both sides; their verdicts are those of one engine, whatever either of them looks like alone.
fn read(args: &Diff, sides: &(Side, Side)) -> Result<(Asked, Asked), Failure> {
    let reading = &args.reading;
    let progress = Progress::start(!reading.no_progress && !reading.quiet);
    let config = configuration(reading)?;
    let before = sides.0.read(&progress)?;
    let mut old = Asked::load(before, config.clone(), &Supposing::default(), &progress)?;
    let mut new = Asked::load(sides.1.read(&progress)?, config, &reading.supposing, &progress)?;
    forgive(&mut old, &mut new, sides);
    if old.is_empty() && new.is_empty() {
        let failure = old.failures.into_iter().chain(new.failures).next();
        let paths = format!("`{}` and `{}`", sides.0.name(), sides.1.name());
        return Err(failure.unwrap_or(Failure::Nothing { paths }));
    }
    let guess = if [old.guess(), new.guess()].contains(&Cni::Cilium) { Cni::Cilium } else { Cni::Upstream };
    old.agree(guess);
    new.agree(guess);
    old.build(None, true)?;
    new.build(None, reading.quiet)?;
    drop(progress);
    if !reading.quiet {
        say_dialect(guess, new.config(), Guess::Files);
    }
    Ok((old, new))
}

/// A path that one revision has and the other does not is a change, and no mistake.
fn forgive(old: &mut Asked, new: &mut Asked, sides: &(Side, Side)) {
    let is_missing = |asked: &Asked| matches!(asked.failures.as_slice(), [Failure::Git(GitError::Path { .. })]);
    let (missing, side) = match (is_missing(old), is_missing(new)) {
        (true, false) if !new.is_empty() => (old, &sides.0),
        (false, true) if !old.is_empty() => (new, &sides.1),
        _ => return,
    };
    missing.failures.clear();
    note(&format!("note: there is no `{}`: it is taken to be empty", side.name()));
}

/// The worlds that both sides have, and those that only one has.
struct Paired<'w> {
    both: Vec<(String, [&'w World; 2])>,
    alone: [Vec<String>; 2],
}

impl<'w> Paired<'w> {
    /// Worlds go together by their names; the only world of one side with the only one of the other, and with nothing where
    /// the other side is empty.
    fn of(asked: [&'w Asked; 2], sides: [&Side; 2], nothing: &'w World) -> Self {
        let [old, new] = asked.map(Asked::worlds);
        match (old, new) {
            ([(_, old)], [(name, new)]) => return Self::single(name, old, new),
            ([(name, old)], []) => return Self::single(name, old, nothing),
            ([], [(name, new)]) => return Self::single(name, nothing, new),
            _ => {}
        }
        let named = |at: usize| -> BTreeMap<String, &'w World> {
            asked[at].worlds().iter().map(|(name, world)| (sides[at].relative(name), world)).collect()
        };
        let (before, mut after) = (named(0), named(1));
        let mut paired = Self { both: Vec::new(), alone: [Vec::new(), Vec::new()] };
        for (name, old) in before {
            match after.remove(&name) {
                Some(new) => paired.both.push((name, [old, new])),
                None => paired.alone[0].push(name),
            }
        }
        paired.alone[1] = after.into_keys().collect();
        paired
    }

    fn single(name: &str, old: &'w World, new: &'w World) -> Self {
        Self { both: vec![(name.to_owned(), [old, new])], alone: [Vec::new(), Vec::new()] }
    }

    /// Leaves only the world that is asked for.
    fn only(mut self, wanted: Option<&str>) -> Result<Self, Failure> {
        let Some(wanted) = wanted else { return Ok(self) };
        let names: Vec<String> = self.both.iter().map(|(name, _)| name.clone()).collect();
        self.both.retain(|(name, _)| name == wanted);
        if self.both.is_empty() {
            return Err(Failure::World { wanted: wanted.to_owned(), names: names.join("`, `") });
        }
        self.alone = [Vec::new(), Vec::new()];
        Ok(self)
    }

    /// Compares each pair, and does something with what was found.
    fn compare(
        &self,
        old: &Asked,
        new: &Asked,
        sides: &(Side, Side),
        then: impl FnOnce(Vec<Compared<'_>>) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let config = new.config();
        let (locate_old, locate_new) =
            (|place: Place| spot(old, &sides.0, place), |place: Place| spot(new, &sides.1, place));
        let engines: Vec<[Engine<'_>; 2]> =
            self.both.iter().map(|(_, [before, after])| [old.engine(before), new.engine(after)]).collect();
        let plan = |engine: &Engine<'w>| Blueprint::of(engine.world(), &config.options.labels);
        let plans: Vec<[Blueprint<'_>; 2]> = engines.iter().map(|both| both.each_ref().map(plan)).collect();
        let mut worlds = Vec::new();
        for (at, (name, _)) in self.both.iter().enumerate() {
            let ask = |side: usize| Inquiry::new(&engines[at][side], &plans[at][side], &config.resources);
            let (before, after) = (ask(0), ask(1));
            worlds.push(Compared {
                name: if self.both.len() > 1 { name.clone() } else { String::new() },
                diff: before.diff(&after),
                old: Scene { inquiry: before, locate: &locate_old },
                new: Scene { inquiry: after, locate: &locate_new },
                beside: None,
            });
        }
        then(worlds)
    }
}

/// Where a place stands, and on which side.
fn spot(asked: &Asked, side: &Side, place: Place) -> Option<Spot> {
    let spot = asked.locate(place)?;
    Some(Spot { path: side.path(&spot.path), ..spot })
}
