//! Files that are no text: the cases, which are text, cannot hold them.

use ringfence_lint::{Content, Outcome, Session};

fn lint(bytes: &[u8]) -> Outcome {
    let mut session = Session::new();
    session.put_content("policy.yaml", Content::from_bytes(bytes.to_vec()));
    session.lint()
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let outcome = lint(b"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: caf\xe9}\n");
    let [finding] = outcome.findings.as_slice() else { panic!("{:#?}", outcome.findings) };
    assert_eq!(finding.rule, "unreadable-document");
    assert!(finding.message.contains("0xe9 is not UTF-8"), "{}", finding.message);
    let at = outcome.files.position(finding.primary.file, finding.primary.span.start);
    assert_eq!((at.line, at.column), (3, 21));
}

#[test]
fn a_file_that_nothing_shows_to_be_of_kubernetes_is_passed_over() {
    assert!(lint(b"title: caf\xe9\n").findings.is_empty());
}
