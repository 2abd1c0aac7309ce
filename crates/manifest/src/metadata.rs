//! The `metadata` of an object.

use smol_str::SmolStr;

use crate::{Field, Labels, List, Map, Node, Place, Reader, Shape, Value, View};

/// The part of `metadata` that matters here.
#[derive(Clone, PartialEq, Debug)]
pub struct Metadata {
    /// Where it stands; where there is none, the whole object.
    pub place: Place,
    /// The name.
    pub name: Field<SmolStr>,
    /// The beginning of a name that the API server completes.
    pub generate_name: Field<SmolStr>,
    /// The namespace. A cluster-scoped object has none, whatever stands here.
    pub namespace: Field<SmolStr>,
    /// The labels.
    pub labels: Field<Labels>,
    /// The annotations.
    pub annotations: Field<Labels>,
    /// What made the object; at most one of them is its controller.
    pub owner_references: Field<List<OwnerReference>>,
}

view! {
    /// One element of `ownerReferences`.
    pub struct OwnerReference {
        /// The `apiVersion` of the owner.
        api_version: SmolStr = "apiVersion",
        /// The kind of the owner.
        kind: SmolStr = "kind",
        /// The name of the owner, in the namespace of the object.
        name: SmolStr = "name",
        /// Which owner of that name.
        uid: SmolStr = "uid",
        /// Whether the owner manages the object.
        controller: bool = "controller",
        /// Whether the owner stays until the object is gone.
        block_owner_deletion: bool = "blockOwnerDeletion",
    }
}

/// Every field of `ObjectMeta`, and `clusterName`, which the API server dropped in 1.24.
const KNOWN: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "labels",
    "annotations",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
    "finalizers",
    "managedFields",
    "selfLink",
    "clusterName",
];

impl Metadata {
    /// The `metadata` of the object `map`, which stands at `place`.
    pub(crate) fn read(map: &Map, place: Place, reader: &mut Reader) -> Self {
        match reader.field::<Self>(map, "metadata") {
            Field::Set(meta, _) => meta,
            other => Self::stateless(place, &other),
        }
    }

    /// Metadata whose every part is what the whole is.
    fn stateless(place: Place, whole: &Field<Self>) -> Self {
        let mut whole = whole.clone();
        Self {
            place: whole.at().map_or(place, |at| at.value),
            name: whole.part(|meta| &mut meta.name),
            generate_name: whole.part(|meta| &mut meta.generate_name),
            namespace: whole.part(|meta| &mut meta.namespace),
            labels: whole.part(|meta| &mut meta.labels),
            annotations: whole.part(|meta| &mut meta.annotations),
            owner_references: whole.part(|meta| &mut meta.owner_references),
        }
    }

    /// The owner that manages the object, where one is written.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.values().find(|owner| owner.controller.get() == Some(&true))
    }
}

impl View for Metadata {
    const SHAPE: Shape = Shape::Any;

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        let map = reader.object(value, KNOWN)?;
        Some(Self {
            place: value.place,
            name: reader.field(map, "name"),
            generate_name: reader.field(map, "generateName"),
            namespace: reader.field(map, "namespace"),
            labels: reader.field(map, "labels"),
            annotations: reader.field(map, "annotations"),
            owner_references: reader.field(map, "ownerReferences"),
        })
    }

    fn node(&self) -> Node<'_> {
        let fields = [
            ("name", self.name.node()),
            ("generateName", self.generate_name.node()),
            ("namespace", self.namespace.node()),
            ("labels", self.labels.node()),
            ("annotations", self.annotations.node()),
            ("ownerReferences", self.owner_references.node()),
        ];
        Node::Object(fields.into_iter().filter(|(_, field)| !field.is_absent()).collect())
    }
}
