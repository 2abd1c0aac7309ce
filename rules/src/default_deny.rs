//! Policies that isolate without meaning to: the edit that makes them only add.

use ringfence_cluster::{Direction, World};
use ringfence_manifest::Place;
use ringfence_text::{Edit, FileId};
use ringfence_yaml::Node;
use ringfence_yaml::edit::{append_entry, insert_entry_after, replace_scalar};

use crate::context::Cx;

/// Whether policies can say that they do not isolate (semantics §4.1).
pub(crate) fn can_be_off(world: &World) -> bool {
    world.knobs.non_default_deny && world.knobs.version.at_least(1, 16)
}

/// `{egress: false}`, for messages.
pub(crate) fn off_text(directions: &[Direction]) -> String {
    let each: Vec<String> = directions.iter().map(|direction| format!("{}: false", direction.as_str())).collect();
    format!("enableDefaultDeny: {{{}}}", each.join(", "))
}

/// Writes `enableDefaultDeny: {<direction>: false}` into the rule whose `endpointSelector` stands at `subject`.
pub(crate) fn switch_off(subject: Place, directions: &[Direction], cx: &Cx<'_>) -> Option<(FileId, Vec<Edit>)> {
    if !can_be_off(cx.world()) {
        return None;
    }
    cx.edit(subject, |selector| {
        let rule = selector.parent()?;
        if let Some(flags) = rule.get("enableDefaultDeny") {
            return set(flags.value, directions);
        }
        let own = rule.entries().find(|entry| entry.value == selector)?;
        let lines = if rule.flow() { off_text(directions) } else { block(directions) };
        insert_entry_after(own, &lines)
    })
}

fn block(directions: &[Direction]) -> String {
    let each = directions.iter().map(|direction| format!("\n  {}: false", direction.as_str()));
    format!("enableDefaultDeny:{}", each.collect::<String>())
}

fn set(flags: Node<'_>, directions: &[Direction]) -> Option<Vec<Edit>> {
    let (written, missing): (Vec<&Direction>, Vec<_>) =
        directions.iter().partition(|direction| flags.get(direction.as_str()).is_some());
    let mut edits = Vec::new();
    for direction in written {
        edits.extend(replace_scalar(flags.get(direction.as_str())?.value, "false")?);
    }
    let lines: Vec<String> = missing.iter().map(|direction| format!("{}: false", direction.as_str())).collect();
    if !lines.is_empty() {
        edits.extend(append_entry(flags, &lines.join(if flags.flow() { ", " } else { "\n" }))?);
    }
    Some(edits)
}
