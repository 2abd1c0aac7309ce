//! The suites of `cargo xtask test`: what there is to run, and what each needs.

use std::path::Path;

/// One suite.
pub(crate) struct Suite {
    /// Its name on the command line and in the table.
    pub(crate) name: &'static str,
    /// What runs.
    pub(crate) step: Step,
}

/// What a suite runs.
pub(crate) enum Step {
    /// The test binaries of a package.
    Package(&'static str),
    /// A cargo command that must succeed.
    Cargo(&'static [&'static str]),
    /// A function of this crate.
    Chore(fn() -> Outcome),
}

/// How a chore ended.
pub(crate) enum Outcome {
    /// So many checks held.
    Passed(usize),
    /// What failed.
    Failed(Vec<String>),
    /// Why it could not run here.
    Skipped(String),
}

/// All suites, quick ones first.
pub(crate) fn all() -> Vec<Suite> {
    let package = |name, package| Suite { name, step: Step::Package(package) };
    vec![
        Suite { name: "format", step: Step::Cargo(&["fmt", "--all", "--check"]) },
        Suite { name: "tidy", step: Step::Chore(crate::tidy::suite) },
        package("text", "ringfence-text"),
        package("yaml", "ringfence-yaml"),
        package("diagnostics", "ringfence-diagnostics"),
        package("manifest", "ringfence-manifest"),
        package("sources", "ringfence-sources"),
        package("cluster", "ringfence-cluster"),
        package("engine", "ringfence-engine"),
        package("questions", "ringfence-questions"),
        package("rules", "ringfence-rules"),
        package("lint", "ringfence-lint"),
        package("report", "ringfence-report"),
        package("live", "ringfence-live"),
        package("cli", "ringfence-cli"),
        package("wasm", "ringfence-policy"),
        package("testkit", "ringfence-testkit"),
        package("xtask", "ringfence-xtask"),
        Suite { name: "differential", step: Step::Chore(crate::differential::suite) },
        Suite { name: "kustomize", step: Step::Chore(crate::kustomize::suite) },
        Suite { name: "schema", step: Step::Chore(crate::schema::suite) },
        Suite { name: "workflows", step: Step::Chore(crate::workflows::suite) },
        Suite { name: "hooks", step: Step::Chore(crate::hooks::suite) },
        Suite {
            name: "clippy",
            step: Step::Cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]),
        },
    ]
}

/// Whether a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| Path::new(&folder).join(program).is_file())
}
