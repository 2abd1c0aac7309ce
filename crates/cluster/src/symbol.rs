//! Interned text: label keys and values, namespaces, port names are compared as numbers.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::Tri;

/// A text of a [`Symbols`] table. Equal symbols of one table are equal texts.
///
/// A *variable* stands for a text that cannot be known from here, as the name of the namespace that a folder's objects
/// go to: it equals itself, and whether it equals any other symbol is unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol(u32);

const VARIABLE: u32 = 1 << 31;

impl Symbol {
    /// A text that is in no table: equal to nothing that any policy mentions.
    pub const ABSENT: Self = Self(VARIABLE - 1);

    /// Whether its text cannot be known from here.
    pub const fn is_variable(self) -> bool {
        self.0 & VARIABLE != 0
    }

    /// Whether both are the same text.
    pub fn same(self, other: Self) -> Tri {
        if self == other {
            Tri::Yes
        } else if self.is_variable() || other.is_variable() {
            Tri::Unknown
        } else {
            Tri::No
        }
    }
}

/// The table of one world.
#[derive(Clone, Default, Debug)]
pub struct Symbols {
    texts: Vec<SmolStr>,
    numbers: FxHashMap<SmolStr, Symbol>,
    variables: u32,
}

impl Symbols {
    /// The symbol of a text, made if it is new.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.numbers.get(text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        let text = SmolStr::new(text);
        self.texts.push(text.clone());
        self.numbers.insert(text, symbol);
        symbol
    }

    /// A new variable, different from all others.
    pub fn variable(&mut self) -> Symbol {
        self.variables += 1;
        Symbol(self.variables | VARIABLE)
    }

    /// The symbol of a text, if anything in this world has it.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.numbers.get(text).copied()
    }

    /// The text of a symbol of this table; empty for a variable.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", SmolStr::as_str)
    }
}
