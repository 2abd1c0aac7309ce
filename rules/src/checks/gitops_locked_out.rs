//! Policies that cut Flux or Argo CD off from what they need to apply the next policy.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Entity, Protocol, Verdict};
use ringfence_engine::dns::Dns;
use ringfence_engine::{Endpoint, Engine, Side, Traffic};
use ringfence_sources::roots::{Root, Tool};
use rustc_hash::FxHashMap;

use crate::builds::place_of;
use crate::prelude::*;
use crate::root_order::Order;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports policies that cut the controllers of Flux or Argo CD off from the API server or from cluster DNS: for good,
    /// or until another policy arrives which they themselves have to apply.
    ///
    /// What roots bring is applied in the order of `dependsOn` and, in Argo CD, of sync waves. Roots without an order may
    /// come one before the other. Flux is judged where its own installation is among the files, because that normally
    /// brings a policy which opens its egress; without it only an order is reported, with less confidence.
    ///
    /// ## Why it matters
    /// The controllers are pods too. Once a default deny reaches them before the policy that lets them out, they can
    /// neither apply that policy nor roll the default deny back: somebody with `kubectl` has to.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: baseline, namespace: argocd}
    /// spec:
    ///   source: {repoURL: "https://git.example.com/team/fleet", path: baseline}
    ///   destination: {server: "https://kubernetes.default.svc", namespace: argocd}
    /// # file: baseline/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: argocd}
    /// # file: baseline/policy.yaml
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.kubernetes.pod.namespace, operator: NotIn, values: [kube-system]}
    ///   egress: [{toEntities: [none]}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: baseline, namespace: argocd}
    /// spec:
    ///   source: {repoURL: "https://git.example.com/team/fleet", path: baseline}
    ///   destination: {server: "https://kubernetes.default.svc", namespace: argocd}
    /// # file: baseline/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: argocd}
    /// # file: baseline/policy.yaml
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.kubernetes.pod.namespace, operator: NotIn, values: [kube-system, argocd]}
    ///   egress: [{toEntities: [none]}]
    /// ```
    ///
    /// ## References
    /// - <https://fluxcd.io/flux/installation/configuration/multitenancy/>
    /// - <https://docs.cilium.io/en/stable/security/network/policyenforcement/>
    pub static GITOPS_LOCKED_OUT = "gitops-locked-out" {
        group: Availability, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

/// A controller, as far as it is seen.
#[derive(Clone, Copy)]
struct Controller {
    tool: &'static str,
    pods: IdentityId,
    needs_api: bool,
    /// Whether its own workload is in the world; else it is any pod of its namespace.
    seen: bool,
}

/// What a controller cannot do without.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    ApiServer,
    Dns,
}

/// The cluster of a world, and what brings its policies.
struct Scene<'a> {
    roots: &'a [Root],
    order: Order,
    brought: FxHashMap<*const Object, usize>,
}

/// What a policy cuts off.
struct Cut {
    needs: BTreeSet<Need>,
    pods: BTreeSet<IdentityId>,
    /// The first of those that are cut off.
    controller: Controller,
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let roots = cx.builds().roots();
    let world = cx.world();
    let mut brought = cx.builds().made_by();
    brought.retain(|_, build| *build < roots.len());
    let own: BTreeSet<usize> =
        world.objects.iter().filter_map(|object| brought.get(&std::sync::Arc::as_ptr(object)).copied()).collect();
    if own.is_empty() || world.policies.is_empty() {
        return;
    }
    let controllers = controllers(&own, cx.builds(), world);
    if controllers.is_empty() {
        return;
    }
    let scene = Scene { roots, order: Order::of(roots), brought };
    let mut shut: BTreeMap<PolicyId, Cut> = BTreeMap::new();
    // By the policy that shuts, and the root that opens.
    let mut races: BTreeMap<(PolicyId, usize), Cut> = BTreeMap::new();
    for controller in controllers {
        for need in [Need::ApiServer, Need::Dns] {
            let all = state(need, controller, cx.engine());
            // What Flux is installed with lets it out, unless told not to.
            let is_known = controller.seen || controller.tool != "Flux";
            let closing = if all.is_no() && is_known { closing(need, controller, cx.engine()) } else { None };
            if let Some(policy) = closing {
                shut.entry(policy).or_insert_with(|| Cut::new(controller)).add(need, controller);
            }
            if !all.is_yes() {
                continue;
            }
            for opener in scene.openers(need, controller, cx.engine()) {
                if let Some(policy) = scene.race(need, controller, opener, cx.engine()) {
                    races.entry((policy, opener)).or_insert_with(|| Cut::new(controller)).add(need, controller);
                }
            }
        }
    }
    // Of pods that send something but cannot ask for names, `egress-without-dns` speaks.
    let sends = |cut: &Cut| cut.pods.iter().any(|pods| super::egress_without_dns::sends(*pods, cx));
    shut.retain(|_, cut| cut.needs.contains(&Need::ApiServer) || !sends(cut));
    for (policy, cut) in &shut {
        report_shut(*policy, cut, cx);
    }
    for ((policy, opener), cut) in &races {
        report_race(*policy, *opener, cut, &scene, cx);
    }
}

impl Cut {
    const fn new(controller: Controller) -> Self {
        Self { needs: BTreeSet::new(), pods: BTreeSet::new(), controller }
    }

    fn add(&mut self, need: Need, controller: Controller) {
        self.needs.insert(need);
        self.pods.insert(controller.pods);
    }

    /// The controllers in a message.
    fn who(&self, world: &World) -> String {
        if self.controller.seen {
            wording::pods(world, &self.pods.iter().copied().collect::<Vec<_>>())
        } else {
            let namespace = world.identity(self.controller.pods).namespace;
            format!("the pods of `{}`", world.namespace_text(namespace))
        }
    }

    /// What they cannot reach.
    fn what(&self) -> &'static str {
        match (self.needs.contains(&Need::ApiServer), self.needs.contains(&Need::Dns)) {
            (true, true) => "the API server and cluster DNS",
            (true, false) => "the API server",
            _ => "cluster DNS",
        }
    }
}

/// The workloads that a tool cannot do without, and whether they ask the API server.
const CONTROLLERS: [(&str, &str, bool); 4] = [
    ("Flux", "source-controller", true),
    ("Flux", "kustomize-controller", true),
    ("Argo CD", "argocd-application-controller", true),
    ("Argo CD", "argocd-repo-server", false),
];

/// The controllers of a world; where none is seen, any pod of the namespace in which its first root stands.
fn controllers(own: &BTreeSet<usize>, builds: &Builds<'_>, world: &World) -> Vec<Controller> {
    let roots = builds.roots();
    let mut all = Vec::new();
    for tool in ["Flux", "Argo CD"] {
        let is_own = |root: &&Root| self::tool(root) == Some(tool);
        let first = own.iter().map(|&at| &roots[at]).filter(|root| runs_here(root, roots)).filter(is_own);
        let namespaces: BTreeSet<&str> = first.map(|root| builds.start_of(root).id.namespace.as_str()).collect();
        for namespace in namespaces.into_iter().filter_map(|name| world.find_namespace(name)) {
            let seen: Vec<Controller> = world
                .workloads_of(namespace)
                .filter_map(|(_, workload)| {
                    let name = world.object(workload.object).name()?;
                    let is_meant = |(own, end, _): &&(&str, &str, bool)| *own == tool && name.ends_with(end);
                    let (_, _, needs_api) = *CONTROLLERS.iter().find(is_meant)?;
                    Some(Controller { tool, pods: workload.identity?, needs_api, seen: true })
                })
                .collect();
            let any = world.namespace(namespace).representative.filter(|_| seen.is_empty());
            all.extend(any.map(|pods| Controller { tool, pods, needs_api: true, seen: false }));
            all.extend(seen);
        }
    }
    all
}

fn tool(root: &Root) -> Option<&'static str> {
    match root.tool {
        Tool::Flux => Some("Flux"),
        Tool::Application => Some("Argo CD"),
        Tool::ApplicationSet | Tool::Declared => None,
    }
}

/// Whether the controller of a root works in the cluster that the root goes to.
fn runs_here(root: &Root, roots: &[Root]) -> bool {
    let text = |path: &[&str]| root.object.at(path).and_then(|value| value.as_str()).unwrap_or_default();
    let (name, server) = (text(&["spec", "destination", "name"]), text(&["spec", "destination", "server"]));
    let elsewhere = if root.tool == Tool::Flux {
        root.object.at(&["spec", "kubeConfig"]).is_some()
    } else {
        name != "in-cluster" && server != "https://kubernetes.default.svc"
    };
    !elsewhere && root.brought_by.is_none_or(|by| roots[by].cluster == root.cluster)
}

impl Scene<'_> {
    /// The root that brings a policy.
    fn root(&self, policy: &Policy, world: &World) -> Option<usize> {
        self.brought.get(&std::ptr::from_ref(world.object(policy.object))).copied()
    }

    /// The roots that let a controller have what it needs, as far as policies do.
    fn openers(&self, need: Need, controller: Controller, engine: &Engine<'_>) -> BTreeSet<usize> {
        let world = engine.world();
        let deciding = deciding(need, controller, engine).into_iter();
        deciding.filter_map(|entry| self.root(world.policy(world.entry(entry).policy), world)).collect()
    }

    /// The policy that shuts a controller off before a root has opened it, in one of the orders that may be.
    fn race(&self, need: Need, controller: Controller, opener: usize, engine: &Engine<'_>) -> Option<PolicyId> {
        let world = engine.world();
        let mut late = self.order.after(opener);
        late.push(opener);
        let is_late = |policy: &Policy| self.root(policy, world).is_some_and(|root| late.contains(&root));
        let late: Vec<PolicyId> = world.policy_ids().filter(|(_, policy)| is_late(policy)).map(|(id, _)| id).collect();
        let before = engine.without(&late);
        state(need, controller, &before).is_no().then(|| closing(need, controller, &before))?
    }
}

/// Whether a controller has what it needs.
fn state(need: Need, controller: Controller, engine: &Engine<'_>) -> Tri {
    let pods = controller.pods;
    match need {
        Need::ApiServer if !controller.needs_api => Tri::Unknown,
        Need::ApiServer => Tri::any(API_PORTS.iter().map(|&port| api_server(pods, port, engine).decision.allows())),
        Need::Dns => {
            let dns = Dns::new(engine);
            let lookup = dns.lookup(pods);
            let asks = lookup.udp.or(lookup.tcp);
            if asks.is_no() && dns.elsewhere(pods) { Tri::Unknown } else { asks }
        }
    }
}

/// Where API servers listen: the Service's port, and that of the servers behind it.
const API_PORTS: [u16; 2] = [6443, 443];

fn api_server(pods: IdentityId, port: u16, engine: &Engine<'_>) -> Side {
    let traffic = Traffic { protocol: Protocol::Tcp, port };
    engine.side(&Endpoint::Pods(pods), &Endpoint::Reserved(Entity::KubeApiserver), Direction::Egress, traffic)
}

/// The entries that let a controller have what it needs, or keep it from it.
fn deciding(need: Need, controller: Controller, engine: &Engine<'_>) -> Vec<EntryId> {
    match need {
        Need::ApiServer => {
            API_PORTS.iter().flat_map(|&port| api_server(controller.pods, port, engine).deciding).collect()
        }
        Need::Dns => Dns::new(engine).deciding(controller.pods),
    }
}

/// The policy that shuts: the first that denies, else the first that isolates.
fn closing(need: Need, controller: Controller, engine: &Engine<'_>) -> Option<PolicyId> {
    let world = engine.world();
    let pods = Endpoint::Pods(controller.pods);
    let denies =
        deciding(need, controller, engine).into_iter().find(|&entry| world.entry(entry).verdict == Verdict::Deny);
    let isolating = || {
        let sure = engine.entries_selecting(controller.pods, Direction::Egress);
        let isolates = |id: &EntryId| sure.contains(&(*id, Tri::Yes)) && world.entry(*id).default_deny.is_yes();
        engine.isolation(&pods, Direction::Egress).by.into_iter().find(isolates)
    };
    denies.or_else(isolating).map(|entry| world.entry(entry).policy)
}

/// The entry of a policy that stands for it: one that applies to the pods.
fn entry_place(policy: PolicyId, pods: IdentityId, engine: &Engine<'_>) -> Option<Place> {
    let world = engine.world();
    let applying = engine.entries_selecting(pods, Direction::Egress);
    applying.into_iter().map(|(id, _)| world.entry(id)).find(|entry| entry.policy == policy).map(|entry| entry.place)
}

fn report_shut(policy: PolicyId, cut: &Cut, cx: &mut Cx<'_>) {
    let controller = cut.controller;
    let closing = cx.policy(policy);
    let place = entry_place(policy, controller.pods, cx.engine()).unwrap_or(closing.name_place());
    let message = format!(
        "{} is locked out: `{}` keeps {} from {}, and no policy opens it",
        controller.tool,
        cx.world().policy_text(closing.policy),
        cut.who(cx.world()),
        cut.what(),
    );
    let draft = cx.report(place, message).about(closing.object).here("isolates egress").help(format!(
        "let {} reach the API server, cluster DNS and the Git server before anything isolates it",
        controller.tool
    ));
    if !controller.seen {
        draft.confidence(Confidence::Medium).note(unseen(controller));
    }
}

fn report_race(policy: PolicyId, opener: usize, cut: &Cut, scene: &Scene<'_>, cx: &mut Cx<'_>) {
    let (world, controller) = (cx.world(), cut.controller);
    let closing = cx.policy(policy);
    let place = entry_place(policy, controller.pods, cx.engine()).unwrap_or(closing.name_place());
    let closer = scene.root(closing.policy, world);
    let opens = opening(cut, opener, scene, cx);
    let root = &scene.roots[opener];
    let is_sure = closer.is_none_or(|closer| scene.order.before(opener).contains(&closer));
    let (name, who, what) = (world.policy_text(closing.policy), cut.who(world), cut.what());
    let message = if is_sure {
        format!(
            "{} locks itself out: `{name}` keeps {who} from {what}, and `{}`, which lets them, only comes afterwards",
            controller.tool, root.id.name,
        )
    } else {
        format!(
            "{} may lock itself out: `{name}` may come before `{}`, which lets {who} reach {what}",
            controller.tool, root.id.name,
        )
    };
    let mut draft = cx.report(place, message).about(closing.object).here("isolates egress");
    if let Some((id, place)) = opens {
        draft = draft.label(place, format!("`{}` lets it out again", world.policy_text(world.policy(id))));
    }
    let line = closer.and_then(|closer| scene.order.line(opener, closer));
    if let Some(line) = line {
        draft = draft.label(line, "waits for what shuts it off: the wrong way round");
    } else if let Some(closer) = closer {
        draft = draft.label(
            place_of(&scene.roots[closer]),
            format!("brings `{}`, and does not wait for `{}`", world.policy_text(closing.policy), root.id.name),
        );
    }
    if !is_sure {
        draft = draft.severity(Severity::Warning);
    }
    if !controller.seen {
        draft = draft.confidence(Confidence::Medium).note(unseen(controller));
    }
    draft
        .note("once shut off it can apply nothing more and roll nothing back: only `kubectl` by hand helps then")
        .help(help(closer.map(|closer| &scene.roots[closer]), root, line.is_some()));
}

/// A policy of the root that lets a controller have what it needs.
fn opening(cut: &Cut, opener: usize, scene: &Scene<'_>, cx: &Cx<'_>) -> Option<(PolicyId, Place)> {
    let world = cx.world();
    let mut entries = cut.needs.iter().flat_map(|&need| deciding(need, cut.controller, cx.engine()));
    let brought = |entry: &EntryId| scene.root(world.policy(world.entry(*entry).policy), world) == Some(opener);
    let entry = world.entry(entries.find(brought)?);
    Some((entry.policy, entry.place))
}

fn unseen(controller: Controller) -> String {
    match controller.tool {
        "Flux" => {
            "the installation of Flux is not among the files: it may bring a policy `allow-egress`, which opens this"
                .to_owned()
        }
        tool => format!("the installation of {tool} is not among the files: any pod of its namespace is asked"),
    }
}

fn help(closer: Option<&Root>, opener: &Root, waits: bool) -> String {
    let Some(closer) = closer else {
        return format!("apply `{}` first", opener.id.name);
    };
    match closer.tool {
        Tool::Flux if waits => format!(
            "turn it round: let `{}` wait for `{}`; or bring both policies in one Kustomization",
            closer.id.name, opener.id.name
        ),
        Tool::Flux => format!(
            "let `{}` wait: `dependsOn: [{{name: {}}}]`; or bring both policies in one Kustomization",
            closer.id.name, opener.id.name
        ),
        _ => format!(
            "give `{}` an earlier sync wave than `{}`, or bring both policies in one Application",
            opener.id.name, closer.id.name
        ),
    }
}
