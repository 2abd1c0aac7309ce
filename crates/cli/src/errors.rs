//! What can go wrong with the command itself, and how it is shown: by the renderer that shows findings.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic as Shown, Label, Severity};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{self, Config};
use miette::{Diagnostic, SourceCode, SourceSpan};
use ringfence_lint::{ConfigError, UnknownRule};
use ringfence_questions::Unresolved;
use ringfence_sources::walk::WalkError;

use crate::git::GitError;

/// A reason why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum Failure {
    /// The configuration file is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(Box<ConfigError>),
    /// A path cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Path(#[from] WalkError),
    /// `--select`, `--ignore` or `explain` name something that is no rule.
    #[error("{unknown}")]
    #[diagnostic(help("{}", unknown.help()))]
    Rule { unknown: UnknownRule },
    /// `explain` is asked about a group.
    #[error("`{name}` is a group of rules, not a rule")]
    #[diagnostic(help("`ringfence rules` lists the rules of each group"))]
    Group { name: String },
    /// There is nothing to build.
    #[error("`{path}` cannot be built: {reason}")]
    #[diagnostic(help("name a folder with one `kustomization.yaml` in it"))]
    Kustomization { path: String, reason: String },
    /// No root is called so.
    #[error("no root is called `{wanted}`; there are `{names}`")]
    #[diagnostic(help("`ringfence roots` lists the roots with what each builds"))]
    Root { wanted: String, names: String },
    /// A file cannot be read.
    #[error("`{path}` cannot be read: {source}")]
    Read { path: String, source: io::Error },
    /// A file cannot be written.
    #[error("`{path}` cannot be written: {source}")]
    #[diagnostic(help("check its permissions, and the room on the disk"))]
    Write { path: String, source: io::Error },
    /// There is nothing on disk to mend.
    #[error("`--fix` cannot change standard input")]
    #[diagnostic(help("`--diff` shows what it would change"))]
    FixStdin,
    /// Two inputs are named.
    #[error("`--context` reads a cluster in place of files, and `{path}` is named as well")]
    #[diagnostic(help("leave out one of them"))]
    ClusterAndFiles { path: String },
    /// A cluster is only read.
    #[error("`--fix` cannot change a cluster")]
    #[diagnostic(help("`--diff` shows what it would change"))]
    FixCluster,
    /// A cluster cannot be read.
    #[cfg(feature = "live")]
    #[error(transparent)]
    #[diagnostic(transparent)]
    Live(#[from] ringfence_live::LiveError),
    /// This program was built without the part that reads clusters.
    #[cfg(not(feature = "live"))]
    #[error("this build of ringfence cannot read a cluster")]
    #[diagnostic(help("pipe the objects in: `kubectl get … --all-namespaces -o yaml | ringfence check -`"))]
    WithoutLive,
    /// A name stands for nothing.
    #[error("{unresolved}")]
    #[diagnostic(help("{}", unresolved.help().unwrap_or_else(|| "`ringfence help can` says how ends are named".into())))]
    Unresolved { unresolved: Box<Unresolved> },
    /// `test` is not told what to test.
    #[error("`{path}` is a folder, not a file of expectations")]
    #[diagnostic(help(
        "name the file of expectations first, then what to read: `ringfence test expectations.yaml deploy`"
    ))]
    NoExpectations { path: String },
    /// `--without` names no policy.
    #[error("no policy is called `{name}`")]
    #[diagnostic(help(
        "{}",
        did_you_mean(near, "a policy is named as `namespace/name`, `name` or `Kind/namespace/name`")
    ))]
    Policy { name: String, near: Vec<String> },
    /// `--hatch` cannot tell what opens the hatch.
    #[error("{}", no_hatch(keys))]
    #[diagnostic(help(
        "name the label that takes a namespace out of enforcement in `ringfence.yaml`: `labels: {{enforcement: KEY}}`"
    ))]
    Hatch { keys: Vec<String> },
    /// `diff` is given too few or too many sides.
    #[error("{message}")]
    #[diagnostic(help(
        "`ringfence diff OLD NEW`, each a path or `REVISION:PATH`; `ringfence diff --rev main..HEAD [PATH]`; or \
         `ringfence diff --live [PATH]`"
    ))]
    Sides { message: &'static str },
    /// A Git revision cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Git(#[from] GitError),
    /// The files describe several clusters, and the question has a meaning in more than one.
    #[error("the files describe several clusters: `{names}`")]
    #[diagnostic(help("name the one to ask with `--world`, or name only its paths"))]
    Worlds { names: String },
    /// No world is called so.
    #[error("no world is called `{wanted}`; there are `{names}`")]
    #[diagnostic(help("a world is called as the folder that its files lie in"))]
    World { wanted: String, names: String },
    /// No document of Kubernetes was found.
    #[error("no Kubernetes document under {paths}")]
    #[diagnostic(help("name the folders or files that hold the manifests"))]
    Nothing { paths: String },
}

fn did_you_mean(near: &[String], else_say: &str) -> String {
    let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { else_say.to_owned() } else { format!("did you mean {}?", quoted.join(" or ")) }
}

fn no_hatch(keys: &[String]) -> String {
    match keys {
        [] => "no policy has an escape hatch: none that isolates leaves out namespaces by a label".to_owned(),
        several => format!("which label opens the escape hatch cannot be told: `{}`", several.join("`, `")),
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(Box::new(error))
    }
}

impl From<UnknownRule> for Failure {
    fn from(unknown: UnknownRule) -> Self {
        Self::Rule { unknown }
    }
}

/// Writes an error with its place and what to do.
pub(crate) fn write(error: &dyn Diagnostic, out: &mut dyn Write, colour: bool) -> io::Result<()> {
    if colour { write_to(error, &mut Ansi::new(out)) } else { write_to(error, &mut NoColor::new(out)) }
}

fn write_to(error: &dyn Diagnostic, out: &mut dyn WriteColor) -> io::Result<()> {
    let source = error.source_code().and_then(whole);
    let labels = source.as_ref().map(|_| labels(error)).unwrap_or_default();
    let help = error.help().map(|help| format!("help: {help}"));
    let shown = Shown::new(Severity::Error)
        .with_message(one_line(&error.to_string()))
        .with_labels(labels)
        .with_notes(help.into_iter().collect());
    let (name, text) = source.unwrap_or_default();
    let file = SimpleFile::new(name, text);
    term::emit_to_write_style(out, &Config::default(), &file, &shown).map_err(io::Error::other)
}

/// The name and the text of the file an error is about.
fn whole(source: &dyn SourceCode) -> Option<(String, String)> {
    let start: SourceSpan = (0, 0).into();
    let contents = source.read_span(&start, 0, usize::MAX).ok()?;
    let text = String::from_utf8_lossy(contents.data()).into_owned();
    Some((contents.name().unwrap_or_default().to_owned(), text))
}

fn labels(error: &dyn Diagnostic) -> Vec<Label<()>> {
    let labels = error.labels().into_iter().flatten();
    labels
        .map(|label| {
            let range = label.offset()..label.offset() + label.len();
            Label::primary((), range).with_message(label.label().unwrap_or_default())
        })
        .collect()
}

/// Names of files can hold anything, line breaks and escapes of a terminal too.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
