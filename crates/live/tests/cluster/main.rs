//! Reading a real API server: kube-apiserver and etcd, with the definitions of Cilium and of the policy API.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod examples;
mod owners;
mod rights;

use ringfence_live::{LiveError, Options, Snapshot};
use ringfence_testkit::cluster::{ADMIN, Cluster};

/// Reads a cluster as one of its users.
fn read_as(cluster: &Cluster, user: &str) -> Result<Snapshot, LiveError> {
    read(&Options { kubeconfig: Some(cluster.kubeconfig()), ..Options::of(user) })
}

/// Reads it as the one who may do everything, so many objects an answer.
fn read_by(cluster: &Cluster, page: u32) -> Snapshot {
    read(&Options { kubeconfig: Some(cluster.kubeconfig()), page, ..Options::of(ADMIN) }).unwrap()
}

fn read(options: &Options) -> Result<Snapshot, LiveError> {
    ringfence_live::read(options, &mut |done, total| assert!(done <= total))
}

/// The paths below one kind.
fn names<'s>(snapshot: &'s Snapshot, kind: &str) -> Vec<&'s str> {
    let folder = format!("live/{}/{kind}/", snapshot.context);
    let names = snapshot.texts.keys().filter_map(|path| path.strip_prefix(&folder)?.strip_suffix(".json"));
    names.collect()
}
