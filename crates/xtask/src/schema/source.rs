//! Where the schemas come from: CRDs out of Go modules, NetworkPolicy out of `k8s-openapi`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{CargoOpt, MetadataCommand};
use serde::Deserialize;
use serde_json::Value;

use super::Result;

/// A Go module at one version, with the checksum that `go.sum` would hold.
#[derive(Clone, Copy)]
pub(super) struct Module {
    pub(super) path: &'static str,
    pub(super) version: &'static str,
    pub(super) sum: &'static str,
}

/// One version of a CustomResourceDefinition in a file of a Go module.
pub(super) struct Crd {
    pub(super) module: Module,
    pub(super) path: String,
    pub(super) version: &'static str,
}

impl fmt::Display for Crd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.module.path, self.module.version, self.path)
    }
}

/// A CRD as read: its kind with group and version, and the schema of an object.
pub(super) struct Loaded {
    pub(super) kind: String,
    pub(super) schema: Value,
}

impl Crd {
    /// Downloads the module where the cache lacks it, and reads the schema.
    pub(super) fn load(&self) -> Result<Loaded> {
        let file = self.module.folder()?.join(&self.path);
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        self.read(&text).map_err(|error| format!("{self}: {error}").into())
    }

    fn read(&self, text: &str) -> Result<Loaded> {
        let Definition { spec } = serde_yaml::from_str(text)?;
        let kind = format!("{} {}/{}", spec.names.kind, spec.group, self.version);
        let version = spec.versions.into_iter().find(|it| it.name == self.version);
        let version = version.ok_or_else(|| format!("no version {}", self.version))?;
        Ok(Loaded { kind, schema: version.schema.open_api_v3_schema })
    }
}

#[derive(Deserialize)]
struct Definition {
    spec: DefinitionSpec,
}

#[derive(Deserialize)]
struct DefinitionSpec {
    group: String,
    names: Names,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Names {
    kind: String,
}

#[derive(Deserialize)]
struct Version {
    name: String,
    schema: Validation,
}

#[derive(Deserialize)]
struct Validation {
    #[serde(rename = "openAPIV3Schema")]
    open_api_v3_schema: Value,
}

/// What `go mod download -json` says about a module.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Download {
    #[serde(default)]
    dir: PathBuf,
    #[serde(default)]
    sum: String,
    error: Option<String>,
}

impl Module {
    /// The folder of this module in Go's module cache.
    fn folder(&self) -> Result<PathBuf> {
        let module = format!("{}@{}", self.path, self.version);
        let mut go = Command::new("go");
        // Outside of any module: each call takes its own version, so two versions of one module are no conflict.
        go.args(["mod", "download", "-json", &module]).current_dir(std::env::temp_dir()).env("GOWORK", "off");
        let output = go.output().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "`go` is missing: the CRDs come from Go modules (https://go.dev/dl)".into(),
            _ => format!("`go`: {error}"),
        })?;
        let download: Download = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("`go mod download {module}`: {}", String::from_utf8_lossy(&output.stderr).trim()))?;
        if let Some(error) = download.error {
            return Err(format!("`go mod download {module}`: {error}").into());
        }
        if download.sum != self.sum {
            return Err(format!("{module} has checksum {}, not {}", download.sum, self.sum).into());
        }
        Ok(download.dir)
    }
}

/// The schema of NetworkPolicy and the words for its origin, from a program that this starts through cargo.
pub(super) fn network_policy() -> Result<(String, Value)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--locked", "--features", "schema", "--bin", "networkpolicy-schema"]);
    let output = command.arg("--manifest-path").arg(&manifest).output()?;
    if !output.status.success() {
        return Err(format!("the schema of NetworkPolicy: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    Ok((format!("crate {}, feature v1_36", openapi_version(&manifest)?), serde_json::from_slice(&output.stdout)?))
}

/// The locked version of `k8s-openapi`, for the header of the table.
fn openapi_version(manifest: &Path) -> Result<String> {
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest).features(CargoOpt::SomeFeatures(vec!["schema".into()]));
    let metadata = command.other_options(vec!["--locked".into()]).exec()?;
    let package = metadata.packages.iter().find(|it| it.name.as_str() == "k8s-openapi");
    let package = package.ok_or("`k8s-openapi` is not in the lock file")?;
    Ok(format!("k8s-openapi {}", package.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = "
spec:
  group: example.io
  names: {kind: Gate, plural: gates}
  versions:
  - {name: v1alpha1, schema: {openAPIV3Schema: {type: object, description: old}}}
  - {name: v1, schema: {openAPIV3Schema: {type: object, description: new}}}
";

    fn read(version: &'static str) -> Result<Loaded> {
        let module = Module { path: "example.io/gates", version: "v0.1.0", sum: "" };
        Crd { module, path: "gates.yaml".into(), version }.read(DEFINITION)
    }

    #[test]
    fn the_asked_version_of_a_definition_is_read() {
        let loaded = read("v1").unwrap();
        assert_eq!(loaded.kind, "Gate example.io/v1");
        assert_eq!(loaded.schema["description"], "new");
    }

    #[test]
    fn a_version_that_is_gone_is_an_error() {
        assert_eq!(read("v2").map(|it| it.kind).unwrap_err().to_string(), "no version v2");
    }
}
