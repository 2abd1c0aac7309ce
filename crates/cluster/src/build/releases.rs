//! Stand-ins for the pods of Helm releases, whose charts are not rendered (design §1.1).
//!
//! Each release is one class of pods in the namespace that it goes to, so that people can ask for it by its name. What is
//! taken as fact of these pods:
//!
//! * they are in that namespace, and carry the labels that the values write for pods ([`super::values`]);
//! * they have a network of their own, as all pods that the input does not show; where the values speak of `hostNetwork`,
//!   they may be the node instead.
//!
//! Everything else may be anything: other labels, ports and their names, the service account. What charts do by convention
//! (`app.kubernetes.io/name`, `app.kubernetes.io/instance`) is kept beside the labels as likely, and decides nothing. A
//! release may make other pods too, of other components or charts below it, or none at all: the namespace keeps its gap,
//! and the pod that stands for whatever is unseen there covers them.
//!
//! Where pods of the release are among the files (`helm template`), they speak for themselves and nothing stands in.

use std::fmt::Write as _;

use ringfence_manifest::{Body, Data, Object, Tool, Value};
use rustc_hash::FxHashSet;
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

use super::{Builder, values};
use crate::{
    Identity, IdentityId, Key, LabelSet, NamespaceId, NamespaceName, ObjectId, Release, ReleaseId, Symbol,
    identity_relevant,
};

/// Labels that name the release of a pod: what charts made by `helm create` write, and what those of Helm 2 did.
const INSTANCE: [&str; 2] = ["app.kubernetes.io/instance", "release"];
/// The longest name that Helm gives a release.
const LONGEST: usize = 53;
/// How much of a hash Flux puts behind a name that is longer, after a hyphen.
const HASH: usize = 12;

/// What an object says of a release.
struct Written<'v> {
    /// `None` where it is there and cannot be known.
    name: Option<SmolStr>,
    chart: Option<SmolStr>,
    /// Where the object names the namespace.
    namespace: &'static [&'static str],
    values: Option<&'v Value>,
    /// Whether values from elsewhere come below these.
    more_values: bool,
    /// Whether something may come over the values, or change what the chart makes of them.
    overridden: bool,
}

impl Builder<'_> {
    pub(super) fn releases(&mut self) {
        if self.world.knobs.complete.workloads {
            return;
        }
        let mut shown = None;
        for (id, object, _) in self.objects() {
            let Some(written) = written(object) else { continue };
            let Some(namespace) = self.destination(id, object, &written) else { continue };
            self.parts.release_homes.push(namespace);
            let shown = shown.get_or_insert_with(|| self.shown_releases());
            if written.name.as_ref().is_none_or(|name| !shown.contains(&(namespace, name.clone()))) {
                self.release(id, object, namespace, &written);
            }
        }
    }

    /// The namespace that a release goes to, where it is known by its name: of another nobody could speak.
    fn destination(&mut self, id: ObjectId, object: &Object, written: &Written<'_>) -> Option<NamespaceId> {
        let own = if object.tool() == Some(Tool::HelmRelease) { self.home(id) } else { None };
        let namespace = self.named(object.value.as_ref()?, written.namespace, own)?;
        matches!(self.world.namespace(namespace).name, NamespaceName::Known(_)).then_some(namespace)
    }

    /// The releases of which pods are among the files, by the labels of these.
    fn shown_releases(&self) -> FxHashSet<(NamespaceId, SmolStr)> {
        let mut shown = FxHashSet::default();
        for workload in &self.world.workloads {
            let Body::Workload(template) = &self.world.object(workload.object).body else { continue };
            let labels = template.labels.get();
            let names = INSTANCE.iter().filter_map(|key| labels?.get(key)?.value.get());
            shown.extend(names.map(|name| (workload.namespace, name.clone())));
        }
        shown
    }

    fn release(&mut self, id: ObjectId, object: &Object, namespace: NamespaceId, written: &Written<'_>) {
        let Some(name) = written.name.clone().or_else(|| object.name().map(SmolStr::new)) else { return };
        self.mention(namespace);
        let labels = self.stated_labels(id, namespace, written);
        let host_network = written.values.is_some_and(values::speaks_of_host_network);
        let alike = |other: &&Release| {
            let same = other.namespace == namespace && other.name == name && other.host_network == host_network;
            same && self.world.identity(other.identity).labels == labels
        };
        // The same release for several clusters, or in several environments.
        if self.world.releases.iter().any(|other| alike(&other)) {
            return;
        }
        let likely = self.likely_labels(object, written);
        let identity = IdentityId(self.world.identities.len() as u32);
        let release = Some(ReleaseId(self.world.releases.len() as u32));
        let (ports, workloads) = (Vec::new(), Vec::new());
        self.world.identities.push(Identity {
            namespace,
            labels,
            ports,
            open_ports: true,
            workloads,
            representative: true,
            dns_stand_in: false,
            release,
        });
        let chart = written.chart.clone();
        self.world.releases.push(Release { object: id, namespace, identity, name, chart, likely, host_network });
    }

    /// The labels that the pods surely carry; open for all others.
    fn stated_labels(&mut self, id: ObjectId, namespace: NamespaceId, written: &Written<'_>) -> LabelSet {
        let mut labels = LabelSet::open();
        let holds = !written.overridden && !self.is_doubtful(id);
        let values = written.values.filter(|_| holds);
        let stated = values.map(|values| values::stated(values, written.chart.as_deref(), written.more_values));
        for (key, value) in stated.into_iter().flatten() {
            if !self.is_cilium() || identity_relevant(key) {
                let key = self.pod_key(key);
                let value = value.map(|value| self.intern(value));
                labels.insert(key, value);
            }
        }
        self.add_namespace(&mut labels, namespace);
        labels
    }

    fn likely_labels(&mut self, object: &Object, written: &Written<'_>) -> Vec<(Key, Symbol)> {
        let mut texts: Vec<(&str, &str)> = Vec::new();
        if let Some(name) = written.name.as_deref() {
            texts.extend(INSTANCE.map(|key| (key, name)));
        }
        let names = [written.name.as_deref(), written.chart.as_deref(), object.name()];
        let overrides = written.values.into_iter().flat_map(values::names);
        for name in names.into_iter().flatten().chain(overrides) {
            texts.extend(values::NAME.map(|key| (key, name)));
        }
        texts.extend(written.values.into_iter().flat_map(values::likely));
        let mut likely: Vec<(Key, Symbol)> =
            texts.into_iter().map(|(key, value)| (self.pod_key(key), self.intern(value))).collect();
        likely.sort_unstable();
        likely.dedup();
        likely
    }
}

/// What an object says of a release; `None` where it makes none. A HelmRelease without a chart is a patch for one.
fn written(object: &Object) -> Option<Written<'_>> {
    let spec = object.value.as_ref()?.at(&["spec"])?;
    match object.tool()? {
        Tool::HelmRelease if given(spec, "chart") || given(spec, "chartRef") => Some(flux(object, spec)),
        Tool::ArgoApplication => argo(object, spec),
        _ => None,
    }
}

fn flux<'v>(object: &Object, spec: &'v Value) -> Written<'v> {
    let suspended = spec.at(&["suspend"]).is_some_and(|suspend| suspend.data != Data::Bool(false));
    Written {
        name: flux_name(object, spec),
        chart: spec.at(&["chart", "spec", "chart"]).and_then(known).map(last_segment),
        namespace: &["spec", "targetNamespace"],
        values: spec.at(&["values"]),
        more_values: given(spec, "valuesFrom"),
        // What is suspended runs as it last was, and a fragment shows a part.
        overridden: suspended || object.fragment || given(spec, "postRenderers"),
    }
}

/// The name that Flux gives a release: `[TargetNamespace-]Name`, shortened as the helm-controller does
/// (`internal/release/name.go`).
fn flux_name(object: &Object, spec: &Value) -> Option<SmolStr> {
    if given(spec, "releaseName") {
        return spec.at(&["releaseName"]).and_then(known).map(SmolStr::new);
    }
    let name = object.name()?;
    Some(match spec.at(&["targetNamespace"]) {
        Some(target) if target.data != Data::Null => shortened(&format!("{}-{name}", known(target)?)),
        _ => shortened(name),
    })
}

fn shortened(name: &str) -> SmolStr {
    if name.len() <= LONGEST {
        return name.into();
    }
    let digest = Sha256::digest(name);
    let hex = digest.iter().take(HASH / 2).fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let kept: String = name.chars().take(LONGEST - HASH - 1).collect();
    format!("{kept}-{hex}").into()
}

/// An Application whose source, or one of them, is a chart of a chart repository.
fn argo<'v>(object: &Object, spec: &'v Value) -> Option<Written<'v>> {
    let sources = spec.at(&["sources"]).and_then(Value::as_list).unwrap_or_default();
    let source = spec.at(&["source"]).into_iter().chain(sources).find(|source| given(source, "chart"))?;
    let name = match source.at(&["helm", "releaseName"]) {
        Some(name) if name.data != Data::Null => known(name).map(SmolStr::new),
        _ => object.name().map(SmolStr::new),
    };
    let helm = source.at(&["helm"]);
    Some(Written {
        name,
        chart: source.at(&["chart"]).and_then(known).map(last_segment),
        namespace: &["spec", "destination", "namespace"],
        values: source.at(&["helm", "valuesObject"]),
        more_values: helm.is_some_and(|helm| given(helm, "values") || given(helm, "valueFiles")),
        overridden: object.fragment
            || helm.is_some_and(|helm| given(helm, "parameters") || given(helm, "fileParameters")),
    })
}

/// Whether a key is there with anything but null or an empty list.
fn given(value: &Value, key: &str) -> bool {
    value
        .at(&[key])
        .is_some_and(|value| value.data != Data::Null && value.as_list().is_none_or(|list| !list.is_empty()))
}

/// A text that nothing has still to fill in.
fn known(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty() && !text.contains(['{', '$']))
}

/// The chart of `./charts/web` or `team/web`.
fn last_segment(path: &str) -> SmolStr {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).into()
}
