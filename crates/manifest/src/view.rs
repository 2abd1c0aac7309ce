//! How a typed view is read from a value, and how it says which fields it knows.

use smol_str::SmolStr;

use crate::{At, Data, Entry, Field, List, Map, Node, Place, Problem, ProblemKind, Value};

/// A type that can be read from a [`Value`].
pub trait View: Sized {
    /// Which fields it knows: held against the real schemas by a test.
    const SHAPE: Shape;

    /// Reads it. `None` where the value has the wrong type; the reader has noted the problem.
    fn view(value: &Value, reader: &mut Reader) -> Option<Self>;

    /// The view as the tree that it was read from, for whoever walks all kinds alike.
    fn node(&self) -> Node<'_>;
}

/// The fields and types that a view knows, to be compared with the schema of the real API.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A number or a name, as ports are.
    IntOrString,
    /// Anything: not read further.
    Any,
    /// A list of one shape.
    List(&'static Shape),
    /// A mapping with free keys.
    Map(&'static Shape),
    /// A mapping with these keys only.
    Object(&'static [(&'static str, &'static Shape)]),
}

/// Reads views and collects what does not fit.
#[derive(Debug)]
pub struct Reader {
    /// What did not fit, in the order of the text.
    pub problems: Vec<Problem>,
    /// Whether unknown fields are problems: for policies yes, for workloads (read in part) no.
    strict: bool,
    /// The steps down to where we read.
    path: Vec<&'static str>,
}

impl Reader {
    /// A reader for kinds whose every field we know.
    pub fn strict() -> Self {
        Self { problems: Vec::new(), strict: true, path: Vec::new() }
    }

    /// A reader for kinds of which we read only a part.
    pub fn lenient() -> Self {
        Self { strict: false, ..Self::strict() }
    }

    /// The mapping of an object whose keys are `known`; other keys become problems.
    pub fn object<'v>(&mut self, value: &'v Value, known: &'static [&'static str]) -> Option<&'v Map> {
        let Data::Map(map) = &value.data else {
            self.wrong_type(value, "a mapping");
            return None;
        };
        if self.strict {
            for entry in map.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
                self.unknown_field(entry, known);
            }
        }
        Some(map)
    }

    /// A field of a mapping.
    pub fn field<T: View>(&mut self, map: &Map, key: &'static str) -> Field<T> {
        let Some(entry) = map.get(key) else { return Field::Absent };
        let at = At { key: entry.key_place, value: entry.value.place };
        self.within(key, |reader| reader.state(&entry.value, at))
    }

    /// The value of an entry with a free key, as a label has.
    pub fn map_value<T: View>(&mut self, entry: &Entry) -> Field<T> {
        let at = At { key: entry.key_place, value: entry.value.place };
        self.within("{}", |reader| reader.state(&entry.value, at))
    }

    /// The items of a list.
    fn list<T: View>(&mut self, value: &Value) -> Option<List<T>> {
        let Data::List(items) = &value.data else {
            self.wrong_type(value, "a list");
            return None;
        };
        let state = |reader: &mut Self, item: &Value| {
            reader.within("[]", |reader| reader.state(item, At { key: item.place, value: item.place }))
        };
        Some(items.iter().map(|item| state(self, item)).collect())
    }

    fn state<T: View>(&mut self, value: &Value, at: At) -> Field<T> {
        match value.data {
            Data::Null => Field::Null(at),
            Data::Unknown => Field::Unknown(at),
            _ => T::view(value, self).map_or(Field::Invalid(at), |view| Field::Set(view, at)),
        }
    }

    fn within<R>(&mut self, step: &'static str, read: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    /// Notes that a value is not what the schema wants.
    pub fn wrong_type(&mut self, value: &Value, expected: &'static str) {
        self.note(value.place, ProblemKind::WrongType { expected, found: value.noun() });
    }

    fn unknown_field(&mut self, entry: &Entry, known: &'static [&'static str]) {
        let kind = ProblemKind::UnknownField {
            key: entry.key.clone(),
            near: nearest(&entry.key, known),
            known,
            value: entry.value.place,
        };
        self.note(entry.key_place, kind);
    }

    fn note(&mut self, place: Place, kind: ProblemKind) {
        self.problems.push(Problem { place, parent: self.parent(), kind });
    }

    /// Where we read, as `spec.ingress[].from[]`.
    fn parent(&self) -> SmolStr {
        let mut path = String::new();
        for step in &self.path {
            if !path.is_empty() && !matches!(*step, "[]" | "{}") {
                path.push('.');
            }
            path.push_str(step);
        }
        path.into()
    }
}

/// The known key that `key` was most likely meant to be: equal but for case, two edits away at most, or the only one that
/// it begins (`auth`).
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    let distance = |candidate: &&'static str| strsim::damerau_levenshtein(&key, &candidate.to_ascii_lowercase());
    let best = known.iter().copied().min_by_key(distance)?;
    let allowed = if key.len() < 5 { 1 } else { 2 };
    if distance(&best) <= allowed {
        return Some(best);
    }
    let mut begun =
        known.iter().copied().filter(|known| key.len() >= 4 && known.to_ascii_lowercase().starts_with(&key));
    begun.next().filter(|_| begun.next().is_none())
}

/// Declares a view: its fields, the keys they are read from, and its [`Shape`], in one place.
#[macro_export]
macro_rules! view {
    ($(
        $(#[$doc:meta])*
        $vis:vis struct $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty = $key:literal, )* }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug)]
        $vis struct $name {
            /// Where it stands.
            $vis place: $crate::Place,
            $( $(#[$field_doc])* $vis $field: $crate::Field<$type>, )*
        }

        impl $crate::View for $name {
            const SHAPE: $crate::Shape =
                $crate::Shape::Object(&[$( ($key, &<$type as $crate::View>::SHAPE) ),*]);

            fn view(value: &$crate::Value, reader: &mut $crate::Reader) -> Option<Self> {
                let map = reader.object(value, &[$($key),*])?;
                Some(Self { place: value.place, $( $field: reader.field(map, $key), )* })
            }

            fn node(&self) -> $crate::Node<'_> {
                let fields = [$( ($key, self.$field.node()) ),*];
                $crate::Node::Object(fields.into_iter().filter(|(_, field)| !field.is_absent()).collect())
            }
        }
    )* };
}

impl<T: View> View for List<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        reader.list(value)
    }

    fn node(&self) -> Node<'_> {
        Node::List(self.iter().map(Field::node).collect())
    }
}

impl View for SmolStr {
    const SHAPE: Shape = Shape::String;

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        let Data::String(text) = &value.data else {
            reader.wrong_type(value, "a string");
            return None;
        };
        Some(text.clone())
    }

    fn node(&self) -> Node<'_> {
        Node::Text(self)
    }
}

/// The whole number that a decoder of JSON reads: `80.0` and `1e3` are written `80` and `1000` there.
fn whole_number(data: &Data) -> Option<i64> {
    match *data {
        Data::Int(number) => Some(number),
        // Exactly as many as a float counts without gaps.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
        _ => None,
    }
}

impl View for i64 {
    const SHAPE: Shape = Shape::Integer;

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        let number = whole_number(&value.data);
        if number.is_none() {
            reader.wrong_type(value, "a whole number");
        }
        number
    }

    fn node(&self) -> Node<'_> {
        Node::Int(*self)
    }
}

impl View for bool {
    const SHAPE: Shape = Shape::Boolean;

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        let Data::Bool(truth) = value.data else {
            reader.wrong_type(value, "true or false");
            return None;
        };
        Some(truth)
    }

    fn node(&self) -> Node<'_> {
        Node::Bool(*self)
    }
}

impl View for Value {
    const SHAPE: Shape = Shape::Any;

    fn view(value: &Value, _: &mut Reader) -> Option<Self> {
        Some(value.clone())
    }

    fn node(&self) -> Node<'_> {
        Node::Any(self)
    }
}

/// A number or a name: a port of a NetworkPolicy, a `targetPort`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IntOrString {
    /// A number.
    Int(i64),
    /// A name.
    Name(SmolStr),
}

impl View for IntOrString {
    const SHAPE: Shape = Shape::IntOrString;

    fn view(value: &Value, reader: &mut Reader) -> Option<Self> {
        match &value.data {
            Data::String(text) => Some(Self::Name(text.clone())),
            data => {
                let number = whole_number(data).map(Self::Int);
                if number.is_none() {
                    reader.wrong_type(value, "a number or a name");
                }
                number
            }
        }
    }

    fn node(&self) -> Node<'_> {
        match self {
            Self::Int(number) => Node::Int(*number),
            Self::Name(text) => Node::Text(text),
        }
    }
}
