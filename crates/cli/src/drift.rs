//! `ringfence diff --live`: what a cluster lets through, and what it would if it were as the files say.

use std::collections::BTreeMap;

use ringfence_cluster::blueprint::Blueprint;
use ringfence_engine::Engine;
use ringfence_lint::{Applied, Content};
use ringfence_manifest::Place;
use ringfence_questions::Inquiry;
use ringfence_report::answers::diff::{Beside, Compared, Comparison, Unread};
use ringfence_report::answers::{Scene, Spot};

use crate::args::{Diff, Supposing};
use crate::ask::{Asked, Guess, configuration, say_dialect, say_unknown};
use crate::diff::tell;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::input::{self, Source};
use crate::live::Cluster;
use crate::output::{Terminal, note};
use crate::progress::Progress;
use crate::side::Side;

/// A cluster, and files over it.
struct Drift {
    asked: Asked,
    side: Side,
    cluster: Cluster,
    applied: Applied,
}

/// Compares a cluster with the files that describe it.
pub(crate) fn run(args: &Diff, terminal: &Terminal) -> Result<Exit, Failure> {
    let drift = Drift::read(args)?;
    if !args.reading.quiet {
        drift.say();
    }
    let exit = drift.compare(|compared| {
        let side = drift.side.name();
        let comparison = Comparison {
            old: &drift.cluster.name,
            new: &side,
            worlds: vec![compared],
            only_old: Vec::new(),
            only_new: Vec::new(),
            unread: Some(Unread { kinds: &drift.cluster.unread }),
        };
        tell(&comparison, args, terminal)
    })?;
    Ok(drift.asked.end(exit, terminal))
}

impl Drift {
    /// Reads the cluster and the files.
    fn read(args: &Diff) -> Result<Self, Failure> {
        let (reading, side) = (&args.reading, Side::described(args)?);
        let progress = Progress::start(!reading.no_progress && !reading.quiet);
        let mut config = configuration(reading)?;
        let context = reading.cluster.context.as_deref().unwrap_or_default();
        let default_namespace = config.knobs.default_namespace.clone();
        let mut live = input::read(Source::Cluster(context), &mut config.knobs, &progress)?;
        let guess = Guess::of(&config.knobs);
        // Files that name no namespace go wherever somebody applies them to.
        config.knobs.default_namespace = default_namespace;
        let mut files = side.read(&progress)?;
        step_aside(&mut files.contents, &live.contents);
        let mut asked = Asked::load(files, config, &Supposing::default(), &progress)?;
        if asked.is_empty() {
            let failure = asked.failures.into_iter().next();
            return Err(failure.unwrap_or(Failure::Nothing { paths: format!("`{}`", side.name()) }));
        }
        if !reading.quiet {
            say_unknown(&live);
        }
        let Some(cluster) = live.cluster.take() else { unreachable!("a cluster was read") };
        let worlds = asked.over(live, cluster.unread.clone());
        let applied = chosen(worlds, &side, reading.world.as_deref())?;
        drop(progress);
        if !reading.quiet {
            say_dialect(applied.after.dialect.cni, asked.config(), guess);
        }
        Ok(Self { asked, side, cluster, applied })
    }

    /// Says what of the files has no place in the cluster.
    fn say(&self) {
        let count = self.applied.homeless.len();
        if count > 0 {
            let objects = if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
            note(&format!(
                "unknown: the namespace of {objects} of `{}`; `--namespace NAME` is that of all that name none",
                self.side.name()
            ));
        }
    }

    /// Compares both, and does something with what was found.
    fn compare(&self, then: impl FnOnce(Compared<'_>) -> Result<Exit, Failure>) -> Result<Exit, Failure> {
        let (applied, config) = (&self.applied, self.asked.config());
        let engines = [Engine::new(&applied.before), Engine::new(&applied.after).without(&applied.strays)];
        let plans = engines.each_ref().map(|engine| Blueprint::of(engine.world(), &config.options.labels));
        let [before, after] = [0, 1].map(|at| Inquiry::new(&engines[at], &plans[at], &config.resources));
        let mut diff = before.diff(&after);
        diff.appeared.retain(|id| !applied.homeless.contains(&applied.after.workload(*id).object));
        let locate = |place: Place| self.locate(place);
        then(Compared {
            name: String::new(),
            diff,
            old: Scene { inquiry: before, locate: &locate },
            new: Scene { inquiry: after, locate: &locate },
            beside: Some(Beside { workloads: applied.workloads.clone(), policies: applied.kept.clone() }),
        })
    }

    /// Where a place stands: in the cluster, or on the side of the files.
    fn locate(&self, place: Place) -> Option<Spot> {
        let spot = self.asked.locate(place)?;
        let is_live = spot.path.strip_prefix(&self.cluster.name).is_some_and(|below| below.starts_with('/'));
        Some(if is_live { spot } else { Spot { path: self.side.path(&spot.path), ..spot } })
    }
}

/// Files that are called as an object of the cluster is get another name.
fn step_aside(files: &mut BTreeMap<String, Content>, live: &BTreeMap<String, Content>) {
    let both: Vec<String> = files.keys().filter(|path| live.contains_key(*path)).cloned().collect();
    for path in both {
        if let Some(content) = files.remove(&path) {
            files.insert(format!("./{path}"), content);
        }
    }
}

/// The world that describes the cluster: the only one, or the one that is asked for.
fn chosen(mut worlds: Vec<Applied>, side: &Side, wanted: Option<&str>) -> Result<Applied, Failure> {
    let names: Vec<String> = worlds.iter().map(|world| side.relative(&world.name)).collect();
    let at = match wanted {
        Some(wanted) => names.iter().position(|name| name == wanted),
        None => (worlds.len() == 1).then_some(0),
    };
    match (at, wanted) {
        (Some(at), _) => Ok(worlds.swap_remove(at)),
        (None, Some(wanted)) => Err(Failure::World { wanted: wanted.to_owned(), names: names.join("`, `") }),
        (None, None) => Err(Failure::Worlds { names: names.join("`, `") }),
    }
}
