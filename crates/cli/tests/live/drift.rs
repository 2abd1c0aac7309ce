//! `diff --live`: a real cluster that somebody changes by hand, and the files that describe it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering};

use ringfence_testkit::cluster::{ADMIN, Cluster, GUEST};
use serde_json::Value;

use crate::schema::assert_schema;
use crate::shop::{db_policy, documents, pods, workload};
use crate::{Kubeconfig, NOBODY, errors, json, run};

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n";

/// Lets everybody into `web`.
const WEB: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{}]}
";

/// Lets nobody out of `web`, and is in no file.
const BY_HAND: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: by-hand, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}
";

/// The same where no file speaks of.
const ELSEWHERE: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: vendor, namespace: default}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

/// A folder that is gone at the end.
struct Files(PathBuf);

impl Files {
    fn with(path: &str, text: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ringfence-drift-{}-{}", id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name)).and(path, text)
    }

    fn and(self, path: &str, text: &str) -> Self {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    /// The shop: `web`, and `db` for `web` alone.
    fn shop() -> Self {
        let policies = documents(&[&db_policy(5432), WEB]);
        Self::with("shop.yaml", &documents(&[SHOP, &pods()])).and("policies.yaml", &policies)
    }

    /// Compares with a cluster.
    fn diff(&self, kubeconfig: &Path, arguments: &str) -> Told {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let folder = self.0.to_str().unwrap();
        let output = run(kubeconfig, &[&["diff", "--live", folder], arguments.as_slice()].concat(), "");
        let out = String::from_utf8(output.stdout.clone()).unwrap().replace(folder, "files");
        let json = if arguments.contains(&"json") { json(&output) } else { Value::Null };
        if !json.is_null() {
            assert_schema(&json, "diff");
        }
        Told { code: output.status.code().unwrap(), out, err: errors(&output).replace(folder, "files"), json }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // A folder that stays behind harms no later test.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What came of a run.
#[derive(Debug)]
struct Told {
    code: i32,
    out: String,
    err: String,
    json: Value,
}

/// A cluster as the files of the shop say.
fn shop() -> Option<Cluster> {
    let cluster = Cluster::start()?;
    cluster.apply(SHOP);
    cluster.apply(&documents(&[&pods(), &db_policy(5432), WEB]));
    Some(cluster)
}

#[test]
fn an_example_that_was_applied_has_not_drifted() {
    let Some(cluster) = Cluster::start_with_policies() else { return };
    let folder = crate::root().join(crate::EXAMPLE);
    for part in ["namespaces", "policies", "workloads"] {
        let part = folder.join(part);
        cluster.kubectl(&["apply", "--server-side", "--filename", part.to_str().unwrap()], "").unwrap();
    }
    let arguments = ["diff", "--live", "--context", ADMIN, "--fail-on", "any", "--quiet", crate::EXAMPLE];
    let output = run(&cluster.kubeconfig(), &arguments, "");
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    // What every cluster makes by itself is no workload and no policy.
    let expected = format!("no drift: `{}` over `live/admin` changes no connection\n", crate::EXAMPLE);
    assert_eq!((told, output.status.code()), (expected, Some(0)), "{output:?}");
}

#[test]
fn what_somebody_changed_by_hand_is_told_by_its_connections() {
    let Some(cluster) = shop() else { return };
    let (files, kubeconfig) = (Files::shop(), cluster.kubeconfig());
    let none = files.diff(&kubeconfig, "--fail-on any");
    assert!(none.code == 0 && none.out.starts_with("no drift: ") && none.err.is_empty(), "{none:?}");

    // A policy says something else; it is gone; another one is, but that opens and closes nothing.
    cluster.apply(&db_policy(5433));
    insta::assert_snapshot!("changed", files.diff(&kubeconfig, "").out);
    cluster.kubectl(&["delete", "networkpolicy", "db", "--namespace", "shop"], "").unwrap();
    insta::assert_snapshot!("deleted", files.diff(&kubeconfig, "").out);
    cluster.apply(&db_policy(5432));
    cluster.kubectl(&["delete", "networkpolicy", "web", "--namespace", "shop"], "").unwrap();
    assert!(files.diff(&kubeconfig, "").out.starts_with("no drift"));
    cluster.apply(WEB);

    // A policy, and what the files tell nothing of.
    cluster.apply(&documents(&[BY_HAND, ELSEWHERE, &workload("Deployment", "debug")]));
    let added = files.diff(&kubeconfig, "--fail-on opened");
    assert_eq!(added.code, 1, "{added:?}");
    insta::assert_snapshot!("added", added.out);
    insta::assert_snapshot!("added-markdown", files.diff(&kubeconfig, "--format markdown").out);
    assert_eq!(files.diff(&kubeconfig, "--fail-on closed").code, 0);
    let told = files.diff(&kubeconfig, "--format json").json;
    let cause = &told["worlds"][0]["causes"][0];
    assert_eq!((&cause["name"], &cause["change"]), (&"shop/by-hand".into(), &"removed".into()));
    assert_eq!(cause["old"][0]["at"]["path"], "live/admin/networkpolicy/shop/by-hand.json");
    let only = &told["worlds"][0]["only_in_cluster"];
    assert_eq!(only["workloads"][0]["name"], "shop/debug");
    assert_eq!(only["policies"][0]["name"], "default/vendor");
}

#[test]
fn labels_and_workloads_drift_too() {
    let Some(cluster) = shop() else { return };
    let kubeconfig = cluster.kubeconfig();
    let by_team = WEB.replace("ingress: [{}]", "ingress: [{from: [{namespaceSelector: {matchLabels: {team: shop}}}]}]");
    cluster.apply(&by_team);
    let files = Files::shop().and("policies.yaml", &documents(&[&db_policy(5432), &by_team]));
    let files = files.and("cache.yaml", &workload("StatefulSet", "cache"));
    cluster.kubectl(&["label", "namespace", "shop", "team=other", "--overwrite"], "").unwrap();
    insta::assert_snapshot!("labels", files.diff(&kubeconfig, "").out);
}

#[test]
fn a_policy_that_nobody_wrote_by_hand_stays() {
    let Some(cluster) = shop() else { return };
    let kubeconfig = cluster.kubeconfig();
    let uid = ["get", "deployment", "web", "--namespace", "shop", "--output", "jsonpath={.metadata.uid}"];
    let uid = cluster.kubectl(&uid, "").unwrap();
    let owner = format!(
        "namespace: shop, ownerReferences: [{{apiVersion: apps/v1, kind: Deployment, name: web, uid: {uid}}}]}}"
    );
    cluster.apply(&BY_HAND.replace("namespace: shop}", &owner));
    let owned = Files::shop().diff(&kubeconfig, "");
    assert!(owned.out.starts_with("no drift") && owned.out.contains("NetworkPolicy `shop/by-hand`"), "{owned:?}");

    // A chart of the same namespace may bring it.
    cluster.apply(BY_HAND);
    let chart = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: chart, namespace: shop}\n\
                 spec: {chart: {spec: {chart: x}}}\n";
    let charted = Files::shop().and("chart.yaml", chart).diff(&kubeconfig, "");
    assert!(charted.out.starts_with("no drift") && charted.out.contains("NetworkPolicy `shop/by-hand`"), "{charted:?}");
}

#[test]
fn a_namespace_that_no_file_names_is_not_guessed() {
    let Some(cluster) = shop() else { return };
    let kubeconfig = cluster.kubeconfig();
    let text = documents(&[&pods(), &db_policy(5433)]).replace(", namespace: shop", "");
    let files = Files::with("shop.yaml", &text);
    let unknown = files.diff(&kubeconfig, "--fail-on any");
    assert!(unknown.code == 0 && unknown.err.contains("unknown: the namespace of 3 objects of `files`"), "{unknown:?}");
    insta::assert_snapshot!("homeless", unknown.out);
    let said = files.diff(&kubeconfig, "--namespace shop --fail-on any");
    assert!(said.code == 1 && said.out.contains("NetworkPolicy `shop/db` differs"), "{said:?}");
}

#[test]
fn what_may_not_be_read_is_unknown_and_never_closed() {
    let Some(cluster) = shop() else { return };
    let kubeconfig = cluster.kubeconfig();
    let kinds = [
        "namespaces,pods,services,replicationcontrollers,replicasets.apps,statefulsets.apps,daemonsets.apps",
        "jobs.batch,cronjobs.batch,ingresses.networking.k8s.io",
    ];
    let all = kinds.join(",");
    let role = |more: &str| {
        let resources = format!("--resource={all},{more}");
        let role = ["create", "clusterrole", "guest", "--verb=list", &resources, "--dry-run=client", "--output=yaml"];
        cluster.apply(&cluster.kubectl(&role, "").unwrap());
    };
    role("deployments.apps");
    let user = format!("--user={GUEST}");
    cluster.kubectl(&["create", "clusterrolebinding", "guest", "--clusterrole=guest", &user], "").unwrap();

    // Policies: nobody can tell what is let through now.
    let context = format!("--context {GUEST} --fail-on any");
    let blind = Files::shop().diff(&kubeconfig, &context);
    assert_eq!(blind.err.matches("unknown: these credentials may not list `NetworkPolicy`").count(), 1, "{blind:?}");
    let told = "unknown: policies of `live/guest` that could not be read may decide every connection\n";
    assert_eq!((blind.code, blind.out.as_str()), (0, told));
    let told = Files::shop().diff(&kubeconfig, &format!("--context {GUEST} --format json")).json;
    assert_eq!(told["unread"][0], "NetworkPolicy");

    // Deployments: those of the files are taken to run.
    role("networkpolicies.networking.k8s.io");
    let taken = Files::shop().diff(&kubeconfig, &context);
    assert!(taken.err.contains("may not list `Deployment`") && taken.out.starts_with("no drift"), "{taken:?}");
    cluster.apply(&db_policy(5433));
    let seen = Files::shop().diff(&kubeconfig, &context);
    assert!(seen.code == 1 && seen.out.contains("NetworkPolicy `shop/db` differs"), "{seen:?}");
}

#[test]
fn one_cluster_is_held_against_one_world() {
    let Some(cluster) = shop() else { return };
    let kubeconfig = cluster.kubeconfig();
    let shop = documents(&[SHOP, &pods(), &db_policy(5432), WEB]);
    let files = Files::with("east/shop.yaml", &shop).and("west/shop.yaml", &shop.replace("5432", "5433"));
    let several = files.diff(&kubeconfig, "");
    assert!(several.code == 2 && several.out.is_empty(), "{several:?}");
    assert!(several.err.contains("the files describe several clusters: `east`, `west`"), "{several:?}");
    assert!(files.diff(&kubeconfig, "--world east").out.starts_with("no drift"));
    assert!(files.diff(&kubeconfig, "--world west").out.contains("NetworkPolicy `shop/db` differs"));
    let north = files.diff(&kubeconfig, "--world north");
    assert!(north.code == 2 && north.err.contains("no world is called `north`; there are `east`, `west`"), "{north:?}");
}

#[test]
fn what_cannot_be_compared_says_so() {
    let kubeconfig = Kubeconfig::new("drift", NOBODY);
    let error = |arguments: &[&str], text: &str| {
        let output = run(&kubeconfig.0, &[&["diff"], arguments].concat(), "");
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{output:?}");
        assert!(errors(&output).contains(text), "{arguments:?}: {output:?}");
    };
    error(&["--live", "a", "b"], "with `--live`, only one path can be given");
    error(&["--live", "--rev", "main"], "cannot be used with");
    error(&["--live", "--context", "gone", "examples"], "the cluster of context `gone` cannot be reached");
    error(&["--live", "examples"], "no context of the kubeconfig is current");
    error(&["--context", "gone", "a", "b"], "`--context` names no side without `--live`");
}
