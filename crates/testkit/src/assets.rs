//! The programs of a real cluster: kube-apiserver, kubectl and etcd, built once and kept, or those of the developer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::go;

/// A folder that holds them, as `setup-envtest` makes it too; it wins where it is set.
const VARIABLE: &str = "KUBEBUILDER_ASSETS";
const PROGRAMS: [&str; 3] = ["etcd", "kube-apiserver", "kubectl"];
const KUBERNETES: &str = "k8s.io/kubernetes";
const PACKAGES: [&str; 3] =
    ["go.etcd.io/etcd/server/v3", "k8s.io/kubernetes/cmd/kube-apiserver", "k8s.io/kubernetes/cmd/kubectl"];

/// Where the three programs are.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Their folder.
    pub folder: PathBuf,
}

impl Assets {
    /// Those that `KUBEBUILDER_ASSETS` names; else those that the Go module `tests/cluster` pins, built into
    /// `${XDG_CACHE_HOME:-~/.cache}/ringfence` unless they are there already. The first build takes minutes.
    ///
    /// The error says in one line why there are none.
    pub fn get() -> Result<Self, String> {
        let folder = match env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            Some(folder) => PathBuf::from(folder),
            None => built()?,
        };
        let missing = PROGRAMS.iter().find(|program| !folder.join(program).is_file());
        match missing {
            Some(program) => Err(format!("there is no `{program}` in {}", folder.display())),
            None => Ok(Self { folder }),
        }
    }

    /// The path of one of them.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The folder of the Go module.
pub fn module() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cluster")
}

fn built() -> Result<PathBuf, String> {
    let says = |error: std::io::Error| error.to_string();
    let cache = go::cache_folder()?;
    let manifest = fs::read_to_string(module().join("go.mod")).map_err(says)?;
    let version = required(&manifest).ok_or("tests/cluster/go.mod requires no Kubernetes")?;
    let folder = cache.join(format!("cluster-{version}-{:016x}", go::hash_of(&module()).map_err(says)?));
    if folder.is_dir() {
        return Ok(folder);
    }
    // Built beside its place and moved there, because tests run side by side.
    let fresh = folder.with_extension(std::process::id().to_string());
    fs::create_dir_all(&fresh).map_err(says)?;
    go::run(build(&fresh, version))?;
    fs::rename(fresh.join("server"), fresh.join("etcd")).map_err(says)?;
    if let Err(error) = fs::rename(&fresh, &folder) {
        // Somebody else was quicker.
        fs::remove_dir_all(&fresh).map_err(says)?;
        return if folder.is_dir() { Ok(folder) } else { Err(says(error)) };
    }
    Ok(folder)
}

/// Without its version built in, kubectl cannot read it back.
fn build(into: &Path, version: &str) -> Command {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let place = "k8s.io/component-base/version";
    let flags =
        format!("-s -w -X {place}.gitVersion={version} -X {place}.gitMajor={major} -X {place}.gitMinor={minor}");
    let mut go = Command::new("go");
    go.current_dir(module()).env("CGO_ENABLED", "0").args(["build", "-trimpath", "-ldflags", &flags, "-o"]);
    go.arg(into).args(PACKAGES);
    go
}

/// The version of Kubernetes that a `go.mod` requires.
fn required(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(KUBERNETES)).then(|| words.next())?
    })
}
