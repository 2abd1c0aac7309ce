//! Sets of addresses of one family, for peers that are ranges with holes (semantics §7.2).

use std::net::IpAddr;

use ipnet::IpNet;

/// Disjoint intervals, ascending, both ends in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct Addresses(Vec<(u128, u128)>);

/// What is not public in IPv4 (RFC 6890 and multicast): nobody on the internet has such an address.
const NOT_PUBLIC_V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
/// What is public in IPv6, without its documentation range.
const PUBLIC_V6: &str = "2000::/3";
const NOT_PUBLIC_V6: [&str; 1] = ["2001:db8::/32"];

impl Addresses {
    /// A range without its holes; holes of the other family are none.
    pub(crate) fn of(net: IpNet, except: &[IpNet]) -> Self {
        let holes = except.iter().filter(|hole| is_v4(hole) == is_v4(&net)).map(bounds).collect();
        Self(vec![bounds(&net)]).minus(&Self::union(holes))
    }

    /// The public addresses of a family.
    pub(crate) fn public(v4: bool) -> Self {
        let (whole, holes): (&str, &[&str]) =
            if v4 { ("0.0.0.0/0", &NOT_PUBLIC_V4) } else { (PUBLIC_V6, &NOT_PUBLIC_V6) };
        let parsed = |text: &&str| text.parse::<IpNet>().ok();
        let holes: Vec<IpNet> = holes.iter().filter_map(parsed).collect();
        parsed(&whole).map(|whole| Self::of(whole, &holes)).unwrap_or_default()
    }

    /// Every address of a family.
    pub(crate) fn all(v4: bool) -> Self {
        Self(vec![(0, if v4 { u128::from(u32::MAX) } else { u128::MAX })])
    }

    /// What is in at least one.
    pub(crate) fn or(self, other: Self) -> Self {
        Self::union(self.0.into_iter().chain(other.0).collect())
    }

    /// What is in this one alone.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(first, last) in &self.0 {
            let mut next = Some(first);
            for &(hole_first, hole_last) in other.0.iter().filter(|hole| hole.1 >= first && hole.0 <= last) {
                let Some(from) = next else { break };
                if hole_first > from {
                    left.push((from, hole_first - 1));
                }
                next = hole_last.checked_add(1).map(|after| after.max(from));
            }
            left.extend(next.filter(|&from| from <= last).map(|from| (from, last)));
        }
        Self(left)
    }

    /// The intervals, ascending, both ends in.
    pub(crate) fn intervals(&self) -> &[(u128, u128)] {
        &self.0
    }

    /// Whether nothing is in.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every address of `other` is in.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.minus(self).is_empty()
    }

    /// Whether some address is in both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.minus(other) != *self
    }

    fn union(mut parts: Vec<(u128, u128)>) -> Self {
        parts.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(parts.len());
        for (first, last) in parts {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }
}

/// Whether a range is of IPv4.
pub(crate) fn is_v4(net: &IpNet) -> bool {
    matches!(net, IpNet::V4(_))
}

/// The first and the last address of a range, as numbers.
/// The first and the last address of a range, as numbers.
pub(crate) fn bounds(net: &IpNet) -> (u128, u128) {
    (number(net.network()), number(net.broadcast()))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(range: &Addresses, address: &str) -> bool {
        range.covers(&Addresses::of(net(address), &[]))
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    #[test]
    fn holes_are_out() {
        let range = Addresses::of(net("10.0.0.0/8"), &[net("10.1.0.0/16"), net("10.1.2.0/24"), net("::/0")]);
        assert!(holds(&range, "10.0.255.255/32"));
        assert!(!holds(&range, "10.1.2.3/32"));
        assert!(holds(&range, "10.2.0.0/32"));
        assert!(!holds(&range, "11.0.0.0/32"));
        assert!(Addresses::of(net("10.0.0.0/8"), &[net("0.0.0.0/0")]).is_empty());
    }

    #[test]
    fn everything_without_private_holes_covers_the_public_internet() {
        let holes = [net("10.0.0.0/8"), net("172.16.0.0/12"), net("192.168.0.0/16")];
        let public = Addresses::public(true);
        assert!(Addresses::of(net("0.0.0.0/0"), &holes).covers(&public));
        assert!(!Addresses::of(net("0.0.0.0/0"), &[net("8.8.8.8/32")]).covers(&public));
        assert!(!Addresses::of(net("10.0.0.0/8"), &[]).meets(&public));
        assert!(Addresses::of(net("8.0.0.0/7"), &[]).meets(&public));
        let halves = Addresses::of(net("0.0.0.0/1"), &[]).or(Addresses::of(net("128.0.0.0/1"), &[]));
        assert!(halves.covers(&Addresses::all(true)));
        assert!(Addresses::of(net("::/0"), &[]).covers(&Addresses::public(false)));
    }

    #[test]
    fn the_last_address_of_ipv6_is_an_address() {
        let all = Addresses::all(false);
        assert!(all.minus(&Addresses::of(net("ffff::/16"), &[])).covers(&Addresses::of(net("::/1"), &[])));
        assert!(all.minus(&all).is_empty());
    }
}
