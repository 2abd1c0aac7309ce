//! Phrases that messages share, so that they read alike.

use ringfence_cluster::{IdentityId, World};

/// `shop/web`, or "`shop/web` and 3 more", for the pods of some identities. Pods that we do not see are named by their
/// namespace.
pub(crate) fn pods(world: &World, identities: &[IdentityId]) -> String {
    let mut names: Vec<String> = Vec::new();
    for &id in identities {
        let identity = world.identity(id);
        if identity.workloads.is_empty() {
            names.push(format!("pods of `{}`", world.namespace_text(identity.namespace)));
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
