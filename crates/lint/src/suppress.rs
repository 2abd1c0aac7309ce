//! Silencing a finding where it stands: `# ringfence: ignore[rule] reason`, or an annotation.
//!
//! At the end of a line the comment covers the findings that begin on that line. On a line of its own it covers the key or
//! the list item below it with everything inside; above the first key of a document, the whole document. Where comments do
//! not survive (JSON, what a tool renders) the annotation `ringfence.dev/ignore: "rule, rule: reason"` covers its object.

use ringfence_diagnostics::{Applicability, FileEdit, Finding, Fix, Label};
use ringfence_manifest::Object;
use ringfence_rules::{Document, Part, resolve_name};
use ringfence_text::{Edit, FileId, Span};
use ringfence_yaml::{Comment, Kind, Node};

use crate::select::{Selector, UnknownRule};

/// The annotation that stands for a comment.
pub const ANNOTATION: &str = "ringfence.dev/ignore";
/// The rule about suppressions.
pub(crate) const UNUSED: &str = "unused-suppression";

/// One suppression of one file.
#[derive(Clone, Debug)]
pub(crate) struct Suppression {
    file: FileId,
    /// What it covers: findings that begin here.
    region: Span,
    /// The comment, or the value of the annotation.
    place: Span,
    /// What goes when it goes as a whole; annotations stay for a person to take out.
    delete: Option<Span>,
    names: Vec<Name>,
}

/// A name between the brackets.
#[derive(Clone, Debug)]
struct Name {
    word: String,
    span: Span,
    rule: Result<&'static str, UnknownRule>,
    used: bool,
}

/// The suppressions of a file and its objects.
pub(crate) fn collect<'o>(document: &Document, objects: impl Iterator<Item = &'o Object>) -> Vec<Suppression> {
    let comments =
        document.parts.iter().flat_map(|part| part.tree.comments().iter().map(move |comment| (part, comment)));
    let written = comments.filter_map(|(part, comment)| from_comment(document.file, part, comment));
    let annotated = objects.filter_map(|object| from_annotation(document, object));
    written.chain(annotated).collect()
}

/// What is written after `# ringfence:`: where the names stand in the comment, from its `#`.
fn names_of(comment: &str) -> Option<&str> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("ringfence:")?;
    let rest = rest.trim_start();
    let inside = rest.strip_prefix("ignore").map(str::trim_start).and_then(|rest| rest.strip_prefix('['));
    // Without brackets no rule is named.
    Some(inside.map_or(&rest[..0], |inside| inside.split(']').next().unwrap_or_default()))
}

fn from_comment(file: FileId, part: &Part, comment: &Comment) -> Option<Suppression> {
    let text = part.tree.text();
    let names = names_of(comment.span.slice(text))?;
    let document = part.tree.document_at(comment.span.start);
    // Of what cannot be read nobody can say whether it would be found.
    if document.is_some_and(|document| document.template().is_some() || document.errors().next().is_some()) {
        return None;
    }
    let line_start = text[..comment.span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let content = text[..comment.span.start as usize].trim_end_matches([' ', '\t']).len();
    let (region, delete) = if comment.own_line {
        let end =
            text[comment.span.end as usize..].find('\n').map_or(text.len(), |at| comment.span.end as usize + at + 1);
        (below(part, comment.span.end), Span::new(line_start as u32, end as u32))
    } else {
        (Span::new(line_start as u32, comment.span.start), Span::new(content as u32, comment.span.end))
    };
    Some(Suppression {
        file,
        region: region.shifted(part.base),
        place: comment.span.shifted(part.base),
        delete: Some(delete.shifted(part.base)),
        names: parse_names(names, offset_in(text, names) + part.base),
    })
}

fn from_annotation(document: &Document, object: &Object) -> Option<Suppression> {
    let entry = object.meta.annotations.get()?.get(ANNOTATION)?;
    let (value, at) = (entry.value.get()?, entry.value.at()?.value);
    let listed = value.split(':').next().unwrap_or_default();
    let part = document.part(at.span)?;
    // Names have places of their own where the text stands as it reads.
    let written = Span::new(at.span.start - part.base, at.span.end - part.base).slice(part.tree.text());
    let mut names = parse_names(listed, 0);
    for name in &mut names {
        let span = written.find(listed).map(|offset| name.span.shifted(at.span.start + offset as u32));
        name.span = span.unwrap_or(at.span);
    }
    Some(Suppression { file: at.file, region: object.place.span, place: at.span, delete: None, names })
}

fn parse_names(list: &str, base: u32) -> Vec<Name> {
    list.split(',')
        .map(|word| {
            let trimmed = word.trim();
            let start = base + offset_in(list, trimmed);
            let rule = match resolve_name(trimmed) {
                Some(rule) => Ok(rule.name),
                None => {
                    Err(Selector::parse(trimmed).err().unwrap_or(UnknownRule { name: trimmed.to_owned(), near: None }))
                }
            };
            Name { word: trimmed.to_owned(), span: Span::new(start, start + trimmed.len() as u32), rule, used: false }
        })
        .collect()
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset_in(whole: &str, part: &str) -> u32 {
    (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize) as u32
}

/// The key or item below a comment that ends at `end`.
fn below(part: &Part, end: u32) -> Span {
    let tree = &part.tree;
    // Nodes lie in the order of the text, each before its children: this is the outermost one that begins below.
    let first = first_node_from(part, end);
    let Some(node) = first else { return Span::empty(end) };
    let Some(parent) = node.parent() else { return node.document().span() };
    let gap = &tree.text()[end as usize..node.span().start as usize];
    let dash_between = gap.lines().any(|line| line.trim_start().starts_with('-'));
    match node.kind() {
        Kind::Mapping | Kind::Sequence if node.flow() => covering(node, parent),
        Kind::Mapping | Kind::Sequence if dash_between => node.full_span(),
        Kind::Mapping => node.entries().next().map_or(node.full_span(), |entry| entry.span()),
        Kind::Sequence => node.items().next().map_or(node.full_span(), Node::full_span),
        Kind::Scalar | Kind::Alias => covering(node, parent),
    }
}

/// The entry whose key a node is, or the node.
fn covering(node: Node<'_>, parent: Node<'_>) -> Span {
    let entry = parent.entries().find(|entry| entry.key == node);
    entry.map_or(node.full_span(), |entry| entry.span())
}

fn first_node_from(part: &Part, end: u32) -> Option<Node<'_>> {
    let nodes = part.tree.nodes();
    let (mut low, mut high) = (0, nodes.len() as u32);
    while low < high {
        let middle = low + (high - low) / 2;
        let node = part.tree.node(ringfence_yaml::NodeId(middle))?;
        if node.span().start < end { low = middle + 1 } else { high = middle }
    }
    part.tree.node(ringfence_yaml::NodeId(low))
}

impl Suppression {
    /// Whether it silences a finding; if so, it is used.
    fn covers(&mut self, finding: &Finding) -> bool {
        let at = finding.primary.span.start;
        let inside = self.region.start <= at && at <= self.region.end && !self.region.is_empty();
        let names = self.names.iter_mut();
        inside && names.filter(|name| name.rule == Ok(finding.rule)).map(|name| name.used = true).count() > 0
    }

    /// What is said about a suppression that silences nothing.
    fn unused(&self, ran: impl Fn(&str) -> bool) -> Vec<Finding> {
        let idle = |name: &&Name| !name.used && name.rule.as_ref().map_or(true, |rule| ran(rule));
        let idle: Vec<&Name> = self.names.iter().filter(idle).collect();
        idle.iter().filter_map(|name| self.report(name, &idle)).collect()
    }

    fn report(&self, name: &Name, idle: &[&Name]) -> Option<Finding> {
        let rule = resolve_name(UNUSED)?;
        let whole = idle.len() == self.names.len();
        let (message, help) = match &name.rule {
            Ok(known) => (format!("nothing is left to ignore: `{known}` finds nothing here"), None),
            Err(_) if !is_name(&name.word) => (
                "this ignores nothing, since it names no rule".to_owned(),
                Some("write `# ringfence: ignore[rule] reason`".to_owned()),
            ),
            Err(unknown) => (format!("this ignores nothing: {unknown}"), Some(unknown.help())),
        };
        Some(Finding {
            rule: rule.name,
            severity: rule.severity,
            confidence: rule.confidence,
            message,
            primary: Label::new(self.file, if whole && idle.len() == 1 { self.place } else { name.span }, ""),
            labels: Vec::new(),
            notes: Vec::new(),
            help,
            fixes: self.fix(name, whole).into_iter().collect(),
            subject: None,
        })
    }

    /// Takes out the comment, or only the name where others are needed. A misspelt name is not taken out but mended.
    fn fix(&self, name: &Name, whole: bool) -> Option<Fix> {
        let mended = name.rule.as_ref().err().and_then(|unknown| unknown.near);
        if let Some(near) = mended {
            let edits = vec![self.edit(Edit::replace(name.span, near))];
            return Some(Fix { applicability: Applicability::Suggestion, message: format!("write `{near}`"), edits });
        }
        let delete = self.delete?;
        let (span, message) =
            if whole { (delete, "delete the comment") } else { (self.name_and_comma(name), "delete the name") };
        let edits = vec![self.edit(Edit::delete(span))];
        Some(Fix { applicability: Applicability::Safe, message: message.to_owned(), edits })
    }

    fn edit(&self, edit: Edit) -> FileEdit {
        FileEdit { file: self.file, edit }
    }

    /// A name with the comma that parts it from the next name, or from the one before where it is the last.
    fn name_and_comma(&self, name: &Name) -> Span {
        let at = self.names.iter().position(|other| other.span == name.span).unwrap_or_default();
        match (self.names.get(at + 1), at.checked_sub(1).and_then(|before| self.names.get(before))) {
            (Some(next), _) => Span::new(name.span.start, next.span.start),
            (None, Some(before)) => Span::new(before.span.end, name.span.end),
            (None, None) => name.span,
        }
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Takes out the findings that are suppressed, and adds those about suppressions that suppress nothing. `suppressions` are
/// those of every file, sorted by file; `ran` says which rules ran.
pub(crate) fn apply(findings: &mut Vec<Finding>, suppressions: &mut [Suppression], ran: impl Fn(&str) -> bool) {
    for suppression in suppressions.iter_mut() {
        suppression.names.iter_mut().for_each(|name| name.used = false);
    }
    findings.retain(|finding| {
        let file = finding.primary.file;
        let first = suppressions.partition_point(|suppression| suppression.file < file);
        let own = suppressions[first..].iter_mut().take_while(|suppression| suppression.file == file);
        // No short cut: every suppression that covers the finding is used.
        let mut kept = true;
        for suppression in own {
            kept &= !suppression.covers(finding);
        }
        kept
    });
    if ran(UNUSED) {
        findings.extend(suppressions.iter().flat_map(|suppression| suppression.unused(&ran)));
    }
}

#[cfg(test)]
mod tests;
