//! A document of Kubernetes that is no YAML.

use std::collections::BTreeSet;

use ringfence_manifest::Why;
use ringfence_text::Span;
use ringfence_yaml::{ErrorKind, SyntaxError};

use crate::document::Part;
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports a document that cannot be read: a fault of syntax, bytes that are no UTF-8, nesting or aliases beyond all
    /// limits. The first fault of each document is told; those after it are mostly its echo.
    ///
    /// Templates are none of these, and a file in which nothing looks like an object of Kubernetes is passed over.
    ///
    /// ## Why it matters
    /// Nothing in the document is checked, and what it may hold makes its namespace unknown. No client would apply it.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   podSelector: {matchLabels: {app: web}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - <https://yaml.org/spec/1.2.2/>
    pub static UNREADABLE_DOCUMENT = "unreadable-document" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(document: &Document, cx: &mut Cx<'_>) {
    if let Some(refused) =
        document.refused.as_ref().filter(|refused| refused.text.is_empty() || kubernetes(&refused.text))
    {
        let place = Place::new(document.file, Span::empty(refused.at));
        cx.report(place, format!("the file cannot be read: {}", refused.reason)).help("nothing in it was checked");
    }
    for part in &document.parts {
        faults(part, document, cx);
        undecodable(part, cx);
    }
}

/// The first fault of each document.
fn faults(part: &Part, document: &Document, cx: &mut Cx<'_>) {
    let tree = &part.tree;
    let mut told = BTreeSet::new();
    for error in tree.errors() {
        let at = tree.document(error.document as usize);
        let text = at.map_or(tree.text(), |document| document.span().slice(tree.text()));
        let template = at.is_some_and(|document| document.template().is_some());
        if template || !kubernetes(text) || !told.insert(error.document) {
            continue;
        }
        let more = tree.errors().iter().filter(|other| other.document == error.document).count() - 1;
        let place = Place::new(document.file, error.span.shifted(part.base));
        let draft = cx.report(place, format!("this document cannot be read: {}", error.message)).help(help(error));
        if more > 0 {
            draft.note(format!("{more} more after it, perhaps its echo"));
        }
    }
}

fn help(error: &SyntaxError) -> &'static str {
    match error.kind {
        ErrorKind::Limit => "split the file, or leave it out with `ignore` in the configuration",
        _ => "mend the syntax: until then nothing in this document is checked, and no client applies it",
    }
}

/// YAML that is no JSON, and aliases without end.
fn undecodable(part: &Part, cx: &mut Cx<'_>) {
    for obscured in &part.obscured {
        match obscured.why {
            Why::NotJson(at) => {
                cx.report(at, "no JSON can be made of this, so every client refuses the document")
                    .help("keys must be text, and values must fit their tags");
            }
            Why::TooManyAliases(at) => {
                cx.report(at, "the aliases here expand without end, or to more than is followed")
                    .help("write the values out");
            }
            Why::Template(_) | Why::Broken | Why::Encrypted => {}
        }
    }
}

/// Whether a text that is no YAML was meant as an object of Kubernetes: `apiVersion` or `kind` begins a line at the top, or
/// is a key of JSON.
fn kubernetes(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let content = |line: &&str| !matches!(line.trim_start().bytes().next(), None | Some(b'#' | b'-' | b'%'));
    let top = text.lines().find(content).map_or(0, |line| line.len() - line.trim_start().len());
    let of_yaml = |line: &str| {
        let (before, rest) = line.split_at_checked(top).unwrap_or((line, ""));
        before.trim().is_empty() && ["apiVersion:", "kind:"].iter().any(|key| rest.starts_with(key))
    };
    let of_json = |line: &str| ["\"apiVersion\"", "\"kind\""].iter().any(|key| line.contains(key));
    text.lines().any(|line| of_yaml(line) || of_json(line))
}
