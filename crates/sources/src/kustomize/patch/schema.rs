//! Where lists are merged by a key, and not replaced.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Where a merge is in the schema of an object; `None` where the schema is not known.
pub(super) type At = Option<&'static Field>;

/// A field of a type.
#[derive(Debug, Default)]
pub(super) struct Field {
    /// For a list that is merged: the keys that tell its items apart, none where the items themselves do.
    pub(super) keys: Option<Vec<&'static str>>,
    /// The type of the field, or of the items of the list.
    of: &'static str,
}

type Type = BTreeMap<&'static str, Field>;

#[derive(Debug, Default)]
struct Schema {
    types: BTreeMap<&'static str, Type>,
    /// By `group/version/kind`.
    roots: BTreeMap<&'static str, Type>,
    metadata: Field,
}

/// The place below a field; `key` is that of a mapping.
pub(super) fn below(at: At, key: &str) -> At {
    schema().types.get(at?.of)?.get(key)
}

/// The field at the top of an object.
pub(super) fn top(group: &str, version: &str, kind: &str, key: &str) -> At {
    let schema = schema();
    let root = schema.roots.get(format!("{group}/{version}/{kind}").as_str())?;
    if key == "metadata" { Some(&schema.metadata) } else { root.get(key) }
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = Schema { metadata: Field { keys: None, of: "ObjectMeta" }, ..Schema::default() };
        let mut none = Type::new();
        let mut current = &mut none;
        for line in include_str!("../tables/schema.txt").lines().filter(|line| !line.starts_with('#')) {
            if let Some(field) = line.strip_prefix("  ") {
                let (name, field) = read(field);
                current.insert(name, field);
            } else if let Some(root) = line.strip_prefix("= ") {
                current = schema.roots.entry(root).or_default();
            } else {
                current = schema.types.entry(line).or_default();
            }
        }
        schema
    })
}

fn read(line: &'static str) -> (&'static str, Field) {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let Some((keys, of)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (name, Field { keys: None, of: rest });
    };
    let keys = keys.split(',').filter(|key| !key.is_empty()).collect();
    (name, Field { keys: Some(keys), of: of.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_a_pod_have_their_keys() {
        let spec = top("apps", "v1", "Deployment", "spec");
        let pod = below(below(spec, "template"), "spec");
        let containers = below(pod, "containers");
        assert_eq!(containers.unwrap().keys.as_deref(), Some(&["name"][..]));
        assert_eq!(below(containers, "ports").unwrap().keys.as_deref(), Some(&["containerPort", "protocol"][..]));
        assert!(below(containers, "args").is_none());
        assert!(top("cilium.io", "v2", "CiliumNetworkPolicy", "spec").is_none());
        let metadata = top("", "v1", "ConfigMap", "metadata");
        assert_eq!(below(metadata, "finalizers").unwrap().keys.as_deref(), Some(&[][..]));
    }
}
