//! The walk through matching entries in order, collecting every verdict that is possible (semantics §10 steps 8–10,
//! §10.1).

use ringfence_cluster::{Cni, EntryId, Tier, Tri, Verdict};

use crate::Decision;

/// A matching entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) tier: Tier,
    pub(crate) priority: (u32, u32),
    pub(crate) verdict: Verdict,
    pub(crate) entry: EntryId,
    /// Whether it matches; never [`Tri::No`].
    pub(crate) matched: Tri,
}

/// What happens where no entry decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fallback {
    /// Which engine: Cilium's default comes after the Baseline tier, upstream's before it (semantics §8).
    pub(crate) cni: Cni,
    /// Whether the subject is isolated.
    pub(crate) isolated: Tri,
    /// Whether the default is to allow although it is isolated: allow-localhost.
    pub(crate) excused: Tri,
}

/// What a walk found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Outcome {
    /// Allow is possible.
    pub(crate) allow: bool,
    /// Deny is possible.
    pub(crate) deny: bool,
    /// The entries that decide, where the walk came to an entry that surely matches.
    pub(crate) deciding: Vec<EntryId>,
    /// The entries whose match is unknown and that were met before.
    pub(crate) unsure: Vec<EntryId>,
    /// Whether the walk may have come to the default.
    pub(crate) by_default: bool,
}

impl Outcome {
    pub(crate) fn decision(&self) -> Decision {
        match (self.allow, self.deny) {
            (true, false) => Decision::Allow,
            (false, true) => Decision::Deny,
            _ => Decision::Unknown,
        }
    }

    fn add(&mut self, verdict: Verdict) {
        self.allow |= verdict == Verdict::Allow;
        self.deny |= verdict == Verdict::Deny;
    }

    /// One tier. Whether some branch falls through to the next.
    fn tier(&mut self, steps: &[Step]) -> bool {
        let mut passed = false;
        for (at, step) in steps.iter().enumerate() {
            if step.matched == Tri::Unknown {
                self.unsure.push(step.entry);
            }
            match (step.verdict, step.matched) {
                (Verdict::Pass, Tri::Yes) => return true,
                (Verdict::Pass, _) => passed = true,
                (verdict, Tri::Yes) => {
                    self.add(verdict);
                    self.deciding.extend(deciding(&steps[at..]));
                    return passed;
                }
                (verdict, _) => self.add(verdict),
            }
        }
        true
    }

    /// The default. Whether some branch goes on, not being isolated.
    fn isolation(&mut self, fallback: Fallback) -> bool {
        self.by_default = true;
        let excused = fallback.isolated.and(fallback.excused);
        self.allow |= excused.possible();
        self.deny |= fallback.isolated.and(!fallback.excused).possible();
        !fallback.isolated.is_yes()
    }
}

/// Walks. `steps` may come in any order.
pub(crate) fn walk(mut steps: Vec<Step>, fallback: Fallback) -> Outcome {
    steps.sort_by_key(|step| (step.tier, step.priority, step.verdict, step.entry));
    let mut outcome = Outcome::default();
    for tier in [Tier::Admin, Tier::Normal, Tier::Baseline] {
        let begin = steps.partition_point(|step| step.tier < tier);
        let end = steps.partition_point(|step| step.tier <= tier);
        let falls = outcome.tier(&steps[begin..end]);
        let kept = tier == Tier::Normal && fallback.cni == Cni::Upstream;
        if !falls || kept && !outcome.isolation(fallback) {
            return outcome;
        }
    }
    let open = match fallback.cni {
        Cni::Cilium => outcome.isolation(fallback),
        Cni::Upstream => true,
    };
    outcome.by_default = true;
    outcome.allow |= open;
    outcome
}

/// All entries that surely match with the tier, priority and verdict of the first one.
fn deciding(steps: &[Step]) -> impl Iterator<Item = EntryId> {
    let rank = |step: &Step| (step.tier, step.priority, step.verdict);
    let first = steps.first().map(rank);
    let equal = steps.iter().filter(move |step| first == Some(rank(step)) && step.matched.is_yes());
    equal.map(|step| step.entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(at: u32, tier: Tier, verdict: Verdict, matched: Tri) -> Step {
        Step { tier, priority: (0, at), verdict, entry: EntryId(at), matched }
    }

    fn fallback(cni: Cni, isolated: Tri) -> Fallback {
        Fallback { cni, isolated, excused: Tri::No }
    }

    fn decide(steps: &[Step], cni: Cni, isolated: Tri) -> Decision {
        walk(steps.to_vec(), fallback(cni, isolated)).decision()
    }

    #[test]
    fn an_unknown_entry_leaves_both_ends_open() {
        let maybe_deny = step(0, Tier::Admin, Verdict::Deny, Tri::Unknown);
        let allow = step(1, Tier::Normal, Verdict::Allow, Tri::Yes);
        assert_eq!(decide(&[maybe_deny, allow], Cni::Cilium, Tri::Yes), Decision::Unknown);
        assert_eq!(decide(&[maybe_deny], Cni::Cilium, Tri::Yes), Decision::Deny);
        assert_eq!(decide(&[], Cni::Cilium, Tri::Unknown), Decision::Unknown);
    }

    #[test]
    fn pass_skips_its_tier() {
        let pass = step(0, Tier::Admin, Verdict::Pass, Tri::Yes);
        let deny = step(1, Tier::Admin, Verdict::Deny, Tri::Yes);
        let maybe_pass = Step { matched: Tri::Unknown, ..pass };
        assert_eq!(decide(&[pass, deny], Cni::Cilium, Tri::No), Decision::Allow);
        assert_eq!(decide(&[maybe_pass, deny], Cni::Cilium, Tri::No), Decision::Unknown);
        assert_eq!(decide(&[maybe_pass, deny], Cni::Cilium, Tri::Yes), Decision::Deny);
    }

    #[test]
    fn baseline_reaches_the_isolated_only_in_cilium() {
        let accept = step(0, Tier::Baseline, Verdict::Allow, Tri::Yes);
        assert_eq!(decide(&[accept], Cni::Cilium, Tri::Yes), Decision::Allow);
        assert_eq!(decide(&[accept], Cni::Upstream, Tri::Yes), Decision::Deny);
        assert_eq!(decide(&[accept], Cni::Upstream, Tri::No), Decision::Allow);
    }

    #[test]
    fn equal_entries_decide_together() {
        let one = Step { priority: (0, 0), ..step(3, Tier::Normal, Verdict::Allow, Tri::Yes) };
        let two = Step { entry: EntryId(7), ..one };
        let outcome = walk(vec![two, one], fallback(Cni::Cilium, Tri::Yes));
        assert_eq!(outcome.deciding, [EntryId(3), EntryId(7)]);
        assert!(!outcome.by_default);
    }
}
