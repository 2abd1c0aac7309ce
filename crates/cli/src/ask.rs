//! What the questions share: reading the input, choosing the world, and asking it.

use std::env;

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Cni, Knobs, Version, World};
use ringfence_engine::Engine;
use ringfence_lint::{Applied, Config, Running, Session, Supposition};
use ringfence_manifest::{Kind, Place};
use ringfence_questions::{Inquiry, Unresolved};
use ringfence_report::answers::{Scene, Spot};

use crate::args::{Asking, Reading, Supposing};
use crate::config;
use crate::errors::Failure;
use crate::input::{self, Input, shown};
use crate::output::{Terminal, note};
use crate::progress::Progress;

/// The input of a question, read.
pub(crate) struct Asked {
    session: Session,
    config: Config,
    worlds: Vec<(String, World)>,
    supposing: Supposing,
    supposition: Supposition,
    /// Paths that could not be used: the answer is given all the same, and the exit code is 2.
    pub(crate) failures: Vec<Failure>,
}

/// The configuration of a question.
pub(crate) fn configuration(reading: &Reading) -> Result<Config, Failure> {
    let current = env::current_dir().map_err(|source| Failure::Read { path: ".".into(), source })?;
    config::load(&reading.settings, &reading.cluster, &current)
}

impl Asked {
    /// Reads what the question is about.
    pub(crate) fn read(args: &Asking) -> Result<Self, Failure> {
        Self::read_as(args, Clone::clone)
    }

    /// The same for a question that needs the cluster taken in its own way.
    pub(crate) fn read_as(args: &Asking, taken: impl FnOnce(&Knobs) -> Knobs) -> Result<Self, Failure> {
        let reading = &args.reading;
        let progress = Progress::start(!reading.no_progress && !reading.quiet);
        let mut config = configuration(reading)?;
        config.knobs = taken(&config.knobs);
        let input = input::read(args.source()?, &mut config.knobs, &progress)?;
        let guess = Guess::of(&config.knobs);
        if !reading.quiet {
            say_unknown(&input);
        }
        let mut asked = Self::load(input, config, &reading.supposing, &progress)?;
        if asked.is_empty() {
            let paths: Vec<String> = args.paths.iter().map(|path| format!("`{}`", shown(path))).collect();
            return Err(Failure::Nothing { paths: paths.join(", ") });
        }
        asked.build(reading.world.as_deref(), reading.quiet)?;
        drop(progress);
        if !reading.quiet {
            say_dialect(asked.cni(), &asked.config, guess);
        }
        Ok(asked)
    }

    /// Takes in what was read. No world is built yet.
    pub(crate) fn load(
        mut input: Input,
        config: Config,
        supposing: &Supposing,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let mut session = input.open(config.clone());
        session.on_progress(progress.teller("reading"));
        let files = supposing.files(progress)?;
        let supposition = Supposition { with: files.keys().cloned().collect(), labels: Vec::new() };
        for (path, content) in files {
            session.put_content(&path, content);
        }
        let (supposing, failures) = (supposing.clone(), input.failures);
        Ok(Self { session, config, worlds: Vec::new(), supposing, supposition, failures })
    }

    /// Whether there is nothing to ask about.
    pub(crate) fn is_empty(&mut self) -> bool {
        self.session.holds() == (0, false)
    }

    /// What enforces the policies, as far as the files look like it.
    pub(crate) fn guess(&mut self) -> Cni {
        self.session.guess()
    }

    /// Whose meaning the verdicts have, where nobody says.
    fn cni(&mut self) -> Cni {
        self.config.knobs.guess.unwrap_or_else(|| self.session.guess())
    }

    /// The files, each world of them applied over the objects of a cluster.
    pub(crate) fn over(&mut self, cluster: Input, unread: Vec<Kind>) -> Vec<Applied> {
        let running = Running { paths: cluster.contents.keys().cloned().collect(), unread };
        for (path, content) in cluster.contents {
            self.session.put_content(&path, content);
        }
        self.session.worlds_over(&running)
    }

    /// Goes by what other files look like too.
    pub(crate) fn agree(&mut self, guess: Cni) {
        self.config.knobs.guess = Some(guess);
        self.session.configure(self.config.clone());
    }

    /// Builds the worlds, or only the one that is asked for, as they are supposed to be.
    pub(crate) fn build(&mut self, wanted: Option<&str>, quiet: bool) -> Result<(), Failure> {
        self.worlds = self.session.worlds_supposing(&self.supposition);
        self.choose(wanted)?;
        let labels = self.supposing.labels(&self.worlds, &self.config.options.labels)?;
        if !labels.is_empty() {
            self.supposition.labels = labels;
            self.worlds = self.session.worlds_supposing(&self.supposition);
            self.choose(wanted)?;
        }
        self.supposing.check(&self.worlds)?;
        if !quiet {
            self.supposing.say(&self.worlds, &self.supposition.labels);
        }
        Ok(())
    }

    fn choose(&mut self, wanted: Option<&str>) -> Result<(), Failure> {
        let Some(wanted) = wanted else { return Ok(()) };
        let names: Vec<String> = self.worlds.iter().map(|(name, _)| name.clone()).collect();
        self.worlds.retain(|(name, _)| name == wanted);
        if self.worlds.is_empty() {
            return Err(Failure::World { wanted: wanted.to_owned(), names: names.join("`, `") });
        }
        Ok(())
    }

    /// The worlds by name.
    pub(crate) fn worlds(&self) -> &[(String, World)] {
        &self.worlds
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// An engine for a world, without the policies that are supposed not to be there.
    pub(crate) fn engine<'w>(&self, world: &'w World) -> Engine<'w> {
        let omitted = self.supposing.omitted(world);
        let engine = Engine::new(world);
        if omitted.is_empty() { engine } else { engine.without(&omitted) }
    }

    /// Asks the one world in which the question has a meaning.
    pub(crate) fn ask<T>(
        &self,
        question: impl Fn(Inquiry<'_>) -> Result<T, Unresolved>,
        answer: impl FnOnce(&Scene<'_>, T) -> Result<crate::exit::Exit, Failure>,
    ) -> Result<crate::exit::Exit, Failure> {
        let mut answered = Vec::new();
        let mut refused = None;
        for (name, world) in &self.worlds {
            match self.inquire(world, &question) {
                Ok(found) => answered.push((name, world, found)),
                Err(reason) => refused = refused.or(Some(reason)),
            }
        }
        let names: Vec<&str> = answered.iter().map(|(name, ..)| name.as_str()).collect();
        match (answered.len(), refused) {
            (0, Some(unresolved)) => Err(Failure::Unresolved { unresolved: Box::new(unresolved) }),
            (0, None) => Err(Failure::Nothing { paths: "the paths".into() }),
            (1, _) => {
                let Some((_, world, found)) = answered.pop() else { unreachable!("there is one") };
                let locate = |place: Place| self.locate(place);
                self.inquire(world, |inquiry| answer(&Scene { inquiry, locate: &locate }, found))
            }
            _ => Err(Failure::Worlds { names: names.join("`, `") }),
        }
    }

    /// Does something with each world; its name is empty where there is only one.
    pub(crate) fn each(&self, mut visit: impl FnMut(&str, &Scene<'_>)) {
        let locate = |place: Place| self.locate(place);
        for (name, world) in &self.worlds {
            let name = if self.worlds.len() > 1 { name } else { "" };
            self.inquire(world, |inquiry| visit(name, &Scene { inquiry, locate: &locate }));
        }
    }

    fn inquire<T>(&self, world: &World, question: impl FnOnce(Inquiry<'_>) -> T) -> T {
        let engine = self.engine(world);
        let blueprint = Blueprint::of(world, &self.config.options.labels);
        question(Inquiry::new(&engine, &blueprint, &self.config.resources))
    }

    /// Where a place stands.
    pub(crate) fn locate(&self, place: Place) -> Option<Spot> {
        let found = self.session.locate(place)?;
        Some(Spot { path: found.path, line: found.line, column: found.column })
    }

    /// Says what could not be used: after the answer, where the eye rests. It decides how the run ended.
    pub(crate) fn end(self, exit: crate::exit::Exit, terminal: &Terminal) -> crate::exit::Exit {
        self.failures.iter().for_each(|failure| terminal.error(failure));
        if self.failures.is_empty() { exit } else { crate::exit::Exit::Failed }
    }
}

/// What a guess rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Guess {
    /// The kinds of policies among the files.
    Files,
    /// What the cluster serves.
    Cluster,
}

impl Guess {
    /// Only a cluster tells what it looks like before its objects are looked at.
    pub(crate) const fn of(knobs: &Knobs) -> Self {
        if knobs.guess.is_some() { Self::Cluster } else { Self::Files }
    }
}

/// Says what could not be read of a cluster.
pub(crate) fn say_unknown(input: &Input) {
    input.unknown().iter().for_each(|unknown| note(&format!("unknown: {}", unknown.reason)));
}

/// Says whose verdicts the answers are, where that is guessed and may surprise.
pub(crate) fn say_dialect(cni: Cni, config: &Config, guess: Guess) {
    if cni == Cni::Cilium && config.knobs.cni.is_none() {
        let Version { major, minor, .. } = config.knobs.version;
        let because = match guess {
            Guess::Files => "Cilium policies are among the files",
            Guess::Cluster => "the cluster serves Cilium policies",
        };
        note(&format!("note: verdicts are those of Cilium {major}.{minor}, because {because}"));
    }
}
