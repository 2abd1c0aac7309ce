//! The command line: what can be asked for, and how it is spelled.

use std::path::PathBuf;

use clap::{ArgAction, ArgGroup, Args, Parser, Subcommand, ValueEnum};
use ringfence_cluster::Version;
use ringfence_questions::{Grouping, Name, PolicyName, Target};
use ringfence_report::Format;
use smol_str::SmolStr;

use crate::errors::Failure;
use crate::input::Source;

/// Lints Kubernetes network policy: who may really talk to whom, and what is wrong.
///
/// Reads NetworkPolicy, CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy and ClusterNetworkPolicy together with the
/// namespaces, workloads and services beside them, and reports what the engine would do, not only what the text looks like.
#[derive(Parser, Debug)]
#[command(name = "ringfence", bin_name = "ringfence", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to write colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, global = true)]
    pub(crate) color: Colour,
}

/// The commands. Each is described by its own type: a line here would hide what that says at length.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Check(Box<Check>),
    Can(Box<Can>),
    WhoCan(Box<WhoCan>),
    Reach(Box<Reach>),
    Diff(Box<Diff>),
    Matrix(Box<Matrix>),
    Graph(Box<Graph>),
    Test(Box<Test>),
    Build(Build),
    Roots(Roots),
    Rules(Rules),
    Explain(Explain),
    Completions(Completions),
}

/// When colours are written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` or `CLICOLOR=0` is set; everywhere with `CLICOLOR_FORCE`
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Lint files, folders or standard input.
///
/// All paths of one call are read together: a policy in one file is judged with the namespaces and workloads of all the
/// others. Folders are searched for `.yaml`, `.yml` and `.json`; what `.gitignore` names is left out. A file that is named is
/// always read; of a Markdown file, the fenced YAML.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Check {
    /// Files and folders; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The name under which standard input is reported; it stands for the file of that name
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_filename: Option<String>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Write only the report and errors: no notes, no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) output: Reporting,
    #[command(flatten)]
    pub(crate) rules: Choice,
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(flatten)]
    pub(crate) fixes: Change,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
}

impl Check {
    /// What is to be read.
    pub(crate) fn source(&self) -> Result<Source<'_>, Failure> {
        Source::of(&self.paths, self.stdin_filename.as_deref(), self.cluster.context.as_deref())
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  no finding at or above `--fail-on`
  1  at least one; with `--diff`, there is something to change
  2  wrong arguments or configuration, or a path that is missing or unreadable
  3  no Kubernetes document under any path";

/// How the report is written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Report")]
pub(crate) struct Reporting {
    /// How findings are written: full, concise, json, sarif or github
    #[arg(long, value_name = "FORMAT", default_value = "full", value_parser = format_parser())]
    pub(crate) format: Format,
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// The least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
}

/// Which rules run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub(crate) struct Choice {
    /// Run only these rules and groups; `all` is every rule
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) select: Vec<String>,
    /// Do not run these rules and groups
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) ignore: Vec<String>,
}

/// Which configuration holds.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct Settings {
    /// The configuration file [default: the nearest `ringfence.yaml`, up to the root of the repository]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

/// What is changed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Fixes", group(ArgGroup::new("change").multiple(true)))]
pub(crate) struct Change {
    /// Make the fixes that change no verdict, and report what is left
    #[arg(long, group = "change")]
    pub(crate) fix: bool,
    /// With `--fix` or `--diff`: also the fixes that change what traffic may flow
    #[arg(long, requires = "change")]
    pub(crate) unsafe_fixes: bool,
    /// Show what `--fix` would change, as a unified diff, and change nothing, even beside `--fix`
    #[arg(long, group = "change", conflicts_with = "format")]
    pub(crate) diff: bool,
}

/// What is known of the cluster.
#[derive(Default, Args, Clone, Debug)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct Cluster {
    /// Read the cluster of this context of the kubeconfig instead of files; '' is the current context
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The namespace of objects that name none
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// What enforces the policies [default: guessed from their kinds]
    #[arg(long, value_enum)]
    pub(crate) cni: Option<Cni>,
    /// The version of Cilium, such as 1.18
    #[arg(long, value_name = "VERSION", value_parser = cilium_version)]
    pub(crate) cilium_version: Option<Version>,
}

/// What enforces the policies.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cni {
    /// Cilium
    Cilium,
    /// Anything that enforces NetworkPolicy as the Kubernetes API documents it
    Upstream,
}

/// What makes a run fail.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FailOn {
    /// Only errors
    Error,
    /// Errors and warnings
    Warning,
    /// No finding at all
    Never,
}

/// What every question reads.
#[derive(Args, Clone, Debug)]
pub(crate) struct Asking {
    /// Files and folders to read; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How the files of a question are read.
#[derive(Args, Clone, Debug)]
pub(crate) struct Reading {
    /// The world to ask, where the files describe several clusters
    #[arg(long, value_name = "NAME")]
    pub(crate) world: Option<String>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Write only the answer and errors: no notes, no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) supposing: Supposing,
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
}

/// What is supposed to be otherwise than the files say.
#[derive(Args, Clone, Default, Debug)]
#[command(next_help_heading = "What if")]
pub(crate) struct Supposing {
    /// Suppose that a policy is not there: `namespace/name`, `Kind/namespace/name`, or `name` for all that are called so
    #[arg(long, value_name = "POLICY")]
    pub(crate) without: Vec<PolicyName>,
    /// Suppose the objects of a file too, in place of those of the same kind, namespace and name
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Vec<PathBuf>,
    /// Suppose that a namespace has the label that opens the escape hatch
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) hatch: Vec<SmolStr>,
}

impl Asking {
    /// What is to be read.
    pub(crate) fn source(&self) -> Result<Source<'_>, Failure> {
        Source::of(&self.paths, None, self.reading.cluster.context.as_deref())
    }
}

/// How an answer is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AnswerFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Say whether one end can reach another.
///
/// An end is `namespace/workload`, a namespace, `label=value` (of pods or of their namespace), an address, a CIDR, `internet`
/// (every public unicast address), `host` (the own node), `remote-node`, `kube-apiserver`, or a resource that `ringfence.yaml`
/// declares; a destination also `svc/namespace/name` and a DNS name. The port is the port at the pod, of a Service its own:
/// `payments/api:8080`, `payments/api:53/UDP`, `[2001:db8::1]:443`, `10.0.0.0/8,443`, `payments/api:8/ICMP` (a type),
/// `payments/api:53/any` (TCP, UDP and SCTP). Without a port, the ports that are let through are told.
///
/// A set of ends is let through wholly, in part or not at all; what is not known from the files is unknown, never no.
#[derive(Args, Debug)]
#[command(after_help = CAN_EXIT_CODES)]
pub(crate) struct Can {
    /// Where connections come from
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Name,
    /// Where they go to
    #[arg(value_name = "DESTINATION[:PORT[/PROTOCOL]]")]
    pub(crate) destination: Target,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,
    /// Explain every connection of a set, not only the telling ones
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

const CAN_EXIT_CODES: &str = "\
Exit codes:
  0  all connections are let through
  1  some or none
  2  wrong arguments or configuration, or a path that is missing or unreadable
  3  no Kubernetes document under any path
  4  unknown: it depends on something that the files do not show";

/// Say who can reach an end.
#[derive(Args, Debug)]
pub(crate) struct WhoCan {
    /// What they can do
    #[command(subcommand)]
    pub(crate) verb: WhoCanVerb,
}

/// What somebody can do.
#[derive(Subcommand, Debug)]
pub(crate) enum WhoCanVerb {
    Reach(WhoCanReach),
}

/// Say who can reach an end, on which ports, and why: one reason for each half of the connection.
///
/// Reasons are an access label, a profile, a baseline, an open escape hatch, a policy of the namespace's own, or nothing at
/// all: no policy isolates the end. Pairs of which one half is open and the other shut are listed apart. `ringfence help can`
/// says how ends are named.
#[derive(Args, Debug)]
pub(crate) struct WhoCanReach {
    /// Where connections go to
    #[arg(value_name = "DESTINATION[:PORT[/PROTOCOL]]")]
    pub(crate) destination: Target,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// Say whom an end can reach, on which ports, and why: one reason for each half of the connection.
///
/// The other way round, with the same reasons: `ringfence who-can reach`. `ringfence help can` says how ends are named.
#[derive(Args, Debug)]
pub(crate) struct Reach {
    /// Where connections come from
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Name,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// Say which connections a change opens and closes, and which policy, label or pod in it does.
///
/// OLD and NEW are folders or files, or a folder or file of a Git revision, written as Git does: `main:deploy`, `HEAD~2:`
/// (everything), `v1.2:./sub` (seen from here). With `--rev` they are two revisions of one path. The work tree is not
/// touched. Ends are the same on both sides by their names; connections of workloads that are new or gone are not listed,
/// the workloads are. What depends on something that the files do not show is uncertain, and never counts as opened or
/// closed. What is supposed with `--without`, `--with` and `--hatch` is so on the side of NEW, which may then be left out.
///
/// With `--live`, OLD is a running cluster and NEW what it would be if it were as the files say: drift, in connections. What
/// only the cluster has stays on both sides, but for policies in namespaces that the files speak of: these are drift.
#[derive(Args, Debug)]
#[command(
    override_usage = "ringfence diff [OPTIONS] <OLD> <NEW>\n       ringfence diff [OPTIONS] --rev <OLD>..<NEW> [PATH]\n       \
                      ringfence diff [OPTIONS] --live [--context <NAME>] [PATH]",
    after_help = DIFF_EXIT_CODES
)]
pub(crate) struct Diff {
    /// Before and after: each a path or `REVISION:PATH`; with `--rev` or `--live` the one path [default: .]
    #[arg(value_name = "OLD NEW", num_args = 0..=2)]
    pub(crate) sides: Vec<String>,
    /// Compare Git revisions: `main..HEAD`; `main...HEAD` from where they parted; `main` with the files as they are now
    #[arg(long, value_name = "REVISIONS")]
    pub(crate) rev: Option<String>,
    /// Compare the cluster as it is with what the files say, `--context` naming it [default: the current context]
    #[arg(long, conflicts_with_all = ["rev", "without", "with", "hatch"])]
    pub(crate) live: bool,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = DiffFormat::Text)]
    pub(crate) format: DiffFormat,
    /// What makes the exit code 1
    #[arg(long, value_enum, value_name = "CHANGE")]
    pub(crate) fail_on: Option<DiffFailOn>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

const DIFF_EXIT_CODES: &str = "\
Exit codes:
  0  nothing that `--fail-on` names
  1  something that it names
  2  wrong arguments or configuration, or a path or revision that is missing or unreadable
  3  no Kubernetes document on either side";

/// How a comparison is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DiffFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment on a pull request
    Markdown,
}

/// Which changes make a comparison fail.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DiffFailOn {
    /// A port is let through that was not
    Opened,
    /// A port that was let through is not any more
    Closed,
    /// Either
    Any,
}

/// Test declared expectations.
///
/// A file of expectations lists under `expect:` what must be let through (`allow`: all of it) and what must not (`deny`: none
/// of it): `- allow: {from: shop/web, to: shop/db, ports: [5432]}`, with a reason under `why`. What depends on something that
/// the files do not show fails as not provable, unless it says `unknown: accept`. `docs/schema/expectations.schema.json`
/// describes the format; `ringfence help can` says how ends are named.
///
/// The first path is a file of expectations, and so is every other file that has `expect:`; all other paths are read.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// How the outcome is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TestFormat::Text)]
    pub(crate) format: TestFormat,
    /// Write the outcome to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// Say which groups talk to which, as a table.
///
/// Rows are sources, columns destinations: pods by namespace, profile or workload; the API server, the nodes, the internet,
/// private ranges and DNS names that policies name. Groups whose rows and columns are equal are one row. Below the table stand
/// the connections with their ports, what (almost) everybody shares only once. Pairs of which one end lets through by a
/// policy what the other does not are half open.
#[derive(Args, Debug)]
#[command(after_help = ASKING_EXIT_CODES)]
pub(crate) struct Matrix {
    /// By what pods are grouped
    #[arg(long, value_enum, value_name = "GROUPING", default_value_t = By::Namespace)]
    pub(crate) by: By,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = MatrixFormat::Text)]
    pub(crate) format: MatrixFormat,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// How the outcome of tests is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TestFormat {
    /// For people
    Text,
    /// For continuous integration
    Junit,
    /// For programs
    Json,
}

/// Print what `kustomize build` makes of a folder.
///
/// The objects go to standard output, what could not be built to standard error, each with its line. Nothing is fetched or
/// run: remote bases, charts and plugins are named and left out.
#[derive(Args, Debug)]
#[command(after_help = BUILD_EXIT_CODES)]
pub(crate) struct Build {
    /// The folder of the kustomization; with `--root`, any of the repository
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print what a root brings instead, or all of a cluster, as `ringfence roots` names them
    #[arg(long, value_name = "NAME")]
    pub(crate) root: Option<String>,
    /// Write behind each value the file and line that made it
    #[arg(long)]
    pub(crate) provenance: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// List what Flux and Argo CD build from a repository, cluster by cluster.
///
/// Each root stands below the one that brings it, with what was not built of it and why. The whole repository around PATH is
/// read: roots name their folders from its top.
#[derive(Args, Debug)]
#[command(after_help = ROOTS_EXIT_CODES)]
pub(crate) struct Roots {
    /// A folder of the repository
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// How they are written
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

const ROOTS_EXIT_CODES: &str = "\
Exit codes:
  0  everything that is here was built
  1  something would be refused
  2  wrong arguments, or a path that is missing or unreadable
  3  there is no root";

const BUILD_EXIT_CODES: &str = "\
Exit codes:
  0  everything that is here was built
  1  kustomize would refuse it; what can be built is printed
  2  wrong arguments, or no kustomization there";

/// By what pods are grouped.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    /// By namespace
    Namespace,
    /// By the profile that their namespace has
    Profile,
    /// By what makes them
    Workload,
}

impl From<By> for Grouping {
    fn from(by: By) -> Self {
        match by {
            By::Namespace => Self::Namespace,
            By::Profile => Self::Profile,
            By::Workload => Self::Workload,
        }
    }
}

/// How a matrix is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MatrixFormat {
    /// For people
    Text,
    /// For programs: every cell, with reasons and places
    Json,
    /// For spreadsheets: a line for every cell
    Csv,
    /// For pages: the connections as a table
    Markdown,
    /// A line for every pair of workloads, in the words of netpol-analyzer, so that both can be compared
    Connlist,
}

/// Draw which groups talk to which.
///
/// Groups with the same connections are one box. What (almost) everybody may reach, or is reached by, such as DNS or metrics,
/// is one arrow from or to "every namespace". Dashed arrows are half open: one end lets it through, the other does not. Dotted
/// ones are unknown. `--format html` is a page that needs no network, with a search and the reasons of every arrow.
#[derive(Args, Debug)]
#[command(after_help = ASKING_EXIT_CODES)]
pub(crate) struct Graph {
    /// By what pods are grouped
    #[arg(long, value_enum, value_name = "GROUPING", default_value_t = By::Namespace)]
    pub(crate) by: By,
    /// What is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Drawing::Dot)]
    pub(crate) format: Drawing,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// What a graph is drawn as.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Drawing {
    /// Graphviz
    Dot,
    /// A flowchart that GitHub and GitLab draw in Markdown
    Mermaid,
    /// A picture
    Svg,
    /// A page with the picture, a search, and the connections with their reasons
    Html,
}

const ASKING_EXIT_CODES: &str = "\
Exit codes:
  0  the answer is written
  2  wrong arguments or configuration, or a path that is missing or unreadable
  3  no Kubernetes document under any path";

/// List the rules.
#[derive(Args, Debug)]
pub(crate) struct Rules {
    /// How they are written
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

/// How a list is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ListFormat {
    /// A table
    Text,
    /// JSON
    Json,
}

/// Say what a rule is about.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The rule, or one of its other names
    pub(crate) rule: String,
}

/// Write a script that completes commands in a shell.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// The formats by name, so that help and completions list them.
fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    // Only names that parse come through.
    PossibleValuesParser::new(Format::NAMES).map(|name| name.parse().unwrap_or_default())
}

fn cilium_version(text: &str) -> Result<Version, String> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lists_are_split_and_repeated() {
        let cli = Cli::parse_from(["ringfence", "check", "--select", "a,b", "--select=c", "--ignore", "d", "x", "-"]);
        let Command::Check(check) = cli.command else { panic!("check") };
        assert_eq!(check.rules.select, ["a", "b", "c"]);
        assert_eq!(check.rules.ignore, ["d"]);
        assert_eq!(check.paths, [PathBuf::from("x"), PathBuf::from("-")]);
    }
}
