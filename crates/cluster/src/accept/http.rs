//! HTTP rules (V29).

use ringfence_manifest::Field;
use ringfence_manifest::kinds::cilium::{HeaderMatch, HttpRule};

use super::go_regex;
use super::refusals::{Refusals, place_of, text};
use crate::RejectionCode;

/// Checks one element of `http`. The `host` is a regular expression too, but the agent does not compile it here.
pub(super) fn check(rule: &HttpRule, out: &mut Refusals<'_>) {
    for field in [&rule.path, &rule.method] {
        if let Some(reason) = text(field).and_then(go_regex::fault) {
            out.add(RejectionCode::HttpRegex, place_of(field, rule.place), reason);
        }
    }
    for item in rule.header_matches.items() {
        match item {
            Field::Set(header, _) => check_header(header, out),
            Field::Null(at) => {
                let reason =
                    "panic: runtime error: invalid memory address or nil pointer dereference (no header match)";
                out.add(RejectionCode::L7, at.value, reason);
            }
            _ => {}
        }
    }
}

fn check_header(header: &HeaderMatch, out: &mut Refusals<'_>) {
    if text(&header.name) == Some("") {
        out.add(RejectionCode::L7, place_of(&header.name, header.place), "Header name missing");
    }
    let known = |mismatch: &&str| matches!(*mismatch, "" | "LOG" | "ADD" | "DELETE" | "REPLACE");
    if let Some(mismatch) = text(&header.mismatch).filter(|mismatch| !known(mismatch)) {
        let reason = format!("Invalid header action: {mismatch}");
        out.add(RejectionCode::L7, place_of(&header.mismatch, header.place), reason);
    }
    if let Field::Set(secret, _) = &header.secret
        && text(&secret.name) == Some("")
    {
        out.add(RejectionCode::L7, place_of(&secret.name, secret.place), "Secret name missing");
    }
}
