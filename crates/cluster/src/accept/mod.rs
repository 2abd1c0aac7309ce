//! Whether the API server and the agent take a policy (semantics §3.1, §9).
//!
//! A placeholder (`${VAR}`) never makes a policy refused: it may be anything.

mod api_server;
mod cel;
mod cidr;
mod cilium;
mod cluster_network_policy;
mod decode;
mod fqdn;
mod go_regex;
mod http;
pub(crate) mod icmp;
mod item;
mod label_key;
mod label_value;
mod names;
mod network_policy;
pub(crate) mod port;
mod refusals;
mod schema;
mod selector;

use ringfence_manifest::{Body, Object};

use crate::{Cni, Dialect, Knobs, RefusedBy, Rejection, Stage};
use refusals::Refusals;

/// Why a policy is refused, in the order in which the checks are met; empty where it is taken.
///
/// What the API server refuses never reaches the agent, so that the agent's reasons are given only for what the API server
/// takes. Each refuser stops at its first reason; the further ones come to light once that is mended.
pub fn rejections(object: &Object, knobs: &Knobs, dialect: Dialect) -> Vec<Rejection> {
    if knobs.stage == Stage::ApiServerAndAgent {
        let refused = api_server(object, knobs);
        if !refused.is_empty() {
            return refused;
        }
    }
    if dialect.cni == Cni::Cilium { agent(object, knobs) } else { Vec::new() }
}

fn api_server(object: &Object, knobs: &Knobs) -> Vec<Rejection> {
    let mut out = Refusals::new(knobs, RefusedBy::ApiServer);
    if object.kind.is_policy() {
        api_server::check(object, &mut out);
    }
    out.into_list()
}

fn agent(object: &Object, knobs: &Knobs) -> Vec<Rejection> {
    let mut out = Refusals::new(knobs, RefusedBy::Agent);
    match &object.body {
        Body::Cilium(policy) => cilium::check(object, policy, &mut out),
        Body::NetworkPolicy(spec) => network_policy::agent(object, spec, &mut out),
        Body::ClusterNetworkPolicy(spec) => cluster_network_policy::check(object, spec, &mut out),
        // The agent knows no AdminNetworkPolicy (semantics §8.2).
        _ => {}
    }
    out.into_list()
}
