//! A cluster from its beginning on: what is built brings the next roots.

use std::collections::{BTreeSet, VecDeque};

use ringfence_manifest::Value;

use super::object::{self, Id};
use super::search::{self, Search};
use super::{Build, Root, Tool, argo, flux};

/// How often a root is built anew because it brings another version of itself.
const VERSIONS: usize = 3;

/// A root that is still to be built.
struct Pending {
    value: Value,
    tool: Tool,
    brought_by: Option<usize>,
    cluster: String,
}

/// What is known while a cluster grows.
struct Growth {
    cluster: flux::Cluster,
    pending: VecDeque<Pending>,
    seen: BTreeSet<(String, Tool, Id)>,
}

/// Builds a cluster; its roots are added at the end.
pub(super) fn grow(start: &search::Cluster, search: &mut Search<'_, '_>, roots: &mut Vec<Root>) {
    let mut growth = Growth { cluster: flux::Cluster::default(), pending: VecDeque::new(), seen: BTreeSet::new() };
    for value in &start.starts {
        // What begins a cluster is built from here, if there is anything to build.
        if search.repository.folder(&flux::path(value)).is_some() && !flux::is_assembled(value) {
            growth.cluster.is_at(flux::source(value));
        }
        growth.push(value, None, &start.name);
    }
    while let Some(mut next) = growth.next() {
        let build = growth.build(&mut next, search);
        if start.declared && next.brought_by.is_none() {
            next.tool = Tool::Declared;
        }
        for object in &build.objects {
            growth.cluster.put(&object.value);
        }
        let at = roots.len();
        for object in &build.objects {
            growth.push(&object.value, Some(at), &start.name);
        }
        roots.push(root(next, build));
    }
}

fn root(pending: Pending, build: Build) -> Root {
    let Pending { value, tool, brought_by, cluster } = pending;
    let id = Id::of(&value);
    let steps = [cluster.as_str(), id.namespace.as_str(), id.name.as_str()];
    let steps: Vec<&str> = if tool == Tool::Declared { vec![&cluster] } else { steps.to_vec() };
    let name = steps.into_iter().filter(|step| !step.is_empty()).collect::<Vec<_>>().join("/");
    let waits = |item: &Value| {
        let text = |key| object::text(item, &[key]);
        (item.place, Id::new(&id.kind, text("namespace").unwrap_or(&id.namespace), text("name").unwrap_or_default()))
    };
    let depends_on = object::items(&value, &["spec", "dependsOn"]).iter().map(waits).collect();
    Root { name, cluster, tool, id, object: value, brought_by, depends_on, build }
}

impl Growth {
    /// Takes note of an object that is a root, once.
    fn push(&mut self, value: &Value, brought_by: Option<usize>, cluster: &str) {
        let Some(tool) = search::tool(value) else { return };
        let cluster = target(value, tool).unwrap_or_else(|| cluster.to_owned());
        if self.seen.insert((cluster.clone(), tool, Id::of(value))) {
            self.pending.push_back(Pending { value: value.clone(), tool, brought_by, cluster });
        }
    }

    /// The next root to build: the first whose variables are here, or else the first.
    fn next(&mut self) -> Option<Pending> {
        let is_ready = |pending: &Pending| self.cluster.holds_variables_of(&pending.value);
        let at = self.pending.iter().position(is_ready).unwrap_or(0);
        self.pending.remove(at)
    }

    /// Builds a root. One that brings itself is built as what it brings: a kustomization may patch it.
    fn build(&self, next: &mut Pending, search: &mut Search<'_, '_>) -> Build {
        let mut build = self.build_once(next, search);
        for _ in 1..VERSIONS {
            let id = Id::of(&next.value);
            let is_own = |value: &&Value| search::tool(value) == Some(next.tool) && Id::of(value) == id;
            let own = build.objects.iter().map(|object| &object.value).find(is_own);
            let Some(own) = own.filter(|own| **own != next.value).cloned() else { break };
            next.value = own;
            build = self.build_once(next, search);
        }
        build
    }

    fn build_once(&self, next: &Pending, search: &mut Search<'_, '_>) -> Build {
        let Search { repository, flux: builder, argo, home } = search;
        match next.tool {
            Tool::Flux | Tool::Declared => flux::build(&next.value, &self.cluster, repository, builder),
            Tool::Application => argo::build(&next.value, home, repository, argo),
            Tool::ApplicationSet => argo::generate(&next.value, home, repository),
        }
    }
}

/// The cluster that a root names, where it is another than the one it stands in.
fn target(value: &Value, tool: Tool) -> Option<String> {
    match tool {
        Tool::Flux => object::text(value, &["spec", "kubeConfig", "secretRef", "name"]).map(ToOwned::to_owned),
        Tool::Application => argo::destination(value).map(ToOwned::to_owned),
        Tool::ApplicationSet | Tool::Declared => None,
    }
}
