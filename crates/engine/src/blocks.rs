//! Blocks of addresses that no policy tells apart: what "some address of this range" is asked by.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use ringfence_cluster::{Direction, Entry, PeerKind};

use crate::Engine;
use crate::addresses::{Addresses, bounds, is_v4};

/// Neighbouring addresses of one family, both ends in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Block {
    /// The first address.
    pub first: IpAddr,
    /// The last one, not below the first.
    pub last: IpAddr,
}

impl Engine<'_> {
    /// The blocks of a range, ascending: within one, every policy that counts says the same of each address.
    pub fn blocks(&self, range: IpNet) -> Vec<Block> {
        self.split(&Addresses::of(range, &[]), is_v4(&range), &Direction::BOTH)
    }

    /// The blocks of a range as peers in one direction, ascending: within one, every policy that counts says the same of
    /// traffic to (egress) or from (ingress) each address.
    pub fn blocks_in(&self, range: IpNet, direction: Direction) -> Vec<Block> {
        self.split(&Addresses::of(range, &[]), is_v4(&range), &[direction])
    }

    /// The blocks of the public internet, of each family that the cluster has.
    pub fn internet(&self) -> Vec<Block> {
        let knobs = &self.world().knobs;
        let families = [(true, knobs.ipv4), (false, knobs.ipv6)].into_iter().filter(|(_, there)| *there);
        families.flat_map(|(v4, _)| self.split(&Addresses::public(v4), v4, &Direction::BOTH)).collect()
    }

    /// Blocks sorted by what policies say of them: those in one group are in the same ranges. Groups stand in the order of
    /// their first block.
    pub fn alike(&self, mut blocks: Vec<Block>) -> Vec<Vec<Block>> {
        let mut ranges: Vec<(bool, Addresses)> = Vec::new();
        for peer in self.world().entries.iter().filter(|entry| self.counts(entry.policy)).flat_map(Entry::peers) {
            if let PeerKind::Cidr { net, except, .. } = &peer.kind {
                ranges.push((is_v4(net), Addresses::of(*net, except)));
            }
        }
        ranges.sort_unstable();
        ranges.dedup();
        blocks.sort_unstable();
        let starts: Vec<(bool, u128)> = blocks.iter().map(|block| key(block.first)).collect();
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); blocks.len()];
        for (number, (v4, range)) in ranges.iter().enumerate() {
            for &(first, last) in range.intervals() {
                let from = starts.partition_point(|&start| start < (!v4, first));
                let until = starts.partition_point(|&start| start <= (!v4, last));
                members[from..until].iter_mut().for_each(|member| member.push(number));
            }
        }
        let mut groups: Vec<Vec<Block>> = Vec::new();
        let mut numbers: BTreeMap<(bool, Vec<usize>), usize> = BTreeMap::new();
        for (block, member) in blocks.into_iter().zip(members) {
            let number = *numbers.entry((block.first.is_ipv4(), member)).or_insert(groups.len());
            if number == groups.len() {
                groups.push(Vec::new());
            }
            groups[number].push(block);
        }
        groups
    }

    fn split(&self, addresses: &Addresses, v4: bool, directions: &[Direction]) -> Vec<Block> {
        let starts = self.starts_of_blocks(v4, directions);
        let mut blocks = Vec::new();
        for &(first, last) in addresses.intervals() {
            let inside =
                starts.partition_point(|&start| start <= first)..starts.partition_point(|&start| start <= last);
            let mut from = first;
            for &start in &starts[inside] {
                blocks.push(Block::of(from, start - 1, v4));
                from = start;
            }
            blocks.push(Block::of(from, last, v4));
        }
        blocks
    }

    /// Where a range without its holes begins, or has just ended.
    fn starts_of_blocks(&self, v4: bool, directions: &[Direction]) -> Vec<u128> {
        let asked = |entry: &&Entry| directions.contains(&entry.direction) && self.counts(entry.policy);
        let counting = self.world().entries.iter().filter(asked);
        let mut starts: Vec<u128> = Vec::new();
        for peer in counting.flat_map(Entry::peers) {
            let PeerKind::Cidr { net, except, .. } = &peer.kind else { continue };
            let ranges = if is_v4(net) == v4 { Addresses::of(*net, except) } else { Addresses::default() };
            for &(first, last) in ranges.intervals() {
                starts.extend([Some(first), last.checked_add(1)].into_iter().flatten());
            }
        }
        starts.sort_unstable();
        starts.dedup();
        starts
    }
}

/// An address as it sorts: IPv4 first.
fn key(address: IpAddr) -> (bool, u128) {
    (address.is_ipv6(), bounds(&address.into()).0)
}

impl Block {
    fn of(first: u128, last: u128, v4: bool) -> Self {
        let address = |bits: u128| {
            if v4 { IpAddr::V4(Ipv4Addr::from_bits(bits as u32)) } else { IpAddr::V6(Ipv6Addr::from_bits(bits)) }
        };
        Self { first: address(first), last: address(last) }
    }

    /// Whether the other begins right after this one.
    pub fn touches(&self, next: &Self) -> bool {
        match (self.last, next.first) {
            (IpAddr::V4(last), IpAddr::V4(first)) => last.to_bits().checked_add(1) == Some(first.to_bits()),
            (IpAddr::V6(last), IpAddr::V6(first)) => last.to_bits().checked_add(1) == Some(first.to_bits()),
            _ => false,
        }
    }

    /// The ranges in CIDR notation that make it up, ascending.
    pub fn ranges(&self) -> Vec<IpNet> {
        match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => ipnet::Ipv4Subnets::new(first, last, 0).map(IpNet::V4).collect(),
            (IpAddr::V6(first), IpAddr::V6(last)) => ipnet::Ipv6Subnets::new(first, last, 0).map(IpNet::V6).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Block {
    /// `10.0.0.0/8`, `10.1.2.3`, or `10.0.0.0-10.0.2.255` where no single range says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ranges().as_slice() {
            _ if self.first == self.last => write!(f, "{}", self.first),
            [one] => write!(f, "{one}"),
            _ => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(first: &str, last: &str) -> Block {
        Block { first: first.parse().unwrap(), last: last.parse().unwrap() }
    }

    #[test]
    fn a_block_is_written_as_people_write_it() {
        assert_eq!(block("10.0.0.0", "10.255.255.255").to_string(), "10.0.0.0/8");
        assert_eq!(block("10.1.2.3", "10.1.2.3").to_string(), "10.1.2.3");
        assert_eq!(block("10.0.0.0", "10.0.2.255").to_string(), "10.0.0.0-10.0.2.255");
        assert_eq!(block("fd00::", "fd00::ffff").to_string(), "fd00::/112");
    }

    #[test]
    fn neighbours_touch() {
        assert!(block("10.0.0.0", "10.0.0.255").touches(&block("10.0.1.0", "10.0.1.9")));
        assert!(!block("10.0.0.0", "10.0.0.255").touches(&block("10.0.1.1", "10.0.1.9")));
        assert!(!block("0.0.0.0", "255.255.255.255").touches(&block("::", "::1")));
    }
}
