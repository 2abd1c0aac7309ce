//! Which namespaces there are, what they are called, and which labels they have (design §1.1).

use ringfence_manifest::{Body, Field, Kind, Labels, Object};
use smol_str::SmolStr;

use super::Builder;
use crate::{
    Key, LabelSet, NAMESPACE, NAMESPACE_LABELS, Namespace, NamespaceId, NamespaceName, ObjectId, Operator, Requirement,
    SelectorId, Source, Stage, Symbol,
};

/// The namespaces that every cluster has.
const ALWAYS: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "default"];
/// The label by which the API server names every namespace.
pub(crate) const METADATA_NAME: &str = "kubernetes.io/metadata.name";

impl Builder<'_> {
    pub(super) fn namespaces(&mut self) {
        for name in ALWAYS {
            let id = self.namespace(name);
            self.world.namespaces[id.0 as usize].exists = true;
        }
        self.external();
        for (id, object, _) in self.objects() {
            if matches!(object.body, Body::Namespace) {
                self.declare(id, object);
            }
        }
        for (id, object, folder) in self.objects() {
            let home = self.home_of(id, object, folder);
            if let Some(home) = home {
                self.mention(home);
                let namespace = &mut self.world.namespaces[home.0 as usize];
                namespace.undeclared |= !namespace.exists && matches!(namespace.name, NamespaceName::Known(_));
                namespace.exists = true;
            }
            self.parts.homes.push(home);
        }
    }

    /// The number of a namespace by its name; made, as existing nowhere, if nothing spoke of it yet.
    pub(crate) fn namespace(&mut self, name: &str) -> NamespaceId {
        let symbol = self.intern(name);
        if let Some(&id) = self.parts.known_namespaces.get(&symbol) {
            return id;
        }
        let id = self.new_namespace(NamespaceName::Known(symbol), symbol);
        self.parts.known_namespaces.insert(symbol, id);
        id
    }

    /// The symbol of its name, a variable where it is unknown.
    pub(crate) fn name_of(&self, id: NamespaceId) -> Symbol {
        self.parts.names[id.0 as usize]
    }

    pub(crate) fn mention(&mut self, id: NamespaceId) {
        self.parts.mentioned[id.0 as usize] = true;
        if let Some(trace) = &mut self.parts.trace {
            trace.namespaces.push(id);
        }
    }

    pub(super) fn is_mentioned(&self, id: NamespaceId) -> bool {
        self.parts.mentioned[id.0 as usize]
    }

    fn new_namespace(&mut self, name: NamespaceName, symbol: Symbol) -> NamespaceId {
        let id = NamespaceId(self.world.namespaces.len() as u32);
        let key = self.k8s(METADATA_NAME);
        let mut labels = LabelSet::new([(key, Some(symbol))]);
        labels.open_namespace = !self.world.knobs.complete.namespaces;
        let (gaps, has_workload) = (Vec::new(), false);
        let (exists, undeclared) = (false, false);
        let namespace =
            Namespace { name, object: None, labels, gaps, has_workload, representative: None, exists, undeclared };
        self.world.namespaces.push(namespace);
        self.parts.names.push(symbol);
        self.parts.mentioned.push(false);
        id
    }

    fn unknown_namespace(&mut self, name: NamespaceName) -> NamespaceId {
        let symbol = self.world.symbols.variable();
        self.new_namespace(name, symbol)
    }

    /// The namespace that objects of a folder without one go to.
    fn folder_namespace(&mut self, folder: u32) -> NamespaceId {
        if let Some(&id) = self.parts.folder_namespaces.get(&folder) {
            return id;
        }
        let id = self.unknown_namespace(NamespaceName::OfFolder(folder));
        self.parts.folder_namespaces.insert(folder, id);
        id
    }

    fn external(&mut self) {
        for external in self.world.knobs.external.clone() {
            let id = self.namespace(&external.name);
            self.mention(id);
            for (key, value) in &external.labels {
                let (key, value) = (self.k8s(key), self.intern(value));
                self.world.namespaces[id.0 as usize].labels.insert(key, Some(value));
            }
            self.world.namespaces[id.0 as usize].exists = true;
        }
    }

    fn declare(&mut self, object_id: ObjectId, object: &Object) {
        let id = match object.name() {
            Some(name) => self.namespace(name),
            None => self.unknown_namespace(NamespaceName::Placeholder(object_id.0)),
        };
        self.mention(id);
        let mut labels = self.labels(&object.meta.labels, self.is_doubtful(object_id), Self::k8s);
        labels.open_namespace = std::mem::take(&mut labels.open_pod);
        let name = self.k8s(METADATA_NAME);
        labels.insert(name, Some(self.name_of(id)));
        let namespace = &mut self.world.namespaces[id.0 as usize];
        namespace.labels = labels;
        namespace.object = Some(object_id);
        namespace.exists = true;
    }

    /// Labels as written, open where not all of them can be known; `changed` labels keep only their keys.
    pub(crate) fn labels(
        &mut self,
        labels: &Field<Labels>,
        changed: bool,
        mut key: impl FnMut(&mut Self, &str) -> Key,
    ) -> LabelSet {
        let mut set = LabelSet::default();
        for label in labels.get().map_or(&[][..], |labels| &labels.entries) {
            let key = key(self, &label.key);
            let value = match &label.value {
                Field::Set(value, _) if !changed => Some(self.intern(value)),
                Field::Null(_) if !changed => Some(self.intern("")),
                _ => None,
            };
            set.insert(key, value);
        }
        let hidden = labels.is_unknown() || labels.is_invalid() || labels.get().is_some_and(|labels| labels.open);
        set.open_pod = hidden || changed;
        set
    }

    /// The namespace that an object stands in. Of kinds not read, only a written one counts: they may be cluster-scoped.
    pub(super) fn home_of(&mut self, id: ObjectId, object: &Object, folder: u32) -> Option<NamespaceId> {
        let other = matches!(object.body, Body::Other);
        if object.kind.cluster_scoped() || other && object.meta.namespace.get().is_none() {
            return None;
        }
        if self.is_read_as_clusterwide(object) {
            return None;
        }
        // The agent alone, with no API server before it, takes such a policy for a clusterwide one (semantics §1).
        let agent_alone = self.world.knobs.stage == Stage::Agent;
        if agent_alone && matches!(object.body, Body::Cilium(_)) && object.namespace().is_none_or(str::is_empty) {
            return None;
        }
        Some(match &object.meta.namespace {
            Field::Set(name, _) if !name.is_empty() => self.namespace(name),
            Field::Unknown(_) | Field::Invalid(_) => self.unknown_namespace(NamespaceName::Placeholder(id.0)),
            _ => self.default_namespace(folder),
        })
    }

    /// The agent reads a CiliumNetworkPolicy without a namespace as clusterwide; the API server lets none through
    /// (semantics §1).
    fn is_read_as_clusterwide(&self, object: &Object) -> bool {
        let knobs = &self.world.knobs;
        let none = match &object.meta.namespace {
            Field::Absent | Field::Null(_) => true,
            Field::Set(name, _) => name.is_empty(),
            _ => false,
        };
        none && knobs.stage == Stage::Agent && object.kind == Kind::CiliumNetworkPolicy
    }

    fn default_namespace(&mut self, folder: u32) -> NamespaceId {
        match self.world.knobs.default_namespace.clone() {
            Some(name) => self.namespace(&name),
            None => self.folder_namespace(folder),
        }
    }

    /// The namespaces that only a positive requirement of a selector names.
    pub(super) fn namespaces_of_selectors(&mut self) {
        let all: Vec<SelectorId> = (0..self.world.selectors.len() as u32).map(SelectorId).collect();
        for name in self.names_in(&all) {
            let name = self.world.symbols.text(name).to_owned();
            let id = self.namespace(&name);
            self.mention(id);
        }
    }

    /// The names of namespaces in positive requirements of selectors.
    pub(super) fn names_in(&mut self, selectors: &[SelectorId]) -> Vec<Symbol> {
        let by_label = SmolStr::from(format!("{NAMESPACE_LABELS}{METADATA_NAME}"));
        let keys = [self.intern(NAMESPACE), self.intern(&by_label)];
        let of_namespace = |requirement: &&Requirement| {
            let kubernetes = matches!(requirement.key.source, Source::Any | Source::K8s);
            kubernetes && keys.contains(&requirement.key.name)
        };
        let requirements = selectors.iter().flat_map(|&id| &self.world.selector(id).requirements);
        let mut named = Vec::new();
        for requirement in requirements.filter(of_namespace) {
            if let Operator::In(values) = &requirement.operator {
                named.extend(values.iter().copied().filter(|value| !value.is_variable()));
            }
        }
        named.sort_unstable();
        named.dedup();
        named
    }
}
