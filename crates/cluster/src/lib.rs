//! The world: namespaces, identities and policies lowered to entries, with what is unknown.
