//! Route of `route.openshift.io/v1`: the part that says which Services it leads to.

use smol_str::SmolStr;

use crate::{IntOrString, List};

view! {
    /// The `spec` of a Route, in part.
    pub struct RouteSpec {
        /// The Service.
        to: RouteTarget = "to",
        /// Further Services, for a share of the requests each.
        alternate_backends: List<RouteTarget> = "alternateBackends",
        /// Which port of the pods. Absent is every port of the Service.
        port: RoutePort = "port",
    }

    /// Where requests go, in part.
    pub struct RouteTarget {
        /// Always `Service`, which absent means too.
        kind: SmolStr = "kind",
        /// Its name, in the namespace of the Route.
        name: SmolStr = "name",
    }

    /// The `port` of a Route.
    pub struct RoutePort {
        /// The port of the pods by number, or the Service's port by its name.
        target_port: IntOrString = "targetPort",
    }
}

impl RouteSpec {
    /// The names of the Services that it leads to. Targets that are none, or cannot be known, are left out.
    pub fn services(&self) -> impl Iterator<Item = &SmolStr> {
        let targets = self.to.get().into_iter().chain(self.alternate_backends.values());
        let services = targets.filter(|target| target.kind.get().is_none_or(|kind| kind == "Service"));
        services.filter_map(|target| target.name.get())
    }
}
