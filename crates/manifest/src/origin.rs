//! What a build made of an object: which of its values stand elsewhere than where they were written first.

use crate::Place;

/// What changed an object on its way into the cluster, in the order of the build.
///
/// A value that was changed has the [`Place`] of what changed it: the line of a kustomization, or of a patch. Here stands
/// beside it where it was before, so that a finding can show both.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The changes. A value that was changed twice is in two of them.
    pub changes: Vec<Change>,
}

/// One value that was set, replaced or taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// What changed it.
    pub by: Transformer,
    /// The place of what changed it, which is the place of the new value.
    pub place: Place,
    /// Where the value stood before; `None` where there was none.
    pub was: Option<Place>,
}

/// What changes objects while they are built.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Transformer {
    /// `configMapGenerator`, `secretGenerator`, and the hash in the name of what they make.
    Generator,
    /// `patches`, `patchesStrategicMerge`, `patchesJson6902`.
    Patch,
    /// `namespace`, and `targetNamespace` of Flux.
    Namespace,
    /// `namePrefix`.
    NamePrefix,
    /// `nameSuffix`.
    NameSuffix,
    /// `labels`.
    Labels,
    /// `commonLabels`.
    CommonLabels,
    /// `commonAnnotations`.
    CommonAnnotations,
    /// `replicas`.
    Replicas,
    /// `images`.
    Images,
    /// `replacements`.
    Replacements,
    /// The name of another object that was changed.
    NameReference,
    /// `buildMetadata`.
    BuildMetadata,
    /// `postBuild` of Flux: a variable that was filled in.
    Substitution,
    /// `commonMetadata` of Flux.
    CommonMetadata,
    /// `destination` of Argo CD: the namespace of what names none.
    Destination,
}

impl Origin {
    /// Where the value that now stands at `place` stood before it was changed, as far back as it goes.
    pub fn written(&self, place: Place) -> Option<Place> {
        let before =
            |place| self.changes.iter().rev().find(|change| change.place == place && change.was != Some(place));
        let mut at = before(place)?.was?;
        // A place is left at most once a change: this ends.
        for _ in &self.changes {
            let Some(was) = before(at).and_then(|change| change.was) else { break };
            at = was;
        }
        Some(at)
    }

    /// What put a value at `place`, if anything did.
    pub fn by(&self, place: Place) -> Option<Transformer> {
        self.changes.iter().rev().find(|change| change.place == place).map(|change| change.by)
    }
}

impl Transformer {
    /// The key of a kustomization that asks for it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Patch => "patches",
            Self::Namespace => "namespace",
            Self::NamePrefix => "namePrefix",
            Self::NameSuffix => "nameSuffix",
            Self::Labels => "labels",
            Self::CommonLabels => "commonLabels",
            Self::CommonAnnotations => "commonAnnotations",
            Self::Replicas => "replicas",
            Self::Images => "images",
            Self::Replacements => "replacements",
            Self::NameReference => "name",
            Self::BuildMetadata => "buildMetadata",
            Self::Substitution => "postBuild",
            Self::CommonMetadata => "commonMetadata",
            Self::Destination => "destination",
        }
    }
}
