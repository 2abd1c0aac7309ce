//! Sets of ports, for "on which ports may it talk".

use std::fmt;

use ringfence_cluster::Tri;

/// The ports of one protocol that are surely let through, and those that may be: disjoint intervals, ascending, both
/// ends in. For ICMP they are types.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Ports {
    sure: Vec<(u16, u16)>,
    perhaps: Vec<(u16, u16)>,
}

impl Ports {
    /// The intervals that are surely let through.
    pub fn sure(&self) -> &[(u16, u16)] {
        &self.sure
    }

    /// The intervals that may be let through.
    pub fn perhaps(&self) -> &[(u16, u16)] {
        &self.perhaps
    }

    /// Whether one port is let through.
    pub fn get(&self, port: u16) -> Tri {
        let holds = |intervals: &[(u16, u16)]| intervals.iter().any(|&(first, last)| first <= port && port <= last);
        if holds(&self.sure) {
            Tri::Yes
        } else if holds(&self.perhaps) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }

    /// Whether no port is let through, surely.
    pub fn is_none(&self) -> bool {
        self.sure.is_empty() && self.perhaps.is_empty()
    }

    /// Whether every port (or type) is let through, surely.
    pub fn is_all(&self) -> bool {
        is_everything(&self.sure)
    }

    /// One port alone.
    pub fn one(port: u16, allowed: Tri) -> Self {
        let mut ports = Self::default();
        ports.push(port, port, allowed);
        ports
    }

    /// What is let through by at least one of two.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        self.combined(other, Tri::or)
    }

    /// What two answers agree on; where they differ, it may be either.
    #[must_use]
    pub fn agreed(&self, other: &Self) -> Self {
        self.combined(other, |one, two| if one == two { one } else { Tri::Unknown })
    }

    fn combined(&self, other: &Self, of: impl Fn(Tri, Tri) -> Tri) -> Self {
        let all = [&self.sure, &self.perhaps, &other.sure, &other.perhaps];
        let edges = all.into_iter().flatten().flat_map(|&(first, last)| [Some(first), last.checked_add(1)]);
        let mut starts: Vec<u16> = edges.flatten().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut combined = Self::default();
        for (at, &first) in starts.iter().enumerate() {
            let last = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
            combined.push(first, last, of(self.get(first), other.get(first)));
        }
        combined
    }

    /// The same ports, none of them surely.
    #[must_use]
    pub fn unsure(&self) -> Self {
        let mut perhaps = [self.sure.as_slice(), self.perhaps.as_slice()].concat();
        perhaps.sort_unstable();
        let mut unsure = Self::default();
        for (first, last) in perhaps {
            unsure.push(first, last, Tri::Unknown);
        }
        unsure
    }

    /// The ports that both let through: perhaps, where one of them does so only perhaps.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.combined(other, Tri::and)
    }

    /// Adds the interval after all intervals so far.
    pub(crate) fn push(&mut self, first: u16, last: u16, allowed: Tri) {
        let intervals = match allowed {
            Tri::No => return,
            Tri::Unknown => &mut self.perhaps,
            Tri::Yes => &mut self.sure,
        };
        match intervals.last_mut() {
            Some(before) if before.1.checked_add(1) == Some(first) => before.1 = last,
            _ => intervals.push((first, last)),
        }
    }
}

/// Whether intervals are every port, or every type of ICMP.
fn is_everything(intervals: &[(u16, u16)]) -> bool {
    intervals == [(1, u16::MAX)] || intervals == [(0, 255)]
}

impl fmt::Display for Ports {
    /// `80,443,8000-8080`, those that may be with a question mark; `all`, `all?`, `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
        } else if is_everything(&self.perhaps) {
            return f.write_str("all?");
        } else if self.is_none() {
            return f.write_str("none");
        }
        let sure = self.sure.iter().map(|&interval| (interval, ""));
        let mut parts: Vec<_> = sure.chain(self.perhaps.iter().map(|&interval| (interval, "?"))).collect();
        parts.sort_unstable();
        for (at, ((first, last), mark)) in parts.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            if first == last { write!(f, "{comma}{first}{mark}")? } else { write!(f, "{comma}{first}-{last}{mark}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Tri; 3] = [Tri::No, Tri::Unknown, Tri::Yes];

    fn ports(intervals: &[(u16, u16, Tri)]) -> Ports {
        let mut ports = Ports::default();
        for &(first, last, allowed) in intervals {
            ports.push(first, last, allowed);
        }
        ports
    }

    #[test]
    fn where_answers_differ_it_may_be_either() {
        let one = ports(&[(80, 90, Tri::Yes), (100, 100, Tri::Unknown)]);
        let two = ports(&[(85, 95, Tri::Yes), (100, u16::MAX, Tri::Yes)]);
        assert_eq!(one.agreed(&two).to_string(), "80-84?,85-90,91-95?,100-65535?");
        assert_eq!(one.agreed(&one), one);
        assert_eq!(one.unsure().to_string(), "80-90?,100?");
    }

    #[test]
    fn neighbours_join() {
        let mut ports = Ports::default();
        ports.push(0, 79, Tri::No);
        ports.push(80, 80, Tri::Yes);
        ports.push(81, 90, Tri::Yes);
        ports.push(91, 99, Tri::Unknown);
        assert_eq!(ports.to_string(), "80-90,91-99?");
        assert_eq!((ports.get(79), ports.get(85), ports.get(95)), (Tri::No, Tri::Yes, Tri::Unknown));
    }

    #[test]
    fn what_two_sets_share_is_kleene_logic_port_by_port() {
        let (mut one, mut other) = (Ports::default(), Ports::default());
        for (at, (left, right)) in ALL.into_iter().flat_map(|left| ALL.map(|right| (left, right))).enumerate() {
            let (first, last) = (at as u16 * 10, at as u16 * 10 + 9);
            one.push(first, last, left);
            other.push(first, last, right);
        }
        one.push(65_000, u16::MAX, Tri::Yes);
        other.push(65_010, u16::MAX, Tri::Yes);
        let both = one.and(&other);
        for port in (0..100).chain(64_990..=u16::MAX) {
            assert_eq!(both.get(port), one.get(port).and(other.get(port)), "{port}");
        }
        assert_eq!(both.sure().last(), Some(&(65_010, u16::MAX)));
    }
}
