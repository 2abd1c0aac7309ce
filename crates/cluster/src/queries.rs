//! What rules ask a world: by name, by place, and in words.

use ringfence_manifest::{Body, Place};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::{
    CLUSTER, EntryId, Identity, IdentityId, Key, NAMESPACE, NAMESPACE_LABELS, NamespaceId, NamespaceName, Operator,
    Policy, Requirement, SERVICE_ACCOUNT, SelectorId, Source, Symbol, Tri, Workload, WorkloadId, World,
};

/// What is found quickly: made once, when the world is complete.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    namespaces: FxHashMap<Symbol, NamespaceId>,
    pub(crate) workloads: Vec<Vec<WorkloadId>>,
    pub(crate) identities: Vec<Vec<IdentityId>>,
}

impl Index {
    pub(crate) fn of(world: &World) -> Self {
        let mut index = Self {
            namespaces: FxHashMap::default(),
            workloads: vec![Vec::new(); world.namespaces.len()],
            identities: vec![Vec::new(); world.namespaces.len()],
        };
        for (id, namespace) in world.namespace_ids() {
            if let NamespaceName::Known(name) = namespace.name {
                index.namespaces.insert(name, id);
            }
        }
        for (workload, at) in world.workloads.iter().zip(0..) {
            index.workloads[workload.namespace.0 as usize].push(WorkloadId(at));
        }
        for (id, identity) in world.identity_ids() {
            index.identities[identity.namespace.0 as usize].push(id);
        }
        index
    }
}

impl World {
    /// The namespace of a name, if anything in the world speaks of it.
    pub fn find_namespace(&self, name: &str) -> Option<NamespaceId> {
        self.index.namespaces.get(&self.symbols.find(name)?).copied()
    }

    /// The workloads of a namespace, in the order of the input.
    pub fn workloads_of(&self, namespace: NamespaceId) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        let ids = self.index.workloads.get(namespace.0 as usize).into_iter().flatten();
        ids.map(|&id| (id, self.workload(id)))
    }

    /// The identities of a namespace, its representative and the DNS stand-in included.
    pub fn identities_of(&self, namespace: NamespaceId) -> impl Iterator<Item = (IdentityId, &Identity)> {
        let ids = self.index.identities.get(namespace.0 as usize).into_iter().flatten();
        ids.map(|&id| (id, self.identity(id)))
    }

    /// All workloads with their ids.
    pub fn workload_ids(&self) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        self.workloads.iter().zip(0..).map(|(workload, at)| (WorkloadId(at), workload))
    }

    /// All entries with their ids.
    pub fn entry_ids(&self) -> impl Iterator<Item = (EntryId, &crate::Entry)> {
        self.policies.iter().flat_map(|policy| self.entries_of(policy))
    }

    /// The entries of policies that count: those that verdicts are made of.
    pub fn counting_entries(&self) -> impl Iterator<Item = (EntryId, &crate::Entry)> {
        self.entry_ids().filter(|(_, entry)| self.policy(entry.policy).counts())
    }

    /// Where a label of a workload's pods stands: its key. `None` if the manifest does not write it.
    pub fn label_place(&self, workload: &Workload, key: &str) -> Option<Place> {
        let Body::Workload(template) = &self.object(workload.object).body else { return None };
        Some(template.labels.get()?.get(key)?.key_place)
    }

    /// Where a label of a namespace stands: its key. `None` if no manifest writes it.
    pub fn namespace_label_place(&self, namespace: NamespaceId, key: &str) -> Option<Place> {
        let object = self.object(self.namespace(namespace).object?);
        Some(object.meta.labels.get()?.get(key)?.key_place)
    }

    /// What a person calls a namespace.
    pub fn namespace_text(&self, namespace: NamespaceId) -> &str {
        self.namespace_name(namespace).unwrap_or("(unknown namespace)")
    }

    /// What a person calls a policy: `namespace/name`, or `name` where it is clusterwide or its namespace unknown.
    pub fn policy_text(&self, policy: &Policy) -> String {
        self.object_text(policy.namespace, self.object(policy.object).name())
    }

    /// What a person calls a workload: `namespace/name`, or `name` where the namespace is unknown.
    pub fn workload_text(&self, workload: &Workload) -> String {
        self.object_text(Some(workload.namespace), self.object(workload.object).name())
    }

    fn object_text(&self, namespace: Option<NamespaceId>, name: Option<&str>) -> String {
        let name = name.unwrap_or("(unnamed)");
        match namespace.and_then(|namespace| self.namespace_name(namespace)) {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        }
    }

    /// The pod labels of an identity under their plain keys; `None` is a value that cannot be known from here.
    pub fn pod_labels<'w>(&'w self, identity: &'w Identity) -> impl Iterator<Item = (&'w str, Option<&'w str>)> {
        let fixed = [NAMESPACE, CLUSTER, SERVICE_ACCOUNT];
        let plain = identity.labels.iter().map(|(key, value)| (self.symbols.text(key.name), value));
        let own = plain.filter(move |(key, _)| !fixed.contains(key) && !key.starts_with(NAMESPACE_LABELS));
        own.map(|(key, value)| (key, self.value_text(value)))
    }

    /// The labels of a namespace under their plain keys; `None` is a value that cannot be known from here.
    pub fn namespace_labels(&self, namespace: NamespaceId) -> impl Iterator<Item = (&str, Option<&str>)> {
        let labels = self.namespace(namespace).labels.iter();
        labels.map(|(key, value)| (self.symbols.text(key.name), self.value_text(value)))
    }

    /// The service account of an identity, where it is known.
    pub fn service_account(&self, identity: &Identity) -> Option<&str> {
        let key = Key { source: Source::K8s, name: self.symbols.find(SERVICE_ACCOUNT)? };
        self.value_text(identity.labels.values(key).next()?)
    }

    fn value_text(&self, value: Option<Symbol>) -> Option<&str> {
        value.filter(|value| !value.is_variable()).map(|value| self.symbols.text(value))
    }

    /// A selector in words, as its author wrote it: `app: web, tier in (a, b)`; what is asked of the namespace's labels
    /// follows as `in namespaces with …`. `{}` where it asks for nothing.
    pub fn selector_text(&self, selector: SelectorId) -> String {
        let written = self.selector(selector).written();
        let (of_namespace, of_pod): (Vec<_>, Vec<_>) =
            written.partition(|requirement| self.is_of_namespace(requirement));
        let text = |requirements: Vec<&Requirement>| {
            let texts: Vec<String> = requirements.into_iter().map(|each| self.requirement_text(each)).collect();
            texts.join(", ")
        };
        match (of_pod.is_empty(), of_namespace.is_empty()) {
            (true, true) => "{}".to_owned(),
            (false, true) => text(of_pod),
            (true, false) => format!("in namespaces with {}", text(of_namespace)),
            (false, false) => format!("{} in namespaces with {}", text(of_pod), text(of_namespace)),
        }
    }

    fn is_of_namespace(&self, requirement: &Requirement) -> bool {
        matches!(requirement.key.source, Source::Any | Source::K8s)
            && self.symbols.text(requirement.key.name).starts_with(NAMESPACE_LABELS)
    }

    /// One requirement in the words of [`World::selector_text`].
    pub fn requirement_text(&self, requirement: &Requirement) -> String {
        let key = self.key_text(requirement.key);
        let list = |values: &[Symbol]| {
            let mut texts: Vec<&str> = values.iter().map(|&value| self.symbol_text(value)).collect();
            texts.sort_unstable();
            texts.join(", ")
        };
        match &requirement.operator {
            Operator::In(values) if values.len() == 1 => format!("{key}: {}", list(values)),
            Operator::In(values) => format!("{key} in ({})", list(values)),
            Operator::NotIn(values) => format!("{key} not in ({})", list(values)),
            Operator::Exists => format!("{key} exists"),
            Operator::DoesNotExist => format!("{key} does not exist"),
        }
    }

    fn symbol_text(&self, value: Symbol) -> &str {
        match self.symbols.text(value) {
            "" if value.is_variable() => "?",
            "" => "\"\"",
            text => text,
        }
    }

    /// A key as written: with its source, unless Kubernetes gives the label; that of a namespace's label without the
    /// prefix that Cilium puts before it.
    pub fn key_text(&self, key: Key) -> SmolStr {
        let name = self.symbols.text(key.name);
        let source = match key.source {
            Source::Any | Source::K8s => return name.strip_prefix(NAMESPACE_LABELS).unwrap_or(name).into(),
            Source::Reserved => "reserved",
            Source::Cidr => "cidr",
            Source::CidrGroup => "cidrgroup",
            Source::Fqdn => "fqdn",
            Source::Node => "node",
            Source::Other(source) => self.symbols.text(source),
        };
        format!("{source}:{name}").into()
    }

    /// The identities that a selector matches, surely or perhaps. It walks all of them: the engine, which answers this
    /// for every selector at once, is the better one to ask about many.
    pub fn matching(&self, selector: SelectorId) -> impl Iterator<Item = (IdentityId, Tri)> {
        let selector = self.selector(selector);
        let matched = self.identity_ids().map(|(id, identity)| (id, selector.matches(&identity.labels, &self.symbols)));
        matched.filter(|(_, matched)| matched.possible())
    }
}
