//! Label selectors as text: `app=web,tier in (a, b),!legacy`.

use std::borrow::Cow;

/// Requirements that must all hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Operator {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Reads a selector (`k8s.io/apimachinery/pkg/labels`). `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let requirements = parts(text).into_iter().map(requirement).collect::<Option<_>>()?;
        Some(Self { requirements })
    }

    /// Whether labels fit; `value` gives the value of a key.
    pub(super) fn fits<'v>(&self, value: &dyn Fn(&str) -> Option<Cow<'v, str>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = value(&requirement.key);
            let is_one_of = |values: &[String]| value.as_ref().is_some_and(|own| values.iter().any(|one| one == own));
            let number = || value.as_ref().and_then(|own| own.parse::<i64>().ok());
            match &requirement.operator {
                Operator::Exists => value.is_some(),
                Operator::Missing => value.is_none(),
                Operator::In(values) => is_one_of(values),
                Operator::NotIn(values) => !is_one_of(values),
                Operator::Above(bound) => number().is_some_and(|own| own > *bound),
                Operator::Below(bound) => number().is_some_and(|own| own < *bound),
            }
        })
    }
}

/// What stands between commas outside of parentheses.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let comma = |c: char| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    };
    text.split(comma).map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn requirement(part: &str) -> Option<Requirement> {
    let made = |key: &str, operator| {
        let key = key.trim();
        let plain = !key.is_empty() && !key.contains([' ', '(', ')', '=', '!', '<', '>']);
        plain.then(|| Requirement { key: key.to_owned(), operator })
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some(key) = part.strip_prefix('!') {
        return made(key, Operator::Missing);
    }
    if let Some((key, value)) = part.split_once("!=") {
        return made(key, Operator::NotIn(one(value)));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return made(key, Operator::In(one(value)));
    }
    if let Some((key, value)) = part.split_once('>') {
        return made(key, Operator::Above(value.trim().parse().ok()?));
    }
    if let Some((key, value)) = part.split_once('<') {
        return made(key, Operator::Below(value.trim().parse().ok()?));
    }
    let Some((key, set)) = part.split_once(char::is_whitespace) else { return made(part, Operator::Exists) };
    let (word, set) = set.trim().split_once('(')?;
    let values = set.strip_suffix(')')?.split(',').map(|value| value.trim().to_owned()).collect();
    match word.trim() {
        "in" => made(key, Operator::In(values)),
        "notin" => made(key, Operator::NotIn(values)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(selector: &str, labels: &[(&str, &str)]) -> bool {
        let value = |key: &str| labels.iter().find(|(own, _)| *own == key).map(|(_, value)| Cow::Borrowed(*value));
        LabelSelector::parse(selector).unwrap().fits(&value)
    }

    #[test]
    fn every_operator_is_read() {
        let labels = [("app", "web"), ("n", "5")];
        for selector in
            ["app=web", "app == web", "app in (api, web)", "app", "!old", "old!=x", "old notin (a)", "n>4", ""]
        {
            assert!(fits(selector, &labels), "{selector}");
        }
        for selector in ["app=api", "app!=web", "app notin (web,api)", "!app", "old", "n < 5", "app=web,n=6"] {
            assert!(!fits(selector, &labels), "{selector}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for selector in ["app is (a)", "a b", "=x", "app in web"] {
            assert_eq!(LabelSelector::parse(selector), None, "{selector}");
        }
    }
}
