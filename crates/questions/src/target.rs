//! A destination with its port: `payments/api:8080`, `[2001:db8::1]:443/UDP`, `10.0.0.0/8,443`.

use std::fmt;
use std::str::FromStr;

use ringfence_cluster::Protocol;
use ringfence_engine::Traffic;

use crate::name::{Name, NameError};

/// What may be asked for: a name, and perhaps a port.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Target {
    /// Who.
    pub name: Name,
    /// On which port.
    pub port: PortAsk,
}

/// Which ports a question is about.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum PortAsk {
    /// All of them: the answer names those that are let through.
    #[default]
    Every,
    /// One number, over each of these protocols. For ICMP it is the type.
    One(u16, Vec<Protocol>),
}

/// A text that is no target.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The port is none.
    #[error("`{0}` is no port: write a number from 1 to 65535, for ICMP a type from 0 to 255")]
    Port(String),
    /// The protocol is none.
    #[error("`{0}` is no protocol: there are `TCP`, `UDP`, `SCTP`, `ICMP`, `ICMPv6`, and `any` for the first three")]
    Protocol(String),
}

/// The protocols by the words for them.
const PROTOCOLS: [(&str, &[Protocol]); 6] = [
    ("TCP", &[Protocol::Tcp]),
    ("UDP", &[Protocol::Udp]),
    ("SCTP", &[Protocol::Sctp]),
    ("ICMP", &[Protocol::Icmp]),
    ("ICMPv6", &[Protocol::Icmpv6]),
    ("any", &[Protocol::Tcp, Protocol::Udp, Protocol::Sctp]),
];

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (name, port) = split(text);
        let port = port.map_or(Ok(PortAsk::Every), str::parse)?;
        Ok(Self { name: name.parse()?, port })
    }
}

/// The name, and what stands behind it. A range and its port are told apart by a comma, since its length looks like a
/// protocol; an IPv6 address stands in brackets.
fn split(text: &str) -> (&str, Option<&str>) {
    if let Some((name, port)) = text.split_once(',') {
        return (name, Some(port));
    }
    if text.starts_with('[') {
        return match text.split_once("]:") {
            Some((name, port)) => (&text[..=name.len()], Some(port)),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((name, port)) if !port.contains(':') => (name, Some(port)),
        _ => (text, None),
    }
}

impl FromStr for PortAsk {
    type Err = TargetError;

    /// `8080`, `53/UDP`, `53/any`, `8/ICMP`. Without a protocol it is TCP.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "TCP"));
        let known = PROTOCOLS.iter().find(|(word, _)| word.eq_ignore_ascii_case(protocol));
        let (_, protocols) = known.ok_or_else(|| TargetError::Protocol(protocol.to_owned()))?;
        let icmp = matches!(protocols, [Protocol::Icmp | Protocol::Icmpv6]);
        let port = number.parse::<u16>().ok().filter(|&port| if icmp { port <= 255 } else { port > 0 });
        let port = port.ok_or_else(|| TargetError::Port(number.to_owned()))?;
        Ok(Self::One(port, protocols.to_vec()))
    }
}

impl PortAsk {
    /// What is sent, for each protocol; nothing where the question is about every port.
    pub fn traffic(&self) -> Vec<Traffic> {
        match self {
            Self::Every => Vec::new(),
            Self::One(port, protocols) => protocols.iter().map(|&protocol| Traffic { protocol, port: *port }).collect(),
        }
    }
}

impl fmt::Display for PortAsk {
    /// `8080/TCP`, `53/any`; `every port`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::One(port, protocols) = self else { return f.write_str("every port") };
        let word = PROTOCOLS.iter().find(|(_, of)| *of == protocols.as_slice()).map_or("?", |(word, _)| word);
        write!(f, "{port}/{word}")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.port) {
            (name, PortAsk::Every) => write!(f, "{name}"),
            (Name::Range(range), port) => write!(f, "{range},{port}"),
            (Name::Address(address), port) if address.is_ipv6() => write!(f, "[{address}]:{port}"),
            (name, port) => write!(f, "{name}:{port}"),
        }
    }
}

/// The word for a protocol, as a target takes it.
pub fn protocol_word(protocol: Protocol) -> &'static str {
    PROTOCOLS.iter().find(|(_, of)| *of == [protocol].as_slice()).map_or("?", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    #[test]
    fn names_and_ports_are_told_apart() {
        let tcp = |port| PortAsk::One(port, vec![Protocol::Tcp]);
        assert_eq!(target("payments/api:8080").port, tcp(8080));
        assert_eq!(target("payments/api").port, PortAsk::Every);
        assert_eq!(target("10.0.0.0/8,443").port, tcp(443));
        assert_eq!(target("10.0.0.0/8").port, PortAsk::Every);
        assert_eq!(target("[2001:db8::1]:443").port, tcp(443));
        assert_eq!(target("2001:db8::1").port, PortAsk::Every);
        assert_eq!(target("app.kubernetes.io/name=web:80").port, tcp(80));
        assert_eq!(target("svc/kube-system/kube-dns:53/any").port.traffic().len(), 3);
        assert_eq!(target("payments/api:8/icmp").port, PortAsk::One(8, vec![Protocol::Icmp]));
        assert_eq!(target("payments/api:0/ICMP").port, PortAsk::One(0, vec![Protocol::Icmp]));
    }

    #[test]
    fn a_target_reads_back_as_itself() {
        for text in ["payments/api:8080/TCP", "10.0.0.0/8,443/UDP", "[2001:db8::1]:53/any", "internet:443/TCP", "a"] {
            assert_eq!(target(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_port_says_so() {
        assert_eq!("a:0".parse::<Target>(), Err(TargetError::Port("0".into())));
        assert_eq!("a:http".parse::<Target>(), Err(TargetError::Port("http".into())));
        assert_eq!("a:80/http".parse::<Target>(), Err(TargetError::Protocol("http".into())));
        assert_eq!("a:300/ICMP".parse::<Target>(), Err(TargetError::Port("300".into())));
    }
}
