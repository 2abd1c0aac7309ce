//! Files of expectations, read: what `ringfence test` holds a world to. `docs/schema/expectations.schema.json` describes
//! them; an unknown key, a name that is none or a port that is none is an error at its place.

use ringfence_questions::{Expectation, Name, PortAsk, Target};
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::ConfigError;

/// An expectation, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    /// What is declared.
    pub expectation: Expectation,
    /// What its author calls it; empty where it has no name.
    pub name: String,
    /// The line it begins on, from 1.
    pub line: u32,
}

/// The key under which a file declares expectations.
const KEY: &str = "expect";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    expect: Vec<Spanned<Item>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: Option<String>,
    allow: Option<Spanned<Flow>>,
    deny: Option<Spanned<Flow>>,
    why: Option<String>,
    unknown: Option<OnUnknown>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flow {
    from: OneOrMore,
    to: OneOrMore,
    ports: Option<OneOrMore>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum OnUnknown {
    Accept,
    Fail,
}

/// Whether a text is a file of expectations, rather than of manifests.
pub fn declares_expectations(text: &str) -> bool {
    let tree = ringfence_yaml::parse(text);
    tree.documents().next().and_then(ringfence_yaml::Document::root).is_some_and(|root| root.get(KEY).is_some())
}

/// The expectations of a file, in their order.
pub fn expectations(text: &str) -> Result<Vec<Declared>, ConfigError> {
    if let Some(error) = ConfigError::in_tree(&ringfence_yaml::parse(text)) {
        return Err(error);
    }
    let file: File = serde_saphyr::from_str(text).map_err(|error| ConfigError::from_serde(&error, text))?;
    file.expect.into_iter().map(|item| declared(item, text)).collect()
}

fn declared(item: Spanned<Item>, text: &str) -> Result<Declared, ConfigError> {
    let fault =
        |message: &str, help: &str| ConfigError::at(item.referenced, text, message.to_owned(), Some(help.to_owned()));
    let (allow, flow) = match (item.value.allow, item.value.deny) {
        (Some(flow), None) => (true, flow),
        (None, Some(flow)) => (false, flow),
        (None, None) => {
            return Err(fault("neither `allow` nor `deny`", "say which connections must be let through, or must not"));
        }
        (Some(_), Some(_)) => return Err(fault("both `allow` and `deny`", "write two expectations")),
    };
    let at = |message: String| ConfigError::at(flow.referenced, text, message, None);
    let from = flow.value.from.0.iter().map(|name| name.parse::<Name>()).collect::<Result<Vec<_>, _>>();
    let to = flow.value.to.0.iter().map(|to| to.parse::<Target>()).collect::<Result<Vec<_>, _>>();
    let to = to.map_err(|error| at(error.to_string()))?;
    let to = match flow.value.ports {
        Some(ports) => with_ports(&to, &ports.0).map_err(at)?,
        None => to,
    };
    Ok(Declared {
        expectation: Expectation {
            allow,
            from: from.map_err(|error| at(error.to_string()))?,
            to,
            why: item.value.why.unwrap_or_default(),
            accept_unknown: item.value.unknown == Some(OnUnknown::Accept),
        },
        name: item.value.name.unwrap_or_default(),
        line: item.referenced.line() as u32,
    })
}

/// Each destination on each port.
fn with_ports(to: &[Target], ports: &[String]) -> Result<Vec<Target>, String> {
    let ports = ports.iter().map(|port| port.parse::<PortAsk>()).collect::<Result<Vec<_>, _>>();
    let ports = ports.map_err(|error| error.to_string())?;
    if let Some(twice) = to.iter().find(|target| target.port != PortAsk::Every) {
        return Err(format!("`{twice}` has a port of its own: leave it out there, or leave out `ports`"));
    }
    let each =
        |target: &Target| ports.iter().map(|port| Target { name: target.name.clone(), port: port.clone() }).collect();
    Ok(to.iter().flat_map(|target| -> Vec<Target> { each(target) }).collect())
}

/// One text (or number), or a list of them.
struct OneOrMore(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(crate::config::OneOrMoreVisitor).map(Self)
    }
}
