//! The answer for one connection, with everything that made it.

use ringfence_cluster::{Direction, Tri};
use ringfence_engine::{Connection, Endpoint, Side, Traffic};

use crate::ends::{End, Who};
use crate::inquiry::Inquiry;
use crate::learned::Learned;

/// Whether one connection is let through.
#[derive(Clone, PartialEq, Debug)]
pub struct Reply {
    /// What is sent.
    pub traffic: Traffic,
    /// Whether it is let through.
    pub allowed: Tri,
    /// What the engine says, for each pair of shapes that the ends may have; at least one.
    pub connections: Vec<(Endpoint, Endpoint, Connection)>,
    /// For a DNS name that only rules about names let through: whether its addresses become known at all.
    pub learned: Option<Learned>,
}

impl Reply {
    /// Whether the ends have several shapes that get different answers: pods on the host's network, depending on the node.
    pub fn depends_on_shape(&self) -> bool {
        let mut answers = self.connections.iter().map(|(.., connection)| connection.allowed());
        let first = answers.next();
        answers.any(|answer| Some(answer) != first)
    }

    /// The connection that tells most: the first that is not let through, else the first.
    pub fn telling(&self) -> &(Endpoint, Endpoint, Connection) {
        let worst =
            self.connections.iter().enumerate().min_by_key(|(at, (.., connection))| (connection.allowed(), *at));
        // There is one at least, by construction.
        worst.map_or(&self.connections[0], |(_, connection)| connection)
    }

    /// What one half says.
    pub fn half(&self, direction: Direction) -> &Side {
        let (.., connection) = self.telling();
        match direction {
            Direction::Egress => &connection.egress,
            Direction::Ingress => &connection.ingress,
        }
    }

    /// What one half says, over all shapes.
    pub fn half_allows(&self, direction: Direction) -> Tri {
        let of = |(.., connection): &(Endpoint, Endpoint, Connection)| match direction {
            Direction::Egress => connection.egress.decision.allows(),
            Direction::Ingress => connection.ingress.decision.allows(),
        };
        joined(self.connections.iter().map(of))
    }
}

impl Inquiry<'_> {
    /// The answer for one connection.
    pub fn reply(&self, source: &End, destination: &End, traffic: Traffic) -> Reply {
        let pairs = source.shapes.iter().flat_map(|from| destination.shapes.iter().map(move |to| (from, to)));
        let ask =
            |(from, to): (&Endpoint, &Endpoint)| (from.clone(), to.clone(), self.engine.connection(from, to, traffic));
        let connections: Vec<_> = pairs.map(ask).collect();
        let mut allowed = joined(connections.iter().map(|(.., connection)| connection.allowed()));
        let learned = match &destination.who {
            Who::Dns(name) if allowed.possible() => self.learned(source, name, &connections[0].2.egress),
            _ => None,
        };
        if let Some(learned) = &learned {
            allowed = allowed.and(learned.known());
        }
        Reply { traffic, allowed, connections, learned }
    }
}

/// The answer that all shapes agree on.
pub(crate) fn joined(answers: impl IntoIterator<Item = Tri>) -> Tri {
    let mut answers = answers.into_iter();
    match answers.next() {
        Some(first) if answers.all(|answer| answer == first) => first,
        _ => Tri::Unknown,
    }
}
