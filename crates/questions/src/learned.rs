//! Whether the addresses behind a DNS name become known: rules about names match only addresses that the agent saw in an
//! answer it let through (semantics §5.7).

use ringfence_cluster::{Cni, EntryId, IdentityId, Protocol, Tri};
use ringfence_engine::dns::Dns;
use ringfence_engine::{Endpoint, Side, Traffic, dns_matches};

use crate::ends::End;
use crate::inquiry::Inquiry;

/// What becomes of the question for a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Learned {
    /// It is asked through a rule for DNS that covers the name.
    Yes(EntryId),
    /// DNS is let through, but no rule looks into it: the agent never sees the answer.
    Unseen(Vec<EntryId>),
    /// The rules that look into DNS refuse this name.
    Refused(Vec<EntryId>),
    /// The subject cannot ask any DNS server.
    NoDns,
    /// It depends on something outside the input.
    Unknown,
}

impl Learned {
    /// Whether addresses become known.
    pub fn known(&self) -> Tri {
        match self {
            Self::Yes(_) => Tri::Yes,
            Self::Unknown => Tri::Unknown,
            Self::Unseen(_) | Self::Refused(_) | Self::NoDns => Tri::No,
        }
    }
}

impl Inquiry<'_> {
    /// Whether the addresses of a name become known to the source; `None` where its egress does not rest on names.
    pub(crate) fn learned(&self, source: &End, name: &str, egress: &Side) -> Option<Learned> {
        let world = self.world();
        let rests_on_name = |id: &EntryId| !self.engine.covers(*id, &Endpoint::World).is_yes();
        if world.dialect.cni != Cni::Cilium || egress.deciding.is_empty() || !egress.deciding.iter().all(rests_on_name)
        {
            return None;
        }
        let subject = source.shapes.first()?;
        let dns = Dns::new(self.engine);
        let lookups = dns.servers().iter().flat_map(|&server| {
            let asked = dns.listening(server).into_iter().map(move |port| (server, port));
            asked.map(|(server, port)| self.lookup(subject, server, port, name))
        });
        let mut best = Learned::NoDns;
        for lookup in lookups {
            if rank(&lookup) > rank(&best) {
                best = lookup;
            }
        }
        // A resolver that we do not know may answer too.
        let elsewhere = match subject {
            Endpoint::Pods(identity) => dns.elsewhere(*identity),
            _ => true,
        };
        Some(if best.known().is_no() && elsewhere { Learned::Unknown } else { best })
    }

    /// What becomes of the question at one server.
    fn lookup(&self, subject: &Endpoint, server: IdentityId, port: u16, name: &str) -> Learned {
        let traffic = Traffic { protocol: Protocol::Udp, port };
        let connection = self.engine.connection(subject, &Endpoint::Pods(server), traffic);
        match connection.allowed() {
            Tri::No => return Learned::NoDns,
            Tri::Unknown => return Learned::Unknown,
            Tri::Yes => {}
        }
        let world = self.world();
        let looking: Vec<EntryId> =
            connection.egress.deciding.iter().copied().filter(|&id| world.entry(id).l7.dns.is_some()).collect();
        if looking.is_empty() {
            return Learned::Unseen(connection.egress.deciding);
        }
        let covers = |id: EntryId| {
            let patterns = world.entry(id).l7.dns.as_deref().unwrap_or_default();
            Tri::any(patterns.iter().map(|pattern| dns_matches(pattern, name, world.knobs.version)))
        };
        let covering = looking.iter().copied().max_by_key(|&id| covers(id));
        match covering.map(|id| (id, covers(id))) {
            Some((id, Tri::Yes)) => Learned::Yes(id),
            Some((_, Tri::Unknown)) => Learned::Unknown,
            _ => Learned::Refused(looking),
        }
    }
}

/// How far a question gets: one server that answers is enough.
fn rank(learned: &Learned) -> u8 {
    match learned {
        Learned::NoDns => 0,
        Learned::Unseen(_) => 1,
        Learned::Refused(_) => 2,
        Learned::Unknown => 3,
        Learned::Yes(_) => 4,
    }
}
