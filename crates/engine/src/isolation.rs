//! Which entries apply to an endpoint, and whether they isolate it (semantics §4, §10 steps 3–7).

use ringfence_cluster::{Cni, Direction, EnforcementMode, Entity, EntryId, Tri};

use crate::engine::Engine;
use crate::party::{Kind, Party};
use crate::roster::Group;
use crate::{Endpoint, Isolation};

/// The entries that apply to a subject in one direction, and what follows.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Ascending by entry; surely or perhaps.
    pub(crate) entries: Vec<(EntryId, Tri)>,
    pub(crate) isolation: Isolation,
    /// Whether it is isolated whatever the entries say: mode `always`, label key `init`.
    pub(crate) forced: bool,
}

impl Engine<'_> {
    /// Whether an endpoint is in default deny for a direction, and by which entries (semantics §4.1).
    ///
    /// An endpoint without enforcement is not isolated. Where it may be of several shapes (kube-apiserver), the answers
    /// of all must agree.
    pub fn isolation(&self, endpoint: &Endpoint, direction: Direction) -> Isolation {
        let parties = Party::of(endpoint, self.world());
        let all = parties.iter().map(|party| self.standing_of(party, direction).isolation);
        all.reduce(|one, other| one.or_else(&other)).unwrap_or_else(|| Isolation::open(Tri::Unknown))
    }

    fn standing_of(&self, party: &Party<'_>, direction: Direction) -> Standing {
        match self.shortcut(party) {
            Some(_) => Standing { entries: Vec::new(), isolation: Isolation::open(Tri::No), forced: false },
            None => self.standing(party, direction),
        }
    }

    /// Steps 3 to 6.
    pub(crate) fn standing(&self, party: &Party<'_>, direction: Direction) -> Standing {
        let entries = self.selecting(party, direction);
        let forced = self.forced(party);
        let isolating = |&(entry, selected): &(EntryId, Tri)| {
            let isolates = selected.and(self.world().entry(entry).default_deny);
            isolates.possible().then_some((entry, isolates))
        };
        let by: Vec<(EntryId, Tri)> = entries.iter().filter_map(isolating).collect();
        let unseen = if self.world().knobs.complete.policies { Tri::No } else { Tri::Unknown };
        let isolated = Tri::any(by.iter().map(|&(_, isolates)| isolates)).or(forced.into()).or(unseen);
        let by = by.into_iter().map(|(entry, _)| entry).collect();
        Standing { entries, isolation: Isolation { isolated, by }, forced }
    }

    fn forced(&self, party: &Party<'_>) -> bool {
        let init = || party.is(Entity::Init) || party.has_bare_key("init", self.world());
        let always = self.world().knobs.mode == EnforcementMode::Always;
        self.world().dialect.cni == Cni::Cilium && (always || init())
    }

    /// The entries that apply to an endpoint (step 3), ascending.
    pub(crate) fn selecting(&self, party: &Party<'_>, direction: Direction) -> Vec<(EntryId, Tri)> {
        let mut entries = Vec::new();
        let mut add = |group: &Group, applies: Tri| {
            let counting = group.entries(direction).iter().filter(|&&id| self.counts(self.world().entry(id).policy));
            entries.extend(counting.map(|&id| (id, applies)));
        };
        self.each_group(party, &mut add);
        entries.sort_unstable();
        entries
    }

    /// Whether any entry that applies to an endpoint asks for something above the ports. Yes may be too much.
    pub(crate) fn asks_above_ports(&self, party: &Party<'_>) -> bool {
        let mut asks = false;
        self.each_group(party, &mut |group, _| asks |= group.above_ports);
        asks
    }

    /// The groups that apply to an endpoint. For pods they are looked up, for whatever else is given by labels asked.
    fn each_group(&self, party: &Party<'_>, each: &mut dyn FnMut(&Group, Tri)) {
        let lookup = self.lookup();
        if let Some(identity) = party.identity {
            for &(number, applies) in lookup.seats(identity) {
                each(lookup.group(number), applies);
            }
            return;
        }
        for group in lookup.roster().groups(party.namespace, self.world()) {
            let applies = self.applies(group, party);
            if applies.possible() {
                each(group, applies);
            }
        }
    }

    /// Whether the subject of a group includes an endpoint that is no pod of the world. `nodeSelector` means nodes alone,
    /// any other selector everything but nodes (semantics §4.3).
    fn applies(&self, group: &Group, party: &Party<'_>) -> Tri {
        if group.node != (party.kind == Kind::Host) {
            return Tri::No;
        }
        let scope = match (group.scope, party.namespace) {
            (None, _) => Tri::Yes,
            (Some(_), None) => Tri::No,
            (Some(scope), Some(namespace)) => self.world().same_namespace(scope, namespace),
        };
        if scope.is_no() {
            return scope;
        }
        scope.and(self.world().selector(group.subject).matches(&party.labels, &self.world().symbols))
    }
}

impl Isolation {
    /// Nothing isolates it.
    pub(crate) fn open(isolated: Tri) -> Self {
        Self { isolated, by: Vec::new() }
    }

    /// What holds of two shapes that one endpoint may have.
    pub(crate) fn or_else(&self, other: &Self) -> Self {
        let isolated = if self.isolated == other.isolated { self.isolated } else { Tri::Unknown };
        let mut by: Vec<EntryId> = self.by.iter().chain(&other.by).copied().collect();
        by.sort_unstable();
        by.dedup();
        Self { isolated, by }
    }
}
