//! What a rule sees, and where it reports.

use std::sync::OnceLock;

use ringfence_cluster::{Entry, EntryId, Policy, PolicyId, World};
use ringfence_diagnostics::Finding;
use ringfence_engine::{Coverage, Engine};
use ringfence_manifest::{Object, Place};
use ringfence_text::{Edit, FileId, Span};
use ringfence_yaml::Node;

use crate::builds::Builds;
use crate::document::Document;
use crate::draft::{Draft, finding};
use crate::told::Told;
use crate::{Options, Rule};
use ringfence_cluster::blueprint::Blueprint;

/// Everything that the rules of one world look at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The world.
    pub world: &'a World,
    /// Its verdicts.
    pub engine: &'a Engine<'a>,
    /// All files of the run, sorted by number.
    pub documents: &'a [Document],
    /// What the configuration says.
    pub options: &'a Options,
    /// What the authors mean by the labels of namespaces.
    pub blueprint: &'a Blueprint<'a>,
    /// What of the policies says nothing, once a rule has asked.
    pub coverage: &'a OnceLock<Coverage>,
    /// Which selectors and policies rules about builds tell of, once a rule has asked.
    pub told: &'a OnceLock<Told>,
    /// What is built from the files of the run, whichever world it goes to.
    pub builds: &'a Builds<'a>,
}

/// What a rule sees, and where it reports.
pub struct Cx<'a> {
    scene: Scene<'a>,
    rule: &'static Rule,
    findings: &'a mut Vec<Finding>,
}

/// An object with its world at hand.
#[derive(Clone, Copy)]
pub struct ObjectRef<'a> {
    /// The object.
    pub object: &'a Object,
}

/// A policy with its object at hand.
#[derive(Clone, Copy)]
pub struct PolicyRef<'a> {
    /// Its number.
    pub id: PolicyId,
    /// The policy.
    pub policy: &'a Policy,
    /// The object it was read from.
    pub object: &'a Object,
    world: &'a World,
}

impl<'a> Cx<'a> {
    /// A context for one rule.
    pub fn new(scene: Scene<'a>, rule: &'static Rule, findings: &'a mut Vec<Finding>) -> Self {
        Self { scene, rule, findings }
    }

    /// The world. It outlives the context, so a rule may hold on to it while it reports.
    pub(crate) fn world(&self) -> &'a World {
        self.scene.world
    }

    /// The verdicts.
    pub(crate) fn engine(&self) -> &'a Engine<'a> {
        self.scene.engine
    }

    /// What the configuration says.
    pub(crate) fn options(&self) -> &'a Options {
        self.scene.options
    }

    /// What the authors mean by the labels of namespaces.
    pub(crate) fn blueprint(&self) -> &'a Blueprint<'a> {
        self.scene.blueprint
    }

    /// What is built from the files of the run.
    pub(crate) fn builds(&self) -> &'a Builds<'a> {
        self.scene.builds
    }

    /// What of the policies says nothing: worked out once for all rules.
    pub(crate) fn coverage(&self) -> &'a Coverage {
        self.scene.coverage.get_or_init(|| Coverage::of(self.scene.engine))
    }

    /// What rules about builds tell, so that the others need not: worked out once for all of them.
    pub(crate) fn told(&self) -> &'a Told {
        self.scene.told.get_or_init(|| Told::of(self))
    }

    /// The verdicts if every policy that is refused were mended: for rules about intent (design §1.1).
    pub(crate) fn meant(&self) -> Engine<'a> {
        let refused = self.scene.world.policy_ids().filter(|(_, policy)| !policy.rejections().is_empty());
        self.scene.engine.and_assuming(&refused.map(|(id, _)| id).collect::<Vec<_>>())
    }

    /// Reports a finding at a place.
    pub(crate) fn report(&mut self, place: Place, message: impl Into<String>) -> Draft<'_> {
        self.findings.push(finding(self.rule, place, message.into()));
        let last = self.findings.len() - 1;
        Draft(&mut self.findings[last])
    }

    /// The policies of the world, refused ones included.
    pub(crate) fn policies(&self) -> impl Iterator<Item = PolicyRef<'a>> + use<'a> {
        let world = self.scene.world;
        world.policy_ids().map(|(id, policy)| PolicyRef { id, policy, object: world.object(policy.object), world })
    }

    /// One policy.
    pub(crate) fn policy(&self, id: PolicyId) -> PolicyRef<'a> {
        let world = self.scene.world;
        let policy = world.policy(id);
        PolicyRef { id, policy, object: world.object(policy.object), world }
    }

    /// The file of a number.
    pub(crate) fn document(&self, file: FileId) -> Option<&'a Document> {
        let at = self.scene.documents.binary_search_by_key(&file, |document| document.file).ok()?;
        Some(&self.scene.documents[at])
    }

    /// All files of the run.
    pub(crate) fn documents(&self) -> &'a [Document] {
        self.scene.documents
    }

    /// The node of the tree at a place: of an aliased value the one at the anchor.
    pub(crate) fn node(&self, place: Place) -> Option<Node<'a>> {
        Some(self.document(place.file)?.node(place)?.0)
    }

    /// The place of a node that stands near another place: in the same tree.
    pub(crate) fn place_of(&self, node: Node<'_>, near: Place) -> Place {
        let part = self.document(near.file).and_then(|document| document.part(near.span));
        Place { span: node.span().shifted(part.map_or(0, |part| part.base)), ..near }
    }

    /// Edits of the node at a place, made with the tree's own knowledge of style and indentation. `None` where the node
    /// came through an alias: changing an anchor changes every use.
    pub(crate) fn edit(
        &self,
        place: Place,
        edit: impl FnOnce(Node<'_>) -> Option<Vec<Edit>>,
    ) -> Option<(FileId, Vec<Edit>)> {
        if place.alias.is_some() {
            return None;
        }
        let (node, base) = self.document(place.file)?.node(place)?;
        let shift = |edit: Edit| Edit { span: Span::shifted(edit.span, base), text: edit.text };
        Some((place.file, edit(node)?.into_iter().map(shift).collect()))
    }
}

impl<'a> PolicyRef<'a> {
    /// Its entries.
    pub(crate) fn entries(self) -> impl Iterator<Item = (EntryId, &'a Entry)> + use<'a> {
        self.world.entries_of(self.policy)
    }

    /// Where its name stands, or else the object.
    pub(crate) fn name_place(self) -> Place {
        self.object.name_place()
    }
}
