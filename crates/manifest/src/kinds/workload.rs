//! What makes pods: Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob.

use smol_str::SmolStr;

use crate::{At, Field, Kind, LabelSelector, Labels, List, Map, Reader, Value, View};

/// A workload of any kind: the pods it makes. Of a Pod, the pod itself.
///
/// A part of the template is unknown, null, invalid or absent where the template around it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Workload {
    /// Which kind.
    pub kind: Kind,
    /// How many pods. Only of kinds that say so.
    pub replicas: Field<i64>,
    /// The `spec.selector` that must match the labels of the template.
    pub selector: Field<LabelSelector>,
    /// The labels of the pods.
    pub labels: Field<Labels>,
    /// The annotations of the pods.
    pub annotations: Field<Labels>,
    /// The service account of the pods. Absent is `default`.
    pub service_account: Field<SmolStr>,
    /// Whether the pods share the network of their node: then they have its identity.
    pub host_network: Field<bool>,
    /// The containers.
    pub containers: Field<List<Container>>,
    /// The init containers. Those that never end are sidecars.
    pub init_containers: Field<List<Container>>,
}

view! {
    /// A container, in part.
    pub struct Container {
        /// Its name.
        name: SmolStr = "name",
        /// The ports that it names.
        ports: List<ContainerPort> = "ports",
        /// `Always` makes an init container a sidecar.
        restart_policy: SmolStr = "restartPolicy",
    }

    /// A port that a container names, in part.
    pub struct ContainerPort {
        /// Its name.
        name: SmolStr = "name",
        /// The number.
        container_port: i64 = "containerPort",
        /// `TCP` (the default), `UDP`, `SCTP`.
        protocol: SmolStr = "protocol",
        /// The port of the node.
        host_port: i64 = "hostPort",
    }

    /// A pod, or the template of one.
    struct Template {
        metadata: TemplateMeta = "metadata",
        spec: PodSpec = "spec",
    }

    struct TemplateMeta {
        labels: Labels = "labels",
        annotations: Labels = "annotations",
    }

    struct PodSpec {
        service_account_name: SmolStr = "serviceAccountName",
        // The name of the same field before 1.0; the API server still copies it.
        service_account: SmolStr = "serviceAccount",
        host_network: bool = "hostNetwork",
        containers: List<Container> = "containers",
        init_containers: List<Container> = "initContainers",
    }

    struct OwnerSpec {
        replicas: i64 = "replicas",
        selector: LabelSelector = "selector",
        template: Template = "template",
    }

    struct CronJobSpec {
        job_template: JobTemplate = "jobTemplate",
    }

    struct JobTemplate {
        spec: OwnerSpec = "spec",
    }
}

impl Workload {
    /// Reads a workload of `kind` from the whole object.
    pub(crate) fn read(kind: Kind, object: &Value, map: &Map, reader: &mut Reader) -> Self {
        match kind {
            Kind::Pod => Self::of(kind, Field::Absent, Field::Absent, Self::pod(object, reader)),
            Kind::UnknownWorkload => {
                let unknown = At { key: object.place, value: object.place };
                let mut pod = Self::pod(object, reader);
                if let Field::Set(pod, _) = &mut pod {
                    pod.spec = Field::Unknown(unknown);
                }
                Self::of(kind, Field::Unknown(unknown), Field::Unknown(unknown), pod)
            }
            Kind::CronJob => {
                let mut spec: Field<CronJobSpec> = reader.field(map, "spec");
                let mut owner = spec.part(|cron| &mut cron.job_template).part(|job| &mut job.spec);
                Self::of(kind, Field::Absent, Field::Absent, owner.part(|owner| &mut owner.template))
            }
            _ => Self::owner(kind, map, reader),
        }
    }

    /// The object itself as the template.
    fn pod(object: &Value, reader: &mut Reader) -> Field<Template> {
        let at = At { key: object.place, value: object.place };
        Template::view(object, reader).map_or(Field::Invalid(at), |pod| Field::Set(pod, at))
    }

    fn owner(kind: Kind, map: &Map, reader: &mut Reader) -> Self {
        let mut spec: Field<OwnerSpec> = reader.field(map, "spec");
        let selector = match kind {
            // A plain map of labels there; a Job's selector is made by the API server.
            Kind::ReplicationController | Kind::Job => Field::Absent,
            _ => spec.part(|owner| &mut owner.selector),
        };
        Self::of(kind, spec.part(|owner| &mut owner.replicas), selector, spec.part(|owner| &mut owner.template))
    }

    fn of(kind: Kind, replicas: Field<i64>, selector: Field<LabelSelector>, mut template: Field<Template>) -> Self {
        let mut meta = template.part(|template| &mut template.metadata);
        let mut spec = template.part(|template| &mut template.spec);
        let name = spec.part(|pod| &mut pod.service_account_name);
        Self {
            kind,
            replicas,
            selector,
            labels: meta.part(|meta| &mut meta.labels),
            annotations: meta.part(|meta| &mut meta.annotations),
            service_account: if name.is_absent() { spec.part(|pod| &mut pod.service_account) } else { name },
            host_network: spec.part(|pod| &mut pod.host_network),
            containers: spec.part(|pod| &mut pod.containers),
            init_containers: spec.part(|pod| &mut pod.init_containers),
        }
    }

    /// The containers whose ports can be reached while the pod runs: the containers and the sidecars. An init container
    /// of unknown restart policy counts.
    pub fn listening(&self) -> impl Iterator<Item = &Container> {
        let sidecar = |container: &&Container| match &container.restart_policy {
            Field::Set(policy, _) => policy == "Always",
            Field::Unknown(_) => true,
            _ => false,
        };
        self.containers.values().chain(self.init_containers.values().filter(sidecar))
    }
}
