//! The configuration: what `ringfence.yaml` says, checked and resolved.
//!
//! Every key is described in `docs/schema/ringfence.schema.json`. An unknown key, an unknown rule or a wrong value is an
//! error at its place: a setting that is silently ignored is worse than none.

pub(crate) mod error;
mod raw;

use std::collections::BTreeMap;

use ringfence_cluster::blueprint::LabelKeys;
use ringfence_cluster::{CidrMatchMode, Cni, EnforcementMode, External, Knobs, Version};
use ringfence_diagnostics::Severity;
use ringfence_questions::{Resources, Target};
use ringfence_rules::{Options, Tiers};
use ringfence_sources::roots::{Declared, Start};
use serde_saphyr::Spanned;
use smol_str::SmolStr;

pub use error::ConfigError;
pub(crate) use raw::OneOrMoreVisitor;

use crate::select::{Selection, Selector};
use raw::Raw;

/// What the session goes by.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    /// Which rules run.
    pub selection: Selection,
    /// Which engine gives the verdicts, and how it is configured.
    pub knobs: Knobs,
    /// What rules are told about the organisation.
    pub options: Options,
    /// Shared resources by the word that questions may name them by.
    pub resources: Resources,
    /// The least severity that fails a run, if the file names one.
    pub fail_on: Option<Severity>,
    /// Clusters that no file shows, or shows otherwise.
    pub roots: Vec<Declared>,
}

impl Config {
    /// Reads the text of a `ringfence.yaml` (or the same as JSON). An empty text is the default.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let tree = ringfence_yaml::parse(text);
        if let Some(error) = ConfigError::in_tree(&tree) {
            return Err(error);
        }
        if !tree.documents().any(|document| document.root().is_some_and(|root| !root.is_null_text())) {
            return Ok(Self::default());
        }
        let raw: Raw = serde_saphyr::from_str(text).map_err(|error| ConfigError::from_serde(&error, text))?;
        resolve(raw, text)
    }
}

fn resolve(raw: Raw, text: &str) -> Result<Config, ConfigError> {
    let mut selection = Selection::default();
    let select = raw.select.map(|words| selectors(&words, text)).transpose()?;
    selection.push(select, selectors(&raw.ignore.unwrap_or_default(), text)?);
    let labels = raw.labels.unwrap_or_default();
    Ok(Config {
        selection,
        knobs: Knobs {
            cni: raw.cni.map(|cni| match cni {
                raw::Cni::Cilium => Cni::Cilium,
                raw::Cni::Upstream => Cni::Upstream,
            }),
            external: raw.external.unwrap_or_default().into_iter().map(external).collect(),
            default_namespace: raw.namespace,
            ip_block_matches_pods: raw.upstream.unwrap_or_default().ipblock_matches_pods.unwrap_or_default(),
            ..cilium(raw.cilium.unwrap_or_default(), text)?
        },
        options: Options {
            labels: LabelKeys { profile: labels.profile, enforcement: labels.enforcement, access: labels.access },
            tiers: Tiers { platform: raw.tiers.unwrap_or_default().platform.unwrap_or_default() },
        },
        resources: resources(raw.resources.unwrap_or_default(), text)?,
        fail_on: raw.fail_on.map(|severity| match severity {
            raw::Severity::Error => Severity::Error,
            raw::Severity::Warning => Severity::Warning,
        }),
        roots: roots(raw.roots.unwrap_or_default(), text)?,
    })
}

fn selectors(words: &[Spanned<String>], text: &str) -> Result<Vec<Selector>, ConfigError> {
    let selector = |word: &Spanned<String>| {
        Selector::parse(&word.value)
            .map_err(|unknown| ConfigError::at(word.referenced, text, unknown.to_string(), Some(unknown.help())))
    };
    words.iter().map(selector).collect()
}

fn resources(raw: BTreeMap<SmolStr, Spanned<raw::OneOrMore>>, text: &str) -> Result<Resources, ConfigError> {
    let resource = |(name, places): (SmolStr, Spanned<raw::OneOrMore>)| {
        let targets = places.value.0.iter().map(|place| place.parse::<Target>()).collect::<Result<Vec<_>, _>>();
        let targets = targets.map_err(|fault| ConfigError::at(places.referenced, text, fault.to_string(), None))?;
        Ok((name, targets))
    };
    raw.into_iter().map(resource).collect()
}

fn roots(raw: Vec<Spanned<raw::Root>>, text: &str) -> Result<Vec<Declared>, ConfigError> {
    let root = |root: Spanned<raw::Root>| {
        let raw::Root { name, path, flux, argo } = root.value;
        let starts = [path.map(Start::Folder), flux.map(Start::Flux), argo.map(Start::Argo)];
        let mut starts = starts.into_iter().flatten();
        if let (Some(start), None) = (starts.next(), starts.next()) {
            return Ok(Declared { name, start });
        }
        let fault = format!("the root `{name}` needs one of `path`, `flux` and `argo`");
        Err(ConfigError::at(root.referenced, text, fault, None))
    };
    raw.into_iter().map(root).collect()
}

fn external(raw: raw::External) -> External {
    External { name: raw.name, labels: raw.labels.into_iter().collect() }
}

fn cilium(raw: raw::Cilium, text: &str) -> Result<Knobs, ConfigError> {
    let base = Knobs::default();
    let version = |version: &Spanned<String>| {
        version.value.parse::<Version>().map_err(|fault| ConfigError::at(version.referenced, text, fault, None))
    };
    let modes = raw.policy_cidr_match_mode.unwrap_or_default();
    Ok(Knobs {
        version: raw.version.as_ref().map(version).transpose()?.unwrap_or(base.version),
        mode: raw.enable_policy.map_or(base.mode, |mode| match mode {
            raw::EnablePolicy::Default => EnforcementMode::Default,
            raw::EnablePolicy::Always => EnforcementMode::Always,
            raw::EnablePolicy::Never => EnforcementMode::Never,
        }),
        cluster: raw.cluster_name.unwrap_or(base.cluster),
        any_cluster: raw.policy_default_local_cluster.map(|local| !local).or(base.any_cluster),
        cidr_match_mode: CidrMatchMode {
            nodes: modes.contains(&raw::CidrMatch::Nodes),
            pods: modes.contains(&raw::CidrMatch::Pods),
        },
        ipv4: raw.enable_ipv4.unwrap_or(base.ipv4),
        ipv6: raw.enable_ipv6.unwrap_or(base.ipv6),
        host_firewall: raw.enable_host_firewall.unwrap_or(base.host_firewall),
        allow_localhost: raw.allow_localhost.map_or(base.allow_localhost, |mode| mode != raw::AllowLocalhost::Policy),
        node_selector_labels: raw.enable_node_selector_labels,
        non_default_deny: raw.enable_non_default_deny_policies.unwrap_or(base.non_default_deny),
        icmp_rules: raw.enable_icmp_rules.unwrap_or(base.icmp_rules),
        l7_proxy: raw.enable_l7_proxy.unwrap_or(base.l7_proxy),
        extended_protocols: raw.enable_extended_ip_protocols,
        cluster_network_policy: raw.enable_k8s_cluster_network_policy.unwrap_or(base.cluster_network_policy),
        ..base
    })
}
