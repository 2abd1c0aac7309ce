//! Prints the JSON schema of `NetworkPolicy` (networking.k8s.io/v1) as `k8s-openapi` has it.
//!
//! A program of its own, behind the feature `schema`, so that ordinary builds never compile `k8s-openapi`.
#![allow(clippy::print_stdout, reason = "the schema is its output")]

use k8s_openapi::api::networking::v1::NetworkPolicy;
use schemars::generate::SchemaSettings;

fn main() {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    println!("{}", settings.into_generator().into_root_schema_for::<NetworkPolicy>().as_value());
}
