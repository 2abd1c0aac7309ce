//! The formats by name, and the one function that renders any of them.

use std::fmt;
use std::io;
use std::str::FromStr;

use crate::{Report, Style, concise, full, github, json, sarif};

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Format {
    /// For people: the source around each place, help, the fix, and a summary.
    #[default]
    Full,
    /// One line a finding: `path:line:column: severity[rule] message`.
    Concise,
    /// Versioned JSON, described by `docs/schema/findings.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that GitHub shows as annotations.
    Github,
}

impl Format {
    /// Every format, in the order that help shows them.
    pub const ALL: [Self; 5] = [Self::Full, Self::Concise, Self::Json, Self::Sarif, Self::Github];

    /// The names of [`Format::ALL`], as `--format` takes them.
    pub const NAMES: [&'static str; 5] = ["full", "concise", "json", "sarif", "github"];

    /// The name of this one.
    pub const fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownFormat(
    /// The name.
    pub String,
);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no format; there are `{}`", self.0, Format::NAMES.join("`, `"))
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Write `report` to `out` as `format`. The same report gives the same bytes; the only error is that of `out`.
pub fn render(format: Format, report: &Report<'_>, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
    match format {
        Format::Full => full::write(report, out, style),
        Format::Concise => concise::write(report, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let wrong = "yaml".parse::<Format>().unwrap_err();
        assert_eq!(wrong.to_string(), "`yaml` is no format; there are `full`, `concise`, `json`, `sarif`, `github`");
    }
}
