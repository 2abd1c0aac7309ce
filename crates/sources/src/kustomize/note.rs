//! What a build could not do, or does in a way that somebody should know.

use std::fmt;

use ringfence_manifest::{Place, Transformer};
use smol_str::SmolStr;

/// Something to say about a build, with its line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Note {
    /// The line that it is about: of a kustomization, or of a file that one names.
    pub place: Place,
    /// What there is to say. Its text is lower case, without a full stop.
    pub what: What,
    /// What is not known because of it.
    pub effect: Effect,
}

/// What it means that something is noted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weight {
    /// kustomize accepts it, and it does nothing.
    Idle,
    /// It cannot be known from here: something on the net, a chart, a plugin, a file that is made elsewhere.
    Unknown,
    /// kustomize refuses it, and with it the whole build.
    Broken,
}

/// What is not known because of something noted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Effect {
    /// Nothing.
    None,
    /// What is in objects: those that may be concerned are marked as doubtful.
    Content,
    /// Which objects there are: more may come than are seen, and anything may change.
    Objects,
}

/// What there is to say.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the texts below say it")]
pub enum What {
    // What is built from.
    Missing { path: SmolStr },
    Unseen { path: SmolStr },
    Unreadable { path: SmolStr, reason: String },
    Outside { path: SmolStr, folder: SmolStr },
    Remote { url: SmolStr },
    Cycle { path: SmolStr },
    NoKustomization { path: SmolStr },
    SeveralKustomizations { path: SmolStr },
    WrongKind { component: bool },
    // What a kustomization says.
    NotKustomization,
    NothingAsked,
    UnknownField { key: SmolStr },
    WrongType { key: SmolStr, expected: &'static str },
    NotBuilt { key: SmolStr },
    Helm,
    Plugin { key: SmolStr },
    // What a file holds.
    Template,
    Encrypted,
    NotYaml,
    NoObject { lacks: &'static str },
    // What is made of it.
    Twice { id: SmolStr },
    NotThere { id: SmolStr },
    AlreadyThere { id: SmolStr },
    PatchFindsNothing { id: SmolStr },
    PatchFindsSeveral { id: SmolStr },
    PatchNeedsTarget,
    PatchEmpty,
    PatchUnreadable,
    PatchForSeveral,
    PatchFails { id: SmolStr, reason: String },
    SelectsNothing { by: Transformer },
    BadPattern { pattern: SmolStr },
    BadSelector { selector: SmolStr },
    Misshapen { by: Transformer, id: SmolStr },
    Replacement { reason: String },
    Generator { reason: String },
    NoInput { path: SmolStr },
    Ambiguous { id: SmolStr, name: SmolStr },
}

impl Note {
    pub(super) const fn new(place: Place, what: What) -> Self {
        let effect = what.effect();
        Self { place, what, effect }
    }

    /// One about something that changes objects and brings none.
    pub(super) const fn of_content(place: Place, what: What) -> Self {
        Self { place, what, effect: Effect::Content }
    }

    /// What it means for the build.
    pub const fn weight(&self) -> Weight {
        self.what.weight()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl What {
    /// What it means for the build.
    pub const fn weight(&self) -> Weight {
        match self {
            Self::SelectsNothing { by: Transformer::Replicas } => Weight::Broken,
            Self::SelectsNothing { .. } | Self::PatchEmpty => Weight::Idle,
            Self::Remote { .. }
            | Self::Unseen { .. }
            | Self::NotBuilt { .. }
            | Self::Helm
            | Self::Plugin { .. }
            | Self::Template
            | Self::Encrypted
            | Self::NoInput { .. } => Weight::Unknown,
            _ => Weight::Broken,
        }
    }

    /// What is not known where resources are meant.
    const fn effect(&self) -> Effect {
        match self {
            Self::Missing { .. }
            | Self::Unseen { .. }
            | Self::Unreadable { .. }
            | Self::Outside { .. }
            | Self::Remote { .. }
            | Self::Cycle { .. }
            | Self::NoKustomization { .. }
            | Self::SeveralKustomizations { .. }
            | Self::WrongKind { .. }
            | Self::NotKustomization
            | Self::Helm
            | Self::Plugin { .. }
            | Self::Template
            | Self::NotYaml
            | Self::NoObject { .. }
            | Self::UnknownField { .. } => Effect::Objects,
            Self::SelectsNothing { .. } | Self::PatchEmpty => Effect::None,
            _ => Effect::Content,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => write!(f, "`{path}` does not exist"),
            Self::Unseen { path } => write!(f, "`{path}` is not among what was given: what it holds is not known here"),
            Self::Unreadable { path, reason } => write!(f, "`{path}` cannot be read: {reason}"),
            Self::Outside { path, folder } if folder.is_empty() => {
                write!(f, "`{path}` leaves the folder that everything is read from")
            }
            Self::Outside { path, folder } => {
                write!(f, "`{path}` lies outside of `{folder}`: kustomize reads files of its own folder and below only")
            }
            Self::Remote { url } => write!(f, "`{url}` is fetched from the net: what it holds is not known here"),
            Self::Cycle { path } => write!(f, "`{path}` leads back to a kustomization that is being built"),
            Self::NoKustomization { path } => write!(f, "there is no kustomization in `{path}`"),
            Self::SeveralKustomizations { path } => {
                write!(f, "there are several kustomizations in `{path}`: kustomize wants exactly one")
            }
            Self::WrongKind { component: true } => f.write_str("this is a component: it belongs under `components`"),
            Self::WrongKind { component: false } => f.write_str("this is no component: it belongs under `resources`"),
            Self::NotKustomization => f.write_str("this is no kustomization that kustomize reads"),
            Self::NothingAsked => f.write_str("the kustomization is empty: kustomize refuses it"),
            Self::UnknownField { key } => write!(f, "kustomize knows no `{key}` and refuses the file"),
            Self::WrongType { key, expected } => write!(f, "`{key}` is no {expected}: kustomize refuses the file"),
            Self::NotBuilt { key } => write!(f, "`{key}` is not followed: what it changes is not known here"),
            Self::Helm => f.write_str("the charts are not rendered: what they hold is not known here"),
            Self::Plugin { key } => {
                write!(f, "the plugins under `{key}` are not run: what they make is not known here")
            }
            Self::Template => f.write_str("this is a template that something else must fill in first"),
            Self::Encrypted => f.write_str("this is encrypted: its values are not known here"),
            Self::NotYaml => f.write_str("this is not YAML that kustomize reads"),
            Self::NoObject { lacks } => write!(f, "an object needs `{lacks}`: kustomize refuses the file"),
            Self::Twice { id } => write!(f, "{id} is there twice"),
            Self::NotThere { id } => write!(f, "{id} is to be merged or replaced, but is not there"),
            Self::AlreadyThere { id } => {
                write!(f, "{id} is there already: `behavior` must be `merge` or `replace`")
            }
            Self::PatchFindsNothing { id } => write!(f, "the patch is for {id}, which is not there"),
            Self::PatchFindsSeveral { id } => write!(f, "the patch is for {id}, which is there several times"),
            Self::PatchNeedsTarget => f.write_str("a patch of operations needs a `target`"),
            Self::PatchEmpty => f.write_str("the patch is empty"),
            Self::PatchUnreadable => f.write_str("this is neither a piece of an object nor a list of operations"),
            Self::PatchForSeveral => f.write_str("a patch with a `target` may hold one document only"),
            Self::PatchFails { id, reason } => write!(f, "the patch does not fit {id}: {reason}"),
            Self::SelectsNothing { by } => write!(f, "`{}` selects nothing here", by.key()),
            Self::BadPattern { pattern } => write!(f, "`{pattern}` is no regular expression"),
            Self::BadSelector { selector } => write!(f, "`{selector}` is no label selector"),
            Self::Misshapen { by, id } => {
                write!(f, "`{}` cannot change {id}: this is neither a list nor a mapping", by.key())
            }
            Self::Replacement { reason } | Self::Generator { reason } => f.write_str(reason),
            Self::NoInput { path } => write!(f, "`{path}` is not here: what is made of it is not known"),
            Self::Ambiguous { id, name } => write!(f, "{id} names `{name}`, which may be several objects"),
        }
    }
}
