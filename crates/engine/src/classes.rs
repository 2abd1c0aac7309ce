//! Classes of things that nothing asked so far tells apart.
//!
//! A matrix over a thousand workloads has a million cells, but far fewer different rows and columns. A partition begins
//! with all things in one class, or one for each key; every test then moves those that it finds into classes of their own.
//! What is still together in the end gives the same answer to every test.

use std::hash::Hash;

use ringfence_cluster::Tri;
use rustc_hash::FxHashMap;

/// Things by number, each in a class.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    of: Vec<u32>,
    count: u32,
    /// Where the members of a class go in the test at hand.
    moves: FxHashMap<(u32, Tri), u32>,
}

impl Classes {
    /// So many things, all of one class.
    pub(crate) fn one(things: usize) -> Self {
        Self { of: vec![0; things], count: 1, moves: FxHashMap::default() }
    }

    /// Things with one key are of one class.
    pub(crate) fn by_key<K: Hash + Eq>(keys: impl IntoIterator<Item = K>) -> Self {
        let mut numbers = FxHashMap::default();
        let of = keys.into_iter().map(|key| number(&mut numbers, key)).collect();
        Self { of, count: numbers.len() as u32, moves: FxHashMap::default() }
    }

    /// Takes those that a test finds away from those that it does not: each comes once, with how surely it is found.
    pub(crate) fn split(&mut self, found: impl IntoIterator<Item = (u32, Tri)>) {
        self.moves.clear();
        for (thing, tri) in found {
            let class = &mut self.of[thing as usize];
            let next = self.count + self.moves.len() as u32;
            *class = *self.moves.entry((*class, tri)).or_insert(next);
        }
        self.count += self.moves.len() as u32;
    }

    /// A number for each class, worked out from its first member, by thing.
    pub(crate) fn each(&self, mut number: impl FnMut(usize) -> u32) -> impl Iterator<Item = u32> {
        let mut known = vec![None; self.count as usize];
        let each = self.of.iter().enumerate();
        each.map(move |(thing, &class)| *known[class as usize].get_or_insert_with(|| number(thing)))
    }

    /// Numbers the classes anew, in the order of their first members, which are returned.
    pub(crate) fn settle(self) -> (Vec<u32>, Vec<u32>) {
        let (mut numbers, mut firsts) = (vec![u32::MAX; self.count as usize], Vec::new());
        let mut renumber = |(class, thing): (u32, u32)| {
            let number = &mut numbers[class as usize];
            if *number == u32::MAX {
                *number = firsts.len() as u32;
                firsts.push(thing);
            }
            *number
        };
        let of = self.of.into_iter().zip(0..).map(&mut renumber).collect();
        (of, firsts)
    }
}

/// The number of a key; keys are numbered as they come.
pub(crate) fn number<K: Hash + Eq>(numbers: &mut FxHashMap<K, u32>, key: K) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(key).or_insert(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_test_tells_apart_stays_together() {
        let mut classes = Classes::by_key(["a", "b", "a", "a"]);
        classes.split([(0, Tri::Yes), (2, Tri::Yes), (3, Tri::Unknown)]);
        classes.split([(0, Tri::Yes), (2, Tri::Yes)]);
        let (of, firsts) = classes.settle();
        assert_eq!(of, [0, 1, 0, 2]);
        assert_eq!(firsts, [0, 1, 3]);
    }
}
