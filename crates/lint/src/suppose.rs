//! What a question supposes to be otherwise than the files say.

use ringfence_cluster::{NamespaceLabel, World};
use smol_str::SmolStr;

/// A world that is not, but might be: what [`crate::Session::worlds_supposing`] builds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Supposition {
    /// Paths of files of the session that belong to every world, whatever folder they lie in. Their objects take the place
    /// of those of the same kind, namespace and name.
    pub with: Vec<String>,
    /// Labels that namespaces have: name of the namespace, key, value. A namespace that a world does not know has none.
    pub labels: Vec<(SmolStr, SmolStr, SmolStr)>,
}

impl Supposition {
    /// A world with its labels.
    pub(crate) fn label(&self, world: World) -> World {
        let labels = self.labels.iter().filter_map(|(name, key, value)| {
            let namespace = world.find_namespace(name)?;
            Some(NamespaceLabel { namespace, key, value })
        });
        let labels: Vec<_> = labels.collect();
        if labels.is_empty() { world } else { world.with_namespace_labels(&labels) }
    }
}
