//! Where the paths of a session are seen from, and what stands where it holds no file.
//!
//! A kustomization may name files that nobody put into the session. Whoever drives it can say what stands there, once each
//! thing is asked for: a file, a folder, nothing. What nobody can say is unknown, never missing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ringfence_sources::kustomize::Found;
use ringfence_sources::plain;
use ringfence_text::FileId;

/// What stands at a path that the session holds no file of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stands {
    /// Nobody knows.
    Unseen,
    /// Nothing.
    Nothing,
    /// A file with this text.
    Text(String),
    /// A folder.
    Folder,
    /// A link to another path, seen from the top.
    Link(String),
    /// A link to something outside of the repository.
    Outside,
    /// Something that cannot be read: the reason, lower case.
    Unreadable(String),
}

/// Says what stands at a path, which is seen from the top of the repository.
pub(crate) type Look = dyn FnMut(&str) -> Stands + Send;

/// The folder that the session works in, and what it was told.
#[derive(Default)]
pub(crate) struct Ground {
    /// The absolute path of the top of the repository without the last slash, where it is known.
    top: Option<String>,
    /// The folder that relative paths are seen from, as seen from the top.
    here: String,
    look: Option<Box<Look>>,
    told: BTreeMap<String, Found>,
    /// Texts that were found, numbered from the end of all numbers of files.
    texts: Vec<Arc<str>>,
    /// Manifests that were found: the session takes them in.
    manifests: Vec<(String, String)>,
}

impl Ground {
    pub(crate) fn stand(&mut self, top: &str, here: &str) {
        self.top = Some(top.trim_end_matches('/').to_owned());
        here.clone_into(&mut self.here);
        self.forget();
    }

    pub(crate) const fn knows_top(&self) -> bool {
        self.top.is_some()
    }

    pub(crate) fn look(&mut self, look: Box<Look>) {
        self.look = Some(look);
        self.forget();
    }

    /// Forgets what was told: it may have changed.
    pub(crate) fn forget(&mut self) {
        self.told.clear();
        self.texts.clear();
    }

    /// The path of a file as seen from the top, without `.` and `a/..`. One that lies outside keeps its own form.
    pub(crate) fn key(&self, typed: &str) -> String {
        if typed.starts_with('/') {
            let below = self.top.as_deref().and_then(|top| typed.strip_prefix(top)?.strip_prefix('/'));
            return below.map_or_else(|| typed.to_owned(), plain);
        }
        if self.here.is_empty() { plain(typed) } else { plain(&format!("{}/{typed}", self.here)) }
    }

    /// A path seen from the top, as somebody would type it.
    pub(crate) fn typed(&self, key: &str) -> String {
        let here: Vec<&str> = self.here.split('/').filter(|step| !step.is_empty()).collect();
        let steps: Vec<&str> = key.split('/').collect();
        let common = here.iter().zip(&steps).take_while(|(here, step)| here == step).count();
        let up = std::iter::repeat_n("..", here.len() - common);
        up.chain(steps[common..].iter().copied()).collect::<Vec<_>>().join("/")
    }

    /// What stands at a path.
    pub(crate) fn find(&mut self, key: &str) -> Found {
        if let Some(known) = self.told.get(key) {
            return known.clone();
        }
        let found = match self.look.as_mut().map_or(Stands::Unseen, |look| look(key)) {
            Stands::Unseen => Found::Unseen,
            Stands::Nothing => Found::Missing,
            Stands::Text(text) => Found::File(self.take(key, text)),
            Stands::Folder => Found::Folder,
            Stands::Link(to) => Found::Link(to),
            Stands::Outside => Found::Outside,
            Stands::Unreadable(reason) => Found::Unreadable(reason),
        };
        self.told.insert(key.to_owned(), found.clone());
        found
    }

    fn take(&mut self, key: &str, text: String) -> FileId {
        let file = FileId(u32::MAX - self.texts.len() as u32);
        self.texts.push(text.as_str().into());
        let name = key.rsplit('/').next().unwrap_or(key);
        if name == "Kustomization" || [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)) {
            self.manifests.push((self.typed(key), text));
        }
        file
    }

    /// The text of a file that is none of the session's.
    pub(crate) fn text(&self, file: FileId) -> Option<Arc<str>> {
        self.texts.get((u32::MAX - file.0) as usize).map(Arc::clone)
    }

    /// The manifests that were found since the last time, by the path that somebody would type.
    pub(crate) fn manifests(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.manifests)
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").field("top", &self.top).field("here", &self.here).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground() -> Ground {
        let mut ground = Ground::default();
        ground.stand("/r", "clusters/prod");
        ground
    }

    #[test]
    fn paths_are_seen_from_the_top() {
        let ground = ground();
        assert_eq!(ground.key("a.yaml"), "clusters/prod/a.yaml");
        assert_eq!(ground.key("../../apps/./a.yaml"), "apps/a.yaml");
        assert_eq!(ground.key("/r/apps/a.yaml"), "apps/a.yaml");
        assert_eq!(ground.key("/other/a.yaml"), "/other/a.yaml");
        assert_eq!(Ground::default().key("./x/../a.yaml"), "a.yaml");
    }

    #[test]
    fn and_typed_from_here() {
        let ground = ground();
        assert_eq!(ground.typed("clusters/prod/a.yaml"), "a.yaml");
        assert_eq!(ground.typed("apps/a.yaml"), "../../apps/a.yaml");
    }

    #[test]
    fn each_thing_is_asked_once_and_manifests_are_handed_on() {
        let mut ground = ground();
        let mut asked = 0;
        ground.look(Box::new(move |key| {
            asked += 1;
            assert_eq!(asked, 1, "{key}");
            Stands::Text("a: 1\n".to_owned())
        }));
        let Found::File(file) = ground.find("apps/a.yaml") else { panic!("no file") };
        assert_eq!(ground.find("apps/a.yaml"), Found::File(file));
        assert_eq!(ground.text(file).as_deref(), Some("a: 1\n"));
        assert_eq!(ground.manifests(), [("../../apps/a.yaml".to_owned(), "a: 1\n".to_owned())]);
    }

    #[test]
    fn what_nobody_can_say_is_unseen() {
        assert_eq!(Ground::default().find("a.yaml"), Found::Unseen);
    }
}
