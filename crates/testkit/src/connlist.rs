//! Recorded lists of allowed connections beside ours: manifests read as users' files are, the list written as users get it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use ringfence_cluster::{Cni, Knobs, Stage};
use ringfence_engine::Engine;
use ringfence_lint::{Config, Content, Session};
use ringfence_questions::connlist::Connlist;
use ringfence_sources::walk;
use serde::Deserialize;

use crate::universe::objects;
use crate::vectors::text_lines;

/// Manifests, and the list that was recorded of them.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its name.
    pub name: String,
    /// The manifests by path.
    pub files: BTreeMap<String, Content>,
    /// The list.
    pub expected: String,
}

/// The ports of each protocol: intervals, ascending.
pub type Allowed = BTreeMap<String, Vec<(u16, u16)>>;

/// An end of a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum End {
    /// A workload, or what stands before the Services.
    Named(String),
    /// A range of addresses, both ends in.
    Addresses(u32, u32),
}

/// The lines of a list by their ends, in a form in which equal lists are equal.
pub type Lines = BTreeMap<(End, End), Allowed>;

/// The list in a folder of one.
const EXPECTED: &str = "expected.txt";
/// Bytes that are read of one manifest.
const LIMIT: u64 = 64 << 20;

/// What was compared, and where it differs.
#[derive(Clone, Default, Debug)]
pub struct Compared {
    /// Pairs that are in at least one of both lists.
    pub pairs: usize,
    /// Pairs of which the lists say different things, for people.
    pub differences: Vec<String>,
}

/// The lists that a path holds: a file with one a line, a folder of one, or a folder of such folders. `None` where it is a
/// file of something else.
pub fn recorded(path: &Path) -> Result<Option<Vec<Recorded>>, String> {
    if !path.is_dir() {
        return if is_file_of_lists(path)? { Recorded::read_file(path).map(Some) } else { Ok(None) };
    }
    if path.join(EXPECTED).is_file() {
        return Ok(Some(vec![Recorded::read_folder(path)?]));
    }
    let entries = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    let below = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|folder| folder.join(EXPECTED).is_file());
    let folders: BTreeSet<PathBuf> = below.collect();
    if folders.is_empty() {
        return Err(format!("there is no `{EXPECTED}` in the folder, nor in those right below it"));
    }
    folders.iter().map(|folder| Recorded::read_folder(folder)).collect::<Result<_, _>>().map(Some)
}

/// Whether the lines of a file have lists.
fn is_file_of_lists(path: &Path) -> Result<bool, String> {
    if !path.to_string_lossy().contains(".jsonl") {
        return Ok(false);
    }
    let mut lines = text_lines(path).map_err(|error| error.to_string())?;
    let first = lines.next().transpose().map_err(|error| error.to_string())?;
    let value = first.and_then(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    Ok(value.is_some_and(|value| value.get("expected").is_some()))
}

impl Recorded {
    /// A folder with `expected.txt` and the manifests under `manifests`.
    pub fn read_folder(folder: &Path) -> Result<Self, String> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let say = |error: &dyn fmt::Display| format!("{}: {error}", folder.display());
        let expected = std::fs::read_to_string(folder.join(EXPECTED)).map_err(|error| say(&error))?;
        let found = walk::find([folder.join("manifests")]);
        if let Some(error) = found.errors.first() {
            return Err(say(error));
        }
        let content = |file: walk::FoundFile| Ok((file.path.clone(), file.read(LIMIT).map_err(|error| say(&error))?));
        let files = found.files.into_iter().map(content).collect::<Result<_, String>>()?;
        Ok(Self { name, files, expected })
    }

    /// A file with such a list a line (`.jsonl`, and packed).
    pub fn read_file(path: &Path) -> Result<Vec<Self>, String> {
        let lines = text_lines(path).map_err(|error| error.to_string())?;
        let read = |(at, line): (usize, std::io::Result<String>)| {
            let line = line.map_err(|error| error.to_string())?;
            Self::read_line(&line).map_err(|error| format!("line {}: {error}", at + 1))
        };
        lines.enumerate().map(read).collect()
    }

    fn read_line(line: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Line {
            name: String,
            files: BTreeMap<String, String>,
            expected: String,
        }
        let Line { name, files, expected } = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let files = files.into_iter().map(|(path, text)| (path, Content::Text(text))).collect();
        Ok(Self { name, files, expected })
    }

    /// Our list of the same manifests.
    pub fn ours(&self) -> Result<String, String> {
        let mut session = Session::new();
        let knobs = Connlist::knobs(&Knobs { cni: Some(Cni::Upstream), stage: Stage::Agent, ..Knobs::default() });
        session.configure(Config { knobs, ..Config::default() });
        for (path, content) in &self.files {
            session.put_content(path, content.clone());
        }
        let worlds = session.worlds();
        let [(_, world)] = worlds.as_slice() else {
            return Err(format!("{}: the manifests are {} clusters, not one", self.name, worlds.len()));
        };
        let mut text = Vec::new();
        let list = Connlist::of(&Engine::new(world));
        ringfence_report::connlist(&list, &mut text).map_err(|error| error.to_string())?;
        String::from_utf8(text).map_err(|error| error.to_string())
    }

    /// The texts of the manifests.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.files
            .values()
            .filter_map(|content| if let Content::Text(text) = content { Some(text.as_str()) } else { None })
    }

    /// The policies among the manifests, as text.
    pub fn policies(&self) -> String {
        let mut policies = Vec::new();
        for text in self.texts() {
            let objects = objects(text, 0);
            let spans = objects.iter().filter(|object| object.kind.is_policy()).map(|object| object.place.span);
            policies.extend(spans.filter_map(|span| text.get(span.start as usize..span.end as usize)));
        }
        policies.join("\n---\n")
    }

    /// Holds both lists against each other.
    pub fn compare(&self) -> Result<Compared, String> {
        let theirs = read(&self.expected)?;
        let ours = read(&self.ours()?)?;
        let pairs: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
        let differs = |(source, destination): &&(End, End)| {
            let key = (source.clone(), destination.clone());
            theirs.get(&key) != ours.get(&key)
        };
        let differences = pairs.iter().copied().filter(differs).map(|pair| {
            let said = |lines: &Lines| lines.get(pair).map_or("nothing".to_owned(), |allowed| format!("{allowed:?}"));
            format!("{} => {}\n  theirs: {}\n  ours: {}", pair.0, pair.1, said(&theirs), said(&ours))
        });
        Ok(Compared { pairs: pairs.len(), differences: differences.collect() })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Addresses(first, last) => {
                write!(f, "{}-{}[External]", Ipv4Addr::from_bits(*first), Ipv4Addr::from_bits(*last))
            }
        }
    }
}

/// Reads a list. Neighbouring ranges with the same connections are one.
pub fn read(text: &str) -> Result<Lines, String> {
    read_as_written(text).map(joined)
}

/// Reads a list with its ranges as they are split.
pub fn read_as_written(text: &str) -> Result<Lines, String> {
    let mut lines = Lines::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (ends, allowed) = read_line(line).ok_or_else(|| format!("`{line}` is no line of such a list"))?;
        if lines.insert(ends, allowed).is_some() {
            return Err(format!("`{line}` stands there twice"));
        }
    }
    Ok(lines)
}

fn read_line(line: &str) -> Option<((End, End), Allowed)> {
    let (ends, allowed) = line.split_once(" : ")?;
    let (source, destination) = ends.split_once(" => ")?;
    Some(((read_end(source)?, read_end(destination)?), read_allowed(allowed)?))
}

fn read_end(text: &str) -> Option<End> {
    let Some(range) = text.strip_suffix("[External]") else { return Some(End::Named(text.to_owned())) };
    let (first, last) = range.split_once('-')?;
    let number = |address: &str| Some(address.parse::<Ipv4Addr>().ok()?.to_bits());
    Some(End::Addresses(number(first)?, number(last)?))
}

fn read_allowed(text: &str) -> Option<Allowed> {
    if text == "All Connections" {
        return Some(["TCP", "UDP", "SCTP"].map(|protocol| (protocol.to_owned(), vec![(1, u16::MAX)])).into());
    }
    let mut allowed = Allowed::new();
    let mut protocol = None;
    for part in text.split(',') {
        let (named, ports) = part.split_once(' ').map_or((None, part), |(named, ports)| (Some(named), ports));
        protocol = named.or(protocol);
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let interval = (first.parse().ok()?, last.parse().ok()?);
        allowed.entry(protocol?.to_owned()).or_default().push(interval);
    }
    for intervals in allowed.values_mut() {
        intervals.sort_unstable();
    }
    Some(allowed)
}

/// Joins ranges of destinations, then of sources.
fn joined(lines: Lines) -> Lines {
    let swapped = |lines: Lines| lines.into_iter().map(|((one, other), allowed)| ((other, one), allowed)).collect();
    swapped(joined_second(swapped(joined_second(lines))))
}

/// Joins neighbouring ranges at the second of the ends.
fn joined_second(lines: Lines) -> Lines {
    let mut joined: Vec<((End, End), Allowed)> = Vec::new();
    for ((one, other), allowed) in lines {
        if let (Some(((before, End::Addresses(_, end)), same)), End::Addresses(first, last)) =
            (joined.last_mut(), &other)
            && *before == one
            && *same == allowed
            && end.checked_add(1) == Some(*first)
        {
            *end = *last;
        } else {
            joined.push(((one, other), allowed));
        }
    }
    joined.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_compared_as_sets() {
        let split = "a/b[Pod] => 0.0.0.0-9.255.255.255[External] : TCP 80\n\
                     a/b[Pod] => 10.0.0.0-255.255.255.255[External] : TCP 80\n";
        let whole = "a/b[Pod] => 0.0.0.0-255.255.255.255[External] : TCP 80";
        assert_eq!(read(split), read(whole));
        assert_ne!(read(&split.replacen("TCP 80", "TCP 81", 1)), read(whole));
        assert_ne!(read(&split.replace("10.0.0.0", "10.0.0.1")), read(whole));
    }

    #[test]
    fn protocols_and_ports_are_sets() {
        let one = "a => b : UDP 53,TCP 80,443-445";
        assert_eq!(read(one), read("a => b : TCP 443-445,80,UDP 53"));
        assert_eq!(read("a => b : All Connections"), read("a => b : SCTP 1-65535,TCP 1-65535,UDP 1-65535"));
        for wrong in ["a => b", "a : TCP 80", "a => b : TCP", "a => b : 80", "a => 1.2.3-4[External] : TCP 80"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
