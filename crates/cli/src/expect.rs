//! `ringfence test`: whether the files do what somebody declares they do.

use std::fs;
use std::path::{Path, PathBuf};

use ringfence_lint::{Declared, declares_expectations, expectations};
use ringfence_questions::{Expectation, Met};
use ringfence_report::Style;
use ringfence_report::answers::expect::{self, Outcome, Tested};
use ringfence_report::answers::{Scene, can};

use crate::args::{Asking, Test, TestFormat};
use crate::ask::Asked;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::input::shown;
use crate::output::Terminal;

/// Tests every expectation in every world that knows its names.
pub(crate) fn run(args: &Test, terminal: &Terminal) -> Result<Exit, Failure> {
    let (files, asking) = divide(args)?;
    let mut declared = Vec::new();
    for (path, text) in &files {
        let found = expectations(text).map_err(|error| error.in_file(path))?;
        declared.extend(found.into_iter().map(|one| (path.clone(), one)));
    }
    let asked = Asked::read(&asking)?;
    let tested: Vec<Tested> = declared.iter().flat_map(|(path, one)| test(&asked, path, one)).collect();
    terminal.write(args.output_file.as_deref(), |out, style| match args.format {
        TestFormat::Text => expect::text(&tested, out, style),
        TestFormat::Junit => expect::junit(&tested, out),
        TestFormat::Json => expect::json(&tested, out),
    })?;
    let good = tested.iter().all(|one| one.outcome.is_good());
    Ok(asked.end(if good { Exit::Clean } else { Exit::Found }, terminal))
}

/// Tells files of expectations from what is to be read. The first is one in any case, so that a mistake in it is said.
fn divide(args: &Test) -> Result<(Vec<(String, String)>, Asking), Failure> {
    if let Some(first) = args.asking.paths.first().filter(|path| path.is_dir()) {
        return Err(Failure::NoExpectations { path: shown(first) });
    }
    let (mut files, mut paths) = (Vec::new(), Vec::new());
    for (at, path) in args.asking.paths.iter().enumerate() {
        let expected = at == 0 || (path.is_file() && declares(path));
        if expected {
            let text = fs::read_to_string(path).map_err(|source| Failure::Read { path: shown(path), source })?;
            files.push((shown(path), text));
        } else {
            paths.push(path.clone());
        }
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    Ok((files, Asking { paths, ..args.asking.clone() }))
}

fn declares(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| declares_expectations(&text))
}

/// One expectation in each world in which its names stand for something; in the first one, where they never do.
fn test(asked: &Asked, path: &str, declared: &Declared) -> Vec<Tested> {
    let tested = |world: &str, outcome| Tested {
        path: path.to_owned(),
        line: declared.line,
        title: title(declared),
        why: declared.expectation.why.clone(),
        world: world.to_owned(),
        outcome,
    };
    let (mut found, mut unresolved) = (Vec::new(), None);
    asked.each(|world, scene| match scene.inquiry.meets(&declared.expectation) {
        Ok(met) => found.push(tested(world, outcome(scene, &met))),
        Err(error) => {
            let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            unresolved = unresolved.take().or(Some(format!("{error}{help}")));
        }
    });
    if found.is_empty() {
        found.extend(unresolved.map(|reason| tested("", Outcome::Unresolved(reason))));
    }
    found
}

fn outcome(scene: &Scene<'_>, met: &Met) -> Outcome {
    let explained = |answers: &[ringfence_questions::Can]| {
        let mut text = Vec::new();
        for answer in answers {
            // Writing to memory cannot fail.
            let _ = can::text(scene, answer, false, &mut text, Style::default());
        }
        String::from_utf8_lossy(&text).into_owned()
    };
    match met {
        Met::Yes => Outcome::Passed,
        Met::Accepted => Outcome::Accepted,
        Met::No(answers) => Outcome::Failed(explained(answers)),
        Met::NotProvable(answers) => Outcome::NotProvable(explained(answers)),
    }
}

/// What its author calls it, else what it says.
fn title(declared: &Declared) -> String {
    if !declared.name.is_empty() {
        return declared.name.clone();
    }
    let Expectation { allow, from, to, .. } = &declared.expectation;
    let list = |names: Vec<String>| names.join(", ");
    let from = list(from.iter().map(ToString::to_string).collect());
    let to = list(to.iter().map(ToString::to_string).collect());
    format!("{} {from} -> {to}", if *allow { "allow" } else { "deny" })
}
