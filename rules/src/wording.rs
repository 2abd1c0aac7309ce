//! Phrases that messages share, so that they read alike.

use ringfence_cluster::{Direction, IdentityId, RefusedBy, World};
use ringfence_manifest::Object;

/// An object in a message: ``NetworkPolicy `shop/web` ``.
pub(crate) fn title(object: &Object) -> String {
    let kind = if object.kind_name.is_empty() { object.kind.name() } else { object.kind_name.as_str() };
    match (object.namespace(), object.name()) {
        (Some(namespace), Some(name)) => format!("{kind} `{namespace}/{name}`"),
        (None, Some(name)) => format!("{kind} `{name}`"),
        _ => format!("this {kind}"),
    }
}

/// What happens to a policy that is refused: always to the whole of it.
pub(crate) fn refuses(by: RefusedBy, object: &Object) -> String {
    match by {
        RefusedBy::ApiServer => format!("the API server refuses {}", title(object)),
        RefusedBy::Agent => format!("every agent drops {} whole", title(object)),
    }
}

/// Directions as a reader says them.
pub(crate) fn directions(directions: &[Direction]) -> &'static str {
    match directions {
        [Direction::Ingress] => "ingress",
        [Direction::Egress] => "egress",
        _ => "ingress and egress",
    }
}

/// Names in backticks, the first three of them.
pub(crate) fn names<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 3;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).map(|name| format!("`{name}`")).collect();
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// `shop/web`, or "`shop/web` and 3 more", for the pods of some identities. Pods that we do not see are named by their
/// release, or, where any are meant, by their namespace.
pub(crate) fn pods(world: &World, identities: &[IdentityId]) -> String {
    let mut names: Vec<String> = Vec::new();
    for &id in identities {
        let identity = world.identity(id);
        if identity.workloads.is_empty() {
            let unseen = world.namespace(identity.namespace).representative;
            let alone = identity.release.filter(|_| unseen.is_none_or(|unseen| !identities.contains(&unseen)));
            names.push(match (alone, world.namespace_name(identity.namespace)) {
                (Some(release), _) => format!("pods of release `{}`", world.release_text(world.release(release))),
                (None, Some(name)) => format!("pods of `{name}`"),
                (None, None) => "pods of a namespace that is not named".to_owned(),
            });
        }
        names.extend(
            identity.workloads.iter().map(|&workload| format!("`{}`", world.workload_text(world.workload(workload)))),
        );
    }
    names.sort();
    names.dedup();
    // Workloads that the input shows say more than "pods of".
    names.sort_by_key(|name| name.starts_with("pods"));
    several(&names)
}

/// The first of some names, and how many more there are.
pub(crate) fn several(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// "1 policy", "3 policies".
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Names in backticks, all of them: "`a`, `b` and `c`".
pub(crate) fn all<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Names in backticks, "`a`, `b` and `c`": of more than four only the first three.
pub(crate) fn few(list: &[&str]) -> String {
    if list.len() > 4 { names(list.iter().copied()) } else { all(list.iter().copied()) }
}
