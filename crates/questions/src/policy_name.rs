//! How people name a policy: `payments/db`, `baseline`, `CiliumNetworkPolicy/payments/db`.

use std::fmt;
use std::str::FromStr;

use ringfence_cluster::{Policy, PolicyId, World};
use smol_str::SmolStr;

use crate::near::nearest;

/// The name of a policy, as far as it is given.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PolicyName {
    kind: Option<SmolStr>,
    namespace: Option<SmolStr>,
    name: SmolStr,
}

/// A text that names no policy.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` names no policy: write `namespace/name`, `name` or `Kind/namespace/name`")]
pub struct PolicyNameError(String);

impl FromStr for PolicyName {
    type Err = PolicyNameError;

    fn from_str(text: &str) -> Result<Self, PolicyNameError> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().any(|part| part.is_empty() || part.contains(char::is_whitespace)) {
            return Err(PolicyNameError(text.to_owned()));
        }
        // Kinds begin with a capital letter, names of namespaces never do.
        let is_kind = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
        let of = |kind: Option<&str>, namespace: Option<&str>, name: &str| Self {
            kind: kind.map(SmolStr::new),
            namespace: namespace.map(SmolStr::new),
            name: name.into(),
        };
        match parts.as_slice() {
            [name] => Ok(of(None, None, name)),
            [kind, name] if is_kind(kind) => Ok(of(Some(kind), None, name)),
            [namespace, name] => Ok(of(None, Some(namespace), name)),
            [kind, namespace, name] if is_kind(kind) => Ok(of(Some(kind), Some(namespace), name)),
            _ => Err(PolicyNameError(text.to_owned())),
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.kind, &self.namespace].into_iter().flatten() {
            write!(f, "{part}/")?;
        }
        f.write_str(&self.name)
    }
}

impl PolicyName {
    /// The policies that are called so: several where the name alone is given.
    pub fn find(&self, world: &World) -> Vec<PolicyId> {
        world.policy_ids().filter(|(_, policy)| self.names(policy, world)).map(|(id, _)| id).collect()
    }

    fn names(&self, policy: &Policy, world: &World) -> bool {
        let namespace = policy.namespace.and_then(|id| world.namespace_name(id));
        self.kind.as_ref().is_none_or(|kind| kind == policy.kind.name())
            && self.namespace.as_ref().is_none_or(|own| namespace == Some(own))
            && world.object(policy.object).name() == Some(&self.name)
    }

    /// The policies that may have been meant, nearest first.
    pub fn near(&self, world: &World) -> Vec<String> {
        let full: Vec<String> = world.policies.iter().map(|policy| world.policy_text(policy)).collect();
        let wanted = match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.to_string(),
        };
        let by_name = |name: &str| name.rsplit_once('/').map_or(name, |(_, name)| name).to_owned();
        let bare: Vec<String> = full.iter().map(|name| by_name(name)).collect();
        let whole = nearest(&wanted, full.iter().map(String::as_str));
        if !whole.is_empty() {
            return whole;
        }
        // The right name in another namespace, or a misspelt name alone.
        let near = nearest(&self.name, bare.iter().map(String::as_str));
        let mut names: Vec<String> =
            full.iter().zip(&bare).filter(|(_, bare)| near.contains(bare)).map(|(full, _)| full.clone()).collect();
        names.dedup();
        names.truncate(MOST);
        names
    }
}

/// How many are suggested.
const MOST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_named_in_three_ways() {
        for text in ["db", "shop/db", "NetworkPolicy/shop/db", "CiliumClusterwideNetworkPolicy/base"] {
            assert_eq!(text.parse::<PolicyName>().unwrap().to_string(), text);
        }
        for text in ["", "/db", "a/b/c", "NetworkPolicy/a/b/c", "a b"] {
            assert_eq!(text.parse::<PolicyName>(), Err(PolicyNameError(text.to_owned())));
        }
    }
}
