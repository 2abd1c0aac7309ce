//! Service of `v1`: the part that says which pods and ports a name leads to.

use smol_str::SmolStr;

use crate::{IntOrString, Labels, List};

view! {
    /// The `spec` of a Service, in part.
    pub struct ServiceSpec {
        /// `ClusterIP` (the default), `NodePort`, `LoadBalancer`, `ExternalName`.
        service_type: SmolStr = "type",
        /// The labels of the backends. Absent or empty: the endpoints are made by someone else.
        selector: Labels = "selector",
        /// The ports.
        ports: List<ServicePort> = "ports",
        /// The address, or `None` for a headless service.
        cluster_ip: SmolStr = "clusterIP",
        /// The name that an `ExternalName` service leads to.
        external_name: SmolStr = "externalName",
    }

    /// One element of `ports`, in part.
    pub struct ServicePort {
        /// Its name.
        name: SmolStr = "name",
        /// The port of the service.
        port: i64 = "port",
        /// The port of the pod, by number or name. Absent is `port`.
        target_port: IntOrString = "targetPort",
        /// `TCP` (the default), `UDP`, `SCTP`.
        protocol: SmolStr = "protocol",
        /// The port of every node.
        node_port: i64 = "nodePort",
    }
}
