//! `ringfence check`: read, lint, mend, report.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use ringfence_lint::{Config, Outcome, Session};
use ringfence_report::{Format, Report, Root, github, render, summary};

use crate::args::{Check, FailOn};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::input::{self, Input, Source, shown};
use crate::output::{Terminal, note};
use crate::progress::Progress;
use crate::{config, fix, rules};

/// The file to which a step of GitHub Actions adds its summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Lints what is named.
pub(crate) fn run(args: &Check, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.fixes.fix && !args.fixes.diff {
        fixable(args.source()?)?;
    }
    let current = env::current_dir().map_err(|source| Failure::Read { path: ".".into(), source })?;
    let mut config = config::load(&args.settings, &args.cluster, &current)?;
    config::choose(&mut config, &args.rules)?;
    let fail_on = args.output.fail_on.or(config.fail_on.map(FailOn::from)).unwrap_or(FailOn::Warning);
    let mut run = Run::start(args, terminal, config)?;
    let exit = if args.fixes.diff { run.diff()? } else { run.report(&current, fail_on)? };
    Ok(run.end(exit))
}

/// There must be files to mend.
fn fixable(source: Source<'_>) -> Result<(), Failure> {
    match source {
        Source::Files { paths, .. } if input::wants_stdin(paths) => Err(Failure::FixStdin),
        Source::Files { .. } => Ok(()),
        Source::Cluster(_) => Err(Failure::FixCluster),
    }
}

/// One call of `check`.
struct Run<'a> {
    args: &'a Check,
    terminal: &'a Terminal,
    input: Input,
    session: Session,
    progress: Option<Progress>,
}

impl<'a> Run<'a> {
    /// Reads everything.
    fn start(args: &'a Check, terminal: &'a Terminal, mut config: Config) -> Result<Self, Failure> {
        let progress = Progress::start(!args.no_progress && !args.quiet);
        let mut input = input::read(args.source()?, &mut config.knobs, &progress)?;
        let mut session = input.open(config);
        session.on_progress(progress.teller("linting"));
        Ok(Self { args, terminal, input, session, progress: Some(progress) })
    }

    /// Shows what `--fix` would change.
    fn diff(&mut self) -> Result<Exit, Failure> {
        let before = self.session.lint();
        let fixed = ringfence_lint::fix(&mut self.session, fix::allowed(&self.args.fixes));
        self.progress = None;
        let diff = fix::diff(&before.files, &fixed);
        let file = self.args.output.output_file.as_deref();
        self.terminal.write(file, |out, style| fix::write_diff(&diff, out, style))?;
        Ok(Exit::of(&before.summary, !diff.is_empty()))
    }

    /// Mends what is to be mended and reports what is left.
    fn report(&mut self, current: &Path, fail_on: FailOn) -> Result<Exit, Failure> {
        if self.args.fixes.fix {
            self.fix();
        }
        let mut outcome = self.session.lint();
        outcome.summary.unknown.extend_from_slice(self.input.unknown());
        self.progress = None;
        let root = Roots::of(current);
        let rules = rules::infos();
        let report = Report {
            findings: &outcome.findings,
            fingerprints: &outcome.fingerprints,
            files: &outcome.files,
            summary: &outcome.summary,
            rules: &rules,
            root: Root { repository: &root.repository, current: &root.current },
        };
        let output = &self.args.output;
        self.terminal.write(output.output_file.as_deref(), |out, style| render(output.format, &report, out, style))?;
        self.add_step_summary(&report);
        self.notes(&outcome);
        Ok(Exit::of(&outcome.summary, fail_on.fails(outcome.summary.findings)))
    }

    fn fix(&mut self) {
        let (fixed, failures) = fix::apply(&mut self.session, fix::allowed(&self.args.fixes), &self.input.disk);
        self.input.failures.extend(failures);
        let (fixes, files) = (fixed.fixes, fixed.texts.len());
        if fixes > 0 {
            self.note(&format!("made {fixes} fix{} in {files} file{}", plural(fixes, "es"), plural(files, "s")));
        }
    }

    /// Adds the Markdown of the report to the summary of a step of GitHub Actions, where there is one.
    fn add_step_summary(&mut self, report: &Report<'_>) {
        let Some(path) = env::var_os(STEP_SUMMARY).filter(|path| !path.is_empty()) else { return };
        if self.args.output.format != Format::Github {
            return;
        }
        let append = || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(github::step_summary(report).as_bytes())
        };
        if let Err(source) = append() {
            self.input.failures.push(Failure::Write { path: shown(Path::new(&path)), source });
        }
    }

    /// What the person at the terminal may want to know beside the report.
    fn notes(&self, outcome: &Outcome) {
        let format = self.args.output.format;
        // The other formats have the summary in them.
        if matches!(format, Format::Concise | Format::Github) {
            self.note(summary(&outcome.summary).trim_end());
        }
        let offer = fix::offer(&outcome.findings).filter(|_| matches!(format, Format::Full | Format::Concise));
        if let Some(offer) = offer {
            self.note(&offer);
        }
    }

    fn note(&self, text: &str) {
        if !self.args.quiet {
            note(text);
        }
    }

    /// Says what could not be used: after the report, where the eye rests. It decides how the run ended.
    fn end(self, exit: Exit) -> Exit {
        drop(self.progress);
        self.input.failures.iter().for_each(|failure| self.terminal.error(failure));
        if !self.input.failures.is_empty() {
            return Exit::Failed;
        }
        if exit == Exit::Nothing {
            let paths: Vec<String> = self.args.paths.iter().map(|path| format!("`{}`", shown(path))).collect();
            self.terminal.error(&Failure::Nothing { paths: paths.join(", ") });
        }
        exit
    }
}

/// Absolute folders, joined with `/`.
struct Roots {
    repository: String,
    current: String,
}

impl Roots {
    fn of(current: &Path) -> Self {
        // Without a repository, paths are told from where the command runs.
        let repository = config::repository(current).unwrap_or(current);
        Self { repository: shown(repository), current: shown(current) }
    }
}

const fn plural(count: usize, ending: &'static str) -> &'static str {
    if count == 1 { "" } else { ending }
}
