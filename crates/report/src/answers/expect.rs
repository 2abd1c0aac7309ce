//! Expectations and what came of them, rendered as a test runner does: text, JUnit, JSON.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::model::VERSION;
use crate::Style;

/// The name of the whole in JUnit.
const SUITE: &str = "ringfence";

/// One expectation in one world, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tested {
    /// The file it is declared in, as typed.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// What is expected: `allow shop/web -> shop/db:5432/TCP`.
    pub title: String,
    /// Why somebody wants it so; empty where nobody says.
    pub why: String,
    /// The world it was asked of; empty where there is only one.
    pub world: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an expectation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is so.
    Passed,
    /// It is not provable, and that was declared to do.
    Accepted,
    /// It is not so; with the explanation.
    Failed(String),
    /// It depends on something outside the input; with the explanation.
    NotProvable(String),
    /// A name stands for nothing; with the reason.
    Unresolved(String),
}

impl Outcome {
    /// Whether the run may end well with it.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Passed | Self::Accepted)
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Accepted => "ok (not provable, accepted)",
            Self::Failed(_) => "FAILED",
            Self::NotProvable(_) => "NOT PROVABLE",
            Self::Unresolved(_) => "NO SUCH NAME",
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Accepted => "accepted",
            Self::Failed(_) => "failed",
            Self::NotProvable(_) => "not-provable",
            Self::Unresolved(_) => "unresolved",
        }
    }

    fn explanation(&self) -> &str {
        match self {
            Self::Passed | Self::Accepted => "",
            Self::Failed(text) | Self::NotProvable(text) | Self::Unresolved(text) => text,
        }
    }
}

/// For people: a line each, then those that fail with their explanation, then the count.
pub fn text(tested: &[Tested], out: &mut dyn Write, style: Style) -> io::Result<()> {
    for one in tested {
        let word = one.outcome.word();
        let colour = if one.outcome.is_good() { "32" } else { "31" };
        let word = if style.colour { format!("\u{1b}[{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
        writeln!(out, "{}{} ... {word}", one.title, in_world(one))?;
    }
    for one in tested.iter().filter(|one| !one.outcome.is_good()) {
        writeln!(out, "\n{}:{}: expected: {}{}", one.path, one.line, one.title, in_world(one))?;
        if !one.why.is_empty() {
            writeln!(out, "because: {}", one.why)?;
        }
        writeln!(out, "{}", one.outcome.explanation().trim_end())?;
    }
    let count = |kind: &str| tested.iter().filter(|one| one.outcome.kind() == kind).count();
    let good = tested.iter().filter(|one| one.outcome.is_good()).count();
    let failed = count("failed") + count("unresolved");
    writeln!(out, "\n{good} as expected, {failed} not, {} not provable", count("not-provable"))
}

fn in_world(one: &Tested) -> String {
    if one.world.is_empty() { String::new() } else { format!(" (in {})", one.world) }
}

/// For continuous integration: a suite a file.
pub fn junit(tested: &[Tested], out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new(SUITE);
    let mut suites: Vec<TestSuite> = Vec::new();
    for one in tested {
        if suites.last().is_none_or(|suite| suite.name.as_str() != one.path) {
            suites.push(TestSuite::new(one.path.clone()));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(case(one));
        }
    }
    report.add_test_suites(suites);
    report.serialize(&mut *out).map_err(io::Error::other)
}

fn case(one: &Tested) -> TestCase {
    let status = match &one.outcome {
        Outcome::Passed | Outcome::Accepted => TestCaseStatus::success(),
        Outcome::Failed(text) | Outcome::NotProvable(text) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(one.outcome.kind()).set_message(first_line(text)).set_description(description(one, text));
            status
        }
        Outcome::Unresolved(text) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(one.outcome.kind()).set_message(first_line(text)).set_description(description(one, text));
            status
        }
    };
    let mut case = TestCase::new(format!("{}{}", one.title, in_world(one)), status);
    case.set_classname(one.path.clone());
    case.extra.insert("file".into(), one.path.clone().into());
    case.extra.insert("line".into(), one.line.to_string().into());
    case
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn description(one: &Tested, text: &str) -> String {
    if one.why.is_empty() { text.to_owned() } else { format!("because: {}\n{text}", one.why) }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    question: &'static str,
    expectations: Vec<TestedJson<'a>>,
}

#[derive(Serialize)]
struct TestedJson<'a> {
    path: &'a str,
    line: u32,
    title: &'a str,
    why: &'a str,
    world: &'a str,
    outcome: &'a str,
    explanation: &'a str,
}

/// For programs.
pub fn json(tested: &[Tested], out: &mut dyn Write) -> io::Result<()> {
    let expectations = tested.iter().map(TestedJson::of).collect();
    let document = Document { version: VERSION, question: "test", expectations };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

impl<'a> TestedJson<'a> {
    fn of(one: &'a Tested) -> Self {
        Self {
            path: &one.path,
            line: one.line,
            title: &one.title,
            why: &one.why,
            world: &one.world,
            outcome: one.outcome.kind(),
            explanation: one.outcome.explanation(),
        }
    }
}
