//! `cargo xtask schema`: every field of the real policy kinds, from their OpenAPI, as small checked-in tables.
//!
//! The tables in `crates/manifest/schema` are what the typed views of `ringfence-manifest` are held against: no field
//! of the API server unknown to them, none invented. They come from the sources themselves, never from our own reader:
//! a check must not rest on what it checks.

mod channels;
mod flatten;
mod source;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use source::{Crd, Module};

use crate::suites::{Outcome, has};

/// What can go wrong here ends up as one line for the developer who ran the chore.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CILIUM: Module = Module {
    path: "github.com/cilium/cilium",
    version: "v1.20.2",
    sum: "h1:dqiEGIcXc+gqCLYG/l7VCFJ8GHyb4HUrwbZOpkX5dL8=",
};

const POLICY_API: Module = Module {
    path: "sigs.k8s.io/network-policy-api",
    version: "v0.2.0",
    sum: "h1:W/f0Y9VoeQdOWjX/h2gZyLH6gZ5LLEXmh/9wy9mQWKw=",
};

/// The last release with AdminNetworkPolicy and BaselineAdminNetworkPolicy.
const POLICY_API_V1ALPHA1: Module = Module {
    path: "sigs.k8s.io/network-policy-api",
    version: "v0.1.5",
    sum: "h1:xyS7VAaM9EfyB428oFk7WjWaCK6B129i+ILUF4C8l6E=",
};

/// One checked-in table and where it comes from.
struct Table {
    file: &'static str,
    source: Source,
}

enum Source {
    /// One CRD.
    Crd(Crd),
    /// The same CRD in two release channels: the experimental one is listed, what is absent from the standard one marked.
    Channels { experimental: Crd, standard: Crd },
    /// NetworkPolicy, which is built into the API server.
    NetworkPolicy,
}

fn tables() -> Vec<Table> {
    vec![
        Table { file: "networkpolicy.txt", source: Source::NetworkPolicy },
        cilium("ciliumnetworkpolicy.txt", "ciliumnetworkpolicies.yaml"),
        cilium("ciliumclusterwidenetworkpolicy.txt", "ciliumclusterwidenetworkpolicies.yaml"),
        cilium("ciliumcidrgroup.txt", "ciliumcidrgroups.yaml"),
        policy_api("clusternetworkpolicy.txt", POLICY_API, "v1alpha2", "clusternetworkpolicies"),
        policy_api("adminnetworkpolicy.txt", POLICY_API_V1ALPHA1, "v1alpha1", "adminnetworkpolicies"),
        policy_api("baselineadminnetworkpolicy.txt", POLICY_API_V1ALPHA1, "v1alpha1", "baselineadminnetworkpolicies"),
    ]
}

fn cilium(file: &'static str, crd: &str) -> Table {
    let path = format!("pkg/k8s/apis/cilium.io/client/crds/v2/{crd}");
    Table { file, source: Source::Crd(Crd { module: CILIUM, path, version: "v2" }) }
}

fn policy_api(file: &'static str, module: Module, version: &'static str, plural: &str) -> Table {
    let channel = |name: &str| {
        let path = format!("config/crd/{name}/policy.networking.k8s.io_{plural}.yaml");
        Crd { module, path, version }
    };
    Table { file, source: Source::Channels { experimental: channel("experimental"), standard: channel("standard") } }
}

/// Runs the chore: writes the tables, or with `--check` names those that are stale (exit code 1).
/// Exit code 2 when the sources cannot be had, for instance without Go.
pub(crate) fn run(args: &[&str]) -> ExitCode {
    let outcome = match args {
        [] => write_all(),
        ["--check"] => check_all().map(|stale| ExitCode::from(u8::from(stale))),
        _ => return crate::usage(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("schema: {error}");
        ExitCode::from(2)
    })
}

/// Whether the checked-in tables are fresh, as a suite; skipped without Go.
pub(crate) fn suite() -> Outcome {
    if !has("go") {
        return Outcome::Skipped("the schemas of the real APIs come as Go modules, and `go` is missing".into());
    }
    match check_all() {
        Ok(false) => Outcome::Passed(tables().len()),
        Ok(true) => Outcome::Failed(vec!["stale tables".into()]),
        Err(error) => Outcome::Failed(vec![error.to_string()]),
    }
}

/// All tables, before anything is written: a source that fails leaves the old tables as they are.
fn fresh() -> Result<Vec<(PathBuf, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifest/schema");
    tables().iter().map(|table| Ok((folder.join(table.file), table.text()?))).collect()
}

fn write_all() -> Result<ExitCode> {
    for (path, text) in fresh()? {
        fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}: {} paths", name(&path), paths(&text));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether any table is stale; prints how.
fn check_all() -> Result<bool> {
    let mut stale = false;
    for (path, text) in fresh()? {
        let kept = read_or_empty(&path)?;
        if kept != text {
            stale = true;
            println!("{}: stale, run `cargo xtask schema`\n{}", name(&path), changes(&kept, &text));
        }
    }
    Ok(stale)
}

/// A table that is not there yet is as stale as an empty one.
fn read_or_empty(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => Ok(other?),
    }
}

fn changes(kept: &str, fresh: &str) -> String {
    similar::TextDiff::from_lines(kept, fresh).unified_diff().context_radius(0).to_string()
}

fn name(path: &Path) -> impl std::fmt::Display {
    path.file_name().unwrap_or_default().display()
}

/// Lines that stand for a path of their own: no header, no rule.
fn paths(table: &str) -> usize {
    let is_path =
        |line: &&str| line.split(' ').nth(1).is_some_and(|word| !line.starts_with('#') && !word.starts_with('@'));
    table.lines().filter(is_path).count()
}

impl Table {
    /// The whole file: header, then one line a path.
    fn text(&self) -> Result<String> {
        let (origin, lines) = match &self.source {
            Source::Crd(crd) => {
                let loaded = crd.load()?;
                (format!("{} — {crd}", loaded.kind), flatten::flatten(&loaded.schema)?)
            }
            Source::Channels { experimental, standard } => {
                let (wide, narrow) = (experimental.load()?, standard.load()?);
                let lines = channels::merge(flatten::flatten(&wide.schema)?, &flatten::flatten(&narrow.schema)?);
                let marks = "`experimental`: not in config/crd/standard; `standard`: only there";
                (format!("{} — {experimental}\n# {marks}", wide.kind), lines)
            }
            Source::NetworkPolicy => {
                let (origin, schema) = source::network_policy()?;
                (format!("NetworkPolicy networking.k8s.io/v1 — {origin}"), flatten::flatten(&schema)?)
            }
        };
        let mut text =
            format!("# {origin}\n# written by `cargo xtask schema`: `[]` element of a list, `{{}}` value of a map\n");
        for line in lines {
            writeln!(text, "{line}")?;
        }
        Ok(text)
    }
}
