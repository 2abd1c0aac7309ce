//! The numbers, ports and labels of an object, wherever they stand in it.

use ringfence_manifest::{At, Body, Field, Node as Seen};

/// A scalar of an object, with its place.
pub(crate) struct Leaf<'v> {
    pub(crate) kind: LeafKind<'v>,
    pub(crate) at: At,
}

/// Which scalar it is.
pub(crate) enum LeafKind<'v> {
    /// A whole number.
    Int(i64),
    /// The text of a `port`.
    PortText(&'v str),
    /// A label whose value is null.
    NullLabel,
}

/// The scalars of an object that may not read as they look.
pub(crate) fn of(body: &Body) -> Vec<Leaf<'_>> {
    let mut leaves = Vec::new();
    for field in fields(body) {
        walk(&field, "", &mut leaves);
    }
    leaves
}

/// The parts of an object that hold ports and labels.
fn fields(body: &Body) -> Vec<Field<Seen<'_>>> {
    match body {
        Body::NetworkPolicy(spec) => vec![spec.node()],
        Body::Cilium(policy) => vec![policy.spec.node(), policy.specs.node()],
        Body::AdminNetworkPolicy(spec) => vec![spec.node()],
        Body::BaselineAdminNetworkPolicy(spec) => vec![spec.node()],
        Body::ClusterNetworkPolicy(spec) => vec![spec.node()],
        Body::Service(spec) => vec![spec.node()],
        Body::Ingress(spec) => vec![spec.node()],
        Body::Route(spec) => vec![spec.node()],
        Body::Workload(workload) => {
            vec![workload.labels.node(), workload.containers.node(), workload.init_containers.node()]
        }
        Body::Namespace | Body::CidrGroup(_) | Body::Other => Vec::new(),
    }
}

fn walk<'v>(field: &Field<Seen<'v>>, key: &str, leaves: &mut Vec<Leaf<'v>>) {
    let Field::Set(node, at) = field else { return };
    match node {
        Seen::Int(number) => leaves.push(Leaf { kind: LeafKind::Int(*number), at: *at }),
        Seen::Text(text) if key == "port" => leaves.push(Leaf { kind: LeafKind::PortText(text), at: *at }),
        Seen::Text(_) | Seen::Bool(_) | Seen::Any(_) => {}
        Seen::List(items) => items.iter().for_each(|item| walk(item, key, leaves)),
        Seen::Map(entries) => {
            let nulls =
                entries.iter().filter_map(|(_, value)| if let Field::Null(at) = value { Some(*at) } else { None });
            leaves.extend(nulls.map(|at| Leaf { kind: LeafKind::NullLabel, at }));
        }
        Seen::Object(entries) => entries.iter().for_each(|(key, value)| walk(value, key, leaves)),
    }
}
