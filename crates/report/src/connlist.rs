//! The list of allowed connections as text, in the grammar of netpol-analyzer.

use std::io;

use ringfence_questions::connlist::{Connections, Connlist, End};

/// Writes a line for each pair, `source => destination : connections`, ascending by source and destination as text.
///
/// A workload is `namespace/name[Kind]`, a range of addresses `first-last[External]`. Connections are `All Connections`,
/// or the ports of each protocol: `TCP 80,443-445,UDP 53`.
pub fn connlist(list: &Connlist, out: &mut dyn io::Write) -> io::Result<()> {
    let ends: Vec<String> = list.ends.iter().map(end).collect();
    let connections: Vec<String> = list.connections.iter().map(text).collect();
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|&at| &ends[at]);
    let mut ranks = vec![0; ends.len()];
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = rank;
    }
    let mut lines = list.lines.clone();
    lines.sort_unstable_by_key(|line| (ranks[line.source as usize], ranks[line.destination as usize]));
    for line in lines {
        let (source, destination) = (&ends[line.source as usize], &ends[line.destination as usize]);
        writeln!(out, "{source} => {destination} : {}", connections[line.connections as usize])?;
    }
    Ok(())
}

fn end(end: &End) -> String {
    match end {
        End::Workload { namespace, name, kind } => format!("{namespace}/{name}[{kind}]"),
        End::Addresses(block) => format!("{}-{}[External]", block.first, block.last),
        End::IngressController => "{ingress-controller}".to_owned(),
    }
}

fn text(connections: &Connections) -> String {
    if connections.is_all() {
        return "All Connections".to_owned();
    }
    let protocols = [("SCTP", &connections.sctp), ("TCP", &connections.tcp), ("UDP", &connections.udp)];
    let written = protocols.iter().filter(|(_, ports)| !ports.is_empty());
    written.map(|(protocol, ports)| format!("{protocol} {}", intervals(ports))).collect::<Vec<_>>().join(",")
}

fn intervals(ports: &[(u16, u16)]) -> String {
    let one = |&(first, last): &(u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ports.iter().map(one).collect::<Vec<_>>().join(",")
}
