//! Selectors as each kind of policy reads them: keys with sources, and what the engine adds (semantics §5.2, §6, §3.2).

use ringfence_manifest::{Field, LabelSelector, Requirement as Expression};
use smol_str::SmolStr;

use crate::build::Builder;
use crate::{
    CLUSTER, Key, NAMESPACE, NAMESPACE_LABELS, NamespaceId, Operator, Requirement, Selector, SelectorId, Source, Stage,
    Symbol,
};

/// A selector as written, before the engine adds anything.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) labels: Vec<Requirement>,
    pub(super) expressions: Vec<Requirement>,
    pub(super) uncertain: bool,
    /// Whether something was written that the agent drops.
    dropped: bool,
}

/// How a kind of selector reads a key.
pub(super) type ReadKey<'i> = fn(&mut Builder<'i>, &str) -> Key;

impl Parts {
    fn unreadable() -> Self {
        Self { uncertain: true, ..Self::default() }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.labels.iter().chain(&self.expressions).map(|requirement| requirement.key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty() && !self.uncertain && !self.dropped
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        self.labels.extend(other.labels);
        self.expressions.extend(other.expressions);
        self.uncertain |= other.uncertain;
        self.dropped |= other.dropped;
        self
    }

    /// Adds what the engine adds. A label that the author wrote under the same key is overwritten.
    fn overwrite(&mut self, requirement: Requirement) {
        self.labels.retain(|written| written.key != requirement.key);
        self.labels.push(requirement);
    }
}

impl<'i> Builder<'i> {
    pub(super) fn compiled(&mut self, parts: Parts) -> SelectorId {
        let mut requirements = parts.labels;
        requirements.extend(parts.expressions);
        self.selector(Selector { requirements, uncertain: parts.uncertain })
    }

    /// A selector that may be there or not, or be a placeholder. Missing or null it selects everything.
    pub(super) fn parts_of(&mut self, selector: &Field<LabelSelector>, key: ReadKey<'i>) -> Parts {
        match selector {
            Field::Set(selector, _) => self.parts(selector, key),
            Field::Unknown(_) | Field::Invalid(_) => Parts::unreadable(),
            Field::Absent | Field::Null(_) => Parts::default(),
        }
    }

    pub(super) fn parts(&mut self, selector: &LabelSelector, key: ReadKey<'i>) -> Parts {
        let mut parts = Parts::default();
        self.labels_of(selector, key, &mut parts);
        parts.uncertain |= hidden(&selector.match_expressions);
        for item in selector.match_expressions.items() {
            match item.get().and_then(|expression| self.expression(expression, key)) {
                Some(requirement) => parts.expressions.push(requirement),
                None if self.is_unchecked() && item.get().is_some_and(has_no_operator) => parts.dropped = true,
                None => parts.uncertain = true,
            }
        }
        parts
    }

    /// Whether nobody checks the selectors of NetworkPolicy and ClusterNetworkPolicy: the agent leaves that to the API
    /// server. It drops a requirement whose operator it does not know, and of no values none is held.
    fn is_unchecked(&self) -> bool {
        self.is_cilium() && self.world.knobs.stage == Stage::Agent
    }

    fn labels_of(&mut self, selector: &LabelSelector, key: ReadKey<'i>, parts: &mut Parts) {
        let labels = &selector.match_labels;
        parts.uncertain |= hidden(labels) || labels.get().is_some_and(|labels| labels.open);
        for label in labels.get().map_or(&[][..], |labels| &labels.entries) {
            let key = key(self, &label.key);
            let value = self.label_value(&label.value);
            let requirement = Requirement { key, operator: Operator::In(vec![value]), injected: false };
            match parts.labels.iter().position(|known| known.key == key && *known != requirement) {
                // A key twice once its source is folded: the engine keeps either (semantics §0.1).
                Some(at) => {
                    parts.labels.remove(at);
                    parts.uncertain = true;
                }
                None => parts.labels.push(requirement),
            }
        }
    }

    fn expression(&mut self, expression: &Expression, key: ReadKey<'i>) -> Option<Requirement> {
        let key = key(self, expression.key.get()?);
        let operator = match expression.operator.get()?.as_str() {
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "In" => Operator::In(self.values(expression)?),
            "NotIn" => Operator::NotIn(self.values(expression)?),
            _ => return None,
        };
        Some(Requirement { key, operator, injected: false })
    }

    /// The values of `In` or `NotIn`, sorted; none are a fault, of which nobody knows how it will be mended.
    fn values(&mut self, expression: &Expression) -> Option<Vec<Symbol>> {
        let items = expression.values.items();
        let mut values: Vec<Symbol> = items.iter().map(|item| self.label_value(item)).collect();
        values.sort();
        values.dedup();
        (!values.is_empty() || self.is_unchecked()).then_some(values)
    }

    pub(crate) fn label_value(&mut self, value: &Field<SmolStr>) -> Symbol {
        match value {
            Field::Set(value, _) => self.intern(value),
            Field::Null(_) => self.intern(""),
            _ => self.parts.unknown,
        }
    }

    /// A key as Cilium reads it: the source before the first colon, any source without one. Backslashes, which make it
    /// refuse the policy, are left out.
    pub(super) fn cilium_key(&mut self, written: &str) -> Key {
        let written = written.replace('\\', "");
        let old = !self.world.knobs.version.at_least(1, 19);
        let (source, name) = match written.split_once(':') {
            Some(parts) => parts,
            // Until 1.18 a dot separated this one source too.
            None if old && written.starts_with("reserved.") => ("reserved", &written["reserved.".len()..]),
            None => ("any", written.as_str()),
        };
        let source = match source {
            "any" => Source::Any,
            "k8s" => Source::K8s,
            "reserved" => Source::Reserved,
            "cidr" => Source::Cidr,
            "cidrgroup" => Source::CidrGroup,
            "fqdn" => Source::Fqdn,
            "node" => Source::Node,
            other => Source::Other(self.intern(other)),
        };
        Key { source, name: self.intern(name) }
    }

    /// A key of a selector over namespaces.
    pub(super) fn namespace_key(&mut self, written: &str) -> Key {
        self.k8s(&format!("{NAMESPACE_LABELS}{written}"))
    }

    /// A key of a selector over nodes, in the kinds of the policy API.
    pub(super) fn node_key(&mut self, written: &str) -> Key {
        Key { source: Source::Node, name: self.intern(written) }
    }

    pub(crate) fn in_namespace(&mut self, namespace: NamespaceId) -> Requirement {
        let operator = Operator::In(vec![self.name_of(namespace)]);
        Requirement { key: self.k8s(NAMESPACE), operator, injected: true }
    }

    pub(super) fn in_any_namespace(&mut self) -> Requirement {
        Requirement { key: self.k8s(NAMESPACE), operator: Operator::Exists, injected: true }
    }

    pub(super) fn in_own_cluster(&mut self) -> Requirement {
        let cluster = self.world.knobs.cluster.clone();
        let operator = Operator::In(vec![self.intern(&cluster)]);
        Requirement { key: self.k8s(CLUSTER), operator, injected: true }
    }

    pub(super) fn reserved(&mut self, name: &str) -> Requirement {
        let key = Key { source: Source::Reserved, name: self.intern(name) };
        Requirement { key, operator: Operator::Exists, injected: true }
    }

    /// Confines a selector to a namespace, as Cilium and the API do with the subject of a namespaced policy.
    pub(super) fn confine(&mut self, parts: &mut Parts, namespace: Option<NamespaceId>) {
        if let Some(namespace) = namespace {
            let own = self.in_namespace(namespace);
            parts.overwrite(own);
        }
    }

    /// Confines a selector to the own cluster, unless it names one (semantics §6.2, §3.2).
    pub(super) fn confine_to_cluster(&mut self, parts: &mut Parts) {
        let any = self.world.knobs.reaches_any_cluster();
        if self.is_cilium() && !any && !self.has_kubernetes_key(parts, |key| key == CLUSTER) {
            let own = self.in_own_cluster();
            parts.overwrite(own);
        }
    }

    pub(super) fn has_kubernetes_key(&self, parts: &Parts, wanted: impl Fn(&str) -> bool) -> bool {
        let kubernetes = |key: &Key| matches!(key.source, Source::Any | Source::K8s);
        parts.keys().filter(kubernetes).any(|key| wanted(self.world.symbols.text(key.name)))
    }

    /// A selector over namespaces in the upstream kinds. `{}` is every namespace. Upstream a negated one still selects
    /// only pods; Cilium gives it no such guard (semantics §6.5).
    pub(super) fn namespace_parts(&mut self, selector: &Field<LabelSelector>) -> Parts {
        let mut parts = self.parts_of(selector, Self::namespace_key);
        if parts.is_empty() || !self.is_cilium() {
            let guard = self.in_any_namespace();
            parts.expressions.push(guard);
        }
        parts
    }
}

/// Whether an expression has an operator that is none.
fn has_no_operator(expression: &Expression) -> bool {
    match &expression.operator {
        Field::Set(operator, _) => !["In", "NotIn", "Exists", "DoesNotExist"].contains(&operator.as_str()),
        operator => operator.is_nil(),
    }
}

/// Whether something is there that cannot be read.
fn hidden<T>(field: &Field<T>) -> bool {
    field.is_unknown() || field.is_invalid()
}
