//! What the agent refuses of its own policies, check by check (semantics §9.1, §9.2), and what it takes (§2.5).

mod accept_common;

use accept_common::{V118, V120, V121, assert_accepted, assert_refused, ccnp, cnp, item, knobs, refuse, whole};
use ringfence_cluster::RejectionCode as R;
use ringfence_cluster::{Knobs, RefusedBy, Stage};

fn agent() -> Knobs {
    Knobs { node_selector_labels: Some(false), extended_protocols: Some(false), ..knobs(V120, Stage::Agent) }
}

#[test]
fn rules_and_subjects() {
    let none = "must have at least one of Ingress, IngressDeny, Egress, EgressDeny";
    for (policy, code, says) in [
        (whole(&cnp("endpointSelector: {}")), R::NoRules, none),
        (whole(&cnp("endpointSelector: {}, ingress: []")), R::NoRules, none),
        (whole(&cnp("ingress: [{}]")), R::NoSelector, "must have one of"),
        (ccnp("endpointSelector: {}, «nodeSelector»: {}, ingress: [{}]"), R::TwoSelectors, "cannot have both"),
        (ccnp("endpointSelector: null, «nodeSelector»: {}, ingress: [{}]"), R::TwoSelectors, "cannot have both"),
        (
            cnp("«nodeSelector»: {}, ingress: [{}]"),
            R::NodeSelectorInNamespaced,
            "CiliumNetworkPolicy spec: rule cannot have NodeSelector",
        ),
    ] {
        assert_refused(&policy, &agent(), code, says);
    }
    for accepted in [
        cnp("endpointSelector: null, ingress: [{}]"),
        ccnp("nodeSelector: null, ingress: [{}]"),
        cnp("endpointSelector: {}, ingress: [null]"),
        cnp("endpointSelector: {}, egressDeny: [{}]"),
    ] {
        assert_accepted(&accepted, &agent());
    }
}

#[test]
fn selectors() {
    let on = |selector: &str| cnp(&format!("endpointSelector: {{{selector}}}, ingress: [{{}}]"));
    let expression = |rest: &str| on(&format!("matchExpressions: [{rest}]"));
    for (policy, code, says) in [
        (on(r"matchLabels: {«app\\.x/y»: a}"), R::LabelKey, "prefix part a lowercase RFC 1123 subdomain"),
        (on(r#"matchLabels: {«"a:b:c"»: a}"#), R::LabelKey, "only support ':' character"),
        (on(r#"matchLabels: {«"my-src:a"»: a}"#), R::LabelKey, "label source should be"),
        (on("matchLabels: {«-bad»: a}"), R::LabelKey, "name part must consist of"),
        (on("matchLabels: {app: «a b»}"), R::LabelValue, "a valid label must be"),
        (on(r#"matchLabels: {app: «"*"»}"#), R::LabelValue, "a valid label must be"),
        (expression("«{key: a, operator: In}»"), R::Expression, "matchExpressions[0].values: Required value"),
        (expression("{key: a, operator: NotIn, values: «[]»}"), R::Expression, "must be specified when"),
        (expression("{key: a, operator: Exists, «values»: [b]}"), R::Expression, "Forbidden"),
        (expression("{key: a, operator: «Gt», values: [b]}"), R::Expression, "not a valid selector operator"),
        (expression("{key: «a b», operator: Exists}"), R::LabelKey, "matchExpressions[0].key"),
        (expression("{key: a, operator: In, values: [b, «c d»]}"), R::LabelValue, "matchExpressions[0].values[1]"),
        (item("ingress: fromEndpoints: [{matchLabels: {app: «a b»}}]"), R::LabelValue, "a valid label"),
        (item("egressDeny: toEndpoints: [{matchLabels: {app: «a b»}}]"), R::LabelValue, "a valid label"),
    ] {
        assert_refused(&policy, &agent(), code, says);
    }
    assert_accepted(&on("matchLabels: {app: null, k8s:app: '', K8S:x: a}"), &agent());
}

#[test]
fn keys_by_version() {
    let key = |key: &str| cnp(&format!("endpointSelector: {{matchLabels: {{{key}: a}}}}, ingress: [{{}}]"));
    let long = |len: usize| key(&format!("io.cilium.k8s.namespace.labels.{}", "x".repeat(len)));
    for (policy, old, new) in [
        (long(28), true, true),
        (long(29), false, true),
        (long(32), false, true),
        (long(33), false, false),
        (key("\"my-src:a\""), true, false),
        (key("\":a\""), true, false),
    ] {
        let accepted = |version| refuse(&policy, &knobs(version, Stage::Agent)).is_empty();
        assert_eq!((accepted(V118), accepted(V120)), (old, new), "{policy}");
    }
}

#[test]
fn peers() {
    for (policy, code, says) in [
        (
            item("ingress: fromEndpoints: [{}], «fromCIDR»: [10.0.0.0/8]"),
            R::CombinedPeers,
            "combining FromEndpoints and FromCIDR",
        ),
        (
            item("egress: toFQDNs: [{matchName: a}], «toEntities»: [all]"),
            R::CombinedPeers,
            "combining ToFQDNs and ToEntities",
        ),
        (item("egress: toServices: [{}], «toGroups»: [{}]"), R::CombinedPeers, "combining ToServices and ToGroups"),
        (item("ingressDeny: fromEntities: [all], «fromCIDRSet»: [{cidr: 10.0.0.0/8}]"), R::CombinedPeers, "combining"),
        (item("ingress: «fromNodes»: [{}]"), R::Feature, "enable-node-selector-labels"),
        (item("ingress: fromEntities: [all, «everything»]"), R::UnknownEntity, "unsupported entity: everything"),
        (item("egress: toCIDR: [«ten»]"), R::Cidr, "unable to parse CIDR: ParseAddr(\"ten\"): unable to parse IP"),
        (item("egress: toCIDR: [«\"\"»]"), R::Cidr, "IP must be specified"),
        (item("egress: toCIDR: [«10.0.0.0/33»]"), R::Cidr, "unable to parse CIDR"),
        (
            item("ingress: fromCIDRSet: [«{}»]"),
            R::CidrSetOneOf,
            "one of cidr, cidrGroupRef, or cidrGroupSelector is required",
        ),
        (item("ingress: fromCIDRSet: [«{cidr: 10.0.0.0/8, cidrGroupRef: a}»]"), R::CidrSetOneOf, "more than one of"),
        (
            item("ingress: fromCIDRSet: [«{cidr: 10.0.0.0/8, cidrGroupSelector: null}»]"),
            R::CidrSetOneOf,
            "more than one of",
        ),
        (
            item("ingress: fromCIDRSet: [{cidr: «10.0.0.1»}]"),
            R::Cidr,
            "unable to parse CIDRRule \"10.0.0.1\": netip.ParsePrefix(\"10.0.0.1\"): no '/'",
        ),
        (
            item("ingress: fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16, «11.0.0.0/8»]}]"),
            R::Except,
            "does not contain exclude CIDR prefix 11.0.0.0/8",
        ),
        (item("ingress: fromCIDRSet: [{cidr: 10.0.0.0/8, except: [«2001:db8::/48»]}]"), R::Except, "does not contain"),
        (item("ingress: fromCIDRSet: [{cidr: 10.0.0.0/8, except: [«x»]}]"), R::Except, "no '/'"),
        (item("ingress: fromCIDRSet: [{cidrGroupRef: g, except: [«x»]}]"), R::Except, "panic: "),
        (
            item("ingress: fromCIDRSet: [{cidrGroupSelector: {matchLabels: {a: «b c»}}}]"),
            R::LabelValue,
            "failed to sanitize cidrGroupSelector",
        ),
        (
            item("egress: toFQDNs: [«{matchName: a, matchPattern: b}»]"),
            R::Fqdn,
            "only one of MatchName or MatchPattern",
        ),
        (
            item("egress: toFQDNs: [{matchName: «https://a.com»}]"),
            R::Fqdn,
            "Invalid characters in MatchName: \"https://a.com\"",
        ),
        (item("egress: toFQDNs: [{matchName: «'*.a.com'»}]"), R::Fqdn, "Invalid characters in MatchName"),
        (
            item("egress: toFQDNs: [{matchPattern: «a?.com»}]"),
            R::Fqdn,
            "Invalid characters in MatchPattern: \"a?.com\"",
        ),
        (item("ingress: fromRequires: [«{}»]"), R::WrongType, "cannot unmarshal object"),
    ] {
        assert_refused(&policy, &agent(), code, says);
    }
    let long = item(&format!("egress: toFQDNs: [{{matchPattern: «{}»}}]", "a".repeat(256)));
    assert_refused(&long, &agent(), R::Fqdn, "Must be <= 255 characters long");
    for accepted in [
        item("ingress: fromEndpoints: [], fromCIDR: [10.0.0.0/8]"),
        item("egress: toFQDNs: [{}]"),
        item("egress: toFQDNs: [{matchPattern: '**.a.com'}]"),
        item("egress: toEntities: [world-ipv4, none]"),
        item("ingress: fromRequires: []"),
        item("ingress: fromRequires: [a]"),
        item("egress: toCIDR: [10.1.2.3/8]"),
        item("ingress: fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}]"),
        item("ingress: fromCIDRSet: [{cidrGroupSelector: {}}]"),
    ] {
        assert_accepted(&accepted, &agent());
    }
    assert_accepted(&item("ingress: fromNodes: [{}]"), &Knobs { node_selector_labels: Some(true), ..agent() });
}

#[test]
fn peers_by_version() {
    for (policy, accepted) in [
        (item("egress: toCIDR: [8.8.8.8]"), [true, true, false]),
        (item("egress: toEntities: [cluster-mesh]"), [false, true, true]),
        (item("ingress: fromRequires: [{}]"), [true, false, false]),
        (item("ingress: fromCIDRSet: [{cidr: 10.0.0.0/16, except: [10.0.0.0/8]}]"), [true, false, false]),
        (item("ingress: fromCIDRSet: [{cidr: 10.0.0.0/16, except: [11.0.0.0/8]}]"), [false, false, false]),
        (item("ingress: toPorts: [{ports: [{port: '0', protocol: GRE}]}]"), [false, true, true]),
    ] {
        let found = [V118, V120, V121].map(|version| refuse(&policy, &knobs(version, Stage::Agent)).is_empty());
        assert_eq!(found, accepted, "{policy}");
    }
}

#[test]
fn ports() {
    let port = |port: &str| item(&format!("ingressDeny: toPorts: [{{ports: [{port}]}}]"));
    for (policy, code, says) in [
        (port("«{}»"), R::Port, "port must be specified"),
        (port("«null»"), R::Port, "port must be specified"),
        (port("{port: «''»}"), R::Port, "port must be specified"),
        (port("{port: «80»}"), R::WrongType, "cannot unmarshal number"),
        (
            port("{port: «'70000'»}"),
            R::Port,
            "unable to parse port: strconv.ParseUint: parsing \"70000\": value out of range",
        ),
        (port("{port: «80-90»}"), R::Port, "parsing \"80-90\": invalid syntax"),
        (port("{port: «'0080'»}"), R::Port, "invalid syntax"),
        (port("{port: «averyveryverylong»}"), R::Port, "invalid syntax"),
        (port("{port: «'80'», protocol: VRRP}"), R::Port, "port must be empty or 0"),
        (
            port("{port: '80', protocol: «ICMP»}"),
            R::Protocol,
            "invalid protocol \"ICMP\", must be { tcp | udp | sctp | vrrp",
        ),
        (port("{port: '80', endPort: «99999999999»}"), R::Bounds, "int32"),
    ] {
        assert_refused(&policy, &agent(), code, says);
    }
    for accepted in ["'010'", "'8_0'", "'0x50'", "http", "'0'"].map(|number| port(&format!("{{port: {number}}}"))) {
        assert_accepted(&accepted, &agent());
    }
    for accepted in [
        port("{port: '80', endPort: 70000}"),
        port("{port: '80', endPort: -1}"),
        port("{port: '80', protocol: tcp}"),
        port("{port: '80', protocol: vrrp}"),
        port("{port: '0', protocol: GRE}"),
        port("{port: '80', endPort: 20}"),
    ] {
        assert_accepted(&accepted, &agent());
    }
    let many = vec!["{port: '1'}"; 41].join(", ");
    let many = item(&format!("egress: toPorts: [{{«ports»: [{many}]}}]"));
    assert_refused(&many, &agent(), R::TooManyPorts, "too many ports, the max is 40");
    assert_accepted(&port("{protocol: TCP}"), &Knobs { extended_protocols: Some(true), ..agent() });
}

#[test]
fn l7() {
    let rules =
        |section: &str, port: &str, rest: &str| item(&format!("{section}: toPorts: [{{ports: [{port}], {rest}}}]"));
    let (tcp, udp, any) = ("{port: '80', protocol: TCP}", "{port: '53', protocol: UDP}", "«{port: '80'}»");
    let host = "nodeSelector: {}, ";
    for (policy, code, says) in [
        (
            ccnp(&format!("{host}ingress: [{{toPorts: [{{ports: [{tcp}], «rules»: {{http: [{{}}]}}}}]}}]")),
            R::L7,
            "L7 policy is not supported on host ingress yet",
        ),
        (
            ccnp(&format!("{host}egress: [{{toPorts: [{{ports: [{tcp}], rules: {{«http»: [{{}}]}}}}]}}]")),
            R::L7,
            "L7 protocol HTTP is not supported on host egress yet",
        ),
        (
            rules("ingress", udp, "rules: {«dns»: [{matchName: a}]}"),
            R::L7,
            "L7 protocol DNS is not supported on ingress yet",
        ),
        (
            rules("egress", "{port: '53', endPort: «60»}", "rules: {dns: [{}]}"),
            R::L7,
            "DNS rules do not support port ranges",
        ),
        (
            rules("ingress", any, "rules: {http: [{}]}"),
            R::L7,
            "L7 rules can only apply to TCP (not ANY) except for DNS rules",
        ),
        (rules("ingress", "{port: '80', protocol: «UDP»}", "rules: {http: [{}]}"), R::L7, "(not UDP)"),
        (
            rules("ingress", "{port: '0', protocol: TCP}", "«rules»: {http: [{}]}"),
            R::L7,
            "L7 rules can not be used when a port is 0",
        ),
        (item("egress: toPorts: [{«rules»: {dns: [{}]}}]"), R::L7, "port 53 must be specified for DNS rules"),
        (rules("egress", "{port: '53'}", "«rules»: {dns: [{}], http: []}"), R::L7, "multiple L7 protocol rule types"),
        (
            rules("ingress", tcp, "«serverNames»: [a], rules: {http: [{}]}"),
            R::L7,
            "ServerNames are not allowed with L7 rules",
        ),
        (rules("ingress", tcp, "serverNames: [a, «''»]"), R::L7, "empty server name is not allowed"),
        (rules("ingress", tcp, "«listener»: {name: l}"), R::L7, "Listener is not allowed on ingress (l)"),
        (
            rules("egress", tcp, "«listener»: {name: l}, rules: {http: [{}]}"),
            R::L7,
            "Listener is not allowed with L7 rules (l)",
        ),
        (
            rules("ingress", tcp, "rules: {http: [{path: «/foo(»}]}"),
            R::HttpRegex,
            "error parsing regexp: missing closing ): `/foo(`",
        ),
        (
            rules("ingress", tcp, "rules: {http: [{method: «'*'»}]}"),
            R::HttpRegex,
            "missing argument to repetition operator",
        ),
        (rules("ingress", tcp, "rules: {http: [{headerMatches: [«{}»]}]}"), R::L7, "Header name missing"),
        (
            rules("ingress", tcp, "rules: {http: [{headerMatches: [{name: a, mismatch: «KEEP»}]}]}"),
            R::L7,
            "Invalid header action: KEEP",
        ),
        (
            rules("ingress", tcp, "rules: {http: [{headerMatches: [{name: a, secret: «{}»}]}]}"),
            R::L7,
            "Secret name missing",
        ),
        (
            rules("egress", udp, "rules: {dns: [{matchName: «a b»}]}"),
            R::Fqdn,
            "Only 0-9, a-z, A-Z and . and - characters",
        ),
    ] {
        assert_refused(&policy, &agent(), code, says);
    }
    let off = Knobs { l7_proxy: false, ..agent() };
    let http = rules("ingress", tcp, "«rules»: {http: [{}]}");
    assert_refused(&http, &off, R::Feature, "L7 policy is not supported since L7 proxy is not enabled");
    for accepted in [
        rules("ingress", tcp, "rules: {http: []}"),
        rules("ingress", tcp, "rules: {http: [{host: 'a('}]}"),
        rules("ingress", tcp, "rules: {http: [{path: '/{id}'}]}"),
        rules("egress", "{port: '5353'}", "rules: {dns: [{matchName: a, matchPattern: b}]}"),
        rules("ingressDeny", "{port: '80', protocol: UDP}", "rules: {http: [{path: 'a('}]}"),
        rules("egress", udp, "serverNames: [a]"),
        rules("ingress", tcp, "serverNames: [a], terminatingTLS: {secret: {name: a}}, rules: {http: [{}]}"),
        item("ingress: fromEndpoints: [{}], authentication: {mode: sometimes}"),
        cnp(&format!("endpointSelector: {{}}, ingress: [{{}}], log: {{value: {}}}", "x".repeat(40))),
    ] {
        assert_accepted(&accepted, &agent());
    }
}

#[test]
fn icmp() {
    let fields = |fields: &str| item(&format!("ingress: icmps: [{{fields: [{fields}]}}]"));
    for (policy, code, says) in [
        (item("ingress: «icmps»: [{}], toPorts: [{}]"), R::Icmp, "may only be present without ToPorts"),
        (item("egressDeny: «icmps»: [{}], toPorts: [{}]"), R::Icmp, "may only be present without ToPorts"),
        (fields("{type: «Foo»}"), R::Icmp, "ICMP type Foo not found in "),
        (fields("{type: «PacketTooBig», family: IPv4}"), R::Icmp, "ICMP type PacketTooBig not found in IPv4"),
        (fields("{type: «'00'»}"), R::Icmp, "ICMP type 00 not found in "),
        (fields("{type: 8, family: «IPv5»}"), R::Icmp, "wrong family: IPv5"),
        (fields("«{}»"), R::Icmp, "panic: "),
    ] {
        assert_refused(&policy, &agent(), code, says);
    }
    for accepted in
        ["{type: 300}", "{type: '8'}", "{type: 0}", "{type: EchoReply}", "{type: PacketTooBig, family: IPv6}"]
    {
        assert_accepted(&fields(accepted), &agent());
    }
    let many = item(&format!("ingress: icmps: [{{«fields»: [{}]}}]", vec!["{type: 8}"; 41].join(", ")));
    assert_refused(&many, &agent(), R::Icmp, "too many types, the max is 40");
    let off = Knobs { icmp_rules: false, ..agent() };
    assert_refused(&item("ingress: «icmps»: [{}]"), &off, R::Feature, "enable-icmp-rules");
}

#[test]
fn whole_objects() {
    let head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n";
    let empty = format!("{head}metadata: {{name: p, namespace: ns}}\n");
    let found = refuse(&empty, &agent());
    assert_eq!((found[0].code, found[0].by), (R::Required, RefusedBy::Agent));
    assert_eq!(found[0].reason, "Invalid CiliumNetworkPolicy spec(s): empty policy");
    let nameless = format!("{head}metadata: «{{namespace: ns}}»\nspec: {{endpointSelector: {{}}, ingress: [{{}}]}}\n");
    assert_refused(&nameless, &agent(), R::Name, "CiliumNetworkPolicy must have name");
    let good = "endpointSelector: {}, ingress: [{}]";
    let second = format!("{empty}specs: [{{{good}}}, «{{endpointSelector: {{}}}}»]\n");
    assert_refused(&second, &agent(), R::NoRules, "Invalid CiliumNetworkPolicy specs: rule must have at least one");
    assert_refused(&format!("{empty}specs: [«null»]\n"), &agent(), R::Required, "panic: ");
    assert_accepted(&format!("{empty}specs: []\n"), &agent());
    // Without a namespace the agent reads a clusterwide policy: a node selector is well there.
    let nowhere = format!("{head}metadata: {{name: p}}\nspec: {{nodeSelector: {{}}, ingress: [{{}}]}}\n");
    assert_accepted(&nowhere, &agent());
}

#[test]
fn reasons_come_in_the_order_in_which_they_are_met() {
    let policy = cnp(
        "endpointSelector: {matchLabels: {a: b c}}, egress: [{toCIDR: [x], toEntities: [foo]}], ingress: [{fromEntities: [bar]}]",
    );
    let codes: Vec<R> = refuse(&policy, &agent()).iter().map(|rejection| rejection.code).collect();
    assert_eq!(codes, [R::LabelValue, R::UnknownEntity, R::CombinedPeers, R::Cidr, R::UnknownEntity]);
}

#[test]
fn a_placeholder_never_makes_a_policy_refused() {
    for policy in [
        cnp("endpointSelector: \"${A}\", nodeSelector: \"${B}\", ingress: \"${C}\""),
        cnp("endpointSelector: {matchLabels: {app: \"${A}\"}}, ingress: [\"${B}\"]"),
        item("ingress: fromCIDR: [\"${A}\"], fromEntities: \"${B}\""),
        item("ingress: fromCIDRSet: [{cidr: \"${A}\", except: [\"${B}\"]}, {cidr: 10.0.0.0/8, except: [\"${C}\"]}]"),
        item("egress: toPorts: [{ports: [{port: \"${A}\", protocol: \"${B}\"}], rules: {http: [{path: \"${C}\"}]}}]"),
        item("egress: icmps: [{fields: [{type: \"${A}\", family: \"${B}\"}]}]"),
        item("egress: toFQDNs: [{matchName: \"${A}\", matchPattern: \"${B}\"}]"),
    ] {
        for stage in [Stage::Agent, Stage::ApiServerAndAgent] {
            assert_accepted(&policy, &knobs(V120, stage));
        }
    }
}
