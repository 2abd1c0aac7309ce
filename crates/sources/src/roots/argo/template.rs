//! `{{ … }}` in the template of an ApplicationSet, in both of its forms.
//!
//! Without `goTemplate` a placeholder is a key and nothing else, and one that nothing fills in stays. With it, `.a.b` and
//! `index .path.segments 1` are understood; functions and conditions are not, and the Application is unknown.

use std::collections::BTreeMap;

use ringfence_manifest::{Data, Value};
use smol_str::SmolStr;

use crate::kustomize::edit;
use crate::roots::note::{Note, What};

/// What a generator gives to the template, by key. Steps are joined with `.`, places in a list are in brackets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Parameters {
    texts: BTreeMap<String, String>,
    /// The folder, where the generator goes by folders: the two forms call it differently.
    folder: Option<String>,
}

impl Parameters {
    /// Those of a folder.
    pub(super) fn of_folder(folder: &str) -> Self {
        Self { folder: Some(folder.to_owned()), ..Self::default() }
    }

    /// Those of an element of a list.
    pub(super) fn of_element(element: &Value) -> Self {
        let mut parameters = Self::default();
        parameters.add("", element);
        parameters
    }

    fn add(&mut self, prefix: &str, value: &Value) {
        let Some(map) = value.as_map() else {
            self.texts.extend(edit::text_of(value).map(|text| (prefix.to_owned(), text.into_owned())));
            return;
        };
        for entry in &map.entries {
            let key = if prefix.is_empty() { entry.key.to_string() } else { format!("{prefix}.{}", entry.key) };
            self.add(&key, &entry.value);
        }
    }

    fn get(&self, key: &str) -> Option<String> {
        self.texts.get(key).cloned()
    }

    /// What `path`, `path.basename` and their like stand for.
    fn of_path(&self, key: &str) -> Option<String> {
        let folder = self.folder.as_deref()?;
        let name = folder.rsplit('/').next().unwrap_or(folder);
        match key {
            "" => Some(folder.to_owned()),
            "basename" => Some(name.to_owned()),
            "basenameNormalized" => Some(normal(name)),
            index => Some(folder.split('/').nth(index.parse().ok()?)?.to_owned()),
        }
    }
}

/// A name that a DNS label may be (`SanitizeName`).
fn normal(name: &str) -> String {
    let low = name.to_lowercase();
    let fits = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.') { c } else { '-' };
    let text: String = low.chars().map(fits).take(253).collect();
    text.trim_matches(['-', '.']).to_owned()
}

/// How a template is filled in.
pub(super) struct Template<'p> {
    pub(super) go: bool,
    pub(super) parameters: &'p Parameters,
}

impl Template<'_> {
    /// Fills in every text and key. `Err` names a text that cannot be filled in from here.
    pub(super) fn fill(&self, value: &mut Value) -> Result<(), Note> {
        match &mut value.data {
            Data::String(text) => {
                let filled = self.text(text);
                *text = filled.ok_or_else(|| Note::new(value.place, What::NotFilledIn { text: text.clone() }))?;
                Ok(())
            }
            Data::List(items) => items.iter_mut().try_for_each(|item| self.fill(item)),
            Data::Map(map) => map.entries.iter_mut().try_for_each(|entry| {
                let filled = self.text(&entry.key);
                let open = || Note::new(entry.key_place, What::NotFilledIn { text: entry.key.clone() });
                entry.key = filled.ok_or_else(open)?;
                self.fill(&mut entry.value)
            }),
            _ => Ok(()),
        }
    }

    fn text(&self, text: &str) -> Option<SmolStr> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, behind) = after.split_once("}}")?;
            filled.push_str(before);
            filled.push_str(&if self.go { self.go(inside)? } else { self.plain(inside) });
            rest = behind;
        }
        filled.push_str(rest);
        Some(filled.into())
    }

    /// A placeholder that is a key.
    fn plain(&self, inside: &str) -> String {
        let key = inside.trim();
        let path = match key.strip_prefix("path") {
            Some("") => self.parameters.of_path(""),
            Some(rest) => {
                let index = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                index.or(rest.strip_prefix('.')).and_then(|key| self.parameters.of_path(key))
            }
            None => None,
        };
        path.or_else(|| self.parameters.get(key)).unwrap_or_else(|| format!("{{{{{inside}}}}}"))
    }

    /// An expression of a Go template.
    fn go(&self, inside: &str) -> Option<String> {
        let inside = inside.trim_matches('-').trim();
        let words: Vec<&str> = inside.split_whitespace().collect();
        match words.as_slice() {
            ["index", ".path.segments", index] => self.parameters.of_path(index),
            [word] => {
                let key = word.strip_prefix('.')?;
                let path = key.strip_prefix("path.").map(|key| if key == "path" { "" } else { key });
                let named = path.filter(|key| key.is_empty() || key.starts_with("basename"));
                named.and_then(|key| self.parameters.of_path(key)).or_else(|| self.parameters.get(key))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(go: bool, text: &str) -> Option<String> {
        let mut parameters = Parameters::of_folder("apps/Web_Shop");
        parameters.texts.insert("cluster.name".to_owned(), "prod".to_owned());
        Template { go, parameters: &parameters }.text(text).map(Into::into)
    }

    #[test]
    fn both_forms_know_the_folder() {
        let known = "apps/Web_Shop Web_Shop web-shop apps prod";
        let plain = "{{path}} {{path.basename}} {{ path.basenameNormalized }} {{path[0]}} {{cluster.name}}";
        assert_eq!(filled(false, plain).as_deref(), Some(known));
        let go = "{{.path.path}} {{ .path.basename }} {{.path.basenameNormalized}} {{index .path.segments 0}} {{.cluster.name}}";
        assert_eq!(filled(true, go).as_deref(), Some(known));
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        assert_eq!(filled(false, "{{other}}").as_deref(), Some("{{other}}"));
        assert_eq!(filled(true, "{{ .other }}"), None);
        assert_eq!(filled(true, "{{ if .x }}a{{ end }}"), None);
        assert_eq!(filled(false, "{{path"), None);
    }
}
