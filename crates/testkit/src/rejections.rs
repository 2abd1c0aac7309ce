//! Which policies are refused, ours beside those of the engine.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Cni, Dialect, Rejection, RejectionCode, Version, accept};
use ringfence_manifest::Kind;
use ringfence_text::FileId;

use crate::vectors::{self, Outcome, Scenario};

/// What was compared, and where it differs.
#[derive(Clone, Default, Debug)]
pub struct Compared {
    /// How many policies there are.
    pub policies: usize,
    /// How many of them both refuse, for the same reason.
    pub agreed: usize,
    /// Policies that only one of both refuses, or for another reason.
    pub differences: Vec<String>,
}

/// Compares what is refused of a scenario. `disputed` are reasons that we hold to be wrong, by scenario and policy.
pub fn compare(scenario: &Scenario, outcome: &Outcome, disputed: &BTreeSet<(String, String)>) -> Compared {
    let found = refused(scenario, outcome.version);
    let recorded: BTreeMap<&str, &str> =
        outcome.rejected.iter().map(|(name, why)| (name.as_str(), why.as_str())).collect();
    let mut compared = Compared { policies: found.len(), ..Compared::default() };
    let unread = recorded.keys().filter(|name| !found.contains_key(**name));
    compared.differences.extend(unread.map(|name| format!("{}: `{name}` was not read", scenario.name)));
    for (name, rejections) in &found {
        let disputed = disputed.contains(&(scenario.name.clone(), name.clone()));
        let agrees = |why: &str| why.is_empty() || rejections.iter().any(|one| same_class(one, why));
        match (rejections.first(), recorded.get(name.as_str())) {
            (None, None) => {}
            (Some(_), Some(why)) if agrees(why) != disputed => compared.agreed += 1,
            (ours, theirs) => compared.differences.push(format!(
                "{} {} `{name}`\n  theirs: {}\n  ours: {}",
                scenario.name,
                outcome.version,
                theirs.unwrap_or(&"accepted"),
                ours.map_or("accepted", |one| &one.reason),
            )),
        }
    }
    compared
}

/// Every policy of a scenario by its name, with why it is refused.
fn refused(scenario: &Scenario, version: Version) -> BTreeMap<String, Vec<Rejection>> {
    let tree = ringfence_yaml::parse(&scenario.policies);
    let manifests = ringfence_manifest::read(&tree, FileId(0), 0);
    let knobs = scenario.config.knobs(version);
    let dialect = Dialect { cni: Cni::Cilium, guessed: false };
    let policies = manifests.objects.iter().filter(|object| object.kind != Kind::Other);
    let named =
        policies.map(|object| (object.name().unwrap_or("?").to_owned(), accept::rejections(object, &knobs, dialect)));
    named.collect()
}

/// The policies whose recorded reason is disputed, by scenario and name.
pub fn disputed_reasons() -> BTreeSet<(String, String)> {
    let path = vectors::folder().join("disputed.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")).filter(|row| !row.starts_with("scenario "));
    let cell = |row: &str, at: usize| row.split(" | ").nth(at).unwrap_or_default().to_owned();
    rows.map(|row| (cell(row, 0), cell(row, 1))).collect()
}

/// Whether a recorded reason is one of the check that we name. The agent names one reason, and which one of two kinds of
/// peers it names first changes from run to run.
fn same_class(ours: &Rejection, theirs: &str) -> bool {
    use RejectionCode as R;
    let says = |what: &str| theirs.contains(what);
    match ours.code {
        R::NoRules => says("must have at least one of Ingress"),
        R::NoSelector => says("must have one of EndpointSelector"),
        R::TwoSelectors => says("cannot have both EndpointSelector"),
        R::NodeSelectorInNamespaced => says("cannot have NodeSelector"),
        R::CombinedPeers => says("combining "),
        _ => {
            let ours = ours.reason.rsplit(": ").next().unwrap_or_default();
            let theirs_last = theirs.rsplit(": ").next().unwrap_or_default();
            // Decoders name the field in their own ways.
            says("json: cannot unmarshal") && ours.contains("cannot unmarshal") || theirs_last == ours || says(ours)
        }
    }
}
