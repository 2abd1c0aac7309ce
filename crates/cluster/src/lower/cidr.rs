//! Ranges of addresses, and the groups that name them (semantics §7.2, §2.5.4).

use std::net::IpAddr;

use ipnet::IpNet;
use ringfence_manifest::kinds::cilium::CidrRule;
use ringfence_manifest::{Body, Field, Place};
use smol_str::SmolStr;

use crate::build::Builder;
use crate::{Entity, LabelSet, ObjectId, Operator, Peer, PeerKind, Selector, Tri};

/// A range, host bits masked; a bare address is a range of one.
pub(super) fn range(text: &str) -> Option<IpNet> {
    let net = text.parse::<IpNet>().ok();
    net.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)).map(|net| net.trunc())
}

/// A range with holes as a peer; unknown where a part cannot be read.
pub(super) fn block(cidr: &Field<SmolStr>, except: &Field<Vec<Field<SmolStr>>>, includes_cluster: bool) -> PeerKind {
    let net = cidr.get().and_then(|text| range(text));
    match (net, holes(except)) {
        (Some(net), Some(except)) => PeerKind::Cidr { net, except, includes_cluster },
        _ => PeerKind::Unknown,
    }
}

fn holes(except: &Field<Vec<Field<SmolStr>>>) -> Option<Vec<IpNet>> {
    if except.is_unknown() || except.is_invalid() {
        return None;
    }
    except.items().iter().map(|item| range(item.get()?)).collect()
}

impl Builder<'_> {
    /// An element of `toCIDRSet`: a range, or all ranges of a group.
    pub(super) fn cidr_rule(&mut self, rule: &CidrRule, peers: &mut Vec<Peer>) {
        let place = rule.place;
        if !rule.cidr.is_nil() {
            peers.push(Peer { kind: block(&rule.cidr, &rule.except, false), place });
        }
        match &rule.cidr_group_ref {
            Field::Absent | Field::Null(_) => {}
            Field::Set(name, _) => self.group_by_name(name, rule, peers),
            _ => peers.push(Peer { kind: PeerKind::Unknown, place }),
        }
        if !rule.cidr_group_selector.is_nil() {
            self.groups_by_label(rule, peers);
        }
    }

    fn group_by_name(&self, name: &str, rule: &CidrRule, peers: &mut Vec<Peer>) {
        let mut groups = self.parts.groups.iter().copied().filter(|&id| self.world.object(id).name() == Some(name));
        match groups.next() {
            Some(group) => self.ranges_of_group(group, rule, peers),
            None => peers.push(Peer { kind: self.missing_group(), place: rule.place }),
        }
    }

    fn missing_group(&self) -> PeerKind {
        if self.world.knobs.complete.cidr_groups { PeerKind::Nobody } else { PeerKind::Unknown }
    }

    fn groups_by_label(&mut self, rule: &CidrRule, peers: &mut Vec<Peer>) {
        let parts = self.parts_of(&rule.cidr_group_selector, Self::cilium_key);
        let place = rule.place;
        if parts.is_empty() && rule.except.items().is_empty() {
            return peers.push(Peer { kind: PeerKind::Entity(Entity::All), place });
        }
        let negated = |operator: &Operator| matches!(operator, Operator::NotIn(_) | Operator::DoesNotExist);
        let mut operators = parts.labels.iter().chain(&parts.expressions).map(|requirement| &requirement.operator);
        let all_negated = !parts.uncertain && operators.all(negated);
        let id = self.compiled(parts);
        let selector = self.world.selector(id).clone();
        if !all_negated {
            return self.ranges_of_groups(&selector, rule, peers);
        }
        // What no group names has none of their labels, and is selected.
        let but = self.ranges_outside(&selector);
        peers.extend(["0.0.0.0/0", "::/0"].into_iter().map(|all| whole_world(all, rule, but.as_deref())));
    }

    /// The ranges of the groups that a selector does not match; `None` where they cannot be known.
    fn ranges_outside(&mut self, selector: &Selector) -> Option<Vec<IpNet>> {
        let mut ranges = Vec::new();
        for group in self.parts.groups.clone() {
            let labels = self.group_labels(group);
            match selector.matches(&labels, &self.world.symbols) {
                Tri::Yes => {}
                Tri::Unknown => return None,
                Tri::No => ranges.extend(self.known_ranges(group)?),
            }
        }
        self.world.knobs.complete.cidr_groups.then_some(ranges)
    }

    fn known_ranges(&self, group: ObjectId) -> Option<Vec<IpNet>> {
        let Body::CidrGroup(Field::Set(spec, _)) = &self.world.object(group).body else { return None };
        if self.is_doubtful(group) { None } else { holes(&spec.external_cidrs) }
    }

    fn ranges_of_groups(&mut self, selector: &Selector, rule: &CidrRule, peers: &mut Vec<Peer>) {
        let before = peers.len();
        for group in self.parts.groups.clone() {
            let labels = self.group_labels(group);
            match selector.matches(&labels, &self.world.symbols) {
                Tri::Yes => self.ranges_of_group(group, rule, peers),
                Tri::Unknown => peers.push(Peer { kind: PeerKind::Unknown, place: rule.place }),
                Tri::No => {}
            }
        }
        if peers.len() == before || !self.world.knobs.complete.cidr_groups {
            peers.push(Peer { kind: self.missing_group(), place: rule.place });
        }
    }

    fn group_labels(&mut self, group: ObjectId) -> LabelSet {
        let object = self.world.objects[group.0 as usize].clone();
        let changed = self.is_doubtful(group);
        self.labels(&object.meta.labels, changed, Self::k8s)
    }

    fn ranges_of_group(&self, group: ObjectId, rule: &CidrRule, peers: &mut Vec<Peer>) {
        let unknown = Peer { kind: PeerKind::Unknown, place: rule.place };
        let Body::CidrGroup(spec) = &self.world.object(group).body else { return };
        let ranges = spec.get().map(|spec| &spec.external_cidrs);
        let readable = ranges.is_some_and(|ranges| !ranges.is_unknown() && !ranges.is_invalid());
        if self.is_doubtful(group) || !readable {
            return peers.push(unknown);
        }
        let before = peers.len();
        let items = ranges.map_or(&[][..], |ranges| ranges.items());
        peers.extend(items.iter().map(|item| Peer { kind: block(item, &rule.except, false), place: rule.place }));
        if peers.len() == before {
            peers.push(Peer { kind: PeerKind::Nobody, place: rule.place });
        }
    }
}

/// Everything outside the cluster but the holes of the rule and some ranges more.
fn whole_world(all: &str, rule: &CidrRule, but: Option<&[IpNet]>) -> Peer {
    let kind = match (range(all), holes(&rule.except), but) {
        (Some(net), Some(mut except), Some(but)) => {
            except.extend(but.iter().filter(|range| net.contains(*range)));
            PeerKind::Cidr { net, except, includes_cluster: false }
        }
        _ => PeerKind::Unknown,
    };
    Peer { kind, place: rule.place }
}

/// The peers of a plain list of ranges.
pub(super) fn blocks(list: &Field<Vec<Field<SmolStr>>>, includes_cluster: bool, peers: &mut Vec<Peer>) {
    if let Some(place) = unreadable(list) {
        peers.push(Peer { kind: PeerKind::Unknown, place });
    }
    for item in list.items() {
        if let Some(at) = item.at() {
            let kind = block(item, &Field::Absent, includes_cluster);
            peers.push(Peer { kind, place: at.value });
        }
    }
}

/// The place of something that is there and cannot be read.
pub(super) fn unreadable<T>(field: &Field<T>) -> Option<Place> {
    match field {
        Field::Unknown(at) | Field::Invalid(at) => Some(at.value),
        _ => None,
    }
}
