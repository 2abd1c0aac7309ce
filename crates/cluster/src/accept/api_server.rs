//! What the API server refuses (semantics §3.1, §9.3): wrong types, and what schemas and hand-written checks ask for.
//!
//! Unknown fields are gone before it checks; so are `null`s, but for those in lists, which are wrong types. It says all that
//! is wrong at once, expressions in CEL last and only where nothing else is.

use ringfence_manifest::{At, Body, Field, Kind, Node, Object, Place, ProblemKind};

use super::refusals::{Refusals, is_given, place_of, quoted, text};
use super::schema::{self, Bounds, Rule, Schema};
use super::{cel, cidr, decode, label_key, label_value, names, network_policy};
use crate::{RejectionCode, Version};

/// Checks an object.
pub(super) fn check(object: &Object, out: &mut Refusals<'_>) {
    metadata(object, out);
    if let Body::NetworkPolicy(spec) = &object.body {
        out.speak("NetworkPolicy in version \"v1\" cannot be handled as a NetworkPolicy: ");
        decode::wrong_types(object, out);
        network_policy::wide_numbers(spec, out);
        out.speak("");
        network_policy::api_server(spec, out);
    } else if let Some(schema) = schema::of(object.kind) {
        wrong_types(object, out);
        let root = Field::Set(root(object), At { key: object.place, value: object.place });
        let mut cx = Cx { object, version: out.version(), late: false, out };
        cx.value(&root, schema, "");
        if cx.out.is_empty() {
            cx.late = true;
            cx.value(&root, schema, "");
        }
    }
}

/// The name, labels and annotations.
fn metadata(object: &Object, out: &mut Refusals<'_>) {
    let meta = &object.meta;
    let mut name = |code, place, field: &str, value: &str, faults: Vec<String>| {
        for fault in faults {
            out.add(code, place, format!("metadata.{field}: Invalid value: {}: {fault}", quoted(value)));
        }
    };
    if let Some(value) = text(&meta.name).filter(|name| !name.is_empty()) {
        let faults = names::dns_subdomain(value, "bytes");
        name(RejectionCode::Name, place_of(&meta.name, meta.place), "name", value, faults);
    }
    if let Some(value) = text(&meta.namespace).filter(|name| !name.is_empty() && !object.kind.cluster_scoped()) {
        name(RejectionCode::Name, place_of(&meta.namespace, meta.place), "namespace", value, names::dns_label(value));
    }
    for label in meta.labels.get().into_iter().flat_map(|labels| &labels.entries) {
        let faults = label_key::kubernetes(&label.key);
        name(RejectionCode::LabelKey, label.key_place, "labels", &label.key, faults);
        if let Some(value) = text(&label.value) {
            let place = place_of(&label.value, label.key_place);
            name(RejectionCode::LabelValue, place, "labels", value, label_value::faults(value));
        }
    }
    for annotation in meta.annotations.get().into_iter().flat_map(|annotations| &annotations.entries) {
        let faults = label_key::kubernetes(&annotation.key.to_lowercase());
        name(RejectionCode::LabelKey, annotation.key_place, "annotations", &annotation.key, faults);
    }
    let nameless = text(&meta.name) == Some("") && !is_given(&meta.generate_name);
    if nameless && !meta.generate_name.is_unknown() {
        let reason = "metadata.name: Required value: name or generateName is required";
        out.add(RejectionCode::Name, place_of(&meta.name, meta.place), reason);
    }
}

fn wrong_types(object: &Object, out: &mut Refusals<'_>) {
    for problem in &object.problems {
        let ProblemKind::WrongType { expected, found } = problem.kind else { continue };
        let (path, found) = (&problem.parent, schema_type(found));
        let what = format!("{path} in body must be of type {}: \"{found}\"", schema_type(expected));
        let reason = format!("{path}: Invalid value: \"{found}\": {what}");
        out.add(RejectionCode::WrongType, problem.place, reason);
    }
}

/// The name that a schema gives to a type.
fn schema_type(noun: &str) -> &'static str {
    match noun {
        "a boolean" | "true or false" => "boolean",
        "a number" | "a whole number" => "integer",
        "a decimal number" => "number",
        "a list" => "array",
        "a mapping" => "object",
        "null" => "null",
        "a number or a name" => "integer,string",
        _ => "string",
    }
}

/// The part of an object that its kind's schema is about.
fn root(object: &Object) -> Node<'_> {
    let fields = match &object.body {
        Body::Cilium(policy) => vec![("spec", policy.spec.node()), ("specs", policy.specs.node())],
        Body::AdminNetworkPolicy(spec) => vec![("spec", spec.node())],
        Body::BaselineAdminNetworkPolicy(spec) => vec![("spec", spec.node())],
        Body::ClusterNetworkPolicy(spec) => vec![("spec", spec.node())],
        _ => Vec::new(),
    };
    Node::Object(fields.into_iter().filter(|(_, field)| !field.is_absent()).collect())
}

struct Cx<'a, 'k> {
    object: &'a Object,
    version: Version,
    /// Whether expressions in CEL are checked, or all else.
    late: bool,
    out: &'a mut Refusals<'k>,
}

impl Cx<'_, '_> {
    fn add(&mut self, code: RejectionCode, place: Place, path: &str, fault: impl AsRef<str>) {
        let path = if path.is_empty() { "<nil>" } else { path };
        self.out.add(code, place, format!("{path}: {}", fault.as_ref()));
    }

    fn value(&mut self, field: &Field<Node<'_>>, schema: &Schema, path: &str) {
        let Field::Set(node, at) = field else { return };
        match node {
            Node::List(items) => {
                if !self.late {
                    self.bounds(schema.items, items.len(), *at, path, "items");
                }
                for (index, item) in items.iter().enumerate() {
                    self.item(item, schema, &format!("{path}[{index}]"));
                }
            }
            Node::Map(entries) => {
                for (key, field) in entries {
                    self.value(field, schema, &format!("{path}.{key}"));
                }
            }
            _ if self.late => self.expressions(node, *at, schema, path),
            Node::Object(fields) => self.object(fields, *at, schema, path),
            Node::Text(text) => self.text(text, *at, schema, path),
            Node::Int(number) => self.number(*number, *at, schema, path),
            Node::Bool(_) | Node::Any(_) => {}
        }
        if let (true, Node::Object(fields)) = (self.late, node) {
            self.fields(fields, schema, path);
        }
    }

    fn item(&mut self, item: &Field<Node<'_>>, schema: &Schema, path: &str) {
        if let (Field::Null(at), false) = (item, self.late) {
            let kind = if schema.fields.is_empty() { "string" } else { "object" };
            let fault = format!("Invalid value: \"null\": {path} in body must be of type {kind}: \"null\"");
            self.add(RejectionCode::WrongType, at.value, path, fault);
        }
        self.value(item, schema, path);
    }

    fn object(&mut self, fields: &[(&'static str, Field<Node<'_>>)], at: At, schema: &Schema, path: &str) {
        self.fields(fields, schema, path);
        for (key, _) in schema.fields.iter().filter(|(_, field)| field.required && !field.default) {
            let given = fields.iter().find(|(name, _)| name == key);
            if given.is_none_or(|(_, field)| field.is_nil()) {
                self.add(RejectionCode::Required, at.value, &join(path, key), "Required value");
            }
        }
        let members = fields.iter().filter(|(_, field)| !field.is_nil());
        if members.clone().all(|(_, field)| !field.is_unknown()) {
            self.bounds(schema.properties, members.count(), at, path, "properties");
        }
        for rule in &schema.rules {
            self.choice(rule, fields, at, path);
        }
    }

    fn fields(&mut self, fields: &[(&'static str, Field<Node<'_>>)], schema: &Schema, path: &str) {
        for (key, field) in fields {
            if let Some(schema) = schema.field(key).filter(|_| self.has_field(key)) {
                self.value(field, schema, &join(path, key));
            }
        }
    }

    /// Whether the version asks of a field what the newest asks.
    fn has_field(&self, key: &str) -> bool {
        !matches!(key, "fromRequires" | "toRequires") || self.version.at_least(1, 19)
    }

    /// `oneOf` and `anyOf`. A placeholder may be there or not.
    fn choice(&mut self, rule: &Rule, fields: &[(&'static str, Field<Node<'_>>)], at: At, path: &str) {
        let count = |names: &[&str]| {
            let named = fields.iter().filter(|(name, field)| names.contains(name) && !field.is_nil());
            let unknown = named.clone().filter(|(_, field)| field.is_unknown()).count();
            (named.count() - unknown, unknown)
        };
        let place = at.value;
        match rule {
            Rule::OneOf(names) => {
                let (sure, unknown) = count(names);
                // Older releases had further kinds of L7 rules.
                let others = !self.version.at_least(1, 20) && names.contains(&"http");
                if sure > 1 || (sure + unknown == 0 && !others) {
                    let found = if sure > 1 { "Found 2 valid alternatives" } else { "Found none valid" };
                    let must = format!("\"{path}\" must validate one and only one schema (oneOf). {found}");
                    self.add(one_of_code(names, sure), place, path, format!("Invalid value: {must}"));
                }
            }
            Rule::AnyOf(names) => {
                let (sure, unknown) = count(names);
                if sure + unknown == 0 && self.version.at_least(1, 17) {
                    let must = format!("\"{path}\" must validate at least one schema (anyOf)");
                    self.add(RejectionCode::NoRules, place, path, format!("Invalid value: {must}"));
                }
            }
            Rule::Cel { .. } => {}
        }
    }

    fn expressions(&mut self, node: &Node<'_>, at: At, schema: &Schema, path: &str) {
        for rule in &schema.rules {
            if let Rule::Cel { expression, message } = rule
                && self.asks(path)
                && cel::violated(expression, node, self.object)
            {
                self.add(RejectionCode::Schema, at.value, path, format!("Invalid value: {message}"));
            }
        }
    }

    /// Cilium has asked for `spec` or `specs` since 1.20.
    fn asks(&self, path: &str) -> bool {
        let cilium = matches!(self.object.kind, Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy);
        !(cilium && path.is_empty()) || self.version.at_least(1, 20)
    }

    fn bounds(&mut self, bounds: Bounds, count: usize, at: At, path: &str, what: &str) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let ports = path.rsplit('.').next() == Some("ports") && bounds.most == Some(40);
        let code = if ports { RejectionCode::TooManyPorts } else { RejectionCode::Bounds };
        if let Some(most) = bounds.most.filter(|&most| count > most) {
            self.add(code, at.key, path, format!("Too many: {count}: must have at most {most} {what}"));
        } else if let Some(least) = bounds.least.filter(|&least| count < least) {
            let fault = format!("Invalid value: {count}: {path} in body should have at least {least} {what}");
            self.add(RejectionCode::Bounds, at.value, path, fault);
        }
    }

    fn number(&mut self, number: i64, at: At, schema: &Schema, path: &str) {
        let Bounds { least, most } = schema.value;
        let mut refuse = |than: String| {
            let fault = format!("Invalid value: {number}: {path} in body should be {than}");
            self.add(RejectionCode::Bounds, at.value, path, fault);
        };
        if let Some(least) = least.filter(|&least| number < least) {
            refuse(format!("greater than or equal to {least}"));
        } else if let Some(most) = most.filter(|&most| number > most) {
            refuse(format!("less than or equal to {most}"));
        }
    }

    fn text(&mut self, text: &str, at: At, schema: &Schema, path: &str) {
        let Bounds { least, most } = schema.length;
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let shown = quoted(text);
        let mut faults = Vec::new();
        if !schema.choices.is_empty() && !self.is_choice(text, schema) {
            let known: Vec<String> = schema.choices.iter().map(|choice| quoted(choice)).collect();
            let supported = known.join(", ");
            faults.push(format!("Unsupported value: {shown}: supported values: {supported}"));
        }
        if let Some(most) = most.filter(|&most| length > most) {
            faults.push(format!("Too long: may not be more than {most} bytes"));
        }
        if let Some(least) = least.filter(|&least| length < least) {
            faults.push(format!("Invalid value: {shown}: {path} in body should be at least {least} chars long"));
        }
        if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| pattern.refuses(text)) {
            let pattern = &pattern.text;
            faults.push(format!("Invalid value: {shown}: {path} in body should match '{pattern}'"));
        }
        if schema.format == "cidr" && cidr::parse_sloppy(text).is_none() {
            faults.push(format!("Invalid value: {shown}: {path} in body must be of type cidr: {shown}"));
        }
        for fault in faults {
            self.add(text_code(path), at.value, path, fault);
        }
    }

    /// Whether a text is among the choices of this version.
    fn is_choice(&self, text: &str, schema: &Schema) -> bool {
        let since = match text {
            "cluster-mesh" | "GRE" | "IPIP" | "IPV6" | "ESP" | "AH" => Version::new(1, 20, 0),
            "VRRP" | "IGMP" => Version::new(1, 19, 0),
            _ => Version::new(0, 0, 0),
        };
        schema.choices.iter().any(|choice| choice == text) && self.version >= since
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Which check a choice between fields is.
fn one_of_code(names: &[&str], sure: usize) -> RejectionCode {
    match names.first() {
        Some(&"endpointSelector") if sure > 1 => RejectionCode::TwoSelectors,
        Some(&"endpointSelector") => RejectionCode::NoSelector,
        Some(&"cidr") => RejectionCode::CidrSetOneOf,
        Some(&"http") => RejectionCode::L7,
        Some(&"matchName") => RejectionCode::Fqdn,
        _ => RejectionCode::Schema,
    }
}

/// Which check a text is of, by its field.
fn text_code(path: &str) -> RejectionCode {
    let fields: Vec<&str> = path.split('.').map(|step| step.split('[').next().unwrap_or(step)).collect();
    let within = |field: &str| fields.contains(&field);
    match fields.last().copied().unwrap_or_default() {
        _ if within("matchLabels") => RejectionCode::LabelValue,
        _ if within("icmps") => RejectionCode::Icmp,
        "operator" => RejectionCode::Expression,
        "fromEntities" | "toEntities" => RejectionCode::UnknownEntity,
        "fromCIDR" | "toCIDR" | "cidr" | "networks" => RejectionCode::Cidr,
        "except" => RejectionCode::Except,
        "port" => RejectionCode::Port,
        "protocol" => RejectionCode::Protocol,
        "matchName" | "matchPattern" | "domainNames" => RejectionCode::Fqdn,
        "serverNames" | "mismatch" => RejectionCode::L7,
        _ => RejectionCode::Schema,
    }
}
