//! Cluster DNS: who the servers are, and whether a pod can ask them, over the union of all policies.

use std::cell::RefCell;

use ringfence_cluster::{
    Cni, Direction, Entry, EntryId, IdentityId, L3, L4, PeerKind, PortMatch, PortRule, Protocol, Section, Tri, Verdict,
    World,
};
use rustc_hash::FxHashMap;

use crate::{Endpoint, Engine, Traffic};

/// Ports that DNS is spoken on: 53, and what servers behind a Service listen on (OpenShift, unprivileged images).
const PORTS: [u16; 3] = [53, 5353, 8053];

/// The protocols that DNS is spoken over.
const ASKED: [Protocol; 2] = [Protocol::Udp, Protocol::Tcp];

/// The DNS servers of a world, and the questions that are asked about them.
#[derive(Debug)]
pub struct Dns<'a> {
    engine: &'a Engine<'a>,
    servers: Vec<IdentityId>,
    /// Whether entries may lead to a resolver that we do not know: asked for many pods, and the same for all.
    resolvers: RefCell<FxHashMap<EntryId, bool>>,
}

/// Whether a pod can ask the DNS servers over each protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lookup {
    /// Over UDP: nearly all questions.
    pub udp: Tri,
    /// Over TCP: answers that do not fit, and resolvers that ask so.
    pub tcp: Tri,
}

impl<'a> Dns<'a> {
    /// The DNS of the engine's world.
    pub fn new(engine: &'a Engine<'a>) -> Self {
        Self { engine, servers: engine.world().dns_servers(), resolvers: RefCell::default() }
    }

    /// The DNS servers.
    pub fn servers(&self) -> &[IdentityId] {
        &self.servers
    }

    /// Whether the servers are only assumed: the input declares none.
    pub fn assumed(&self) -> bool {
        self.servers.iter().all(|&server| self.world().identity(server).dns_stand_in)
    }

    /// Whether a pod's own side lets it ask any of the servers.
    pub fn lookup(&self, client: IdentityId) -> Lookup {
        Lookup { udp: self.asks(client, Protocol::Udp), tcp: self.asks(client, Protocol::Tcp) }
    }

    fn asks(&self, client: IdentityId, protocol: Protocol) -> Tri {
        let client = Endpoint::Pods(client);
        Tri::any(self.servers.iter().flat_map(|&server| {
            let server_end = Endpoint::Pods(server);
            let client = &client;
            self.listening(server).into_iter().map(move |port| {
                let traffic = Traffic { protocol, port };
                self.engine.side(client, &server_end, Direction::Egress, traffic).decision.allows()
            })
        }))
    }

    /// The entries that let a pod ask a server, or keep it from it, over UDP or TCP: ascending.
    pub fn deciding(&self, client: IdentityId) -> Vec<EntryId> {
        let mut entries = Vec::new();
        for &server in &self.servers {
            for (port, protocol) in self.listening(server).into_iter().flat_map(|port| ASKED.map(|over| (port, over))) {
                let (client, server) = (Endpoint::Pods(client), Endpoint::Pods(server));
                entries
                    .extend(self.engine.side(&client, &server, Direction::Egress, Traffic { protocol, port }).deciding);
            }
        }
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// Whether any of the servers admits a pod, surely or perhaps, over either protocol: the other half of a lookup.
    pub fn admits(&self, client: IdentityId) -> Tri {
        let far = Endpoint::Pods(client);
        Tri::any(self.servers.iter().flat_map(|&server| {
            let (own, far) = (Endpoint::Pods(server), &far);
            let asked = self.listening(server).into_iter().flat_map(|port| ASKED.map(|over| (port, over)));
            asked.map(move |(port, protocol)| {
                self.engine.side(&own, far, Direction::Ingress, Traffic { protocol, port }).decision.allows()
            })
        }))
    }

    /// The ports a server may be asked on: those it names for DNS, else 53.
    pub fn listening(&self, server: IdentityId) -> Vec<u16> {
        let named = self.world().identity(server).ports.iter().filter_map(|port| port.number);
        let mut ports: Vec<u16> = named.filter(|port| PORTS.contains(port)).collect();
        if ports.is_empty() {
            ports.push(PORTS[0]);
        }
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// Whether some policy may let a pod ask a resolver that is not one of the servers we know: another DNS server, a
    /// cache on the node, an address.
    pub fn elsewhere(&self, client: IdentityId) -> bool {
        let entries = self.engine.entries_selecting(client, Direction::Egress);
        entries.iter().any(|&(id, _)| self.world().entry(id).verdict == Verdict::Allow && self.is_resolver(id))
    }

    /// Whether an egress entry may lead to a resolver that we do not know.
    fn is_resolver(&self, id: EntryId) -> bool {
        *self.resolvers.borrow_mut().entry(id).or_insert_with(|| self.leads_to_resolver(id))
    }

    fn leads_to_resolver(&self, id: EntryId) -> bool {
        let entry = self.world().entry(id);
        let names_dns = entry.port_rules().iter().any(|rule| covers_dns(rule, self.world()).possible());
        match (&entry.l3, &entry.l4) {
            (L3::Nothing, _) => false,
            (_, L4::Ports(_)) if !names_dns => false,
            (L3::Unknown | L3::Anyone, _) | (_, L4::Unknown) => true,
            (L3::Peers(peers), _) => peers.iter().any(|peer| self.may_resolve(&peer.kind, names_dns)),
        }
    }

    fn may_resolve(&self, peer: &PeerKind, names_dns: bool) -> bool {
        match peer {
            PeerKind::Nobody | PeerKind::Fqdn(_) => false,
            PeerKind::Unknown => true,
            // Outside Cilium an address range may cover the servers' own addresses, whatever it was meant for.
            PeerKind::Cidr { .. } => names_dns || !self.on_cilium(),
            PeerKind::Entity(_) | PeerKind::Nodes(_) => names_dns,
            PeerKind::Endpoints(selector) => {
                let pods = self.engine.selected(*selector);
                pods.sure().chain(pods.perhaps()).any(|pod| self.may_serve(pod, names_dns))
            }
        }
    }

    fn on_cilium(&self) -> bool {
        self.world().dialect.cni == Cni::Cilium
    }

    /// Whether a pod other than the servers may be a DNS server: it names such a port; or a rule for DNS ports leads to
    /// it, and it is one we do not see, outside the namespaces of the servers.
    fn may_serve(&self, pod: IdentityId, names_dns: bool) -> bool {
        let identity = self.world().identity(pod);
        let home = self.servers.iter().any(|&server| self.world().identity(server).namespace == identity.namespace);
        let named = identity.ports.iter().any(|port| port.number.is_some_and(|number| PORTS.contains(&number)));
        !self.servers.contains(&pod) && (named || (names_dns && identity.representative && !home))
    }

    fn world(&self) -> &'a World {
        self.engine.world()
    }
}

impl Lookup {
    /// Whether neither protocol gets through, surely.
    pub fn is_none(self) -> bool {
        self.udp.or(self.tcp).is_no()
    }
}

/// Whether a port rule is about DNS alone: port 53 by number, or one of the names that DNS servers give it.
pub fn is_dns_port(rule: &PortRule, world: &World) -> bool {
    match rule.port {
        PortMatch::Range(first, last) => first == PORTS[0] && last == PORTS[0],
        PortMatch::Named(name, _) => ["dns", "dns-tcp", "dns-udp"].contains(&world.symbols.text(name)),
        PortMatch::All | PortMatch::Unknown => false,
    }
}

/// Whether a port rule covers a DNS port.
pub fn covers_dns(rule: &PortRule, world: &World) -> Tri {
    if !matches!(rule.protocol, Protocol::Any | Protocol::Udp | Protocol::Tcp | Protocol::Unknown) {
        return Tri::No;
    }
    match rule.port {
        PortMatch::All => Tri::Yes,
        PortMatch::Range(first, last) => PORTS.iter().any(|port| (first..=last).contains(port)).into(),
        PortMatch::Named(..) if is_dns_port(rule, world) => Tri::Yes,
        PortMatch::Named(..) | PortMatch::Unknown => Tri::Unknown,
    }
}

/// Whether an entry lets something out.
pub fn allows_egress(entry: &Entry) -> bool {
    entry.section == Section::Egress && entry.verdict == Verdict::Allow
}
