//! Generated repositories: what benchmarks read and tests scale up.
//!
//! Always the same for the same numbers. The mix follows what public repositories hold: mostly policies, then workloads,
//! namespaces, services and configuration, with the labels that charts put on them. One namespace in fifty has a policy for
//! a workload that is gone, so that there is something to find.

mod cluster;
mod deep;
mod gitops;
mod policies;
mod workloads;

pub use deep::deep;
pub use gitops::gitops;

/// How large a repository is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Namespaces, a folder each.
    pub namespaces: usize,
    /// Deployments in each namespace.
    pub workloads: usize,
    /// Services in each namespace: one for each of the first workloads.
    pub services: usize,
    /// NetworkPolicies in each namespace, beside a default deny and a DNS allow.
    pub network_policies: usize,
    /// CiliumNetworkPolicies in each namespace.
    pub cilium_policies: usize,
    /// Whether profiles and access labels are granted by clusterwide policies of Cilium.
    pub clusterwide: bool,
    /// What the rules of the NetworkPolicies hold.
    pub rules: Rules,
}

/// How much stands in a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rules {
    /// A peer and a port.
    Plain,
    /// Five ports, five port ranges, five namespaces and five CIDRs, each way.
    Fat,
}

/// How many objects of a kind stand in one file.
const A_FILE: usize = 50;

/// A shape to begin from: nothing in it.
const EMPTY: Shape = Shape {
    name: "empty",
    namespaces: 0,
    workloads: 0,
    services: 0,
    network_policies: 0,
    cilium_policies: 0,
    clusterwide: false,
    rules: Rules::Plain,
};

impl Shape {
    /// About five megabytes in 2,500 files.
    pub const FIVE_MEGABYTES: Self = Self {
        name: "5mb",
        namespaces: 500,
        workloads: 6,
        services: 6,
        network_policies: 5,
        cilium_policies: 2,
        ..EMPTY
    };

    /// A large platform: 2,000 namespaces, 10,000 workloads, 10,000 policies and the clusterwide ones.
    pub const L: Self = Self {
        name: "l",
        namespaces: 2_000,
        workloads: 5,
        services: 5,
        network_policies: 2,
        cilium_policies: 1,
        clusterwide: true,
        ..EMPTY
    };

    /// The largest that anybody has published: 25,000 namespaces, 100,000 workloads, 75,000 policies and the clusterwide
    /// ones.
    pub const XXL: Self = Self {
        name: "xxl",
        namespaces: 25_000,
        workloads: 4,
        services: 1,
        network_policies: 1,
        clusterwide: true,
        ..EMPTY
    };

    /// Everything in one namespace: 10,000 workloads, 10,000 policies.
    pub const DEEP: Self =
        Self { name: "deep", namespaces: 1, workloads: 10_000, services: 1_000, network_policies: 9_998, ..EMPTY };

    /// Few objects, large rules: 240 namespaces, 2,400 workloads, 4,800 policies.
    pub const FAT: Self = Self {
        name: "fat",
        namespaces: 240,
        workloads: 10,
        services: 10,
        network_policies: 18,
        rules: Rules::Fat,
        ..EMPTY
    };

    /// All of them, smallest first.
    pub const ALL: [Self; 5] = [Self::FIVE_MEGABYTES, Self::DEEP, Self::FAT, Self::L, Self::XXL];

    /// The shape of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name == name)
    }

    /// 500 workloads and 500 NetworkPolicies: small, but every pair of workloads is a question.
    pub const CONNECTIONS: Self =
        Self { name: "connections", namespaces: 50, workloads: 10, services: 10, network_policies: 8, ..EMPTY };

    /// The files: path and text, sorted by path.
    pub fn files(self) -> Vec<(String, String)> {
        let mut files = cluster::files(self);
        for number in 0..self.namespaces {
            let namespace = namespace_name(number);
            let mut add = |name: &str, text: String| files.push((format!("apps/{namespace}/{name}.yaml"), text));
            add("namespace", cluster::namespace(number));
            add("settings", workloads::settings(&namespace));
            let kinds: [(&str, Vec<String>); 3] = [
                ("workloads", (0..self.workloads).map(|at| workloads::deployment(self, number, at)).collect()),
                ("network-policies", policies::network_policies(self, number)),
                ("cilium", (0..self.cilium_policies).map(|at| policies::cilium(self, number, at)).collect()),
            ];
            for (kind, objects) in kinds {
                for (at, objects) in objects.chunks(A_FILE).enumerate() {
                    add(&format!("{kind}-{at:03}"), objects.concat());
                }
            }
        }
        files.sort();
        files
    }
}

fn namespace_name(number: usize) -> String {
    format!("team-{number:05}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(files: &[(String, String)], kinds: &[&str]) -> usize {
        let lines = files.iter().flat_map(|(_, text)| text.lines());
        lines.filter(|line| line.strip_prefix("kind: ").is_some_and(|kind| kinds.contains(&kind))).count()
    }

    #[test]
    fn a_shape_holds_what_its_name_promises() {
        for (shape, namespaces, workloads, policies) in
            [(Shape::DEEP, 1, 10_000, 10_000), (Shape::FAT, 240, 2_400, 4_800), (Shape::L, 2_000, 10_000, 10_000)]
        {
            let files = shape.files();
            let own: Vec<_> = files.into_iter().filter(|(path, _)| path.starts_with("apps/")).collect();
            assert_eq!(count(&own, &["Namespace"]), namespaces, "{}", shape.name);
            assert_eq!(count(&own, &["Deployment"]), workloads, "{}", shape.name);
            assert_eq!(count(&own, &["NetworkPolicy", "CiliumNetworkPolicy"]), policies, "{}", shape.name);
        }
    }

    #[test]
    fn a_shape_is_found_by_its_name() {
        assert_eq!(Shape::named("xxl").map(|shape| shape.namespaces), Some(25_000));
        assert!(Shape::named("huge").is_none());
    }
}
