//! Which fields a transformer sets, and how they are found.

use std::sync::OnceLock;

use ringfence_manifest::{Data, Map, Place, Value};
use smol_str::SmolStr;

use super::edit;
use super::resource::Id;

/// A field of the objects of some kinds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FieldSpec {
    pub(super) selects: Gvk,
    /// Keys; `name[]` says that the field is a list. Lists are walked through wherever they stand.
    pub(super) path: Vec<SmolStr>,
    /// Whether the field is made where it is missing.
    pub(super) create: bool,
}

/// Group, version and kind; an empty one is any.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Gvk {
    pub(super) group: SmolStr,
    pub(super) version: SmolStr,
    pub(super) kind: SmolStr,
}

/// What is made where a field is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Make {
    Nothing,
    Scalar,
    Mapping,
}

/// A field leads through something that is neither a list nor a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Misshapen {
    /// Where.
    pub(super) place: Place,
}

impl Gvk {
    pub(super) fn selects(&self, id: Id<'_>) -> bool {
        let fits = |own: &SmolStr, other: &str| own.is_empty() || own == other;
        fits(&self.kind, id.kind) && fits(&self.group, id.group) && fits(&self.version, id.version)
    }
}

impl FieldSpec {
    /// The field at a path with `/` between its steps; `\/` is part of one.
    pub(super) fn new(selects: Gvk, path: &str, create: bool) -> Self {
        Self { selects, path: split(path, '/'), create }
    }

    /// Calls `set` with each value of the field in an object that the caller has selected. What is made stands at `place`.
    pub(super) fn visit(
        &self,
        value: &mut Value,
        make: Make,
        place: Place,
        set: &mut dyn FnMut(&mut Value) -> Result<(), Misshapen>,
    ) -> Result<(), Misshapen> {
        let make = if self.create { make } else { Make::Nothing };
        visit(value, &self.path, make, place, set)
    }
}

/// A path in steps; a separator after a backslash is part of a step.
pub(super) fn split(path: &str, separator: char) -> Vec<SmolStr> {
    let mut steps: Vec<String> = Vec::new();
    let path = path.strip_prefix(separator).unwrap_or(path);
    let mut joins = false;
    for step in path.split(separator) {
        match steps.last_mut().filter(|_| joins) {
            Some(last) => {
                last.pop();
                last.push(separator);
                last.push_str(step);
            }
            None => steps.push(step.to_owned()),
        }
        joins = step.ends_with('\\');
    }
    steps.into_iter().map(SmolStr::from).collect()
}

fn visit(
    value: &mut Value,
    path: &[SmolStr],
    make: Make,
    place: Place,
    set: &mut dyn FnMut(&mut Value) -> Result<(), Misshapen>,
) -> Result<(), Misshapen> {
    let Some((step, rest)) = path.split_first() else { return set(value) };
    match &mut value.data {
        Data::Null => Ok(()),
        Data::List(items) => items.iter_mut().try_for_each(|item| visit(item, path, make, place, set)),
        Data::Map(map) => visit_key(map, step, rest, make, place, set),
        _ => Err(Misshapen { place: value.place }),
    }
}

fn visit_key(
    map: &mut Map,
    step: &str,
    rest: &[SmolStr],
    make: Make,
    place: Place,
    set: &mut dyn FnMut(&mut Value) -> Result<(), Misshapen>,
) -> Result<(), Misshapen> {
    let (key, is_list) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
    // A missing list is never made: what would be in it?
    let here = if is_list { Make::Nothing } else { make };
    let at = map.entries.iter().position(|entry| entry.key == key);
    let Some(at) = at.or_else(|| {
        (here != Make::Nothing).then(|| {
            map.entries.push(edit::entry(key, Value { place, data: Data::Null }));
            map.entries.len() - 1
        })
    }) else {
        return Ok(());
    };
    let field = &mut map.entries[at].value;
    if field.data == Data::Null && (!rest.is_empty() || here == Make::Mapping) && here != Make::Nothing {
        field.data = Data::Map(Map::default());
    }
    visit(field, rest, make, place, set)
}

/// The fields of the built-in transformers.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) template_labels: Vec<FieldSpec>,
    pub(super) common_labels: Vec<FieldSpec>,
    pub(super) common_annotations: Vec<FieldSpec>,
    pub(super) namespace: Vec<FieldSpec>,
    pub(super) replicas: Vec<FieldSpec>,
    pub(super) images: Vec<FieldSpec>,
    /// What is named, and the fields that name it.
    pub(super) names: Vec<(Gvk, Vec<FieldSpec>)>,
}

/// The fields of kustomize 5.8.1.
pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables::default();
        let mut none = Vec::new();
        for (name, specs) in sections(include_str!("tables/fields.txt")) {
            let table = match name {
                "template-labels" => &mut tables.template_labels,
                "common-labels" => &mut tables.common_labels,
                "common-annotations" => &mut tables.common_annotations,
                "namespace" => &mut tables.namespace,
                "replicas" => &mut tables.replicas,
                "images" => &mut tables.images,
                _ => &mut none,
            };
            *table = specs;
        }
        let named = sections(include_str!("tables/names.txt")).into_iter();
        tables.names = named.map(|(named, specs)| (gvk(&mut named.split(' ')), specs)).collect();
        tables
    })
}

/// The sections of a table: the text in brackets, and the fields below it.
fn sections(table: &'static str) -> Vec<(&'static str, Vec<FieldSpec>)> {
    let mut sections: Vec<(&str, Vec<FieldSpec>)> = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push((name, Vec::new()));
        } else if let Some((_, specs)) = sections.last_mut() {
            specs.push(field_spec(line));
        }
    }
    sections
}

fn field_spec(line: &str) -> FieldSpec {
    let mut words = line.splitn(5, ' ');
    let selects = gvk(&mut words);
    let create = words.next() == Some("create");
    FieldSpec::new(selects, words.next().unwrap_or_default(), create)
}

fn gvk<'t>(words: &mut impl Iterator<Item = &'t str>) -> Gvk {
    let mut word = || SmolStr::new(words.next().filter(|word| *word != "*").unwrap_or_default());
    Gvk { group: word(), version: word(), kind: word() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_keeps_a_separator() {
        assert_eq!(split(r"metadata/annotations/a.b\/c", '/'), ["metadata", "annotations", "a.b/c"]);
        assert_eq!(split("/a/b", '/'), ["a", "b"]);
    }

    #[test]
    fn every_table_is_read() {
        let tables = tables();
        let counts = [
            tables.template_labels.len(),
            tables.common_labels.len(),
            tables.common_annotations.len(),
            tables.namespace.len(),
            tables.replicas.len(),
            tables.images.len(),
            tables.names.len(),
        ];
        assert_eq!(counts, [10, 32, 9, 3, 4, 6, 16]);
        assert!(tables.names.iter().all(|(named, specs)| !named.kind.is_empty() && !specs.is_empty()));
    }
}
