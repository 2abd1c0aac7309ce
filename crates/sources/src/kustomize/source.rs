//! What a path that a kustomization writes leads to.

use ringfence_text::FileId;
use smol_str::SmolStr;

use super::files::Found;
use super::kustomization::NAMES;
use super::note::What;
use super::path;
use super::read::Reader;

/// The folder of a kustomization, and the files it may read.
pub(super) struct Source<'b, 'f> {
    pub(super) reader: &'b mut Reader<'f>,
    /// Where the kustomization lies.
    pub(super) folder: &'b str,
    /// Whether files outside of the folder may be read.
    pub(super) outside: bool,
}

/// What is at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    File(FileId),
    Folder(String),
}

/// How many links may lead to one another: as many as Linux follows.
const LINKS: usize = 40;

impl Source<'_, '_> {
    /// What `written` leads to. The file of an inner folder may be read, and folders wherever they lie.
    pub(super) fn target(&self, written: &str) -> Result<Target, What> {
        let outside = |folder| What::Outside { path: written.into(), folder: SmolStr::new(folder) };
        let missing = || {
            if path::is_remote(written) {
                What::Remote { url: written.into() }
            } else {
                What::Missing { path: written.into() }
            }
        };
        if path::is_url(written) {
            return Err(missing());
        }
        let above = || match self.reader.files().above() {
            Found::Unseen if !written.starts_with('/') => What::Unseen { path: written.into() },
            _ => outside(""),
        };
        let mut at = path::join(self.folder, written).ok_or_else(above)?;
        for _ in 0..LINKS {
            match self.reader.files().find(&at) {
                Found::File(_) if !self.outside && !path::is_below(&at, self.folder) => {
                    return Err(outside(self.folder));
                }
                Found::File(file) => return Ok(Target::File(file)),
                Found::Folder => return Ok(Target::Folder(at)),
                Found::Missing => return Err(missing()),
                Found::Unseen if path::is_remote(written) => return Err(missing()),
                Found::Unseen => return Err(What::Unseen { path: written.into() }),
                Found::Outside => return Err(outside("")),
                Found::Unreadable(reason) => return Err(What::Unreadable { path: written.into(), reason }),
                Found::Link(to) => at = to,
            }
        }
        Err(What::Unreadable { path: written.into(), reason: "its links lead to one another".to_owned() })
    }

    /// The file that `written` leads to.
    pub(super) fn file(&self, written: &str) -> Result<FileId, What> {
        match self.target(written)? {
            Target::File(file) => Ok(file),
            Target::Folder(_) => Err(What::Unreadable { path: written.into(), reason: "it is a folder".to_owned() }),
        }
    }
}

/// The one file in a folder that is a kustomization by its name.
pub(super) fn kustomization_file(reader: &Reader<'_>, folder: &str) -> Result<FileId, What> {
    let at = |path: &str| match reader.files().find(path) {
        Found::Link(to) => reader.files().find(&to),
        found => found,
    };
    let within = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let own = |name: &&str| if let Found::File(file) = at(&within(name)) { Some(file) } else { None };
    let mut found = NAMES.iter().filter_map(own);
    let shown = || SmolStr::new(if folder.is_empty() { "." } else { folder });
    let unseen = || NAMES.iter().any(|name| at(&within(name)) == Found::Unseen);
    match (found.next(), found.next()) {
        (Some(file), None) => Ok(file),
        (Some(_), Some(_)) => Err(What::SeveralKustomizations { path: shown() }),
        (None, _) if unseen() => Err(What::Unseen { path: shown() }),
        (None, _) => Err(What::NoKustomization { path: shown() }),
    }
}
