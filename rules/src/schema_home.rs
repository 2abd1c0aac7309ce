//! Where in a kind a field is at home, for keys that stand in the wrong place.

use ringfence_manifest::{Kind, Shape};

/// The field around `key` in a kind, as `spec.ingress[]`: of several the one that shares most with where the key stands.
pub(crate) fn home(kind: Kind, key: &str, stands: &str) -> Option<String> {
    let mut homes = Vec::new();
    collect(&kind.shape()?, key, &mut String::new(), &mut homes);
    let shared = |home: &String| home.bytes().zip(stands.bytes()).take_while(|(a, b)| a == b).count();
    homes.into_iter().filter(|home| home != stands).max_by_key(|home| (shared(home), std::cmp::Reverse(home.len())))
}

fn collect(shape: &Shape, key: &str, path: &mut String, homes: &mut Vec<String>) {
    match shape {
        Shape::Object(fields) => {
            if fields.iter().any(|(name, _)| *name == key) {
                homes.push(path.clone());
            }
            for (name, shape) in *fields {
                let length = path.len();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                collect(shape, key, path, homes);
                path.truncate(length);
            }
        }
        Shape::List(shape) => {
            path.push_str("[]");
            collect(shape, key, path, homes);
            path.truncate(path.len() - 2);
        }
        Shape::String | Shape::Integer | Shape::Boolean | Shape::IntOrString | Shape::Any | Shape::Map(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_home_is_named() {
        let at = |key, stands| home(Kind::NetworkPolicy, key, stands);
        assert_eq!(at("policyTypes", "spec.podSelector").as_deref(), Some("spec"));
        assert_eq!(at("matchLabels", "spec.ingress[].from[]").as_deref(), Some("spec.ingress[].from[].podSelector"));
        assert_eq!(at("fromEndpoints", "spec.ingress[]"), None);
    }
}
