//! Interned text: label keys and values, namespaces, port names are compared as numbers.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

/// A text of a [`Symbols`] table. Equal symbols of one table are equal texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol(u32);

/// The table of one world.
#[derive(Clone, Default, Debug)]
pub struct Symbols {
    texts: Vec<SmolStr>,
    numbers: FxHashMap<SmolStr, Symbol>,
}

impl Symbols {
    /// The symbol of a text, made if it is new.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.numbers.get(text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), symbol);
        symbol
    }

    /// The symbol of a text, if anything in this world has it.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.numbers.get(text).copied()
    }

    /// The text of a symbol of this table.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", SmolStr::as_str)
    }
}
