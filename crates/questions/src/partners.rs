//! `who-can reach` and `reach`: everybody at the other end of one, with the reason of each half.

use std::collections::BTreeMap;

use ringfence_cluster::{Direction, DnsPattern, Entity, Entry, PeerKind, Protocol, Tri};
use ringfence_engine::{Block, Ports, Traffic};

use crate::can::{PROTOCOLS, open_port};
use crate::ends::{End, Ends, Who};
use crate::grant::Grant;
use crate::inquiry::Inquiry;
use crate::quantity::Quantity;
use crate::reply::Reply;
use crate::resolve::{addresses, special, unseen_end, workload_end};

/// What every cluster has, beside pods and addresses.
const SPECIAL: [Entity; 5] = [Entity::Host, Entity::RemoteNode, Entity::KubeApiserver, Entity::Ingress, Entity::Health];

/// Everybody at the other end.
#[derive(Clone, PartialEq, Debug)]
pub struct Partners {
    /// The ends that were asked about.
    pub asked: Ends,
    /// Seen from those that were asked about: ingress for `who-can reach`, egress for `reach`.
    pub direction: Direction,
    /// Those that the connection is made with, surely or perhaps, for at least one of those that were asked about.
    pub partners: Vec<Partner>,
    /// Pairs of which one half lets through what the other does not.
    pub half_open: Vec<HalfOpen>,
}

/// Somebody at the other end.
#[derive(Clone, PartialEq, Debug)]
pub struct Partner {
    /// Who.
    pub end: End,
    /// Which of those that were asked about, by their place in [`Ends::members`].
    pub with: Vec<usize>,
    /// Whether it is let through with all of those that were asked about, some or perhaps.
    pub quantity: Quantity,
    /// The ports, of each protocol that has any, over all of `with`.
    pub ports: Vec<(Protocol, Ports)>,
    /// One connection of them, with what made it.
    pub reply: Reply,
    /// Which of those that were asked about [`Partner::reply`] is with.
    pub example: usize,
    /// Why the source's half lets it through, where it surely does.
    pub egress: Option<Grant>,
    /// Why the destination's half does.
    pub ingress: Option<Grant>,
}

/// A pair of which one half lets through what the other does not.
#[derive(Clone, PartialEq, Debug)]
pub struct HalfOpen {
    /// The other end.
    pub end: End,
    /// Which of those that were asked about.
    pub with: usize,
    /// The half that lets it through, by an entry.
    pub open: Direction,
    /// The ports on which just one half lets it through, of each protocol that has any.
    pub ports: Vec<(Protocol, Ports)>,
    /// One connection, with what made it.
    pub reply: Reply,
}

impl Inquiry<'_> {
    /// Who can reach these ends.
    pub fn who_can_reach(&self, destinations: Ends) -> Partners {
        self.partners(destinations, Direction::Ingress)
    }

    /// Whom these ends can reach.
    pub fn reach(&self, sources: Ends) -> Partners {
        self.partners(sources, Direction::Egress)
    }

    fn partners(&self, asked: Ends, direction: Direction) -> Partners {
        let (mut partners, mut half_open) = (Vec::new(), Vec::new());
        for end in self.others(direction) {
            let answers: Vec<Answer> =
                asked.members.iter().enumerate().map(|(at, own)| self.answer(own, at, &end, direction)).collect();
            for answer in &answers {
                half_open.extend(self.half_open(answer, &asked.members[answer.at], &end, direction));
            }
            partners.extend(self.partner(&asked, end, &answers, direction));
        }
        Partners { asked, direction, partners, half_open }
    }

    /// Everybody who may be at the other end: pods, addresses, what every cluster has; of destinations, names too.
    fn others(&self, direction: Direction) -> Vec<End> {
        let world = self.world();
        let workloads = world.workload_ids().map(|(id, _)| workload_end(world, id));
        let unseen = world.identity_ids().filter_map(|(id, _)| unseen_end(world, id));
        let mut others: Vec<End> = workloads.chain(unseen).chain(SPECIAL.map(special)).collect();
        others.extend(self.internet());
        others.extend(self.engine.alike(self.private_blocks()).into_iter().map(addresses));
        if direction == Direction::Egress {
            others.extend(self.names());
        }
        others
    }

    /// Addresses outside the public internet that some policy that counts speaks of.
    fn private_blocks(&self) -> Vec<Block> {
        let counting = self.world().entries.iter().filter(|entry| self.engine.counts(entry.policy));
        let ranges = counting.flat_map(Entry::peers).filter_map(|peer| match &peer.kind {
            PeerKind::Cidr { net, .. } if net.prefix_len() > 0 => Some(*net),
            _ => None,
        });
        let internet = self.engine.internet();
        let mut blocks: Vec<Block> = ranges.flat_map(|range| self.engine.blocks(range)).collect();
        blocks.sort_unstable();
        blocks.dedup();
        blocks.retain(|block| !internet.iter().any(|public| public.first <= block.last && block.first <= public.last));
        blocks
    }

    /// The names that policies spell out.
    fn names(&self) -> Vec<End> {
        let counting = self.world().entries.iter().filter(|entry| self.engine.counts(entry.policy));
        let mut names: Vec<_> = counting
            .flat_map(Entry::peers)
            .filter_map(|peer| match &peer.kind {
                PeerKind::Fqdn(DnsPattern::Name(name)) => Some(name.clone()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        let shape = |name| vec![ringfence_engine::Endpoint::Name(name)];
        names.into_iter().map(|name| End::new(Who::Dns(name.clone()), shape(name))).collect()
    }

    fn answer(&self, own: &End, at: usize, other: &End, direction: Direction) -> Answer {
        let (source, destination) = if direction == Direction::Ingress { (other, own) } else { (own, other) };
        let asked = if direction == Direction::Ingress { own.traffic.clone() } else { None };
        let ports: Vec<(Protocol, Ports)> = match &asked {
            Some(traffic) => {
                traffic.iter().map(|&one| (one.protocol, self.one_port(source, destination, one))).collect()
            }
            None => self.every_ports(source, destination),
        };
        let traffic = open_port(&ports).or_else(|| asked.and_then(|traffic| traffic.first().copied()));
        let traffic = traffic.unwrap_or_else(|| self.telling_port(source, destination));
        Answer { at, ports, reply: self.reply(source, destination, traffic) }
    }

    fn one_port(&self, source: &End, destination: &End, traffic: Traffic) -> Ports {
        Ports::one(traffic.port, self.reply(source, destination, traffic).allowed)
    }

    /// A pair of which one half lets through by what a policy says, and the other surely does not.
    fn half_open(&self, answer: &Answer, own: &End, other: &End, direction: Direction) -> Option<HalfOpen> {
        if answer.allowed().possible() {
            return None;
        }
        let halves = [(Direction::Egress, Direction::Ingress), (Direction::Ingress, Direction::Egress)];
        let reply = &answer.reply;
        let (open, _) = halves.into_iter().find(|&(open, shut)| {
            let said = !reply.half(open).deciding.is_empty();
            said && reply.half_allows(open).is_yes() && reply.half_allows(shut).is_no()
        })?;
        let (source, destination) = if direction == Direction::Ingress { (other, own) } else { (own, other) };
        let (from, to) = (source.shapes.first()?, destination.shapes.first()?);
        let ports = PROTOCOLS.into_iter().map(|one| (one, self.engine.half_open_ports(from, to, one)));
        let ports = ports.filter(|(_, ports)| !ports.is_none()).collect();
        Some(HalfOpen { end: other.clone(), with: answer.at, open, ports, reply: reply.clone() })
    }

    fn partner(&self, asked: &Ends, end: End, answers: &[Answer], direction: Direction) -> Option<Partner> {
        let open: Vec<&Answer> = answers.iter().filter(|answer| answer.allowed().possible()).collect();
        let telling = open.iter().max_by_key(|answer| (answer.allowed(), std::cmp::Reverse(answer.at)))?;
        let quantity = Quantity::of(answers.iter().map(|answer| crate::quantity::Part {
            allowed: answer.allowed(),
            belongs: asked.members[answer.at].belongs,
        }));
        let own = &asked.members[telling.at];
        let (source, destination) = if direction == Direction::Ingress { (&end, own) } else { (own, &end) };
        let grant =
            |half, subject: &End| Grant::of(telling.reply.half(half), &subject.who, self.blueprint, self.world());
        Some(Partner {
            egress: grant(Direction::Egress, source),
            ingress: grant(Direction::Ingress, destination),
            with: open.iter().map(|answer| answer.at).collect(),
            quantity,
            ports: union(open.iter().map(|answer| answer.ports.as_slice())),
            reply: telling.reply.clone(),
            example: telling.at,
            end,
        })
    }
}

/// What was found of one pair.
struct Answer {
    at: usize,
    ports: Vec<(Protocol, Ports)>,
    reply: Reply,
}

impl Answer {
    fn allowed(&self) -> Tri {
        Tri::any(self.ports.iter().map(|(_, ports)| match (ports.sure().is_empty(), ports.is_none()) {
            (false, _) => Tri::Yes,
            (true, true) => Tri::No,
            (true, false) => Tri::Unknown,
        }))
    }
}

/// The ports that are open in at least one of several answers, by protocol.
fn union<'p>(answers: impl Iterator<Item = &'p [(Protocol, Ports)]>) -> Vec<(Protocol, Ports)> {
    let mut all: BTreeMap<Protocol, Ports> = BTreeMap::new();
    for (protocol, ports) in answers.flatten() {
        let known = all.entry(*protocol).or_default();
        *known = known.or(ports);
    }
    all.into_iter().filter(|(_, ports)| !ports.is_none()).collect()
}
