//! Answers to questions, rendered: for people with the policies and lines that made them, for programs as JSON.

use ringfence_manifest::Place;
use ringfence_questions::Inquiry;

pub mod can;
pub mod expect;
mod explain;
mod model;
pub mod partners;
mod phrase;

/// What an answer is written with: the world it is about, and where its parts stand.
pub struct Scene<'a> {
    /// The world.
    pub inquiry: Inquiry<'a>,
    /// Where a place stands; `None` where no file is behind it.
    pub locate: &'a dyn Fn(Place) -> Option<Spot>,
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spot {
    /// The path as typed.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in Unicode scalars, from 1.
    pub column: u32,
}

impl Scene<'_> {
    /// `path:line`, or nothing.
    fn at(&self, place: Place) -> String {
        (self.locate)(place).map(|spot| format!("{}:{}", spot.path, spot.line)).unwrap_or_default()
    }
}
