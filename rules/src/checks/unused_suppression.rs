//! Suppressions that suppress nothing.

// made by the session

declare_rule! {
    /// ## What it does
    ///
    /// Finds a suppression that silences nothing: the finding is gone, stands elsewhere, or the name is that of no rule.
    ///
    /// A suppression is a comment, `# ringfence: ignore[rule] reason`. At the end of a line it covers the findings that begin
    /// on that line; on a line of its own it covers the key or list item below it with everything inside, and above the first
    /// key of a document the whole document. Where comments are lost (JSON, the output of a tool) the annotation
    /// `ringfence.dev/ignore: "rule, rule: reason"` covers its object.
    ///
    /// ## Why it matters
    ///
    /// A suppression that is left behind hides the next mistake in the same place.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: default-deny
    ///   namespace: shop
    /// spec:
    ///   podSelector: {} # ringfence: ignore[no-such-rule] not needed any more
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: default-deny
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ```
    pub static UNUSED_SUPPRESSION = "unused-suppression" {
        group: Style, severity: Info, confidence: High, fix: Safe, since: "0.1.0"
    }
}
