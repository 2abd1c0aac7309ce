//! `--without`, `--with` and `--hatch`: worlds that are not, but might be.

use std::collections::BTreeMap;

use ringfence_cluster::blueprint::{Blueprint, LabelKeys};
use ringfence_cluster::{PolicyId, World};
use ringfence_lint::Content;
use ringfence_questions::{PolicyName, Unresolved, find_namespace};
use smol_str::SmolStr;

use crate::args::Supposing;
use crate::errors::Failure;
use crate::input;
use crate::output::note;
use crate::progress::Progress;

impl Supposing {
    /// Whether anything is supposed at all.
    pub(crate) fn is_anything(&self) -> bool {
        !(self.without.is_empty() && self.with.is_empty() && self.hatch.is_empty())
    }

    /// The files of `--with`. One that cannot be used ends the run: an answer without it would be another question's.
    pub(crate) fn files(&self, progress: &Progress) -> Result<BTreeMap<String, Content>, Failure> {
        if self.with.is_empty() {
            return Ok(BTreeMap::new());
        }
        let input = input::read_files(&self.with, None, progress);
        match input.failures.into_iter().next() {
            Some(failure) => Err(failure),
            None => Ok(input.contents),
        }
    }

    /// The labels that open the hatch of each namespace of `--hatch`: name, key, value.
    pub(crate) fn labels(
        &self,
        worlds: &[(String, World)],
        keys: &LabelKeys,
    ) -> Result<Vec<(SmolStr, SmolStr, SmolStr)>, Failure> {
        self.hatch.iter().map(|namespace| label(namespace, worlds, keys)).collect()
    }

    /// Whether every policy of `--without` is in some world.
    pub(crate) fn check(&self, worlds: &[(String, World)]) -> Result<(), Failure> {
        let missing = |name: &&PolicyName| worlds.iter().all(|(_, world)| name.find(world).is_empty());
        let Some(name) = self.without.iter().find(missing) else { return Ok(()) };
        let mut near: Vec<String> = worlds.iter().flat_map(|(_, world)| name.near(world)).collect();
        near.sort();
        near.dedup();
        Err(Failure::Policy { name: name.to_string(), near })
    }

    /// The policies of a world that are supposed not to be there.
    pub(crate) fn omitted(&self, world: &World) -> Vec<PolicyId> {
        self.without.iter().flat_map(|name| name.find(world)).collect()
    }

    /// Says on standard error what is supposed.
    pub(crate) fn say(&self, worlds: &[(String, World)], labels: &[(SmolStr, SmolStr, SmolStr)]) {
        for path in &self.with {
            note(&format!(
                "note: supposing the objects of `{}` too, in place of those of the same name",
                input::shown(path)
            ));
        }
        for (namespace, key, value) in labels {
            note(&format!("note: supposing that namespace `{namespace}` has the label `{key}: {value}`"));
        }
        let mut names: Vec<String> = Vec::new();
        for (_, world) in worlds {
            let policies = self.omitted(world).into_iter().map(|id| world.policy(id));
            names.extend(policies.map(|policy| format!("{} `{}`", policy.kind.name(), world.policy_text(policy))));
        }
        names.sort();
        names.dedup();
        for name in names {
            note(&format!("note: supposing that {name} is not there"));
        }
    }
}

/// The label that opens the hatch of a namespace, in the first world that has both.
fn label(
    namespace: &SmolStr,
    worlds: &[(String, World)],
    keys: &LabelKeys,
) -> Result<(SmolStr, SmolStr, SmolStr), Failure> {
    let mut unresolved: Option<Unresolved> = None;
    let mut hatches = Vec::new();
    for (_, world) in worlds {
        if let Err(error) = find_namespace(world, namespace) {
            unresolved = unresolved.or(Some(error));
            continue;
        }
        let blueprint = Blueprint::of(world, keys);
        let opening = |key: &str| blueprint.opening_value(key, world).map(|value| (key.into(), value.into()));
        let found: Vec<(SmolStr, SmolStr)> = blueprint.hatches().filter_map(opening).collect();
        if let [(key, value)] = found.as_slice() {
            return Ok((namespace.clone(), key.clone(), value.clone()));
        }
        hatches.extend(found.into_iter().map(|(key, _)| key.to_string()));
    }
    match unresolved.filter(|_| hatches.is_empty()) {
        Some(unresolved) => Err(Failure::Unresolved { unresolved: Box::new(unresolved) }),
        None => Err(Failure::Hatch { keys: hatches }),
    }
}
