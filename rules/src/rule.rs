//! What a rule is: its name, its grades, its documentation, and its check.

use ringfence_diagnostics::{Confidence, Severity};

use crate::builds::Builds;
use crate::context::{Cx, ObjectRef, PolicyRef};
use crate::document::Document;

/// A rule as users know it.
#[derive(Debug)]
pub struct Rule {
    /// The smell, in kebab case; reads well after "allow". Also the name of its file.
    pub name: &'static str,
    /// What kind of damage it is about.
    pub group: Group,
    /// How bad a finding is, unless the check computes it from the effect.
    pub severity: Severity,
    /// How sure a finding is, unless the check says otherwise.
    pub confidence: Confidence,
    /// The safest fix it may offer.
    pub fix: FixKind,
    /// The version that brought it.
    pub since: &'static str,
    /// Markdown: what it does, why it matters, a `yaml bad` and a `yaml good` example, references.
    pub docs: &'static str,
}

/// What kind of damage a rule is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Group {
    /// Refused, or surely not doing what it says.
    Correctness,
    /// Opens more than it says.
    Security,
    /// Will cut wanted traffic.
    Availability,
    /// Against the declared architecture.
    Blueprint,
    /// Hard to read.
    Style,
    /// Policy choices; off by default.
    Pedantic,
}

/// The safest fix that a rule may offer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FixKind {
    /// None.
    None,
    /// Only to look at.
    Suggestion,
    /// With `--unsafe-fixes`.
    Unsafe,
    /// With `--fix`.
    Safe,
}

/// A rule with its check: a row of [`crate::RULES`].
#[derive(Debug)]
pub struct Entry {
    /// The rule.
    pub rule: &'static Rule,
    /// What it runs on.
    pub check: Check,
}

/// What a rule looks at, and so how often it runs.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Once a file: text and tree, whatever is in it. The world that it is shown is empty.
    Document(fn(&Document, &mut Cx<'_>)),
    /// Once an object of any kind. The world that it is shown is empty: what it says stays true as long as the file does.
    Object(fn(ObjectRef<'_>, &mut Cx<'_>)),
    /// Once a policy.
    Policy(fn(PolicyRef<'_>, &mut Cx<'_>)),
    /// Once a world.
    World(fn(&mut Cx<'_>)),
    /// Once a run: what is built from the files. The world that it is shown is empty.
    Build(fn(&Builds<'_>, &mut Cx<'_>)),
    /// Nothing: the session itself reports it, as it does unused suppressions.
    Session,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 6] =
        [Self::Correctness, Self::Security, Self::Availability, Self::Blueprint, Self::Style, Self::Pedantic];

    /// The lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Security => "security",
            Self::Availability => "availability",
            Self::Blueprint => "blueprint",
            Self::Style => "style",
            Self::Pedantic => "pedantic",
        }
    }

    /// Whether its rules run unless told otherwise.
    pub const fn on_by_default(self) -> bool {
        !matches!(self, Self::Pedantic)
    }
}

impl Check {
    /// Whether it looks at a world.
    pub const fn is_of_world(self) -> bool {
        matches!(self, Self::Policy(_) | Self::World(_))
    }

    /// Whether it looks at one file and nothing around it.
    pub const fn is_local(self) -> bool {
        matches!(self, Self::Document(_) | Self::Object(_))
    }
}

impl FixKind {
    /// The lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Suggestion => "suggestion",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}

impl Rule {
    /// The first sentence of its documentation: one line for tables.
    pub fn summary(&self) -> &'static str {
        let text = self.docs.split("## What it does").nth(1).unwrap_or(self.docs).trim_start();
        let paragraph = text.split("\n\n").next().unwrap_or(text);
        paragraph.split(". ").next().unwrap_or(paragraph).trim().trim_end_matches('.')
    }

    /// Its documentation as Markdown, without the space that the doc comment puts before every line.
    pub fn markdown(&self) -> String {
        self.docs.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
    }

    /// The examples of its documentation, `bad` or `good`.
    pub fn examples(&self, kind: &str) -> impl Iterator<Item = String> {
        let fence = format!("```yaml {kind}\n");
        let docs = self.docs;
        let starts: Vec<usize> = docs.match_indices(&fence).map(|(at, _)| at + fence.len()).collect();
        // A doc comment keeps the space after its slashes.
        let bare =
            |text: &str| text.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
        starts.into_iter().filter_map(move |start| docs[start..].split("```").next().map(bare))
    }
}

/// Declares a rule: its documentation is the doc comment.
macro_rules! declare_rule {
    (
        $(#[doc = $docs:literal])*
        pub static $ident:ident = $name:literal {
            group: $group:ident, severity: $severity:ident, confidence: $confidence:ident, fix: $fix:ident, since: $since:literal
        }
    ) => {
        $(#[doc = $docs])*
        pub(crate) static $ident: $crate::Rule = $crate::Rule {
            name: $name,
            group: $crate::Group::$group,
            severity: ringfence_diagnostics::Severity::$severity,
            confidence: ringfence_diagnostics::Confidence::$confidence,
            fix: $crate::FixKind::$fix,
            since: $since,
            docs: concat!($($docs, "\n"),*),
        };
    };
}
