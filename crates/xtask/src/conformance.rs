//! `cargo xtask conformance PATH…`: holds our verdicts against any file of recorded ones.
//!
//! A file holds scenarios with flows (`tests/conformance/README.md`), or worlds with their list of allowed connections; a
//! folder with `manifests` and `expected.txt` is one such list, and a folder of such folders many. Prints scenarios, flows
//! and agreements, and the first disagreements whole: the policies, the flow, theirs, ours.

mod lists;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ringfence_cluster::Version;
use ringfence_testkit::agreement::{Difference, Tally};
use ringfence_testkit::connlist::recorded;
use ringfence_testkit::rejections::disputed_reasons;
use ringfence_testkit::universe::Universe;
use ringfence_testkit::vectors::{self, Scenario};

/// How many disagreements are printed whole.
const SHOWN: usize = 3;

/// What the arguments ask for.
#[derive(Default)]
struct Request {
    universe: Option<PathBuf>,
    version: Option<Version>,
    files: Vec<PathBuf>,
}

/// Compares the named files. Exit code 1 unless everything agrees, 2 where a file cannot be read; the others are compared
/// all the same.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let request = match Request::parse(words) {
        Ok(request) => request,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let mut code = 0;
    for file in &request.files {
        let own = match request.compare(file) {
            Ok(agree) => u8::from(!agree),
            Err(problem) => {
                eprintln!("{}: {problem}", file.display());
                2
            }
        };
        code = code.max(own);
    }
    ExitCode::from(code)
}

impl Request {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let mut request = Self::default();
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word {
                "--universe" => request.universe = Some(value()?.into()),
                "--cilium" => request.version = Some(value()?.parse()?),
                flag if flag.starts_with("--") => return Err(format!("there is no {flag}")),
                file => request.files.push(file.into()),
            }
        }
        if request.files.is_empty() { Err("no file to compare".into()) } else { Ok(request) }
    }

    fn compare(&self, file: &Path) -> Result<bool, String> {
        match recorded(file)? {
            Some(connections) => lists::compare(file, &connections),
            None => self.compare_scenarios(file),
        }
    }

    fn compare_scenarios(&self, file: &Path) -> Result<bool, String> {
        let recorded = vectors::read_file(file, self.version_of(file))?;
        let universe = match (&recorded.identities, &self.universe) {
            (_, Some(path)) => read_universe(path)?,
            (Some(identities), None) => Universe::of_identities(identities),
            (None, None) => guess(&recorded.scenarios)?,
        };
        let disputed = disputed_reasons();
        let mut tally = Tally::default();
        for scenario in &recorded.scenarios {
            let own = if scenario.extra_identities.is_empty() { None } else { Some(universe.with(scenario)) };
            let universe = own.as_ref().unwrap_or(&universe);
            knows_everybody(universe, scenario)?;
            tally.rejections(scenario, &disputed);
            tally.scenario(universe, scenario);
        }
        report(file, &tally, &recorded.scenarios);
        Ok(tally.differences.is_empty())
    }

    /// Lines do not say which version they were recorded of; the name of the file may.
    fn version_of(&self, file: &Path) -> Version {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let named = if name.contains("1.18") { Version::new(1, 18, 10) } else { Version::NEWEST };
        self.version.unwrap_or(named)
    }
}

fn read_universe(path: &Path) -> Result<Universe, String> {
    let say = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let text = std::fs::read_to_string(path).map_err(|problem| say(&problem))?;
    let file: serde_json::Value = serde_json::from_str(&text).map_err(|problem| say(&problem))?;
    if file["identities"].is_array() { Ok(Universe::of_value(&file)) } else { Err(say(&"it has no `identities`")) }
}

/// The recorded universe that knows everybody in the flows.
fn guess(scenarios: &[Scenario]) -> Result<Universe, String> {
    let known = ["random", "wide"].map(Universe::of_file);
    let fits = |universe: &Universe| scenarios.iter().all(|scenario| knows_everybody(universe, scenario).is_ok());
    known.into_iter().find(fits).ok_or_else(|| "the flows name endpoints of no known universe: use --universe".into())
}

fn knows_everybody(universe: &Universe, scenario: &Scenario) -> Result<(), String> {
    let flows = scenario.outcomes.iter().flat_map(|outcome| &outcome.flows);
    let names: BTreeSet<&str> = flows.flat_map(|flow| [flow.from.as_str(), flow.to.as_str()]).collect();
    match names.into_iter().find(|name| !universe.people().contains_key(*name)) {
        Some(name) => Err(format!("{}: the universe has no `{name}`", scenario.name)),
        None => Ok(()),
    }
}

fn report(file: &Path, tally: &Tally, scenarios: &[Scenario]) {
    let Tally { scenarios: count, flows, agreed, refused, differences } = tally;
    println!(
        "{}: {count} scenarios, {flows} flows, {agreed} agree, {} do not; {refused} rejected policies agree",
        file.display(),
        flows - agreed
    );
    for difference in differences.iter().take(SHOWN) {
        show(difference, scenarios);
    }
    if differences.len() > SHOWN {
        println!("\nand {} differences more", differences.len() - SHOWN);
    }
}

fn show(difference: &Difference, scenarios: &[Scenario]) {
    println!("\n{difference}");
    if let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == difference.scenario) {
        println!("under {:?}\n{}", scenario.config, scenario.policies.trim_end());
    }
}
