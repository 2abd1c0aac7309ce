//! What the API server refuses (semantics §3.1, §9.3), and that the agent then says nothing.

mod accept_common;

use accept_common::{V118, V120, assert_accepted, assert_refused, ccnp, cnp, item, knobs, refuse, whole};
use ringfence_cluster::RejectionCode as R;
use ringfence_cluster::{Knobs, RefusedBy, Stage};

fn server() -> Knobs {
    knobs(V120, Stage::ApiServerAndAgent)
}

fn np(spec: &str) -> String {
    let head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: ns}\n";
    format!("{head}spec: {{podSelector: {{}}, {spec}}}\n")
}

fn admin(spec: &str) -> String {
    let head = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: p}\n";
    format!("{head}spec: {{priority: 1, subject: {{namespaces: {{}}}}, {spec}}}\n")
}

fn cluster_policy(spec: &str) -> String {
    let head = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\n";
    format!("{head}spec: {{tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, {spec}}}\n")
}

#[test]
fn schema_of_cilium() {
    let port = |port: &str| item(&format!("ingress: toPorts: [{{ports: [{port}]}}]"));
    for (policy, code, says) in [
        (whole(&cnp("endpointSelector: {}")), R::NoRules, "must validate at least one schema (anyOf)"),
        (whole(&cnp("ingress: [{}]")), R::NoSelector, "(oneOf). Found none valid"),
        (whole(&ccnp("endpointSelector: {}, nodeSelector: {}, ingress: [{}]")), R::TwoSelectors, "(oneOf). Found 2"),
        (
            item("ingress: fromEntities: [«world-ipv4»]"),
            R::UnknownEntity,
            "spec.ingress[0].fromEntities[0]: Unsupported value: \"world-ipv4\"",
        ),
        (item("egress: toCIDR: [«8.8.8.8»]"), R::Cidr, "must be of type cidr"),
        (item("ingress: fromCIDRSet: [«{}»]"), R::CidrSetOneOf, "oneOf"),
        (item("ingress: «fromRequires»: [a]"), R::Bounds, "must have at most 0 items"),
        (port("{port: «80»}"), R::WrongType, "must be of type string: \"integer\""),
        (port("{port: '80', protocol: «tcp»}"), R::Protocol, "Unsupported value: \"tcp\""),
        (port("{port: '80', endPort: «70000»}"), R::Bounds, "should be less than or equal to 65535"),
        (item("ingress: toPorts: [{ports: [{port: '80', protocol: TCP}], rules: «{}»}]"), R::L7, "oneOf"),
        (item("ingress: fromEndpoints: [{matchLabels: {app: «a b»}}]"), R::LabelValue, "should match"),
        (
            item("ingress: fromEndpoints: [{matchExpressions: [{key: a, operator: «Gt»}]}]"),
            R::Expression,
            "Unsupported value: \"Gt\"",
        ),
        (
            item("ingress: fromEndpoints: [{matchExpressions: [«{operator: Exists}»]}]"),
            R::Required,
            "matchExpressions[0].key: Required value",
        ),
        (item("egress: toFQDNs: [«{}»]"), R::Fqdn, "oneOf"),
        (item("egress: toFQDNs: [{matchName: «'*.a.com'»}]"), R::Fqdn, "should match"),
        (item("ingress: authentication: {mode: «sometimes»}"), R::Schema, "Unsupported value"),
        (item("ingress: icmps: [{fields: [{type: «ExtendedEchoReply»}]}]"), R::Icmp, "should match"),
        (item("ingress: icmps: [{fields: [«{}»]}]"), R::Required, "type: Required value"),
        (cnp("endpointSelector: {}, ingress: [«null»]"), R::WrongType, "must be of type object: \"null\""),
        (
            cnp(&format!("endpointSelector: {{}}, ingress: [{{}}], log: {{value: «{}»}}", "x".repeat(33))),
            R::Schema,
            "Too long",
        ),
    ] {
        assert_refused(&policy, &server(), code, says);
        let (text, _) = accept_common::unmark(&policy);
        assert!(refuse(&text, &server()).iter().all(|rejection| rejection.by == RefusedBy::ApiServer), "{text}");
    }
    let none =
        "«apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: ns}\nspec: null\n»";
    assert_refused(
        &none.replace("\n»", "»\n"),
        &server(),
        R::Schema,
        "<nil>: Invalid value: spec or specs must be provided",
    );
}

#[test]
fn what_passes_the_schema_goes_on_to_the_agent() {
    for (policy, code, says) in [
        (whole(&cnp("endpointSelector: {}, ingress: []")), R::NoRules, "must have at least one of"),
        (cnp(r"endpointSelector: {matchLabels: {«app\\.x/y»: a}}, ingress: [{}]"), R::LabelKey, "prefix part"),
        (item("ingress: fromEndpoints: [{}], «fromCIDR»: [10.0.0.0/8]"), R::CombinedPeers, "combining"),
        (item("ingress: toPorts: [{ports: [{port: «80-90»}]}]"), R::Port, "invalid syntax"),
        (cnp("«nodeSelector»: {}, ingress: [{}]"), R::NodeSelectorInNamespaced, "cannot have NodeSelector"),
    ] {
        assert_refused(&policy, &server(), code, says);
        let (text, _) = accept_common::unmark(&policy);
        assert!(refuse(&text, &server()).iter().all(|rejection| rejection.by == RefusedBy::Agent), "{text}");
    }
    // The API server drops `null`, and what it does not know.
    assert_accepted(&ccnp("endpointSelector: null, nodeSelector: {}, ingress: [{}]"), &server());
    assert_accepted(&item("ingress: fromEndpoint: [{}]"), &server());
    assert_accepted(&item("ingress: fromEndpoints: null, toPorts: null"), &server());
}

#[test]
fn schema_by_version() {
    for (policy, old, new) in [
        (item("egress: toEntities: [cluster-mesh]"), false, true),
        (item("ingress: toPorts: [{ports: [{port: '0', protocol: GRE}]}]"), false, true),
        (item("ingress: fromRequires: [{}]"), true, false),
        (item("ingress: toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {kafka: [{}]}}]"), true, false),
    ] {
        let accepted = |version| refuse(&policy, &knobs(version, Stage::ApiServerAndAgent)).is_empty();
        assert_eq!((accepted(V118), accepted(V120)), (old, new), "{policy}");
    }
}

#[test]
fn network_policies() {
    let peer = |peer: &str| np(&format!("ingress: [{{from: [{peer}]}}]"));
    let port = |port: &str| np(&format!("egress: [{{ports: [{port}]}}]"));
    let block = |block: &str| peer(&format!("{{ipBlock: {block}}}"));
    for (policy, code, says) in [
        (peer("«{}»"), R::PeerOneOf, "spec.ingress[0].from[0]: Required value: must specify a peer"),
        (peer("«null»"), R::PeerOneOf, "must specify a peer"),
        (
            peer("«{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}»"),
            R::PeerOneOf,
            "may not specify both ipBlock and another peer",
        ),
        (block("«{}»"), R::Cidr, "ipBlock.cidr: Required value"),
        (block("{cidr: «10.0.0.1»}"), R::Cidr, "must be a valid CIDR value"),
        (block("{cidr: 10.0.0.0/8, except: [«x»]}"), R::Except, "except[0]: Invalid value: \"x\""),
        (
            block("{cidr: 10.0.0.0/8, except: [10.1.0.0/16, «10.0.0.0/8»]}"),
            R::Except,
            "must be a strict subset of `cidr`",
        ),
        (block("{cidr: 10.0.0.0/8, except: [«11.0.0.0/16»]}"), R::Except, "must be a strict subset of `cidr`"),
        (port("{protocol: «ICMP»}"), R::Protocol, "Unsupported value: \"ICMP\""),
        (port("{protocol: «tcp»}"), R::Protocol, "Unsupported value: \"tcp\""),
        (port("{port: «0»}"), R::Port, "must be between 1 and 65535"),
        (port("{port: «70000»}"), R::Port, "must be between 1 and 65535"),
        (port("{port: «'80'»}"), R::Port, "must contain at least one letter"),
        (port("{port: «HTTP»}"), R::Port, "must contain only alpha-numeric characters (a-z, 0-9)"),
        (port("{port: «averyveryverylong»}"), R::Port, "must be no more than 15 bytes"),
        (port("{port: 80, endPort: «79»}"), R::Port, "must be greater than or equal to `port`"),
        (port("{port: 80, endPort: «70000»}"), R::Port, "must be between 1 and 65535"),
        (port("{port: http, endPort: «80»}"), R::Port, "may not be specified when `port` is non-numeric"),
        (port("{endPort: «80»}"), R::Port, "may not be specified when `port` is not specified"),
        (np("policyTypes: [«ingress»]"), R::PolicyType, "Unsupported value: \"ingress\""),
        (np("policyTypes: «[Ingress, Egress, Ingress]»"), R::PolicyType, "may not specify more than two"),
        (peer("{podSelector: {matchLabels: {«k8s:app»: a}}}"), R::LabelKey, "from[0].podSelector.matchLabels"),
        (
            peer("{namespaceSelector: {matchExpressions: [{key: a, operator: «gt»}]}}"),
            R::Expression,
            "not a valid selector operator",
        ),
        (peer("{podSelector: {matchLabels: {app: «true»}}}"), R::WrongType, "cannot be handled as a NetworkPolicy"),
    ] {
        assert_refused(&policy, &server(), code, says);
    }
    for accepted in [
        np("ingress: [{}], policyTypes: [Ingress]"),
        np("policyTypes: []"),
        peer("{podSelector: {}, namespaceSelector: {}}"),
        block("{cidr: 10.0.0.5/8, except: [10.0.0.0/9]}"),
        block("{cidr: '::/0', except: ['2001:db8::/32']}"),
        port("{port: 80, endPort: 80}"),
        port("{port: http}"),
        port("{port: 08}"),
        port("{port: 80, endPort: 90.0}"),
        port("{protocol: SCTP}"),
        np("egress: [{ports: [{port: \"${P}\", endPort: 80, protocol: \"${Q}\"}]}]"),
        np("ingress: [{from: [{ipBlock: \"${B}\"}, \"${C}\", {podSelector: \"${D}\"}]}], policyTypes: [\"${T}\"]"),
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n".to_owned(),
    ] {
        assert_accepted(&accepted, &server());
    }
}

#[test]
fn network_policies_at_the_agent_alone() {
    let agent = knobs(V120, Stage::Agent);
    for (policy, code, says) in [
        (np("ingress: [{from: [{ipBlock: {cidr: «x»}}]}]"), R::Cidr, "panic: \"x\" is not an IP address"),
        (np("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [«x»]}}]}]"), R::Except, "panic: "),
        (np("ingress: [{ports: [{protocol: «ICMP»}]}]"), R::Protocol, "invalid protocol \"ICMP\""),
    ] {
        assert_refused(&policy, &agent, code, says);
    }
    for accepted in [
        "ingress: [{from: [{}]}]",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]",
        "ingress: [{ports: [{protocol: tcp}]}]",
    ] {
        assert_accepted(&np(accepted), &agent);
    }
    let long =
        np(&format!("ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{«{}»: a}}}}}}]}}]", "x".repeat(40)));
    assert_refused(&long, &knobs(V118, Stage::Agent), R::LabelKey, "k8s.io.cilium.k8s.namespace.labels.xxx");
    assert_accepted(&accept_common::unmark(&long).0, &agent);
}

#[test]
fn metadata() {
    let meta = |meta: &str| np("ingress: []").replace("{name: p, namespace: ns}", meta);
    for (policy, code, says) in [
        (meta("{name: «A_b»}"), R::Name, "metadata.name: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain"),
        (meta("«{namespace: ns}»"), R::Name, "name or generateName is required"),
        (meta("{name: a, namespace: «a.b»}"), R::Name, "must not contain dots"),
        (meta("{name: a, labels: {«a b»: c}}"), R::LabelKey, "metadata.labels"),
        (meta("{name: a, labels: {a: «b c»}}"), R::LabelValue, "metadata.labels"),
        (meta("{name: a, annotations: {«a b»: c}}"), R::LabelKey, "metadata.annotations"),
        (meta("{name: a, labels: {a: «true»}}"), R::WrongType, "bool"),
    ] {
        assert_refused(&policy, &server(), code, says);
    }
    for accepted in
        ["{generateName: a-}", "{name: a.b-c, annotations: {A.b/C: 'x y'}}", "{name: \"${N}\", labels: {a: \"${V}\"}}"]
    {
        assert_accepted(&meta(accepted), &server());
    }
}

#[test]
fn policies_of_administrators() {
    let rule = |rest: &str| admin(&format!("egress: [{{action: Allow, {rest}}}]"));
    for (policy, code, says) in [
        (admin("").replace("priority: 1", "priority: «1001»"), R::Bounds, "less than or equal to 1000"),
        (admin("").replace("{namespaces: {}}", "«{}»"), R::Bounds, "should have at least 1 properties"),
        (
            admin("").replace("{namespaces: {}}", "{pods: «{podSelector: {}}»}"),
            R::Required,
            "subject.pods.namespaceSelector: Required value",
        ),
        (admin("ingress: [{action: «Accept», from: [{namespaces: {}}]}]"), R::Schema, "Unsupported value: \"Accept\""),
        (admin("ingress: [«{action: Allow}»]"), R::Required, "from: Required value"),
        (rule("to: «[]»"), R::Bounds, "at least 1 items"),
        (rule("to: [{networks: [«ten»]}]"), R::Schema, "CIDR must be either an IPv4 or IPv6 address"),
        (
            admin("egress: [«{action: Allow, to: [{networks: [10.0.0.0/8]}], ports: [{namedPort: web}]}»]"),
            R::Schema,
            "cannot be set with namedPorts",
        ),
    ] {
        assert_refused(&policy, &server(), code, says);
    }
    assert_accepted(&rule("to: [{namespaces: {}}], ports: [{portNumber: {port: 80}}]"), &server());
    let baseline = admin("").replace("kind: Admin", "kind: BaselineAdmin").replace("priority: 1, ", "");
    assert_accepted(&baseline.replace("name: p", "name: default"), &server());
    assert_eq!(refuse(&baseline, &server())[0].code, R::Schema);
}

#[test]
fn cluster_network_policies() {
    let egress = |rest: &str| cluster_policy(&format!("egress: [{{action: Accept, {rest}}}]"));
    for (policy, code, says) in [
        (cluster_policy("").replace("tier: Admin", "tier: «Normal»"), R::Schema, "Unsupported value: \"Normal\""),
        (
            cluster_policy("ingress: [{action: «Allow», from: [{namespaces: {}}]}]"),
            R::Schema,
            "Unsupported value: \"Allow\"",
        ),
        (egress("to: [{networks: [«10.0.0.1»]}]"), R::Schema, "Invalid CIDR format provided"),
        (
            egress(
                "to: [{namespaces: {}}], protocols: [«{tcp: {destinationPort: {number: 80}}, destinationNamedPort: web}»]",
            ),
            R::Bounds,
            "at most 1 properties",
        ),
        (
            egress("to: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: «{start: 5, end: 5}»}}}]"),
            R::Schema,
            "Start port must be less than End port",
        ),
        (egress("to: [{«nodes»: {}}]"), R::Feature, "node selector labels are disabled"),
        (
            cluster_policy("egress: [{action: Deny, to: [{«domainNames»: [a.b]}]}]"),
            R::Feature,
            "only supported for egress.action=Accept",
        ),
    ] {
        assert_refused(&policy, &server(), code, says);
    }
    assert_accepted(&egress("to: [{domainNames: ['*.example.com']}]"), &server());
    let agent = knobs(V120, Stage::Agent);
    let nobody = cluster_policy("ingress: [{action: Deny, from: [{namespaces: {}}]}]")
        .replace("subject: {namespaces: {}}", "subject: «{}»");
    assert_refused(&nobody, &agent, R::Required, "panic: ");
    assert_refused(&egress("to: [{networks: [«x»]}]"), &agent, R::Cidr, "panic: ");
    assert_refused(&egress("to: [{domainNames: [«a b»]}]"), &agent, R::Fqdn, "Invalid characters in MatchName");
    assert_accepted(&cluster_policy("").replace("subject: {namespaces: {}}", "subject: {}"), &agent);
    let off = Knobs { l7_proxy: false, ..agent };
    assert_refused(&egress("to: [{«domainNames»: [a.b]}]"), &off, R::Feature, "L7 proxy is disabled");
}
