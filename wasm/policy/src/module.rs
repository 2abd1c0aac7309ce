//! What the module does with a call: JSON in, one session, JSON out.

use ringfence_lint::{Config, Session};
use ringfence_report::{Format, Report, Root, Style, render};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer::{Fault, fault, nothing};

/// The version of the interface: one more whenever a host would have to change.
pub const ABI: u32 = 1;

/// What a call asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Op {
    /// Go by another configuration.
    Configure = 1,
    /// Take a file in, or its new text.
    Put = 2,
    /// Forget a file.
    Drop = 3,
    /// Say what is wrong now.
    Lint = 4,
}

/// One session behind bytes.
#[derive(Debug, Default)]
pub struct Module {
    session: Session,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configure {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    path: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drop {
    path: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Lint {}

impl Op {
    /// The operation of a number.
    pub const fn of(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Configure),
            2 => Some(Self::Put),
            3 => Some(Self::Drop),
            4 => Some(Self::Lint),
            _ => None,
        }
    }
}

impl Module {
    /// A session without files, under the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does what the operation of number `op` asks for. The answer is JSON, also where the call was wrong.
    pub fn call(&mut self, op: u32, input: &[u8]) -> Vec<u8> {
        let answer = match Op::of(op) {
            Some(Op::Configure) => self.configure(input),
            Some(Op::Put) => self.put(input),
            Some(Op::Drop) => self.drop(input),
            Some(Op::Lint) => self.lint(input),
            None => Err(Fault::new(format!("there is no operation {op}: 1 configures, 2 puts, 3 drops, 4 lints"))),
        };
        answer.unwrap_or_else(|wrong| fault(&wrong))
    }

    /// The same with an input that may lie where there is none.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn call_with(&mut self, op: u32, input: Option<&[u8]>) -> Vec<u8> {
        match input {
            Some(input) => self.call(op, input),
            None => fault(&Fault::new("the input does not lie in a buffer of `rf_alloc`".to_owned())),
        }
    }

    fn configure(&mut self, input: &[u8]) -> Result<Vec<u8>, Fault> {
        let Configure { text } = read(input)?;
        self.session.configure(Config::parse(&text)?);
        Ok(nothing())
    }

    fn put(&mut self, input: &[u8]) -> Result<Vec<u8>, Fault> {
        let Put { path, text } = read(input)?;
        self.session.put(&path, &text);
        Ok(nothing())
    }

    fn drop(&mut self, input: &[u8]) -> Result<Vec<u8>, Fault> {
        let Drop { path } = read(input)?;
        self.session.drop(&path);
        Ok(nothing())
    }

    fn lint(&mut self, input: &[u8]) -> Result<Vec<u8>, Fault> {
        if !input.is_empty() {
            let Lint {} = read(input)?;
        }
        let outcome = self.session.lint();
        let report = Report {
            findings: &outcome.findings,
            fingerprints: &outcome.fingerprints,
            files: &outcome.files,
            summary: &outcome.summary,
            // JSON names rules and does not describe them.
            rules: &[],
            root: Root::default(),
        };
        let mut answer = Vec::new();
        render(Format::Json, &report, &mut answer, Style::default()).map_err(|error| Fault::new(error.to_string()))?;
        Ok(answer)
    }
}

fn read<T: DeserializeOwned>(input: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(input)
        .map_err(|error| Fault::new(format!("the input is not what this operation takes: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(module: &mut Module, op: Op, input: &str) -> String {
        String::from_utf8(module.call(op as u32, input.as_bytes())).unwrap()
    }

    #[test]
    fn a_session_is_driven_by_json() {
        let mut module = Module::new();
        let text = r#"{"path": "a.yaml", "text": "kind: Pod # ringfence: ignore[no-such-rule] x\n"}"#;
        assert_eq!(call(&mut module, Op::Put, text), "{}");
        let findings = |module: &mut Module| {
            let report: serde_json::Value = serde_json::from_str(&call(module, Op::Lint, "")).unwrap();
            report["findings"].as_array().unwrap().len()
        };
        assert_eq!(findings(&mut module), 1);
        assert_eq!(call(&mut module, Op::Configure, r#"{"text": "ignore: [unused-suppression]"}"#), "{}");
        assert_eq!(findings(&mut module), 0);
        assert_eq!(call(&mut module, Op::Configure, r#"{"text": ""}"#), "{}");
        assert_eq!(findings(&mut module), 1);
        assert_eq!(call(&mut module, Op::Drop, r#"{"path": "a.yaml"}"#), "{}");
        assert_eq!(findings(&mut module), 0);
    }

    #[test]
    fn a_wrong_call_is_answered_and_changes_nothing() {
        let mut module = Module::new();
        let before = call(&mut module, Op::Lint, "{}");
        for (op, input) in
            [(0, ""), (5, "{}"), (1, "{}"), (2, "{\"path\": 1}"), (2, "[]"), (3, "\u{0}"), (4, "{\"x\": 1}"), (4, "[")]
        {
            let answer: serde_json::Value = serde_json::from_slice(&module.call(op, input.as_bytes())).unwrap();
            assert!(answer["error"].is_string(), "{op} {input}: {answer}");
        }
        assert!(module.call(2, b"\xff").starts_with(b"{\"error\""));
        assert_eq!(call(&mut module, Op::Lint, "{}"), before);
    }

    #[test]
    fn a_fault_of_the_configuration_has_its_place() {
        let answer = call(&mut Module::new(), Op::Configure, r#"{"text": "cni: cilium\nignores: []\n"}"#);
        let expected = r#"{"error":"there is no key `ignores`","help":"did you mean `ignore`?","start":12,"end":19}"#;
        assert_eq!(answer, expected);
    }
}
