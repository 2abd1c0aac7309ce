//! Expectations: what somebody declares must be let through, or must not, and whether it is so.

use ringfence_cluster::Tri;

use crate::can::Can;
use crate::ends::Ends;
use crate::inquiry::Inquiry;
use crate::name::Name;
use crate::quantity::Quantity;
use crate::resolve::Unresolved;
use crate::target::Target;

/// One thing that is declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expectation {
    /// Whether every connection must be let through, or none may be.
    pub allow: bool,
    /// Where connections come from: all of these.
    pub from: Vec<Name>,
    /// Where they go to: all of these.
    pub to: Vec<Target>,
    /// Why somebody wants it so; empty where nobody says.
    pub why: String,
    /// Whether an answer that depends on something outside the input will do.
    pub accept_unknown: bool,
}

/// What came of one expectation in one world.
#[derive(Clone, PartialEq, Debug)]
pub enum Met {
    /// It is so.
    Yes,
    /// It is not proven, which was declared to do.
    Accepted,
    /// It is not so: the answers that differ.
    No(Vec<Can>),
    /// It depends on something outside the input: the answers that do.
    NotProvable(Vec<Can>),
}

impl Inquiry<'_> {
    /// Whether an expectation holds. An error is a name that stands for nothing.
    pub fn meets(&self, expectation: &Expectation) -> Result<Met, Unresolved> {
        let sources = expectation.from.iter().map(|name| self.source(name)).collect::<Result<Vec<Ends>, _>>()?;
        let destinations = expectation.to.iter().map(|to| self.destination(to)).collect::<Result<Vec<Ends>, _>>()?;
        let (mut wrong, mut open) = (Vec::new(), Vec::new());
        for source in &sources {
            for destination in &destinations {
                let can = self.can(source.clone(), destination.clone());
                match holds(can.quantity, expectation.allow) {
                    Tri::Yes => {}
                    Tri::No => wrong.push(can),
                    Tri::Unknown => open.push(can),
                }
            }
        }
        Ok(match (wrong.is_empty(), open.is_empty()) {
            (false, _) => Met::No(wrong),
            (true, true) => Met::Yes,
            (true, false) if expectation.accept_unknown => Met::Accepted,
            (true, false) => Met::NotProvable(open),
        })
    }
}

/// `allow` needs all, `deny` needs none.
fn holds(quantity: Quantity, allow: bool) -> Tri {
    match quantity {
        Quantity::Unknown => Tri::Unknown,
        Quantity::All => allow.into(),
        Quantity::None => (!allow).into(),
        Quantity::Some => Tri::No,
    }
}
