//! What a policy says of itself: in its name, its description, a comment beside a line.
//!
//! Only whole directions are understood ("deny all", "allow-ingress"): `allow-web` says nothing about everybody.

use ringfence_cluster::Direction;

/// What a text promises for a whole direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Intent {
    /// Nobody gets through.
    Deny,
    /// Everybody gets through.
    Allow,
}

const DENY: &[&str] = &[
    "deny", "denies", "denied", "block", "blocks", "blocked", "drop", "drops", "isolate", "isolates", "lockdown",
    "shut", "nothing", "nobody",
];
const ALLOW: &[&str] = &["allow", "allows", "allowed", "permit", "permits", "admit", "admits", "open", "opens"];
/// Words that keep a name about everybody.
const WHOLE: &[&str] = &[
    "all",
    "any",
    "every",
    "everything",
    "everyone",
    "everybody",
    "default",
    "baseline",
    "traffic",
    "ingress",
    "egress",
    "in",
    "out",
    "inbound",
    "outbound",
    "policy",
    "netpol",
    "networkpolicy",
    "namespace",
    "by",
    "to",
    "from",
    "and",
    "the",
    "pods",
    "rule",
    "rules",
];

/// What a name promises for a direction: every word of it must be about whole directions.
pub(crate) fn of_name(name: &str, direction: Direction) -> Option<Intent> {
    let words = words(name);
    let known = |word: &String| [DENY, ALLOW, WHOLE].iter().any(|list| list.contains(&word.as_str()));
    if words.iter().all(known) { promised(&words, direction) } else { None }
}

/// What a comment or description promises for a direction. An allow must say whom: everybody.
pub(crate) fn of_text(text: &str, direction: Direction) -> Option<Intent> {
    let words = words(text);
    let whole = ["all", "any", "every", "everything", "everyone", "everybody", "nothing", "nobody", "default"];
    let says_whole = words.iter().any(|word| whole.contains(&word.as_str()));
    if says_whole { promised(&words, direction) } else { None }
}

/// Text that both denies and allows, or that negates, promises nothing that we understand.
fn promised(words: &[String], direction: Direction) -> Option<Intent> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let other = match direction {
        Direction::Ingress => ["egress", "outbound"],
        Direction::Egress => ["ingress", "inbound"],
    };
    let own = match direction {
        Direction::Ingress => ["ingress", "inbound"],
        Direction::Egress => ["egress", "outbound"],
    };
    if has(&["no", "not", "unless", "except", "but", "only"]) || (has(&other) && !has(&own)) {
        return None;
    }
    match (has(DENY), has(ALLOW)) {
        (true, false) => Some(Intent::Deny),
        (false, true) => Some(Intent::Allow),
        _ => None,
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_about_everybody_promise_something() {
        let of = |name| of_name(name, Direction::Ingress);
        assert_eq!(of("deny-all"), Some(Intent::Deny));
        assert_eq!(of("default-deny-ingress"), Some(Intent::Deny));
        assert_eq!(of("allow-all-ingress"), Some(Intent::Allow));
        for name in ["allow-web", "deny-egress", "web", "allow-and-deny", "default"] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn texts_promise_only_what_is_plain() {
        let of = |text| of_text(text, Direction::Egress);
        assert_eq!(of("Deny all by default"), Some(Intent::Deny));
        assert_eq!(of("nothing is allowed out"), None);
        assert_eq!(of("allow everything"), Some(Intent::Allow));
        assert_eq!(of("allow the database"), None);
        assert_eq!(of("shut every namespace, unless something opens it"), None);
    }
}
