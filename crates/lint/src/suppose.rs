//! What a question supposes to be otherwise than the files say.

use smol_str::SmolStr;

/// A world that is not, but might be: what [`crate::Session::worlds_supposing`] builds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Supposition {
    /// Paths of files of the session that belong to every world, whatever folder they lie in. Their objects take the place
    /// of those of the same kind, namespace and name.
    pub with: Vec<String>,
    /// Labels that namespaces have: name of the namespace, key, value.
    pub labels: Vec<(SmolStr, SmolStr, SmolStr)>,
}
