//! Two policies that are one object.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::NamespaceName;
use ringfence_manifest::Body;
use ringfence_sources::kustomize::What;
use ringfence_sources::roots::Note;
use ringfence_text::FileId;
use rustc_hash::FxHashMap;

use crate::builds::of_kustomize;
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports policies of one kind, namespace and name that stand more than once in one world.
    ///
    /// Files that hold the same workload too are variants of one another, of which one is applied; two files whose policies
    /// name no namespace may go to two namespaces. Neither is reported. What two Flux or Argo CD roots bring is reported by
    /// `two-roots-one-object`, and what one kustomization holds twice by `kustomize-object-twice`.
    ///
    /// ## Why it matters
    /// To the API server they are one object: the one that is applied last replaces the other, and which one that is depends on
    /// the order of files. Half of what was meant is gone.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web-from-own-namespace
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
    pub static DUPLICATE_POLICY_NAME = "duplicate-policy-name" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let mut named: BTreeMap<_, Vec<PolicyRef<'_>>> = BTreeMap::new();
    for policy in cx.policies() {
        if let Some((home, name)) = Home::of(policy, cx.world()).zip(policy.object.name()) {
            named.entry((policy.policy.kind, home, name)).or_default().push(policy);
        }
    }
    let mut repeated: Vec<Vec<PolicyRef<'_>>> = named.into_values().filter(|same| same.len() > 1).collect();
    repeated.sort_by_key(|same| same[0].id);
    if repeated.is_empty() {
        return;
    }
    let told_apart = ToldApart::of(cx, &repeated);
    for same in repeated {
        report(&same, &told_apart, cx);
    }
}

/// What tells two policies of one name apart, or says that another rule speaks.
struct ToldApart<'a> {
    bundles: Bundles<'a>,
    /// The number of the build that makes an object.
    builds: FxHashMap<*const Object, usize>,
    /// The builds that kustomize refuses for an object that is there twice.
    refused: Vec<bool>,
    /// How many of the builds are roots: these come first.
    roots: usize,
}

impl<'a> ToldApart<'a> {
    fn of(cx: &Cx<'a>, repeated: &[Vec<PolicyRef<'_>>]) -> Self {
        let builds = cx.builds();
        let is_twice = |note: &Note| matches!(of_kustomize(note), Some(What::Twice { .. }));
        Self {
            bundles: Bundles::of(cx.world(), repeated),
            builds: builds.made_by(),
            refused: builds.all().map(|made| made.notes().iter().any(is_twice)).collect(),
            roots: builds.roots().len(),
        }
    }

    /// Whether two are variants, or the fault is one of builds: of what two roots bring `two-roots-one-object` speaks, of
    /// what one kustomization has twice `kustomize-object-twice`.
    fn tells(&self, one: &PolicyRef<'_>, other: &PolicyRef<'_>) -> bool {
        let build = |policy: &PolicyRef<'_>| self.builds.get(&std::ptr::from_ref(policy.object)).copied();
        let of_builds = build(one).zip(build(other)).is_some_and(|(one, other)| {
            if one == other { self.refused[one] } else { one < self.roots && other < self.roots }
        });
        of_builds || self.bundles.are_variants(file(one), file(other))
    }
}

fn report(same: &[PolicyRef<'_>], told_apart: &ToldApart<'_>, cx: &mut Cx<'_>) {
    for (at, last) in same.iter().enumerate().rev() {
        let others: Vec<_> = same[..at].iter().filter(|other| !told_apart.tells(other, last)).collect();
        if others.is_empty() {
            continue;
        }
        let times = if others.len() == 1 { "twice".to_owned() } else { format!("{} times", others.len() + 1) };
        let message =
            format!("{} stands here {times}: the one that is applied last replaces the rest", title(last.object));
        let mut draft = cx.report(last.name_place(), message).about(last.object).here("the same object again");
        for other in others {
            draft = draft.label(other.name_place(), "already here");
        }
        draft.help("give each a name of its own, or write one policy with the rules of both");
        return;
    }
}

/// Where a policy lives, as far as that tells it from others.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    Cluster,
    Namespace(NamespaceId),
    /// In a namespace that is chosen when the file is applied: two files of one folder may go to two of them, and one file
    /// with two builds too.
    WithFile(NamespaceId, FileId),
}

impl Home {
    fn of(policy: PolicyRef<'_>, world: &World) -> Option<Self> {
        let Some(namespace) = policy.policy.namespace else { return Some(Self::Cluster) };
        match world.namespace(namespace).name {
            NamespaceName::Known(_) => Some(Self::Namespace(namespace)),
            NamespaceName::OfFolder(_) => Some(Self::WithFile(namespace, file(&policy))),
            // What a placeholder stands for may differ from one use to the next.
            NamespaceName::Placeholder(_) => None,
        }
    }
}

/// What the files with repeated policies hold beside them.
struct Bundles<'a>(BTreeMap<FileId, BTreeSet<ObjectName<'a>>>);

/// Kind, namespace and name.
type ObjectName<'a> = (&'a str, Option<&'a str>, &'a str);

impl<'a> Bundles<'a> {
    fn of(world: &'a World, repeated: &[Vec<PolicyRef<'_>>]) -> Self {
        let mut files: BTreeMap<FileId, BTreeSet<_>> = BTreeMap::new();
        files.extend(repeated.iter().flatten().map(|policy| (file(policy), BTreeSet::new())));
        for object in &world.objects {
            // Many a file begins with the namespace of what follows.
            let telling = !object.kind.is_policy() && !matches!(object.body, Body::Namespace);
            if let (true, Some(name), Some(held)) = (telling, object.name(), files.get_mut(&object.place.file)) {
                held.insert((object.kind_name.as_str(), object.namespace(), name));
            }
        }
        Self(files)
    }

    /// Whether two files hold the same workload, or another object that is no policy: then only one of them is applied, as
    /// of the bundles `install.yaml` and `install-ha.yaml`.
    fn are_variants(&self, one: FileId, other: FileId) -> bool {
        one != other && !self.0[&one].is_disjoint(&self.0[&other])
    }
}

fn file(policy: &PolicyRef<'_>) -> FileId {
    policy.object.place.file
}
