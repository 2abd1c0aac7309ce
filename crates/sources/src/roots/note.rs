//! What could not be built of a root, and what should be known about it.

use std::fmt;

use ringfence_manifest::Place;
use smol_str::SmolStr;

use super::envsubst::Fault;
use crate::kustomize::{self, Effect, Weight};

/// Something to say about a root, with its line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Note {
    /// The line that it is about: of the object that makes the root, or of a file that it is built from.
    pub place: Place,
    /// What there is to say. Its text is lower case, without a full stop.
    pub what: What,
    /// What is not known because of it.
    pub effect: Effect,
}

/// What there is to say.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the texts below say it")]
pub enum What {
    Build(kustomize::What),
    // What a root is built from.
    NoFolder { path: SmolStr },
    OtherRepository { source: SmolStr },
    NotBuilt { key: SmolStr },
    Helm,
    NotFilledIn { text: SmolStr },
    WrongType { key: SmolStr, expected: &'static str },
    // How it is applied.
    Suspended,
    // Variables.
    NoVariables { id: SmolStr },
    BadVariable { name: SmolStr },
    BadSubstitution { fault: Fault },
    NoYaml { text: SmolStr },
    // What ApplicationSets make.
    Generator { key: SmolStr },
    BadPattern { pattern: SmolStr },
    NothingGenerated,
}

impl Note {
    pub(super) const fn new(place: Place, what: What) -> Self {
        let effect = what.effect();
        Self { place, what, effect }
    }

    /// What it means for the build.
    pub fn weight(&self) -> Weight {
        match &self.what {
            What::Build(what) => what.weight(),
            What::NothingGenerated => Weight::Idle,
            What::OtherRepository { .. }
            | What::NotBuilt { .. }
            | What::Helm
            | What::NotFilledIn { .. }
            | What::Suspended
            | What::NoVariables { .. }
            | What::Generator { .. } => Weight::Unknown,
            _ => Weight::Broken,
        }
    }
}

impl From<kustomize::Note> for Note {
    fn from(note: kustomize::Note) -> Self {
        Self { place: note.place, what: What::Build(note.what), effect: note.effect }
    }
}

impl What {
    const fn effect(&self) -> Effect {
        match self {
            Self::NothingGenerated => Effect::None,
            Self::Suspended
            | Self::NoVariables { .. }
            | Self::BadVariable { .. }
            | Self::BadSubstitution { .. }
            | Self::NoYaml { .. } => Effect::Content,
            _ => Effect::Objects,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(what) => what.fmt(f),
            Self::NoFolder { path } => write!(f, "there is no folder `{path}` here: nothing can be built from it"),
            Self::OtherRepository { source } => {
                write!(f, "{source} is another source than this repository: what it holds is not known here")
            }
            Self::NotBuilt { key } => write!(f, "`{key}` is not followed: what it changes is not known here"),
            Self::Helm => f.write_str("the chart is not rendered: what it holds is not known here"),
            Self::NotFilledIn { text } => write!(f, "`{text}` is filled in elsewhere: what it names is not known here"),
            Self::WrongType { key, expected } => write!(f, "`{key}` is no {expected}: the object is refused"),
            Self::Suspended => f.write_str("this is suspended: what the cluster holds may be older than these files"),
            Self::NoVariables { id } => {
                write!(f, "{id} is not in what this cluster is built from: the variables it may set are not known here")
            }
            Self::BadVariable { name } => {
                write!(f, "`{name}` is no name of a variable: Flux refuses to fill anything in")
            }
            Self::BadSubstitution { fault } => fault.fmt(f),
            Self::NoYaml { text } => write!(f, "filled in, this is no YAML any more: `{text}`"),
            Self::Generator { key } => {
                write!(f, "the generator `{key}` is not followed: what it makes is not known here")
            }
            Self::BadPattern { pattern } => write!(f, "`{pattern}` is no pattern for paths"),
            Self::NothingGenerated => f.write_str("no generator of this makes anything"),
        }
    }
}
