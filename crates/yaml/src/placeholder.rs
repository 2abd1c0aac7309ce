//! Values that are not known before a tool has filled them in: `${VAR}` of Flux, `{{ … }}` of templates.
//!
//! `${…}` follows Flux's post-build substitution (`github.com/fluxcd/pkg/envsubst`): a variable that nobody sets is empty,
//! a default applies where the variable is unset or empty, and `$${` stands for a literal `${`. Whether Flux will see the
//! file at all is not known here.

/// What the placeholders of a text make of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Placeholder {
    /// There is none: the text is what it is.
    None,
    /// Every placeholder has a default or is an escape: the whole text with these put in. It is the value unless
    /// somebody sets a variable.
    Default(String),
    /// At least one has no default, or cannot be read as one: nothing is known about the text.
    Unknown,
}

/// What the `${…}` of `text` make of it.
pub fn of(text: &str) -> Placeholder {
    if !text.contains("${") {
        return Placeholder::None;
    }
    substitute(text).map_or(Placeholder::Unknown, Placeholder::Default)
}

/// Whether a text holds `{{`, as templates do inside quotes: the value is then unknown.
pub fn has_template(text: &str) -> bool {
    text.contains("{{")
}

/// The text with escapes undone and defaults put in, if there is one for every variable.
fn substitute(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
            // The brace after an escape opens nothing.
            if let Some(after) = rest.strip_prefix('{') {
                out.push('{');
                rest = after;
            }
        } else if let Some(after) = rest.strip_prefix("${") {
            let (default, after) = default_of(after)?;
            out.push_str(default);
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Some(out)
}

/// The default of the expression after a `${`, and the text after its `}`. `:=`, `:-`, `=` and, in Flux, `:+` give one.
/// A default that holds a placeholder or an escape itself is not followed.
fn default_of(text: &str) -> Option<(&str, &str)> {
    let name = text.find(|c: char| !c.is_alphanumeric() && c != '_').filter(|&at| at > 0)?;
    let rest = &text[name..];
    let default = [":=", ":-", ":+", "="].iter().find_map(|operator| rest.strip_prefix(operator))?;
    let end = default.find('}')?;
    let value = &default[..end];
    (!value.contains(['$', '\\'])).then_some((value, &default[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default(text: &str) -> Placeholder {
        Placeholder::Default(text.to_owned())
    }

    #[test]
    fn text_without_placeholders_is_itself() {
        for text in ["", "abc", "$VAR", "a{b}", "cost: 5$", "$$"] {
            assert_eq!(of(text), Placeholder::None, "{text}");
        }
    }

    #[test]
    fn a_default_is_put_in() {
        assert_eq!(of("${PORT:=8080}"), default("8080"));
        assert_eq!(of("http-${PORT:-8080}/${PATH=x}"), default("http-8080/x"));
        assert_eq!(of("${A:=}"), default(""));
        assert_eq!(of("${A:+set}"), default("set"));
        assert_eq!(of("${A:=a:b c}"), default("a:b c"));
    }

    #[test]
    fn an_escape_is_literal() {
        assert_eq!(of("$${VAR}"), default("${VAR}"));
        assert_eq!(of("$${VAR}-${X:=1}-$5"), default("${VAR}-1-$5"));
    }

    #[test]
    fn everything_else_is_unknown() {
        for text in [
            "${VAR}",
            "a${VAR}b",
            "${VAR:?missing}",
            "${VAR^^}",
            "${VAR:0:3}",
            "${#VAR}",
            "${}",
            "${VAR",
            "${A:=${B}}",
            "${A.b:=c}",
        ] {
            assert_eq!(of(text), Placeholder::Unknown, "{text}");
        }
        assert_eq!(of("${KNOWN:=1}${UNKNOWN}"), Placeholder::Unknown);
    }

    #[test]
    fn braces_of_templates_are_seen() {
        assert!(has_template("{{ .Values.x }}"));
        assert!(!has_template("{ {"));
    }
}
