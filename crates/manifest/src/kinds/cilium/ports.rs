//! Which ports an item speaks of, and what may be said on them (semantics §2.2, §7.3).

use smol_str::SmolStr;

use crate::{IntOrString, List};

view! {
    /// One element of the `toPorts` of an allowing item. Without `ports` it matches nothing.
    pub struct PortRule {
        /// The ports.
        ports: List<PortProtocol> = "ports",
        /// The TLS that ends at the proxy.
        terminating_tls: TlsContext = "terminatingTLS",
        /// The TLS that begins at the proxy.
        originating_tls: TlsContext = "originatingTLS",
        /// The server names (SNI) that TLS may ask for.
        server_names: List<SmolStr> = "serverNames",
        /// An Envoy listener that the traffic goes through.
        listener: Listener = "listener",
        /// What may be said on the ports.
        rules: L7Rules = "rules",
    }

    /// One element of the `toPorts` of a denying item. Without `ports` it matches nothing.
    pub struct DenyPortRule {
        /// The ports.
        ports: List<PortProtocol> = "ports",
    }

    /// A port, or a range of ports.
    pub struct PortProtocol {
        /// A number *as text*, or the name of a container port. `"0"` is every port.
        port: SmolStr = "port",
        /// The last port of a range that begins at `port`.
        end_port: i64 = "endPort",
        /// `TCP`, `UDP`, `SCTP`, `ANY` (the default) and the extended protocols.
        protocol: SmolStr = "protocol",
    }

    /// One element of `icmps`.
    pub struct IcmpRule {
        /// The types. Without one the element matches nothing.
        fields: List<IcmpField> = "fields",
    }

    /// A type of ICMP.
    pub struct IcmpField {
        /// `IPv4` (the default) or `IPv6`.
        family: SmolStr = "family",
        /// A number, or a name as `EchoRequest`.
        icmp_type: IntOrString = "type",
    }

    /// Mutual authentication.
    pub struct Authentication {
        /// `disabled`, `required`, `test-always-fail`.
        mode: SmolStr = "mode",
    }

    /// How TLS ends or begins.
    pub struct TlsContext {
        /// Where the keys are kept.
        secret: Secret = "secret",
        /// The name of the trusted authority inside the secret.
        trusted_ca: SmolStr = "trustedCA",
        /// The name of the certificate inside the secret.
        certificate: SmolStr = "certificate",
        /// The name of the private key inside the secret.
        private_key: SmolStr = "privateKey",
    }

    /// A secret by name.
    pub struct Secret {
        /// Its namespace.
        namespace: SmolStr = "namespace",
        /// Its name.
        name: SmolStr = "name",
    }

    /// An Envoy listener.
    pub struct Listener {
        /// The configuration that declares it.
        envoy_config: EnvoyConfig = "envoyConfig",
        /// Its name there.
        name: SmolStr = "name",
        /// 1 to 100; the lower wins.
        priority: i64 = "priority",
    }

    /// A CiliumEnvoyConfig or CiliumClusterwideEnvoyConfig.
    pub struct EnvoyConfig {
        /// Its kind.
        kind: SmolStr = "kind",
        /// Its name.
        name: SmolStr = "name",
    }

    /// What may be said on the ports: one kind only.
    pub struct L7Rules {
        /// Requests. `[]` is no L7 at all.
        http: List<HttpRule> = "http",
        /// Questions.
        dns: List<DnsRule> = "dns",
    }

    /// Requests: every given part must match.
    pub struct HttpRule {
        /// A regular expression over the whole path.
        path: SmolStr = "path",
        /// A regular expression over the whole method.
        method: SmolStr = "method",
        /// A regular expression over the whole host.
        host: SmolStr = "host",
        /// Headers that must be there, as `name: value`.
        headers: List<SmolStr> = "headers",
        /// Headers, and what to do where they are wrong.
        header_matches: List<HeaderMatch> = "headerMatches",
    }

    /// A header, and what to do where it is wrong.
    pub struct HeaderMatch {
        /// `LOG`, `ADD`, `DELETE`, `REPLACE`. Absent: the request is refused.
        mismatch: SmolStr = "mismatch",
        /// The header's name.
        name: SmolStr = "name",
        /// Where the value is kept.
        secret: Secret = "secret",
        /// The value.
        value: SmolStr = "value",
    }

    /// Questions for these names: exactly one of both.
    pub struct DnsRule {
        /// A name, as it is.
        match_name: SmolStr = "matchName",
        /// A name with `*`.
        match_pattern: SmolStr = "matchPattern",
    }
}
