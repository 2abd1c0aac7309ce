//! `--without`, `--with` and `--hatch`, on every question.

use crate::shop::{documents, pods};
use crate::support::{CLEAN, Folder};

const DENY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

/// The same policy, which lets everybody in.
const ALLOW: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
";

/// Isolates every namespace but those whose label opens the hatch.
const HATCH: &str = "\
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: baseline}
spec:
  endpointSelector:
    matchExpressions:
      - {key: io.cilium.k8s.namespace.labels.net.example.org/enforcement, operator: NotIn, values: ['off']}
  ingress: [{}]
";

/// `web` and `db` in their namespace.
fn bare() -> Folder {
    Folder::with("files/shop.yaml", &documents(&[CLEAN, &pods()]))
}

fn shop() -> Folder {
    bare().and("files/deny.yaml", DENY).and("allow.yaml", ALLOW)
}

#[test]
fn a_policy_may_be_supposed_away() {
    let folder = shop();
    assert_eq!(folder.run("can shop/web shop/db:80 files").code, 1);
    for name in ["deny", "shop/deny", "NetworkPolicy/shop/deny"] {
        let ran = folder.run(&format!("can shop/web shop/db:80 files --without {name}"));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.err, "note: supposing that NetworkPolicy `shop/deny` is not there\n");
    }
    let ran = folder.run("can shop/web shop/db:80 files --without shop/dney");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("no policy is called `shop/dney`") && ran.err.contains("did you mean `shop/deny`?"));
    assert_eq!(folder.run("reach shop/web files --without deny --quiet").err, "");
}

#[test]
fn a_file_takes_the_place_of_what_is_called_alike() {
    let folder = shop();
    let ran = folder.run("can shop/web shop/db:80 files --with allow.yaml");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("allow.yaml:4") && !ran.out.contains("deny.yaml"), "{ran:?}");
    assert_eq!(ran.err, "note: supposing the objects of `allow.yaml` too, in place of those of the same name\n");
    let missing = folder.run("can shop/web shop/db:80 files --with missing.yaml");
    assert!(missing.code == 2 && missing.out.is_empty(), "{missing:?}");
    // It takes part in the guess whose verdicts these are.
    let folder = folder.and("hatch.yaml", HATCH);
    assert!(folder.run("can shop/web shop/db:80 files --with hatch.yaml").err.contains("verdicts are those of Cilium"));
}

#[test]
fn the_hatch_of_a_namespace_may_be_supposed_open() {
    let folder = bare().and("files/hatch.yaml", HATCH);
    assert_eq!(folder.run("can shop/web shop/db:80 files").code, 1);
    let ran = folder.run("can shop/web shop/db:80 files --hatch shop");
    assert_eq!(ran.code, 0, "{ran:?}");
    let note = "supposing that namespace `shop` has the label `net.example.org/enforcement: off`";
    assert!(ran.err.contains(note), "{ran:?}");
    let unknown = folder.run("can shop/web shop/db:80 files --hatch shpo");
    assert!(unknown.code == 2 && unknown.err.contains("there is no namespace `shpo`"), "{unknown:?}");
    let none = shop().run("can shop/web shop/db:80 files --hatch shop");
    assert!(none.code == 2 && none.err.contains("no policy has an escape hatch"), "{none:?}");
    assert!(none.err.contains("labels: {enforcement: KEY}"), "{none:?}");
}

#[test]
fn a_comparison_supposes_on_its_new_side() {
    let folder = shop();
    let ran = folder.run("diff files --without deny --fail-on opened");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("NetworkPolicy `shop/deny` removed"), "{ran:?}");
    let ran = folder.run("diff files files --with allow.yaml");
    assert!(ran.out.contains("NetworkPolicy `shop/deny` changed") && ran.out.contains("allow.yaml:4"), "{ran:?}");
}
