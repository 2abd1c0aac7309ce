//! Files and functions stay small enough to read.

use super::{is_test, shipped, sources};

/// The longest a source file may be, in lines without its test module.
const FILE: usize = 800;
/// The longest a function may be, in lines of code.
const FUNCTION: usize = 80;

/// Files and functions over the limit.
pub(super) fn check() -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in sources(&["crates", "rules", "wasm"]) {
        if is_test(&path) {
            continue;
        }
        let lines = shipped(&text).count();
        if lines > FILE {
            problems.push(format!("{} has {lines} lines", path.display()));
        }
        let long = functions(&text).into_iter().filter(|(_, _, length)| *length > FUNCTION);
        problems.extend(long.map(|(at, name, length)| format!("{}:{at} `{name}` has {length} lines", path.display())));
    }
    problems
}

/// The functions of a file: line, name, lines of code. Ends are found by indentation, which rustfmt guarantees.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<(usize, &str)> = shipped(text).collect();
    let mut found = Vec::new();
    for (at, (number, line)) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[at..].iter().position(|(_, line)| *line == close) {
            found.push((*number, name.to_owned(), length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    let rest = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "pub const fn ", "const fn "]
        .iter()
        .find_map(|prefix| trimmed.strip_prefix(prefix))?;
    rest.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::functions;

    #[test]
    fn a_function_ends_where_its_brace_closes() {
        let text = "fn one() {\n    if x {\n    }\n}\n\nimpl A {\n    pub fn two(&self) {\n        y\n    }\n}\n";
        let found = functions(text);
        assert_eq!(found, [(1, "one".to_owned(), 4), (7, "two".to_owned(), 3)]);
    }
}
