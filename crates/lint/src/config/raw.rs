//! `ringfence.yaml` as it is written. The keys stand here and in `docs/schema/ringfence.schema.json`, nowhere else.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use smol_str::SmolStr;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Raw {
    pub(super) select: Option<Vec<Spanned<String>>>,
    pub(super) ignore: Option<Vec<Spanned<String>>>,
    pub(super) external: Option<Vec<External>>,
    pub(super) labels: Option<Labels>,
    pub(super) tiers: Option<Tiers>,
    pub(super) resources: Option<BTreeMap<SmolStr, Spanned<OneOrMore>>>,
    pub(super) cni: Option<Cni>,
    pub(super) cilium: Option<Cilium>,
    pub(super) upstream: Option<Upstream>,
    pub(super) namespace: Option<SmolStr>,
    pub(super) fail_on: Option<Severity>,
    pub(super) roots: Option<Vec<Spanned<Root>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Root {
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) flux: Option<String>,
    pub(super) argo: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub(super) profile: Option<SmolStr>,
    pub(super) enforcement: Option<SmolStr>,
    pub(super) access: Option<SmolStr>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Tiers {
    pub(super) platform: Option<Vec<SmolStr>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Cni {
    Cilium,
    Upstream,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Severity {
    Error,
    Warning,
}

/// The agent's own names (semantics §11).
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Cilium {
    pub(super) version: Option<Spanned<String>>,
    pub(super) enable_policy: Option<EnablePolicy>,
    pub(super) cluster_name: Option<SmolStr>,
    pub(super) policy_default_local_cluster: Option<bool>,
    pub(super) policy_cidr_match_mode: Option<Vec<CidrMatch>>,
    pub(super) enable_ipv4: Option<bool>,
    pub(super) enable_ipv6: Option<bool>,
    pub(super) enable_host_firewall: Option<bool>,
    pub(super) allow_localhost: Option<AllowLocalhost>,
    pub(super) enable_node_selector_labels: Option<bool>,
    pub(super) enable_non_default_deny_policies: Option<bool>,
    pub(super) enable_icmp_rules: Option<bool>,
    pub(super) enable_l7_proxy: Option<bool>,
    pub(super) enable_extended_ip_protocols: Option<bool>,
    pub(super) enable_k8s_cluster_network_policy: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Upstream {
    pub(super) ipblock_matches_pods: Option<bool>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EnablePolicy {
    Default,
    Always,
    Never,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CidrMatch {
    Nodes,
    Pods,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AllowLocalhost {
    Auto,
    Always,
    Policy,
}

/// Where a shared resource is: one place, or several.
pub(super) struct OneOrMore(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor).map(Self)
    }
}

/// One text or number, or a list of them.
pub(crate) struct OneOrMoreVisitor;

impl<'de> Visitor<'de> for OneOrMoreVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }

    fn visit_str<E>(self, one: &str) -> Result<Vec<String>, E> {
        Ok(vec![one.to_owned()])
    }

    fn visit_u64<E>(self, one: u64) -> Result<Vec<String>, E> {
        Ok(vec![one.to_string()])
    }

    fn visit_i64<E>(self, one: i64) -> Result<Vec<String>, E> {
        Ok(vec![one.to_string()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut all = Vec::new();
        while let Some(Scalar(one)) = list.next_element()? {
            all.push(one);
        }
        Ok(all)
    }
}

/// A text, or a number taken as one.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// A namespace by its name alone, or with labels.
pub(super) struct External {
    pub(super) name: SmolStr,
    pub(super) labels: BTreeMap<SmolStr, SmolStr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    name: SmolStr,
    #[serde(default)]
    labels: BTreeMap<SmolStr, SmolStr>,
}

impl<'de> Deserialize<'de> for External {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExternalVisitor)
    }
}

/// Serde's own untagged enums forget where the fault is.
struct ExternalVisitor;

impl<'de> Visitor<'de> for ExternalVisitor {
    type Value = External;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a namespace, or a mapping with `name` and `labels`")
    }

    fn visit_str<E>(self, name: &str) -> Result<External, E> {
        Ok(External { name: name.into(), labels: BTreeMap::new() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<External, A::Error> {
        let Labelled { name, labels } = Labelled::deserialize(MapAccessDeserializer::new(map))?;
        Ok(External { name, labels })
    }
}
