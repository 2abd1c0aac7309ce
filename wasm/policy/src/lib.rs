//! The lint session as a WASM module with no imports and four exports.
