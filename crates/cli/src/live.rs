//! A cluster in place of files: its objects, and what it tells of itself.

use ringfence_cluster::{Cni, Complete, Knobs};
use ringfence_diagnostics::Unknown;
use ringfence_manifest::Kind;

use crate::errors::Failure;
use crate::input::Input;
use crate::progress::Progress;

/// What is known of a cluster beside its objects.
#[derive(Debug)]
#[cfg_attr(not(feature = "live"), allow(dead_code, reason = "without a connection nobody makes one"))]
pub(crate) struct Cluster {
    /// What a person calls it: the folder that the paths of its objects begin with.
    pub(crate) name: String,
    /// Which classes of objects were read whole.
    complete: Complete,
    /// Whether it serves the policies of Cilium.
    cilium: bool,
    /// The kinds that could not be read.
    pub(crate) unread: Vec<Kind>,
    /// Why, for the summary.
    pub(crate) unknown: Vec<Unknown>,
}

impl Cluster {
    /// Tells the configuration what the cluster knows better than any file.
    pub(crate) fn settle(&self, knobs: &mut Knobs) {
        knobs.complete = self.complete;
        knobs.default_namespace.get_or_insert("default".into());
        knobs.guess = self.cilium.then_some(Cni::Cilium);
        if self.complete.namespaces {
            knobs.external.clear();
        }
    }
}

/// Reads the cluster of a context; an empty name is the current context.
#[cfg(feature = "live")]
pub(crate) fn read(context: &str, progress: &Progress) -> Result<Input, Failure> {
    let mut told = progress.teller("reading");
    let snapshot = ringfence_live::read(&ringfence_live::Options::of(context), &mut told)?;
    let cluster = Cluster::of(&snapshot);
    let contents = snapshot.texts.into_iter().map(|(path, text)| (path, ringfence_lint::Content::Text(text)));
    Ok(Input { contents: contents.collect(), cluster: Some(cluster), ..Input::default() })
}

/// Says that this program cannot.
#[cfg(not(feature = "live"))]
pub(crate) fn read(_: &str, _: &Progress) -> Result<Input, Failure> {
    Err(Failure::WithoutLive)
}

#[cfg(feature = "live")]
mod snapshot {
    use ringfence_cluster::Complete;
    use ringfence_diagnostics::Unknown;
    use ringfence_live::{Kind, Snapshot, Unread, Why};

    use super::Cluster;

    impl Cluster {
        /// What a snapshot tells.
        pub(super) fn of(snapshot: &Snapshot) -> Self {
            let unread = &snapshot.unread;
            Self {
                name: format!("live/{}", snapshot.context),
                complete: complete(unread),
                cilium: snapshot.cilium,
                unread: unread.iter().map(|unread| unread.kind).collect(),
                unknown: unknown(unread),
            }
        }
    }

    /// A class of objects is whole if all its kinds are.
    fn complete(unread: &[Unread]) -> Complete {
        let whole = |belongs: fn(Kind) -> bool| !unread.iter().any(|unread| belongs(unread.kind));
        Complete {
            namespaces: whole(|kind| kind == Kind::Namespace),
            workloads: whole(Kind::is_workload),
            services: whole(|kind| kind == Kind::Service),
            cidr_groups: whole(|kind| kind == Kind::CiliumCidrGroup),
            policies: whole(Kind::is_policy),
        }
    }

    /// Each reason once.
    fn unknown(unread: &[Unread]) -> Vec<Unknown> {
        let forbidden: Vec<String> = unread
            .iter()
            .filter(|unread| unread.why == Why::Forbidden)
            .map(|unread| format!("`{}`", unread.kind.name()))
            .collect();
        let reason = format!("these credentials may not list {} in the whole cluster", forbidden.join(", "));
        let forbidden = (!forbidden.is_empty()).then(|| entry(reason, forbidden.len()));
        let elsewhere = unread.iter().filter_map(|unread| match &unread.why {
            Why::OtherVersions(versions) => {
                let (kind, versions) = (unread.kind.name(), versions.join(", "));
                Some(entry(format!("the cluster serves `{kind}` only as {versions}, which is not read"), 1))
            }
            Why::Forbidden => None,
        });
        forbidden.into_iter().chain(elsewhere).collect()
    }

    const fn entry(reason: String, count: usize) -> Unknown {
        Unknown { reason, count, example: None }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn unread(kind: Kind, why: Why) -> Unread {
            Unread { kind, why }
        }

        #[test]
        fn what_is_read_whole_is_complete() {
            assert_eq!(complete(&[]), Complete::ALL);
            let none = [Kind::Pod, Kind::CiliumCidrGroup].map(|kind| unread(kind, Why::Forbidden));
            assert_eq!(complete(&none), Complete { workloads: false, cidr_groups: false, ..Complete::ALL });
            let policy = unread(Kind::CiliumNetworkPolicy, Why::OtherVersions(vec!["v3".into()]));
            assert_eq!(complete(&[policy]), Complete { policies: false, ..Complete::ALL });
        }

        #[test]
        fn each_reason_is_said_once() {
            let all = [
                unread(Kind::Pod, Why::Forbidden),
                unread(Kind::ClusterNetworkPolicy, Why::OtherVersions(vec!["v1".into(), "v1beta1".into()])),
                unread(Kind::Service, Why::Forbidden),
            ];
            let said: Vec<(String, usize)> =
                unknown(&all).into_iter().map(|unknown| (unknown.reason, unknown.count)).collect();
            assert_eq!(
                said,
                [
                    ("these credentials may not list `Pod`, `Service` in the whole cluster".into(), 2),
                    ("the cluster serves `ClusterNetworkPolicy` only as v1, v1beta1, which is not read".into(), 1),
                ]
            );
        }
    }
}
