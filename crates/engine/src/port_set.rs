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
        self.sure == [(1, u16::MAX)] || self.sure == [(0, 255)]
    }

    /// Those that both let through.
    pub(crate) fn and(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        let intervals = [self, other].into_iter().flat_map(|ports| ports.sure.iter().chain(&ports.perhaps));
        let mut starts: Vec<u16> =
            intervals.flat_map(|&(first, last)| [Some(first), last.checked_add(1)]).flatten().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut both = Self::default();
        for (at, &first) in starts.iter().enumerate() {
            // Behind the last start nothing is let through, unless it reaches to the end of all ports.
            let until = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
            both.push(first, until, self.get(first).and(other.get(first)));
        }
        both
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

impl fmt::Display for Ports {
    /// `80,443,8000-8080`, those that may be with a question mark; `all`, `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
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

    #[test]
    fn both_is_the_overlap() {
        let of = |intervals: &[(u16, u16, Tri)]| {
            let mut ports = Ports::default();
            intervals.iter().for_each(|&(first, last, tri)| ports.push(first, last, tri));
            ports
        };
        let all = of(&[(1, u16::MAX, Tri::Yes)]);
        let some = of(&[(1, 80, Tri::Unknown), (81, 90, Tri::Yes), (65535, 65535, Tri::Yes)]);
        assert_eq!(all.and(&some), some);
        assert_eq!(all.and(&all), all);
        assert_eq!(some.and(&of(&[(70, 85, Tri::Yes)])).to_string(), "70-80?,81-85");
        assert!(some.and(&of(&[(91, 100, Tri::Yes)])).is_none());
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
}
