//! The grammar: text with `${…}` in it, taken apart.

use std::fmt;

/// How deep `${…}` may stand in one another. The library has no limit but its stack.
const DEPTH: usize = 64;

/// A piece of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Text(String),
    Call { name: String, operator: String, arguments: Vec<Part> },
}

/// Why a text is refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// No name stands behind `${`.
    Name,
    /// Neither `}` nor an operator stands behind the name.
    Unclosed,
    /// What stands between the braces makes no sense.
    Bad,
    /// More levels than anyone writes.
    Deep,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "no name of a variable stands behind `${`: write `$${` where it is meant for something else",
            Self::Unclosed => "`}` is missing behind the name of a variable",
            Self::Bad => "what stands in `${…}` is nothing that Flux fills in",
            Self::Deep => "`${…}` stand in one another too deep",
        })
    }
}

/// Takes a text apart.
pub(super) fn parse(text: &str) -> Result<Vec<Part>, Fault> {
    let mut parser = Parser { rest: text, depth: 0 };
    let mut parts = Vec::new();
    while !parser.rest.is_empty() {
        parts.push(if parser.take("${") { parser.call()? } else { Part::Text(parser.text(|_| true, Escapes::Dollar)) });
    }
    Ok(parts)
}

/// Which characters may be written twice, or behind a backslash, to mean themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    Dollar,
    All,
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip(&mut self, bytes: usize) -> String {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken.to_owned()
    }

    /// Text up to `${` or what is not accepted.
    fn text(&mut self, accept: fn(char) -> bool, escapes: Escapes) -> String {
        let mut text = String::new();
        while let Some(next) = self.peek() {
            let two = self.rest.get(..2).unwrap_or_default();
            let escaped = match two {
                "$$" => escapes != Escapes::None,
                "\\/" | "\\\\" => escapes == Escapes::All,
                _ => false,
            };
            if escaped {
                text.push_str(&two[1..]);
                self.rest = &self.rest[2..];
            } else if two == "${" || !accept(next) {
                break;
            } else {
                text.push(next);
                self.rest = &self.rest[next.len_utf8()..];
            }
        }
        text
    }

    /// What stands behind `${`.
    fn call(&mut self) -> Result<Part, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::Deep);
        }
        let part = self.inner();
        self.depth -= 1;
        part
    }

    fn inner(&mut self) -> Result<Part, Fault> {
        if self.take("#") {
            let name = self.name().ok_or(Fault::Bad)?;
            return self.close(name, "#", Vec::new());
        }
        let name = self.name().ok_or(Fault::Name)?;
        match self.peek() {
            Some(':') => self.default_or_piece(name),
            Some('=') => {
                self.skip(1);
                self.default(name, "=")
            }
            Some(',' | '^') => {
                let operator = self.operator(|c| matches!(c, ',' | '^'));
                self.close(name, &operator, Vec::new())
            }
            Some('/') => self.replace(name),
            Some('#') => self.trim(name, |c| c == '#'),
            Some('%') => self.trim(name, |c| c == '%'),
            _ if self.take("}") => Ok(Part::Call { name, operator: String::new(), arguments: Vec::new() }),
            _ => Err(Fault::Unclosed),
        }
    }

    fn name(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !(c.is_alphabetic() || c.is_numeric() || c == '_'));
        let name = self.skip(end.unwrap_or(self.rest.len()));
        (!name.is_empty()).then_some(name)
    }

    /// One or two characters.
    fn operator(&mut self, accept: fn(char) -> bool) -> String {
        let length = self.rest.chars().take(2).take_while(|c| accept(*c)).count();
        self.skip(length)
    }

    fn close(&mut self, name: String, operator: &str, arguments: Vec<Part>) -> Result<Part, Fault> {
        let operator = operator.to_owned();
        if self.take("}") { Ok(Part::Call { name, operator, arguments }) } else { Err(Fault::Bad) }
    }

    /// A nested `${…}`, or text of at least one character.
    fn argument(&mut self, accept: fn(char) -> bool, escapes: Escapes) -> Result<Part, Fault> {
        if self.take("${") {
            return self.call();
        }
        let text = self.text(accept, escapes);
        if text.is_empty() { Err(Fault::Bad) } else { Ok(Part::Text(text)) }
    }

    fn default_or_piece(&mut self, name: String) -> Result<Part, Fault> {
        for operator in [":=", ":-", ":?", ":+"] {
            if self.take(operator) {
                return self.default(name, operator);
            }
        }
        self.piece(name)
    }

    /// `${VAR:=text${OTHER}}`: any number of pieces.
    fn default(&mut self, name: String, operator: &str) -> Result<Part, Fault> {
        let mut arguments = Vec::new();
        while self.peek() != Some('}') {
            arguments.push(self.argument(|c| c != '}', Escapes::None)?);
        }
        self.close(name, operator, arguments)
    }

    /// `${VAR:offset}` and `${VAR:offset:length}`.
    fn piece(&mut self, name: String) -> Result<Part, Fault> {
        self.skip(1);
        let mut arguments = vec![self.argument(|c| !matches!(c, ':' | '}'), Escapes::None)?];
        let colons = self.rest.len() - self.rest.trim_start_matches(':').len();
        if colons > 0 {
            self.skip(colons);
            arguments.push(self.argument(|c| c != '}', Escapes::None)?);
        }
        self.close(name, ":", arguments)
    }

    /// `${VAR#pattern}` and its like.
    fn trim(&mut self, name: String, accept: fn(char) -> bool) -> Result<Part, Fault> {
        let operator = self.operator(accept);
        let pattern = self.argument(|c| c != '}', Escapes::None)?;
        self.close(name, &operator, vec![pattern])
    }

    /// `${VAR/text/other}` and its like.
    fn replace(&mut self, name: String) -> Result<Part, Fault> {
        let mut operator = self.skip(1);
        if let Some(second @ ('/' | '#' | '%')) = self.peek() {
            self.skip(1);
            operator.push(second);
        }
        let mut arguments = vec![self.argument(|c| c != '/', Escapes::All)?];
        let slashes = self.rest.len() - self.rest.trim_start_matches('/').len();
        if slashes == 0 {
            return Err(Fault::Bad);
        }
        self.skip(slashes);
        if self.peek() != Some('}') {
            arguments.push(self.argument(|c| c != '}', Escapes::All)?);
        }
        self.close(name, &operator, arguments)
    }
}
