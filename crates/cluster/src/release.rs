//! Helm releases whose pods the input does not show: what people call them, and what their pods most likely carry.
//!
//! What is known of the pods themselves stands in the labels of their identity. The likely labels stand beside it and never
//! decide a verdict: a chart may well do as it likes. They tell for which release a selector was written.

use smol_str::SmolStr;

use crate::{IdentityId, Key, NamespaceId, ObjectId, Operator, Requirement, Selector, Symbol, World};

/// A release of [`World::releases`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReleaseId(pub u32);

/// A Helm release that is not rendered.
#[derive(Clone, PartialEq, Debug)]
pub struct Release {
    /// The HelmRelease or Application that makes it.
    pub object: ObjectId,
    /// The namespace it goes to.
    pub namespace: NamespaceId,
    /// What stands in for its pods.
    pub identity: IdentityId,
    /// Its name; where that cannot be known, the object's.
    pub name: SmolStr,
    /// The name of its chart, where it is known.
    pub chart: Option<SmolStr>,
    /// Labels that its pods carry if the chart keeps to the conventions, ascending; several values of a key are possible.
    pub likely: Vec<(Key, Symbol)>,
    /// Whether its values speak of the network of the node: its pods, or some of them, may be the node.
    pub host_network: bool,
}

impl Release {
    /// Whether its pods carry a label if the chart keeps to the conventions.
    pub fn likely_has(&self, key: Key, value: Symbol) -> bool {
        self.likely.iter().any(|&(own, likely)| key.covers(own) && likely == value)
    }

    fn likely_fulfils(&self, requirement: &Requirement) -> bool {
        match &requirement.operator {
            Operator::In(values) => values.iter().any(|&value| self.likely_has(requirement.key, value)),
            Operator::Exists => self.likely.iter().any(|&(own, _)| requirement.key.covers(own)),
            Operator::NotIn(_) | Operator::DoesNotExist => false,
        }
    }
}

impl World {
    /// A release.
    pub fn release(&self, id: ReleaseId) -> &Release {
        &self.releases[id.0 as usize]
    }

    /// The releases that go to a namespace, in the order of the input.
    pub fn releases_of(&self, namespace: NamespaceId) -> impl Iterator<Item = (ReleaseId, &Release)> {
        let all = self.releases.iter().zip(0..).map(|(release, at)| (ReleaseId(at), release));
        all.filter(move |(_, release)| release.namespace == namespace)
    }

    /// What a person calls a release: `namespace/name`.
    pub fn release_text(&self, release: &Release) -> String {
        format!("{}/{}", self.namespace_text(release.namespace), release.name)
    }

    /// Whether a selector asks for what the pods of a release surely or most likely have, so that it was written for them.
    /// No verdict may rest on it.
    pub fn is_meant_for(&self, selector: &Selector, release: &Release) -> bool {
        let labels = &self.identity(release.identity).labels;
        let has = |one: &Requirement| one.matches(labels, &self.symbols).is_yes() || release.likely_fulfils(one);
        !selector.uncertain && selector.requirements.iter().all(has)
    }
}
