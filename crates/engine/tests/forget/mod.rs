//! A world of which less is known: labels, values, ports, peers, isolation forgotten at random.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use ringfence_cluster::{
    L3, L4, LabelSet, NAMESPACE_LABELS, PeerKind, PortMatch, Protocol, Source, Symbol, Tri, World,
};

/// A small generator, the same in every run (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// What is left of a world.
pub fn forget(world: &World, dice: &mut Dice) -> World {
    let mut less = world.clone();
    for identity in &mut less.identities {
        if dice.one_in(2) {
            identity.labels = forget_labels(&identity.labels, world, dice);
        }
        if dice.one_in(6) {
            identity.ports.clear();
            identity.open_ports = true;
        } else if let Some(port) = identity.ports.first_mut().filter(|_| dice.one_in(6)) {
            port.number = None;
        }
    }
    for selector in &mut less.selectors {
        selector.uncertain |= dice.one_in(12);
    }
    for entry in &mut less.entries {
        if dice.one_in(8) {
            entry.default_deny = Tri::Unknown;
        }
        forget_peers(&mut entry.l3, dice);
        forget_ports(&mut entry.l4, dice);
    }
    less
}

fn forget_labels(labels: &LabelSet, world: &World, dice: &mut Dice) -> LabelSet {
    let mut open = (false, false);
    let mut kept = Vec::new();
    for (key, value) in labels.iter() {
        let text = world.symbols.text(key.name);
        let of_namespace = text.starts_with(NAMESPACE_LABELS);
        let ours =
            key.source == Source::K8s && !text.starts_with("io.kubernetes.pod") && !text.ends_with("policy.cluster");
        match dice.roll(4) {
            0 if ours && of_namespace => open.1 = true,
            0 if ours => open.0 = true,
            1 if ours => kept.push((key, None::<Symbol>)),
            _ => kept.push((key, value)),
        }
    }
    let mut less = LabelSet::new(kept);
    (less.open_pod, less.open_namespace) = open;
    less
}

fn forget_peers(l3: &mut L3, dice: &mut Dice) {
    if dice.one_in(12) {
        *l3 = L3::Unknown;
    } else if let L3::Peers(peers) = l3 {
        for peer in peers.iter_mut().filter(|_| dice.one_in(8)) {
            peer.kind = PeerKind::Unknown;
        }
    }
}

fn forget_ports(l4: &mut L4, dice: &mut Dice) {
    if dice.one_in(12) {
        *l4 = L4::Unknown;
    } else if let L4::Ports(rules) = l4 {
        for rule in rules.iter_mut() {
            match dice.roll(12) {
                0 => rule.port = PortMatch::Unknown,
                1 => rule.protocol = Protocol::Unknown,
                _ => {}
            }
        }
    }
}
