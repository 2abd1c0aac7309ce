//! What kustomizations and Flux Kustomizations that are not built may change of other objects (design §1.1).
//!
//! Until they are built, what they may change is unknown. A patch that names its target's kind leaves other kinds alone.

use ringfence_manifest::{Data, Kind, Object, Tool, Value};

use super::reach::{Folders, given};
use crate::Input;

/// What of an object may be other than written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Altered {
    /// Its namespace.
    pub(crate) namespace: Moved,
    /// Its labels and, of a policy or service, anything else.
    pub(crate) content: bool,
}

/// Whether tools change the namespace of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Moved {
    /// None does.
    #[default]
    No,
    /// The one kustomization of this folder does: its objects go to the same unknown namespace.
    By(u32),
    /// Several do.
    Anywhere,
}

/// What a tool's object changes of those that it reaches.
#[derive(Default)]
struct Change {
    namespace: bool,
    /// Any kind.
    all: bool,
    /// Kinds, by name.
    kinds: Vec<String>,
}

/// Keys of a kustomization that change nothing that matters here.
const HARMLESS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "images",
    "replicas",
    "sortOptions",
    "buildMetadata",
    "openapi",
    "crds",
    "configurations",
    "commonAnnotations",
    "namePrefix",
    "nameSuffix",
    "helmCharts",
    "helmGlobals",
    "generators",
];

/// For each object of the input, what tools may change of it.
pub(super) fn altered(input: &Input) -> Vec<Altered> {
    let mut altered = vec![Altered::default(); input.objects.len()];
    let folders = Folders::of(input);
    let in_folder = objects_by_folder(input);
    for (object, folder) in &input.objects {
        let Some(value) = &object.value else { continue };
        let (change, reached) = match object.tool() {
            Some(Tool::Kustomization | Tool::KustomizeComponent) => {
                (of_kustomization(value), Some(folders.below_kustomization(*folder)))
            }
            Some(Tool::FluxKustomization) => (of_flux(value), folders.below_path(flux_path(value))),
            _ => continue,
        };
        for &at in reached.iter().flatten().flat_map(|folder| in_folder.get(*folder as usize).into_iter().flatten()) {
            apply(&change, *folder, &input.objects[at].0, &mut altered[at]);
        }
    }
    altered
}

/// The path of a Flux Kustomization; without one it is the whole source.
pub(super) fn flux_path(value: &Value) -> &str {
    value.at(&["spec", "path"]).and_then(Value::as_str).unwrap_or("")
}

fn objects_by_folder(input: &Input) -> Vec<Vec<usize>> {
    let folders = input.objects.iter().map(|(_, folder)| *folder as usize + 1).max().unwrap_or(0);
    let mut objects = vec![Vec::new(); folders];
    for (at, (_, folder)) in input.objects.iter().enumerate() {
        objects[*folder as usize].push(at);
    }
    objects
}

fn apply(change: &Change, root: u32, object: &Object, altered: &mut Altered) {
    if change.namespace && object.kind != Kind::Namespace {
        altered.namespace = match altered.namespace {
            Moved::No => Moved::By(root),
            Moved::By(earlier) if earlier == root => Moved::By(root),
            _ => Moved::Anywhere,
        };
    }
    altered.content |= change.all || change.kinds.iter().any(|kind| *kind == object.kind_name);
}

fn of_kustomization(value: &Value) -> Change {
    let mut change = Change { namespace: given(value, "namespace"), ..Change::default() };
    for entry in value.as_map().map_or(&[][..], |map| &map.entries) {
        match entry.key.as_str() {
            "namespace" => {}
            "patches" | "patchesJson6902" | "patchesStrategicMerge" => change.add_patches(&entry.value),
            "labels" => change.add_labels(&entry.value),
            key => change.all |= !HARMLESS.contains(&key),
        }
    }
    change
}

fn of_flux(value: &Value) -> Change {
    let mut change = Change::default();
    let Some(spec) = value.at(&["spec"]) else { return change };
    change.namespace = given(spec, "targetNamespace");
    if spec.at(&["commonMetadata", "labels"]).is_some() {
        change.kinds.push("Namespace".to_owned());
    }
    change.all = given(spec, "components");
    for key in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
        if let Some(patches) = spec.at(&[key]) {
            change.add_patches(patches);
        }
    }
    change
}

impl Change {
    fn add_patches(&mut self, patches: &Value) {
        for patch in patches.as_list().unwrap_or_default() {
            match patched_kind(patch) {
                Some(kind) => self.kinds.push(kind),
                None => self.all = true,
            }
        }
        self.all |= patches.data == Data::Unknown;
    }

    /// `labels` reach namespaces always, and templates and selectors only where it says so.
    fn add_labels(&mut self, labels: &Value) {
        let items = labels.as_list().unwrap_or_default();
        let asks = |item: &Value, key| item.at(&[key]).is_some_and(|value| value.data != Data::Bool(false));
        let inside =
            |item: &Value| ["includeSelectors", "includeTemplates", "fields"].into_iter().any(|key| asks(item, key));
        self.all |= items.iter().any(inside) || labels.data == Data::Unknown;
        self.kinds.push("Namespace".to_owned());
    }
}

/// The kind that a patch is for, by its target or by its own text; `None` if it cannot be told.
fn patched_kind(patch: &Value) -> Option<String> {
    if given(patch, "target") {
        return literal(patch.at(&["target", "kind"])?.as_str()?);
    }
    let text = patch.as_str().or_else(|| patch.at(&["patch"])?.as_str())?;
    let mut kinds = text.lines().filter_map(|line| line.strip_prefix("kind:"));
    let kind = kinds.next()?;
    // Several documents in one patch: only if they are for one kind is it told.
    kinds.next().is_none().then(|| literal(kind.trim()))?
}

/// A kind that is written out; `target.kind` may be a regular expression.
fn literal(kind: &str) -> Option<String> {
    let plain = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| kind.to_owned())
}
