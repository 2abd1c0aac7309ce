//! Which files a kustomization reads as patches: parts of objects, which are no objects themselves.

use ringfence_manifest::{Object, Tool, Value};

use crate::worlds::folder;

/// The paths of the files that a kustomization patches with, in the form of [`plain`]. `at` is the path of its own file.
/// Patches that are written into it have no path.
pub fn patches(at: &str, object: &Object) -> Vec<String> {
    let Some(Tool::Kustomization | Tool::KustomizeComponent) = object.tool() else { return Vec::new() };
    let list = |key| object.value.as_ref()?.at(&[key])?.as_list();
    let above = at.rfind('/').map_or("", |slash| &at[..=slash]);
    let paths = ["patches", "patchesStrategicMerge", "patchesJson6902"]
        .into_iter()
        .filter_map(list)
        .flatten()
        .filter_map(|patch| patch.as_str().or_else(|| patch.at(&["path"]).and_then(Value::as_str)))
        .filter(|path| !path.contains('\n'));
    paths.map(|path| plain(&format!("{above}{path}"))).collect()
}

/// A path without `.` and `a/..`, so that two ways to one file are one text.
pub fn plain(path: &str) -> String {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let mut steps = folder(path);
    steps.push(name);
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use ringfence_manifest::read;
    use ringfence_text::FileId;
    use ringfence_yaml::parse;

    use super::*;

    fn of(at: &str, text: &str) -> Vec<String> {
        let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
        let manifests = read(&parse(&format!("{head}{text}")), FileId(0), 0);
        patches(at, &manifests.objects[0])
    }

    #[test]
    fn files_are_told_from_patches_written_in_place() {
        let text =
            "patches: [{path: ../a.yaml}, {patch: \"- op: add\\n\"}]\npatchesStrategicMerge: [./b.yaml, \"c: 1\\n\"]\n";
        assert_eq!(of("x/y/kustomization.yaml", text), ["x/a.yaml", "x/y/b.yaml"]);
    }

    #[test]
    fn the_folder_may_be_the_first_one() {
        let text = "resources: [a.yaml]\npatchesJson6902: [{path: b.yaml, target: {kind: Pod}}]\n";
        assert_eq!(of("kustomization.yaml", text), ["b.yaml"]);
        assert_eq!(of("/kustomization.yaml", text), ["/b.yaml"]);
        assert_eq!(of("../kustomization.yaml", text), ["../b.yaml"]);
    }
}
