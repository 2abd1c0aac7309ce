//! `can`, `who-can reach`, `reach` and `test`, as people and programs read them.

use crate::schema::assert_schema;
use crate::shop::{db_policy, documents, workload};
use crate::support::{Folder, OTHER};

/// What a job may do.
const JOB: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: job, namespace: shop}
spec:
  podSelector: {matchLabels: {app: job}}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchLabels: {app: db}}}]
";

const EXPECTED: &str = "\
expect:
  - allow: {from: shop/web, to: shop/db, ports: 5432}
  - name: jobs stay out
    deny: {from: shop/job, to: shop/db}
    why: a job once dropped the table
  - allow: {from: shop/job, to: shop/db, ports: 5432}
    why: reports are written at night
  - allow: {from: shop/job, to: payments/api, ports: 80}
  - allow: {from: elsewhere/x, to: shop/web, ports: 80}
    unknown: accept
";

/// A shop whose database lets the web server in, and nobody else.
fn manifests() -> String {
    let [web, job] = ["web", "job"].map(|name| workload("Deployment", name));
    documents(&[&web, &job, &workload("StatefulSet", "db"), &db_policy(5432), JOB])
}

fn shop() -> Folder {
    Folder::with("shop.yaml", &manifests()).and("expected.yaml", EXPECTED)
}

#[test]
fn an_answer_explains_both_halves_at_their_lines() {
    let folder = shop();
    insta::assert_snapshot!("can-yes", folder.run("can shop/web shop/db:5432").out);
    insta::assert_snapshot!("can-no", folder.run("can shop/job shop/db:5432").out);
    insta::assert_snapshot!("can-set", folder.run("can shop shop/db:5432").out);
    insta::assert_snapshot!("can-ports", folder.run("can shop/web shop/db").out);
}

#[test]
fn the_exit_code_is_the_answer() {
    let folder = shop();
    let code = |arguments: &str| folder.run(arguments).code;
    assert_eq!(code("can shop/web shop/db:5432"), 0);
    assert_eq!(code("can shop shop/db:5432"), 1);
    assert_eq!(code("can shop/job shop/db:5432"), 1);
    assert_eq!(code("can kube-apiserver shop/web:80 --cni upstream"), 0);
    assert_eq!(code("can kube-apiserver shop/db:5432 --cni cilium"), 4);
    assert_eq!(code("can shop/wbe shop/db:5432"), 2);
    assert_eq!(code("can shop/web shop/db:http"), 2);
    assert_eq!(code("can shop/web shop/db:5432 shop.yaml missing.yaml"), 2);
    assert_eq!(Folder::with("a.yaml", OTHER).run("can a/b c/d").code, 2);
    assert_eq!(code("who-can reach shop/db"), 0);
}

#[test]
fn a_name_that_stands_for_nothing_is_told_with_the_nearest() {
    let ran = shop().run("can shop/wbe shop/db:5432");
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("error: there is no workload `wbe` in namespace `shop`"), "{}", ran.err);
    assert!(ran.err.contains("did you mean `shop/web`?"), "{}", ran.err);
}

#[test]
fn everybody_at_the_other_end_is_told_by_reason() {
    let folder = shop();
    insta::assert_snapshot!("who-can-reach", folder.run("who-can reach shop/db:5432").out);
    insta::assert_snapshot!("reach", folder.run("reach shop/job").out);
}

#[test]
fn programs_get_the_shape_that_is_described() {
    let folder = shop();
    for question in [
        "can shop/job shop/db:5432/any",
        "can shop internet",
        "can shop/web 10.0.0.0/8,443",
        "who-can reach shop/db",
        "reach shop/job",
        "test expected.yaml shop.yaml",
    ] {
        let json = folder.run(&format!("{question} --format json")).json();
        assert_schema(&json, "answers");
    }
    let json = folder.run("can shop/web shop/db:5432 --format json").json();
    assert_eq!(json["answer"], "all");
    let decided = &json["pairs"][0]["connections"][0]["ingress"]["decided_by"][0];
    assert_eq!(
        (&decided["name"], &decided["item"], &decided["at"]["line"]),
        (&"shop/db".into(), &"ingress[0]".into(), &35.into())
    );
}

#[test]
fn expectations_are_reported_as_by_a_test_runner() {
    let ran = shop().run("test expected.yaml shop.yaml");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("test", ran.out);
    insta::assert_snapshot!("test-junit", shop().run("test expected.yaml shop.yaml --format junit").out);
}

#[test]
fn what_is_as_expected_is_0() {
    let folder = shop().and("good.yaml", "expect:\n  - deny: {from: shop/job, to: shop/db, ports: 5432}\n");
    assert_eq!(folder.run("test good.yaml shop.yaml").code, 0);
    assert_eq!(folder.run("test good.yaml").code, 0, "the current folder is read where nothing else is named");
}

#[test]
fn a_fault_in_a_file_of_expectations_has_its_place() {
    let folder = shop().and("bad.yaml", "expect:\n  - allow: {from: shop/web}\n");
    let ran = folder.run("test bad.yaml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("bad.yaml:2"), "{}", ran.err);
    let folder = shop().run("test .");
    assert!(folder.err.contains("`.` is a folder, not a file of expectations"), "{}", folder.err);
}

#[test]
fn several_clusters_are_asked_one_at_a_time() {
    let folder = Folder::with("east/shop.yaml", &manifests()).and("west/shop.yaml", &manifests());
    let ran = folder.run("can shop/web shop/db:5432");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the files describe several clusters: `east`, `west`"), "{}", ran.err);
    assert_eq!(folder.run("can shop/web shop/db:5432 --world west").code, 0);
    assert_eq!(folder.run("can shop/web shop/db:5432 east").code, 0);
    assert!(folder.run("can a/b c/d --world north").err.contains("no world is called `north`"));
}

#[test]
fn a_guess_is_said_once_and_quiet_is_quiet() {
    let folder = shop().and(
        "cilium.yaml",
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {endpointSelector: {matchLabels: {app: job}}, egress: [{}]}\n",
    );
    let said = folder.run("can shop/web shop/db:5432").err;
    assert_eq!(said.matches("verdicts are those of Cilium").count(), 1, "{said}");
    assert_eq!(folder.run("can shop/web shop/db:5432 --quiet").err, "");
    assert_eq!(folder.run("can shop/web shop/db:5432 --cni cilium").err, "");
}

#[test]
fn a_policy_that_is_refused_does_not_count_and_the_answer_says_so() {
    let folder = shop().and(
        "deny.yaml",
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [nobody]}]}\n",
    );
    let ran = folder.run("can shop/job shop/web:80 --quiet");
    insta::assert_snapshot!("can-refused", ran.out);
}
