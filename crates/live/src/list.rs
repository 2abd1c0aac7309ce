//! Listing one kind, page by page, and why that may give nothing.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use kube::Client;
use kube::api::ListParams;
use kube::core::Request;
use ringfence_manifest::Kind;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::LiveError;
use crate::resource::Resource;

/// An object as the API server gives it.
pub(crate) type Object = Map<String, Value>;

/// How often a list is begun again that the API server has forgotten half-way.
const RESTARTS: usize = 3;

/// A kind of which nothing is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// The kind.
    pub kind: Kind,
    /// Why.
    pub why: Why,
}

/// Why a kind is not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// The credentials may not list it in the whole cluster.
    Forbidden,
    /// It is served, but under none of the versions that are read; these are the ones it has.
    OtherVersions(Vec<String>),
}

/// What listing a kind comes to.
pub(crate) enum Listed {
    /// Its objects.
    Objects(Vec<Object>),
    /// The cluster has no such kind, hence no object of it: that is known.
    NotServed,
    /// Nobody knows.
    Unread(Unread),
}

/// One answer of the API server.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: ListMeta,
    items: Vec<Object>,
}

/// Asks one cluster.
pub(crate) struct Lister<'a> {
    pub(crate) client: Client,
    pub(crate) page: u32,
    pub(crate) context: &'a str,
    pub(crate) server: &'a str,
}

impl Lister<'_> {
    /// All objects of a kind.
    pub(crate) async fn list(&self, resource: &Resource, progress: &mut Progress<'_>) -> Result<Listed, LiveError> {
        let mut forbidden = false;
        for version in resource.versions {
            match self.pages(resource, version, progress).await {
                Ok(objects) => return Ok(Listed::Objects(objects)),
                Err(kube::Error::Api(status)) if status.code == 403 => forbidden = true,
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => return Err(LiveError::at(&error, resource.plural, self.context, self.server)),
            }
        }
        let unread = |why| Ok(Listed::Unread(Unread { kind: resource.kind, why }));
        // Who may not list a kind is told so before anybody looks whether there is such a kind.
        match self.versions(resource).await {
            Ok(versions) if versions.is_empty() => Ok(Listed::NotServed),
            Ok(versions) if !forbidden => unread(Why::OtherVersions(versions)),
            _ => unread(Why::Forbidden),
        }
    }

    async fn pages(
        &self,
        resource: &Resource,
        version: &str,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<Object>, kube::Error> {
        let api_version = resource.api_version(version);
        let (mut objects, mut next, mut restarts) = (Vec::new(), None::<String>, 0);
        loop {
            let page = match self.page(resource, version, next.as_deref()).await {
                Err(kube::Error::Api(status)) if status.code == 410 && next.is_some() && restarts < RESTARTS => {
                    restarts += 1;
                    progress.take_back(objects.len());
                    objects.clear();
                    next = None;
                    continue;
                }
                other => other?,
            };
            progress.add(page.items.len(), page.metadata.remaining_item_count);
            objects.extend(page.items.into_iter().map(|object| typed(object, &api_version, resource.kind)));
            next = page.metadata.continue_.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(objects);
            }
        }
    }

    async fn page(&self, resource: &Resource, version: &str, next: Option<&str>) -> Result<Page, kube::Error> {
        let mut parameters = ListParams::default().limit(self.page);
        parameters.continue_token = next.map(str::to_owned);
        parameters.field_selector = resource.fields.map(str::to_owned);
        let request = Request::new(resource.path(version)).list(&parameters).map_err(kube::Error::BuildRequest)?;
        self.client.request(request).await
    }

    /// The versions under which a kind is served. Everybody who is known to the cluster may ask.
    async fn versions(&self, resource: &Resource) -> Result<Vec<String>, kube::Error> {
        if resource.group.is_empty() {
            return Ok(vec!["v1".to_owned()]);
        }
        let groups = self.client.list_api_groups().await?;
        let mut versions = Vec::new();
        for version in
            groups.groups.iter().filter(|group| group.name == resource.group).flat_map(|group| &group.versions)
        {
            let served = self.client.list_api_group_resources(&version.group_version).await?;
            if served.resources.iter().any(|served| served.kind == resource.kind.name()) {
                versions.push(version.version.clone());
            }
        }
        Ok(versions)
    }
}

/// The items of a list leave out what all of them have in common.
fn typed(mut object: Object, api_version: &str, kind: Kind) -> Object {
    object.entry("apiVersion").or_insert_with(|| api_version.into());
    object.entry("kind").or_insert_with(|| kind.name().into());
    object
}

/// How many objects are there.
pub(crate) struct Progress<'p> {
    told: &'p mut dyn FnMut(usize, usize),
    done: usize,
}

impl<'p> Progress<'p> {
    pub(crate) fn new(told: &'p mut dyn FnMut(usize, usize)) -> Self {
        Self { told, done: 0 }
    }

    /// So many more; `remaining` are left of the kind, where the API server says so.
    fn add(&mut self, objects: usize, remaining: Option<i64>) {
        self.done += objects;
        let remaining = remaining.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
        (self.told)(self.done, self.done + remaining);
    }

    fn take_back(&mut self, objects: usize) {
        self.done -= objects;
    }
}
