//! Names of other objects: where those were renamed, what names them follows.
//!
//! As `api/filters/nameref`: which fields hold names stands in a table; who is meant is told by the name an object had,
//! its kind, its namespace, and by having been renamed by the same kustomizations.

use std::sync::Arc;

use ringfence_manifest::{Data, Origin, Place, Transformer, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::{SmolStr, ToSmolStr as _};

use super::edit;
use super::field_spec::{FieldSpec, Gvk, Make, Misshapen, tables};
use super::layer::Layer;
use super::note::What;
use super::resource::{Id, NO_NAMESPACE, Previous, Resource};

/// An object that may be named by others: one that has had another identity.
struct Target {
    kind: SmolStr,
    group: SmolStr,
    version: SmolStr,
    name: SmolStr,
    name_place: Place,
    /// As written.
    namespace: SmolStr,
    effective: SmolStr,
    previous: Vec<Previous>,
    prefixes: Vec<SmolStr>,
    suffixes: Vec<SmolStr>,
}

/// All of them, by the names that they had.
struct Targets {
    all: Vec<Target>,
    by_name: FxHashMap<SmolStr, Vec<usize>>,
}

/// Follows every name. Names that may mean several objects are noted.
pub(super) fn follow(layer: &mut Layer) {
    let targets = Targets::of(&layer.resources);
    if targets.all.is_empty() {
        return;
    }
    let mut notes = Vec::new();
    for shared in &mut layer.resources {
        let id = shared.original();
        let fields = tables().names.iter().flat_map(|(named, fields)| fields.iter().map(move |field| (named, field)));
        // The kind of now counts too, once a patch has changed it.
        let mine: Vec<(&Gvk, &FieldSpec)> =
            fields.filter(|(_, field)| field.selects.selects(id) && may_hold(&shared.value, &field.path)).collect();
        if mine.is_empty() {
            continue;
        }
        let resource = Arc::make_mut(shared);
        let referrer = Referrer::of(resource);
        for (named, field) in mine {
            let mut search = Search { targets: &targets, referrer: &referrer, named, field, ambiguous: None };
            let Resource { value, origin, .. } = resource;
            // A name that stands somewhere else is none.
            let _ = field.visit(value, Make::Nothing, referrer.place, &mut |found| {
                search.set(found, origin);
                Ok::<(), Misshapen>(())
            });
            if let Some((place, name)) = search.ambiguous {
                resource.doubtful = true;
                notes.push((place, What::Ambiguous { id: resource.id().to_smolstr(), name }));
            }
        }
    }
    for (place, what) in notes {
        layer.note(place, what);
    }
}

/// Whether the first step of a field is there at all: most fields of the table are not.
fn may_hold(value: &Value, path: &[SmolStr]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match &value.data {
        Data::Map(map) => map.get(first).is_some_and(|entry| may_hold(&entry.value, rest)),
        Data::List(items) => items.iter().any(|item| may_hold(item, path)),
        _ => false,
    }
}

impl Targets {
    fn of(resources: &[Arc<Resource>]) -> Self {
        let mut targets = Self { all: Vec::new(), by_name: FxHashMap::default() };
        for resource in resources.iter().filter(|resource| !resource.previous.is_empty()) {
            let at = targets.all.len();
            let names: FxHashSet<&SmolStr> = resource.previous.iter().map(|before| &before.name).collect();
            let mut names: Vec<&SmolStr> = names.into_iter().collect();
            names.sort_unstable();
            for name in names {
                targets.by_name.entry(name.clone()).or_default().push(at);
            }
            targets.all.push(Target::of(resource));
        }
        targets
    }
}

impl Target {
    fn of(resource: &Resource) -> Self {
        let id = resource.id();
        let name = resource.value.at(&["metadata", "name"]);
        Self {
            kind: id.kind.into(),
            group: id.group.into(),
            version: id.version.into(),
            name: id.name.into(),
            name_place: name.map_or(resource.value.place, |name| name.place),
            namespace: id.namespace.into(),
            effective: id.effective().into(),
            previous: resource.previous.clone(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        }
    }

    fn was(&self, gvk: &Gvk) -> bool {
        self.previous.iter().any(|before| {
            let id = Id { group: &self.group, version: &self.version, kind: &before.kind, name: "", namespace: "" };
            gvk.selects(id)
        })
    }

    fn original_namespace(&self) -> &str {
        self.previous.first().map_or(&self.effective, |before| &before.namespace)
    }

    /// Whether it was renamed as the referrer was; with `lenient` also where one of them was not renamed at all.
    fn renamed_like(&self, referrer: &Referrer, lenient: bool) -> bool {
        let like = |one: &[SmolStr], other: &[SmolStr]| {
            (lenient && (one.is_empty() || other.is_empty())) || ends_alike(one, other)
        };
        like(&self.prefixes, &referrer.prefixes) && like(&self.suffixes, &referrer.suffixes)
    }
}

/// Whether the shorter of two lists is the end of the other; nothing is the end of nothing only.
fn ends_alike(one: &[SmolStr], other: &[SmolStr]) -> bool {
    let (short, long) = if one.len() > other.len() { (other, one) } else { (one, other) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}

/// The object that holds the names.
struct Referrer {
    place: Place,
    effective: SmolStr,
    prefixes: Vec<SmolStr>,
    suffixes: Vec<SmolStr>,
    /// `roleRef.apiGroup` and `roleRef.kind` of a role binding.
    role: Option<Gvk>,
    /// The namespaces of the service accounts of a RoleBinding.
    accounts: Vec<SmolStr>,
}

impl Referrer {
    fn of(resource: &Resource) -> Self {
        let text = |path: &[&str]| edit::text_at(&resource.value, path).map(SmolStr::new);
        let role = text(&["roleRef", "apiGroup"]).zip(text(&["roleRef", "kind"]));
        let subjects = resource.value.at(&["subjects"]).and_then(Value::as_list).unwrap_or_default();
        let subjects = if resource.kind() == "RoleBinding" { subjects } else { &[] };
        let accounts = subjects.iter().filter(|subject| edit::text_at(subject, &["kind"]) == Some("ServiceAccount"));
        Self {
            place: resource.value.place,
            effective: resource.id().effective().into(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            role: role.map(|(group, kind)| Gvk { group, kind, version: SmolStr::default() }),
            accounts: accounts.filter_map(|subject| edit::text_at(subject, &["namespace"])).map(SmolStr::new).collect(),
        }
    }

    fn is_cluster_scoped(&self) -> bool {
        self.effective == NO_NAMESPACE
    }

    /// Whether an object can be named at all from where this stands.
    fn reaches(&self, target: &Target) -> bool {
        self.is_cluster_scoped()
            || target.effective == NO_NAMESPACE
            || target.effective == self.effective
            || self.accounts.contains(&target.namespace)
    }

    /// Whether a name without a namespace means the object.
    fn is_beside(&self, target: &Target) -> bool {
        self.is_cluster_scoped()
            || target.effective == NO_NAMESPACE
            || target.kind == "ServiceAccount"
            || target.effective == self.effective
    }
}

/// The search for what one field names.
struct Search<'s> {
    targets: &'s Targets,
    referrer: &'s Referrer,
    named: &'s Gvk,
    field: &'s FieldSpec,
    ambiguous: Option<(Place, SmolStr)>,
}

impl<'s> Search<'s> {
    fn set(&mut self, found: &mut Value, origin: &mut Origin) {
        match &mut found.data {
            Data::List(items) => items.iter_mut().for_each(|item| self.set_one(item, origin)),
            _ => self.set_one(found, origin),
        }
    }

    fn set_one(&mut self, found: &mut Value, origin: &mut Origin) {
        match &found.data {
            Data::String(name) => {
                let name = name.clone();
                if let Some(target) = self.find(&name, None, found.place, false) {
                    let value = edit::string(target.name_place, &target.name);
                    edit::replace(found, value, Transformer::NameReference, origin);
                }
            }
            Data::Map(_) => self.set_mapping(found, origin),
            _ => {}
        }
    }

    /// A name with a namespace beside it.
    fn set_mapping(&mut self, found: &mut Value, origin: &mut Origin) {
        let place = found.place;
        let Some(name) = edit::text_at(found, &["name"]).map(SmolStr::new) else { return };
        let namespace = edit::text_at(found, &["namespace"]).map(SmolStr::new);
        let Some(target) = self.find(&name, namespace.as_deref(), place, true) else { return };
        let Some(map) = found.as_map_mut() else { return };
        let by = Transformer::NameReference;
        edit::set(map, "name", edit::string(target.name_place, &target.name), by, origin);
        if !target.namespace.is_empty() {
            edit::set(map, "namespace", edit::string(target.name_place, &target.namespace), by, origin);
        }
    }

    /// The object that a name means. With `whole` candidates that differ in nothing but their kind are one.
    fn find(&mut self, name: &str, namespace: Option<&str>, place: Place, whole: bool) -> Option<&'s Target> {
        let known = self.targets.by_name.get(name)?;
        let mut found: Vec<&Target> = known.iter().map(|&at| &self.targets.all[at]).collect();
        found.retain(|target| self.referrer.reaches(target));
        if let Some(namespace) = namespace {
            self.retain_namespace(&mut found, namespace);
        }
        found.retain(|target| self.fits(target));
        if found.len() > 1 {
            found.retain(|target| target.renamed_like(self.referrer, true));
        }
        if found.len() > 1 {
            found.retain(|target| target.renamed_like(self.referrer, false));
        }
        let first = *found.first()?;
        let same = |target: &&Target| target.name == first.name && (!whole || target.namespace == first.namespace);
        if found.iter().all(same) {
            return Some(first);
        }
        self.ambiguous = Some((place, name.into()));
        None
    }

    /// What was in a namespace first; where nothing was, what is in it now. Any object of the build counts, not only one
    /// of this name.
    fn retain_namespace(&self, found: &mut Vec<&Target>, namespace: &str) {
        let all = || self.targets.all.iter().filter(|target| self.referrer.reaches(target));
        let was_there = all().any(|target| target.original_namespace() == namespace);
        found.retain(
            |target| {
                if was_there { target.original_namespace() == namespace } else { target.effective == namespace }
            },
        );
    }

    fn fits(&self, target: &Target) -> bool {
        let by_role = self.field.path.ends_with(&["roleRef".into(), "name".into()]);
        let role = self.referrer.role.as_ref().filter(|_| by_role);
        target.was(self.named) && role.is_none_or(|role| target.was(role)) && self.referrer.is_beside(target)
    }
}
