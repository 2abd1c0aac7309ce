//! An address for pods that no range of any policy covers.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use ringfence_cluster::{Entry, PeerKind, World};

/// All addresses of IPv4.
pub(super) const EVERYWHERE: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0));

/// The first address that is in no range, those of a whole family aside; the last one there is, if all are in some.
pub(super) fn outside_of_all_ranges(world: &World) -> IpAddr {
    let mut next = 0;
    for range in ranges(world) {
        let (first, last) = (range.network().to_bits(), range.broadcast().to_bits());
        if first > next {
            break;
        }
        next = next.max(last.saturating_add(1));
    }
    Ipv4Addr::from_bits(next).into()
}

/// The ranges of IPv4 and the holes in them, ascending by their first address.
fn ranges(world: &World) -> Vec<Ipv4Net> {
    let mut ranges = Vec::new();
    for peer in world.entries.iter().flat_map(Entry::peers) {
        let PeerKind::Cidr { net, except, .. } = &peer.kind else { continue };
        let whole = (net.prefix_len() > 0).then_some(net);
        let parts = whole.into_iter().chain(except);
        ranges.extend(parts.filter_map(|range| if let IpNet::V4(range) = range { Some(*range) } else { None }));
    }
    ranges.sort_unstable();
    ranges
}
