//! What the questions share: reading the input, choosing the world, and asking it.

use std::env;

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Cni, Version, World};
use ringfence_engine::Engine;
use ringfence_lint::{Config, Session};
use ringfence_manifest::Place;
use ringfence_questions::{Inquiry, Unresolved};
use ringfence_report::answers::{Scene, Spot};

use crate::args::Asking;
use crate::config;
use crate::errors::Failure;
use crate::input::{self, shown};
use crate::output::{Terminal, note};
use crate::progress::Progress;

/// The input of a question, read.
pub(crate) struct Asked {
    session: Session,
    config: Config,
    worlds: Vec<(String, World)>,
    /// Paths that could not be used: the answer is given all the same, and the exit code is 2.
    pub(crate) failures: Vec<Failure>,
}

impl Asked {
    /// Reads what the question is about.
    pub(crate) fn read(args: &Asking) -> Result<Self, Failure> {
        let current = env::current_dir().map_err(|source| Failure::Read { path: ".".into(), source })?;
        let config = config::load(&args.settings, &args.cluster, &current)?;
        let progress = Progress::start(!args.no_progress && !args.quiet);
        let input = input::read(&args.paths, None, &progress);
        let mut session = Session::new();
        session.configure(config.clone());
        session.on_progress(progress.teller("reading"));
        for (path, content) in input.contents {
            session.put_content(&path, content);
        }
        let worlds = session.worlds();
        drop(progress);
        let mut asked = Self { session, config, worlds, failures: input.failures };
        asked.settle(args)?;
        Ok(asked)
    }

    /// Leaves only the world that is asked for, and says on what the answers rest.
    fn settle(&mut self, args: &Asking) -> Result<(), Failure> {
        if self.session.holds() == (0, false) {
            let paths: Vec<String> = args.paths.iter().map(|path| format!("`{}`", shown(path))).collect();
            return Err(Failure::Nothing { paths: paths.join(", ") });
        }
        if let Some(wanted) = &args.world {
            let names: Vec<String> = self.worlds.iter().map(|(name, _)| name.clone()).collect();
            self.worlds.retain(|(name, _)| name == wanted);
            if self.worlds.is_empty() {
                return Err(Failure::World { wanted: wanted.clone(), names: names.join("`, `") });
            }
        }
        if !args.quiet && self.session.guess() == Cni::Cilium && self.config.knobs.cni.is_none() {
            let Version { major, minor, .. } = self.config.knobs.version;
            note(&format!(
                "note: verdicts are those of Cilium {major}.{minor}, because Cilium policies are among the files"
            ));
        }
        Ok(())
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
        let engine = Engine::new(world);
        let blueprint = Blueprint::of(world, &self.config.options.labels);
        question(Inquiry::new(&engine, &blueprint, &self.config.resources))
    }

    fn locate(&self, place: Place) -> Option<Spot> {
        let found = self.session.locate(place)?;
        Some(Spot { path: found.path, line: found.line, column: found.column })
    }

    /// Says what could not be used: after the answer, where the eye rests. It decides how the run ended.
    pub(crate) fn end(self, exit: crate::exit::Exit, terminal: &Terminal) -> crate::exit::Exit {
        self.failures.iter().for_each(|failure| terminal.error(failure));
        if self.failures.is_empty() { exit } else { crate::exit::Exit::Failed }
    }
}
