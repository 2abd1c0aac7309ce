//! Running one rule over one world.

use ringfence_diagnostics::Finding;
use ringfence_manifest::Object;

use crate::context::{Cx, ObjectRef, Scene};
use crate::document::Document;
use crate::rule::{Check, Entry};

impl Entry {
    /// Runs the rule. Rules about a file look at `documents`, rules about an object at `objects`; all others look at the whole
    /// world of `scene`.
    pub fn run<'a>(
        &'static self,
        scene: Scene<'a>,
        documents: impl Iterator<Item = &'a Document>,
        objects: impl Iterator<Item = &'a Object>,
        findings: &mut Vec<Finding>,
    ) {
        let mut cx = Cx::new(scene, self.rule, findings);
        match self.check {
            Check::Document(check) => documents.for_each(|document| check(document, &mut cx)),
            Check::Object(check) => objects.for_each(|object| check(ObjectRef { object }, &mut cx)),
            Check::Policy(check) => cx.policies().for_each(|policy| check(policy, &mut cx)),
            Check::World(check) => check(&mut cx),
            Check::Build(check) => check(scene.builds, &mut cx),
            Check::Session => {}
        }
    }
}
