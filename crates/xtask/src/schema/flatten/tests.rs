//! Small schemas, flattened.

use serde_json::json;

use super::*;

fn table(schema: &Value) -> Vec<String> {
    flatten(schema).unwrap().iter().map(ToString::to_string).collect()
}

fn refused(schema: &Value) -> String {
    flatten(schema).unwrap_err().to_string()
}

/// An object with one field `f` of the given schema.
fn with(field: &Value) -> Value {
    json!({"type": "object", "properties": {"f": field}})
}

#[test]
fn fields_are_listed_depth_first_and_by_name() {
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "required": ["b"], "properties": {
            "b": {"type": "string"},
            "a": {"type": "object", "properties": {"deep": {"type": "boolean"}}},
        }},
        "kind": {"type": "string", "description": "said nowhere"},
    }});
    let lines = ["kind string", "spec object", "spec.a object", "spec.a.deep boolean", "spec.b string required"];
    assert_eq!(table(&schema), lines);
}

#[test]
fn metadata_and_status_are_opaque_only_at_the_top() {
    let inner = json!({"type": "object", "properties": {"x": {"type": "string"}}});
    let schema = json!({"type": "object", "properties": {
        "metadata": inner, "status": inner, "spec": {"type": "object", "properties": {"status": inner}},
    }});
    let lines = ["metadata object", "spec object", "spec.status object", "spec.status.x string", "status object"];
    assert_eq!(table(&schema), lines);
}

#[test]
fn a_list_shares_the_line_of_its_elements() {
    let list = json!({"type": "array", "maxItems": 40, "items": {"type": "string", "enum": ["TCP", "UDP", ""]}});
    assert_eq!(table(&with(&list)), [r#"f[] string maxItems=40 enum=TCP|UDP|"""#]);
}

#[test]
fn a_map_of_lists_of_objects_shows_each_level() {
    let schema = json!({"type": "object", "additionalProperties": {"type": "array", "items": {
        "type": "object", "properties": {"port": {"x-kubernetes-int-or-string": true}},
    }}});
    assert_eq!(table(&with(&schema)), ["f{}[] object", "f{}[].port int-or-string"]);
}

#[test]
fn constraints_come_in_one_order_and_odd_values_are_quoted() {
    let port =
        json!({"type": "integer", "maximum": 65535, "minimum": 0, "format": "int32", "nullable": true, "default": 0});
    assert_eq!(table(&with(&port)), ["f integer nullable format=int32 minimum=0 maximum=65535 default=0"]);
    let name = json!({"type": "string", "pattern": "^a b$", "maxLength": 63});
    assert_eq!(table(&with(&name)), [r#"f string pattern="^a b$" maxLength=63"#]);
}

#[test]
fn open_schemas_are_any() {
    assert_eq!(table(&with(&json!({"x-kubernetes-preserve-unknown-fields": true, "type": "object"}))), ["f any"]);
    assert_eq!(table(&with(&json!({"type": "object", "additionalProperties": true}))), ["f{} any"]);
}

#[test]
fn an_int_or_string_is_no_choice_of_fields() {
    let both = json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true});
    assert_eq!(table(&with(&both)), ["f int-or-string"]);
}

#[test]
fn choices_and_rules_stand_below_their_path() {
    let schema = json!({"type": "object", "properties": {"spec": {
        "type": "object",
        "oneOf": [{"properties": {"a": {}}, "required": ["a"]}, {"required": ["b", "c"]}],
        "properties": {"l": {"type": "array", "items": {"type": "string"},
            "x-kubernetes-validations": [{"rule": "self.size() > 0", "message": "say \"one\""}]}},
    }}, "x-kubernetes-validations": [{"rule": "has(self.spec)"}]});
    let lines = [
        r#". @cel "has(self.spec)""#,
        "spec object",
        "spec @oneOf a|b+c",
        r#"spec.l @cel "self.size() > 0" message="say \"one\"""#,
        "spec.l[] string",
    ];
    assert_eq!(table(&schema), lines);
}

#[test]
fn nothing_unknown_is_left_out_unseen() {
    assert_eq!(refused(&with(&json!({"type": "string", "not": {}}))), "`f`: unknown schema keyword `not`");
    assert!(refused(&with(&json!({"type": ["string", "null"]}))).starts_with("`f`: no type that a table can show"));
    let choice = json!({"type": "object", "oneOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}]});
    assert!(refused(&with(&choice)).starts_with("`f`: a choice that is more than required fields"));
    let lists =
        json!({"type": "array", "maxItems": 1, "items": {"type": "array", "maxItems": 2, "items": {"type": "string"}}});
    assert_eq!(refused(&with(&lists)), "`f[]`: a list and its elements both say `maxItems`");
    let mixed = json!({"type": "object", "properties": {}, "additionalProperties": {"type": "string"}});
    assert_eq!(refused(&with(&mixed)), "`f`: both fields and elements");
}
