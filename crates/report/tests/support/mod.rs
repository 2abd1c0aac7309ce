//! A report made by hand: two files, characters of several bytes, CRLF, labels in both files, fixes of every kind.
#![allow(clippy::unwrap_used, reason = "a fixture that is wrong should stop the test")]
#![allow(dead_code, reason = "each test binary uses its part")]

use ringfence_diagnostics::{
    Applicability, Confidence, Counts, FileEdit, Finding, Fix, Label, Place, Severity, Summary, Unknown,
};
use ringfence_report::{Format, Report, Root, RuleInfo, Style, render};
use ringfence_text::{Edit, FileId, Files, Span};

const POLICY: &str = "# das Geschäft 🛒\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: größe\nspec:\n  podSelector:\n    matchLabels: { app: forntend }\n  egress:\n    - ports:\n        - port: \"80\"\n";
const WORKLOAD: &str = "kind: Deployment\r\nmetadata:\r\n  labels:\r\n    app: frontend # é\r\n";

/// What a [`Report`] borrows.
pub(crate) struct Owned {
    pub(crate) files: Files,
    pub(crate) findings: Vec<Finding>,
    pub(crate) fingerprints: Vec<String>,
    pub(crate) summary: Summary,
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) root: Root<'static>,
}

impl Owned {
    pub(crate) fn new(files: Files, findings: Vec<Finding>) -> Self {
        let fingerprints = (0..findings.len()).map(|i| format!("{i:016x}")).collect();
        let summary = Summary { files: files.len(), findings: Counts::of(&findings), ..Summary::default() };
        Self { files, findings, fingerprints, summary, rules: Vec::new(), root: Root::default() }
    }

    pub(crate) fn report(&self) -> Report<'_> {
        Report {
            findings: &self.findings,
            fingerprints: &self.fingerprints,
            files: &self.files,
            summary: &self.summary,
            rules: &self.rules,
            root: self.root,
        }
    }

    pub(crate) fn render(&self, format: Format) -> String {
        self.render_with(format, Style::default())
    }

    pub(crate) fn render_with(&self, format: Format, style: Style) -> String {
        let mut out = Vec::new();
        render(format, &self.report(), &mut out, style).unwrap();
        String::from_utf8(out).unwrap()
    }
}

pub(crate) fn finding(rule: &'static str, severity: Severity, primary: Label, message: &str) -> Finding {
    Finding {
        rule,
        severity,
        confidence: Confidence::High,
        message: message.to_owned(),
        primary,
        labels: Vec::new(),
        notes: Vec::new(),
        help: None,
        fixes: Vec::new(),
        subject: None,
    }
}

/// The span of `part` in `text`.
pub(crate) fn span(text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap() as u32;
    Span::new(start, start + part.len() as u32)
}

pub(crate) fn edit(file: FileId, edit: Edit) -> FileEdit {
    FileEdit { file, edit }
}

/// The report that the snapshots show.
pub(crate) fn shop() -> Owned {
    let mut files = Files::new();
    let policy = files.add("deploy/policies/größe.yaml", POLICY);
    let workload = files.add("deploy/web: a,b.yaml", WORKLOAD);
    let findings = vec![selector(policy, workload), quoted_port(policy), no_namespace(policy), at_the_end(workload)];
    let mut owned = Owned::new(files, findings);
    owned.summary = Summary {
        documents: 2,
        objects: 2,
        worlds: vec!["prod".to_owned(), "test".to_owned()],
        unknown: vec![Unknown {
            reason: "pods of a Helm release may match".to_owned(),
            count: 3,
            example: Some(Place { path: "deploy/release.yaml".to_owned(), line: 7 }),
        }],
        notes: vec!["DNS is taken to be `k8s-app: kube-dns` in `kube-system`".to_owned()],
        ..owned.summary
    };
    owned.rules = ["missing-namespace", "port-as-text", "selector-matches-nothing", "truncated-document"]
        .map(|name| RuleInfo {
            name: name.to_owned(),
            summary: format!("Finds `{name}`."),
            docs: format!("## What it does\nFinds `{name}`."),
            url: format!("https://example.org/rules/{name}"),
            group: "correctness".to_owned(),
            severity: Severity::Warning,
        })
        .into();
    owned
}

fn selector(policy: FileId, workload: FileId) -> Finding {
    let here = Label::new(policy, span(POLICY, "app: forntend"), "no pod has this label");
    let mut finding =
        finding("selector-matches-nothing", Severity::Warning, here, "`größe` selects no pod: `app: forntend`");
    finding.confidence = Confidence::Medium;
    finding.labels = vec![
        Label::new(workload, span(WORKLOAD, "app: frontend"), "`app: frontend` is one letter away"),
        Label::new(policy, span(POLICY, "größe"), "this policy"),
    ];
    finding.notes = vec!["two pods run with `app: frontend`".to_owned()];
    finding.help = Some("select `app: frontend`".to_owned());
    finding.fixes = vec![Fix {
        applicability: Applicability::Unsafe,
        message: "select `app: frontend`; this isolates 2 pods".to_owned(),
        edits: vec![edit(policy, Edit::replace(span(POLICY, "forntend"), "frontend"))],
    }];
    finding
}

fn quoted_port(policy: FileId) -> Finding {
    let here = Label::new(policy, span(POLICY, "\"80\""), "a name, not a number");
    let mut finding = finding("port-as-text", Severity::Error, here, "the API server refuses the port `\"80\"`");
    finding.fixes = vec![
        Fix {
            applicability: Applicability::Safe,
            message: "take the quotes away".to_owned(),
            edits: vec![edit(policy, Edit::replace(span(POLICY, "\"80\""), "80"))],
        },
        Fix {
            applicability: Applicability::Suggestion,
            message: "or name the port as the pod does".to_owned(),
            edits: Vec::new(),
        },
    ];
    finding
}

/// A mark over several lines, and one that ends with its line break.
fn no_namespace(policy: FileId) -> Finding {
    let lines = span(POLICY, "metadata:\n  name: größe\n");
    finding(
        "missing-namespace",
        Severity::Info,
        Label::new(policy, lines, "no namespace here"),
        "the namespace is unknown",
    )
}

/// An empty mark at the end of a file.
fn at_the_end(workload: FileId) -> Finding {
    let end = Span::empty(WORKLOAD.len() as u32);
    let here = Label::new(workload, end, "`spec` would come here");
    finding("truncated-document", Severity::Error, here, "the document ends before its `spec`")
}
