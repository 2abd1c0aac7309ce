//! The module as a host sees it, held against the same code run natively.
//!
//! Builds it into a target folder of its own; `RINGFENCE_POLICY_WASM` names one that is built already.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use ringfence_policy::{ABI, Module};
use serde_json::json;
use wasmi::{Config, Engine, ExternType, Instance, Linker, Memory, Mutability, Store};

/// The bytes of the module.
fn wasm() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let built = env::var_os("RINGFENCE_POLICY_WASM").map(PathBuf::from);
        fs::read(built.unwrap_or_else(build)).unwrap()
    })
}

fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join("target/wasm-test");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&root).args(["build", "--quiet", "--package", "ringfence-policy", "--lib"]);
    cargo.args(["--profile", "wasm", "--target", "wasm32-unknown-unknown", "--target-dir"]).arg(&target);
    // Flags for this machine are not for the other.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("wasm32-unknown-unknown/wasm/ringfence_policy.wasm")
}

/// A host with nothing to offer.
struct Host {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl Host {
    fn new() -> Self {
        let mut config = Config::default();
        // A text may nest 512 levels deep, a few calls each; the interpreter's default is 1000 calls.
        config.set_max_recursion_depth(8_000);
        let engine = Engine::new(&config);
        let module = wasmi::Module::new(&engine, wasm()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        let memory = instance.get_memory(&store, "memory").unwrap();
        Self { store, instance, memory }
    }

    fn alloc(&mut self, len: u32) -> u32 {
        let alloc = self.instance.get_typed_func::<u32, u32>(&self.store, "rf_alloc").unwrap();
        alloc.call(&mut self.store, len).unwrap()
    }

    fn free(&mut self, ptr: u32, len: u32) {
        let free = self.instance.get_typed_func::<(u32, u32), ()>(&self.store, "rf_free").unwrap();
        free.call(&mut self.store, (ptr, len)).unwrap();
    }

    /// Calls with what lies at `ptr`, and frees the answer.
    fn call_at(&mut self, op: u32, ptr: u32, len: u32) -> Vec<u8> {
        let call = self.instance.get_typed_func::<(u32, u32, u32), u64>(&self.store, "rf_call").unwrap();
        let packed = call.call(&mut self.store, (op, ptr, len)).unwrap();
        let (at, size) = ((packed >> 32) as u32, packed as u32);
        let mut answer = vec![0; size as usize];
        self.memory.read(&self.store, at as usize, &mut answer).unwrap();
        self.free(at, size);
        answer
    }

    fn call(&mut self, op: u32, input: &[u8]) -> Vec<u8> {
        let len = input.len() as u32;
        let ptr = self.alloc(len);
        assert_ne!(ptr, 0);
        self.memory.write(&mut self.store, ptr as usize, input).unwrap();
        let answer = self.call_at(op, ptr, len);
        self.free(ptr, len);
        answer
    }
}

const POLICY: &str = r"# Größe
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: web
  namespace: shop # ringfence: ignore[no-such-rule] left behind
spec:
  endpointSelector:
    matchLabels: {app: web}
  ingress:
    - fromEndpoints:
        - matchLabels: {app: frontend}
      toPorts:
        - ports: [{port: 8080, protocol: TCP}]
";

const CLUSTER: &str = r"apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
";

/// What a host may send, right and wrong, in order.
fn calls() -> Vec<(u32, Vec<u8>)> {
    let put = |path: &str, text: &str| (2, json!({"path": path, "text": text}).to_string().into_bytes());
    let lint = || (4, Vec::new());
    vec![
        lint(),
        put("policy.yaml", POLICY),
        lint(),
        put("cluster.yaml", CLUSTER),
        put("broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n"),
        put("deep.yaml", &"[".repeat(100_000)),
        put("nested.yaml", &format!("apiVersion: v1\nkind: Pod\nspec: {}{}\n", "{a: ".repeat(500), "}".repeat(500))),
        put("docs/guide.md", "## One\n```yaml\nkind: NetworkPolicy\nspec: {podSelector: {}}\n```\n"),
        lint(),
        (1, br#"{"text": "select: [correctness]\ncni: cilium"}"#.to_vec()),
        lint(),
        (1, br#"{"text": "selct: []"}"#.to_vec()),
        (3, br#"{"path": "broken.yaml"}"#.to_vec()),
        (3, br#"{"path": "never-there.yaml"}"#.to_vec()),
        (1, br#"{"text": ""}"#.to_vec()),
        lint(),
        put("policy.yaml", ""),
        lint(),
        (0, Vec::new()),
        (u32::MAX, b"{}".to_vec()),
        (2, b"\xff\xfe".to_vec()),
        (2, br#"{"path": "a"}"#.to_vec()),
        (2, vec![b'['; 100_000]),
        (4, b"null and void".to_vec()),
        lint(),
    ]
}

#[test]
fn it_imports_nothing_and_exports_four_functions() {
    let module = wasmi::Module::new(&Engine::default(), wasm()).unwrap();
    assert_eq!(module.imports().count(), 0);
    let mut functions = Vec::new();
    let mut others = Vec::new();
    for export in module.exports() {
        match export.ty() {
            ExternType::Func(_) => functions.push(export.name().to_owned()),
            // The linker tells where its data ends and the heap begins; nobody can write there.
            ExternType::Global(global) if global.mutability() == Mutability::Const => {}
            _ => others.push(export.name().to_owned()),
        }
    }
    functions.sort();
    assert_eq!(functions, ["rf_abi", "rf_alloc", "rf_call", "rf_free"]);
    assert_eq!(others, ["memory"]);
}

#[test]
fn it_answers_byte_for_byte_as_natively() {
    let (mut host, mut native) = (Host::new(), Module::new());
    for (at, (op, input)) in calls().into_iter().enumerate() {
        let (ours, theirs) = (native.call(op, &input), host.call(op, &input));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&theirs), text(&ours), "call {at}, operation {op}");
        assert!(serde_json::from_slice::<serde_json::Value>(&ours).is_ok(), "{}", text(&ours));
    }
}

#[test]
fn what_it_reports_is_not_nothing() {
    let mut host = Host::new();
    let reports = calls().into_iter().filter_map(|(op, input)| {
        let answer = host.call(op, &input);
        (op == 4 && input.is_empty()).then(|| serde_json::from_slice::<serde_json::Value>(&answer).unwrap())
    });
    let counts: Vec<usize> = reports.map(|report| report["findings"].as_array().unwrap().len()).collect();
    assert_eq!(counts[0], 0);
    assert!(counts[1] > 0 && counts[2] > counts[1], "{counts:?}");
}

#[test]
fn numbers_that_are_no_buffer_do_no_harm() {
    let mut host = Host::new();
    let abi = host.instance.get_typed_func::<(), u32>(&host.store, "rf_abi").unwrap();
    assert_eq!(abi.call(&mut host.store, ()).unwrap(), ABI);
    let ptr = host.alloc(8);
    for (ptr, len) in [(0, 1), (ptr, 9), (ptr + 1, 1), (u32::MAX, u32::MAX), (1, 2)] {
        let answer = host.call_at(2, ptr, len);
        assert!(answer.starts_with(b"{\"error\":\"the input does not lie in a buffer"), "{ptr} {len}");
        if ptr != 0 {
            host.free(ptr.wrapping_add(2), len);
        }
    }
    assert_eq!(host.alloc(u32::MAX), 0, "there is no room for that");
    assert!(host.call(4, b"").starts_with(b"{"));
}

#[test]
fn memory_that_is_given_back_is_used_again() {
    let mut host = Host::new();
    let input = json!({"path": "a.yaml", "text": POLICY}).to_string();
    let round = |host: &mut Host| {
        host.call(2, input.as_bytes());
        host.call(4, b"");
        host.call(3, br#"{"path": "a.yaml"}"#);
        host.call(4, b"");
        host.memory.size(&host.store)
    };
    let warm = (0..3).map(|_| round(&mut host)).last().unwrap();
    let later = (0..40).map(|_| round(&mut host)).last().unwrap();
    assert_eq!(later, warm, "pages of 64 KiB");
}
