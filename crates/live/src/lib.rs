//! Reads the objects of a running cluster, in place of files.
//!
//! Each object becomes a text of its own under a path such as `live/prod/networkpolicy/shop/web.json`, so that spans,
//! findings and questions are the same as for files. Only the kinds that `ringfence-manifest` reads are asked for; never a
//! Secret or a ConfigMap. What these credentials may not list is named in [`Snapshot::unread`]: it is unknown, not absent.

mod connect;
mod error;
mod list;
mod represent;
mod resource;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use kube::Client;
use tokio::runtime::{Builder, Runtime};

pub use error::LiveError;
pub use list::{Unread, Why};
pub use ringfence_manifest::Kind;

use list::{Listed, Lister, Progress};
use resource::RESOURCES;

/// Where to read, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The kubeconfig; `None` is what `KUBECONFIG` names, or else `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig. Empty: the current one.
    pub context: String,
    /// How many objects one answer of the API server holds at most, from 1.
    pub page: u32,
}

/// What a cluster held while it was read. Kinds are listed one after another: it is no instant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Snapshot {
    /// The name of the context.
    pub context: String,
    /// The objects: path and JSON, one object a text, without `status` and `managedFields`.
    pub texts: BTreeMap<String, String>,
    /// The kinds of which nothing is known, in the order in which they were asked for.
    pub unread: Vec<Unread>,
    /// Whether the cluster serves the policies of Cilium, used or not.
    pub cilium: bool,
}

impl Options {
    /// The page that `kubectl` asks for too.
    pub const PAGE: u32 = 500;

    /// Reads the cluster of this context.
    pub fn of(context: impl Into<String>) -> Self {
        Self { kubeconfig: None, context: context.into(), page: Self::PAGE }
    }
}

/// Reads a cluster. `progress` is told how many objects are there, and of how many, as far as the API server says.
///
/// Fails where the kubeconfig cannot be used, where the API server does not answer or does not accept the credentials, and
/// where these may list nothing at all.
pub fn read(options: &Options, progress: &mut dyn FnMut(usize, usize)) -> Result<Snapshot, LiveError> {
    let runtime = runtime().map_err(LiveError::Runtime)?;
    runtime.block_on(async {
        let (context, config) = connect::config(options).await?;
        let server = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| LiveError::of(&error, &context, &server))?;
        let lister = Lister { client, page: options.page, context: &context, server: &server };
        snapshot(&lister, &mut Progress::new(progress)).await
    })
}

/// One thread is enough: the API server answers one question at a time.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

async fn snapshot(lister: &Lister<'_>, progress: &mut Progress<'_>) -> Result<Snapshot, LiveError> {
    let mut snapshot = Snapshot { context: lister.context.to_owned(), ..Snapshot::default() };
    let mut objects = Vec::new();
    for resource in RESOURCES {
        match lister.list(resource, progress).await? {
            Listed::NotServed => continue,
            Listed::Objects(found) => objects.extend(found.into_iter().map(|object| (resource.kind, object))),
            Listed::Unread(unread) => snapshot.unread.push(unread),
        }
        snapshot.cilium |= resource.group == "cilium.io";
    }
    if objects.is_empty() && snapshot.unread.iter().all(|unread| unread.why == Why::Forbidden) {
        return Err(LiveError::NothingAllowed { context: snapshot.context });
    }
    let objects = represent::without_represented(objects);
    snapshot.texts = objects.into_iter().map(|(kind, object)| text::of(lister.context, kind, object)).collect();
    Ok(snapshot)
}
