//! Whether JSON has the shape that `docs/schema` describes.

use std::fs;
use std::path::Path;

/// Fails with every fault of `json` under `docs/schema/<name>.schema.json`.
pub(crate) fn assert_schema(json: &serde_json::Value, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    let schema = fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(json).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
