//! How much a file may ask of the reader before it is refused.

/// Bounds on one text. Each that is passed gives one error of kind [`ErrorKind::Limit`](crate::ErrorKind::Limit).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The longest text that is read at all, in bytes. Default 64 MiB: ten times the largest repository measured.
    /// Never more than `u32::MAX`, because spans count in 32 bits.
    pub bytes: u32,
    /// How deep collections may nest. Default 512: hand-written manifests stay under 30, schemas of CRDs under 60.
    pub depth: u32,
    /// How many nodes one text may hold: keys, values and collections. Default 20 million: some 500 MB of tree.
    pub nodes: u32,
    /// How many nodes following the aliases of one document may visit. The reader never follows an alias; whoever does
    /// counts against this. Default 100,000.
    pub aliases: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 512, nodes: 20_000_000, aliases: 100_000 }
    }
}
