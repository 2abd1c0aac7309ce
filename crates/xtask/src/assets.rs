//! `cargo xtask assets`: the programs of a real cluster, for tests.
//!
//! `KUBEBUILDER_ASSETS="$(cargo xtask assets)"` gives them to other tools as well.

use std::process::ExitCode;

use ringfence_testkit::assets::Assets;

/// Builds them where they are not there yet, and prints their folder. Exit code 2 where they cannot be had.
pub(crate) fn run() -> ExitCode {
    match Assets::get() {
        Ok(assets) => {
            println!("{}", assets.folder.display());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("assets: {reason}");
            ExitCode::from(2)
        }
    }
}
