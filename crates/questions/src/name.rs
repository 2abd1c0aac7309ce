//! How people name an end of a connection: `payments/api`, `app=web`, `10.0.0.0/8`, `internet`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use ringfence_cluster::Entity;
use smol_str::SmolStr;

/// An end of a connection as it is asked about, before any world is looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Name {
    /// `namespace/workload`
    Workload(SmolStr, SmolStr),
    /// `svc/namespace/name`
    Service(SmolStr, SmolStr),
    /// `key=value`: pods that carry the label, or whose namespace does.
    Label(SmolStr, SmolStr),
    /// One address.
    Address(IpAddr),
    /// A range of addresses.
    Range(IpNet),
    /// `internet`: every public unicast address.
    Internet,
    /// `host`, `remote-node`, `kube-apiserver`, `ingress`, `health` (semantics §5.6).
    Special(Entity),
    /// A DNS name.
    Dns(SmolStr),
    /// A word alone: a declared resource, else a namespace.
    Word(SmolStr),
}

/// The words that name something that every cluster has.
const SPECIAL: [(&str, Entity); 5] = [
    ("host", Entity::Host),
    ("remote-node", Entity::RemoteNode),
    ("kube-apiserver", Entity::KubeApiserver),
    ("ingress", Entity::Ingress),
    ("health", Entity::Health),
];

/// The word for every public unicast address.
const INTERNET: &str = "internet";
/// What goes before the name of a Service.
const SERVICE: &str = "svc";

/// A text that names nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// There is no text.
    #[error("a name is missing")]
    Empty,
    /// A part of it is empty, or there are too many.
    #[error(
        "`{0}` names nothing: write `namespace/workload`, `svc/namespace/name`, a namespace, `label=value`, an address, a CIDR or a DNS name"
    )]
    Shape(String),
    /// It has a `/` and digits like a CIDR, and is none.
    #[error("`{0}` is no CIDR: the range is written as `10.0.0.0/8` or `2001:db8::/32`")]
    Range(String),
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::Shape(text.to_owned());
        if text.is_empty() {
            return Err(NameError::Empty);
        } else if text.contains(char::is_whitespace) {
            return Err(wrong());
        }
        if let Some((key, value)) = text.split_once('=') {
            return if key.is_empty() { Err(wrong()) } else { Ok(Self::Label(key.into(), value.into())) };
        }
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Address(address));
        } else if let Ok(range) = bare.parse::<IpNet>() {
            return Ok(Self::Range(range.trunc()));
        } else if looks_like_a_range(bare) {
            return Err(NameError::Range(text.to_owned()));
        }
        match text.split('/').collect::<Vec<_>>().as_slice() {
            parts if parts.iter().any(|part| part.is_empty()) => Err(wrong()),
            [word] => Ok(Self::word(word)),
            [namespace, name] => Ok(Self::Workload((*namespace).into(), (*name).into())),
            [SERVICE, namespace, name] => Ok(Self::Service((*namespace).into(), (*name).into())),
            _ => Err(wrong()),
        }
    }
}

impl Name {
    /// A namespace is a DNS label and has no dot.
    fn word(word: &str) -> Self {
        let special = SPECIAL.iter().find(|(name, _)| *name == word);
        match special {
            Some((_, entity)) => Self::Special(*entity),
            None if word == INTERNET => Self::Internet,
            None if word.contains('.') => Self::Dns(word.trim_end_matches('.').to_ascii_lowercase().into()),
            None => Self::Word(word.into()),
        }
    }

    /// The words that name something that every cluster has, `internet` among them.
    pub fn words() -> impl Iterator<Item = &'static str> {
        SPECIAL.iter().map(|(word, _)| *word).chain([INTERNET])
    }
}

/// Whether what stands before the `/` can only be an address.
fn looks_like_a_range(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    address.parse::<IpAddr>().is_ok()
        || (digits(prefix) && address.split('.').count() > 1 && address.split('.').all(digits))
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload(namespace, name) => write!(f, "{namespace}/{name}"),
            Self::Service(namespace, name) => write!(f, "{SERVICE}/{namespace}/{name}"),
            Self::Label(key, value) => write!(f, "{key}={value}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Range(range) => write!(f, "{range}"),
            Self::Internet => f.write_str(INTERNET),
            Self::Special(entity) => f.write_str(special_word(*entity)),
            Self::Dns(name) | Self::Word(name) => f.write_str(name),
        }
    }
}

/// The word for a special endpoint.
pub(crate) fn special_word(entity: Entity) -> &'static str {
    SPECIAL.iter().find(|(_, other)| *other == entity).map_or("?", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn each_kind_of_name_is_told_from_the_others() {
        assert_eq!(name("payments/api"), Name::Workload("payments".into(), "api".into()));
        assert_eq!(name("svc/payments/api"), Name::Service("payments".into(), "api".into()));
        assert_eq!(name("app.kubernetes.io/name=web"), Name::Label("app.kubernetes.io/name".into(), "web".into()));
        assert_eq!(name("10.1.2.3"), Name::Address("10.1.2.3".parse().unwrap()));
        assert_eq!(name("10.1.2.3/8"), Name::Range("10.0.0.0/8".parse().unwrap()));
        assert_eq!(name("[2001:db8::1]"), Name::Address("2001:db8::1".parse().unwrap()));
        assert_eq!(name("internet"), Name::Internet);
        assert_eq!(name("kube-apiserver"), Name::Special(Entity::KubeApiserver));
        assert_eq!(name("API.example.com."), Name::Dns("api.example.com".into()));
        assert_eq!(name("payments"), Name::Word("payments".into()));
    }

    #[test]
    fn a_name_reads_back_as_itself() {
        for text in
            ["payments/api", "svc/a/b", "a=b", "10.0.0.0/8", "2001:db8::1", "internet", "host", "api.example.com", "x"]
        {
            assert_eq!(name(text).to_string(), text);
        }
    }

    #[test]
    fn what_names_nothing_says_so() {
        for text in ["", "a/", "/b", "a//b", "a/b/c", "svc/a/b/c", "=x", "a b", "10.0.0.0/33", "300.1.2.3/8"] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
        assert_eq!("10.0.0/8".parse::<Name>(), Err(NameError::Range("10.0.0/8".into())));
    }
}
