//! The engine's errors in our words.

use granit_parser::ErrorKind as Cause;

use crate::ErrorKind::{self, Directive, Indentation, Limit, Syntax, Tab, Unclosed};

/// Kind and message for an error of the engine behind the reader.
pub(crate) fn explain(cause: &Cause) -> (ErrorKind, String) {
    let (kind, words) = fixed(cause).unwrap_or((Syntax, ""));
    (kind, if words.is_empty() { particular(cause) } else { words.to_owned() })
}

/// Messages that name what was found.
fn particular(cause: &Cause) -> String {
    match cause {
        Cause::MismatchedFlowCollectionEnd { open, close } => {
            format!("`{open}` is closed by `{close}`: use the bracket that matches")
        }
        Cause::UnclosedFlowCollection { open } => format!("`{open}` is never closed: add the matching bracket"),
        Cause::UnexpectedCharacter { character } => {
            format!("a value cannot start with `{}`: put it in quotes", character.escape_default())
        }
        other => format!("this is not YAML: {other}"),
    }
}

fn fixed(cause: &Cause) -> Option<(ErrorKind, &'static str)> {
    structure(cause).or_else(|| spacing(cause)).or_else(|| quoting(cause)).or_else(|| directive(cause))
}

fn structure(cause: &Cause) -> Option<(ErrorKind, &'static str)> {
    Some(match cause {
        Cause::UnclosedFlowCollection { .. } => (Unclosed, ""),
        Cause::UnexpectedEofFlowSequence => (Unclosed, "the text ends inside a `[` list: add the missing `]`"),
        Cause::UnexpectedEofFlowMapping => (Unclosed, "the text ends inside a `{` mapping: add the missing `}`"),
        Cause::UnexpectedEofImplicitFlowMapping => (Syntax, "a value is missing here, or its bracket is never closed"),
        Cause::ExpectedFlowMappingSeparator => (Syntax, "`,` or `}` is missing here"),
        Cause::ExpectedFlowSequenceSeparator => (Syntax, "`,` or `]` is missing here"),
        Cause::MisplacedFlowCollectionEnd => (Syntax, "this bracket closes nothing: remove it, or quote the value"),
        Cause::ExpectedBlockMappingKey => {
            (Indentation, "a key was expected here: indent it like the other keys of its mapping")
        }
        Cause::ExpectedBlockSequenceEntry => {
            (Indentation, "`- ` was expected here: indent it like the other items of its list")
        }
        Cause::BlockEntryInFlowCollection => (Syntax, "`- ` cannot stand inside brackets: use `,` between items"),
        Cause::BlockSequenceEntryNotAllowed => {
            (Syntax, "a `- ` list cannot start here: put it on a line of its own below the key")
        }
        Cause::SimpleKeyExpected | Cause::InvalidSimpleKey => {
            (Syntax, "a key without its `: `: add it, or indent the line as part of the value above")
        }
        Cause::MappingKeyNotAllowed | Cause::MappingValueNotAllowed | Cause::InvalidColonPlacement => {
            (Syntax, "a second `: ` on one line: quote the value, or put the inner key on a line of its own")
        }
        Cause::ExpectedNodeContent => (Syntax, "a value is missing here"),
        Cause::FlowMappingValueAdjacentCollection | Cause::InvalidMappingValueWhitespace => {
            (Syntax, "a space is missing after `:`")
        }
        Cause::UnexpectedEof | Cause::UnexpectedEofBlockMapping | Cause::UnexpectedEofBlockSequence => {
            (Syntax, "the text ends in the middle of a value")
        }
        Cause::RecursionLimitExceeded => (Limit, "collections nest too deep to be read"),
        _ => return None,
    })
}

fn spacing(cause: &Cause) -> Option<(ErrorKind, &'static str)> {
    Some(match cause {
        Cause::TabNotAllowed
        | Cause::TabInBlockIndentation
        | Cause::TabInIndentation
        | Cause::TabAtBlockScalarStart
        | Cause::TabInPlainScalar => (Tab, "a tab stands where YAML allows only spaces: replace it by spaces"),
        Cause::InvalidIndentation | Cause::InvalidFlowScalarIndent | Cause::InvalidQuotedScalarIndent => (
            Indentation,
            "this line is indented less than the value it continues: indent it further, or close the value",
        ),
        Cause::InvalidBlockScalarIndent => {
            (Indentation, "a line of this block text is indented differently from its first: align the lines")
        }
        Cause::ZeroBlockScalarIndent => (Indentation, "the indentation of a block text counts from 1"),
        Cause::InvalidBlockScalarHeader => (Syntax, "the text of a `|` or `>` block starts on the next line"),
        Cause::ExpectedWhitespace | Cause::InvalidBlockEntryWhitespace => (Syntax, "a space is missing here"),
        Cause::CommentNotSeparated => (Syntax, "a space is missing before `#`: add it, or quote the value"),
        Cause::CommentInterceptedScalar => {
            (Syntax, "a comment cuts this value in two: move the comment, or quote the value")
        }
        Cause::BomInsideDocument => (Syntax, "a byte order mark stands inside the document: remove it"),
        _ => return None,
    })
}

fn quoting(cause: &Cause) -> Option<(ErrorKind, &'static str)> {
    Some(match cause {
        Cause::UnclosedQuotedScalar => (Unclosed, "this quote is never closed: add the closing quote"),
        Cause::DocumentIndicatorInQuotedScalar => {
            (Unclosed, "a document marker stands inside quotes: the quote opened above is never closed")
        }
        Cause::InvalidTrailingSingleQuotedScalar => {
            (Syntax, "text follows the closing `'`: double the quote inside (`''`), or quote the whole value")
        }
        Cause::InvalidTrailingDoubleQuotedScalar => {
            (Syntax, "text follows the closing `\"`: escape the quote inside (`\\\"`), or quote the whole value")
        }
        Cause::UnknownQuotedScalarEscape => {
            (Syntax, "this escape is unknown: write `\\\\` for a backslash, or use single quotes")
        }
        Cause::InvalidQuotedScalarHexEscape
        | Cause::InvalidLowSurrogateHexEscape
        | Cause::InvalidLowSurrogate
        | Cause::MissingLowSurrogate
        | Cause::UnpairedLowSurrogate
        | Cause::InvalidUnicodeEscape => (Syntax, "this escape names no character: check its hexadecimal digits"),
        Cause::PlainScalarStartsWithDashFlowIndicator | Cause::UnexpectedEndOfPlainScalar => {
            (Syntax, "a value cannot start like this: put it in quotes")
        }
        Cause::MissingAnchorOrAliasName => (Syntax, "`&` and `*` need a name: quote the value if it is meant as text"),
        _ => return None,
    })
}

fn directive(cause: &Cause) -> Option<(ErrorKind, &'static str)> {
    Some(match cause {
        Cause::DuplicateVersionDirective | Cause::DuplicateTagDirective => {
            (Directive, "this `%` directive is given twice: remove one")
        }
        Cause::UnsupportedYamlMajorVersion | Cause::YamlVersionTooLong => {
            (Directive, "this version of YAML is unknown: use `%YAML 1.2`, or remove the line")
        }
        Cause::MissingYamlVersionSeparator | Cause::MissingYamlVersion => {
            (Directive, "the version is malformed: use `%YAML 1.2`, or remove the line")
        }
        Cause::ExpectedDocumentStart => (Directive, "`---` or the end of the document was expected here"),
        Cause::InvalidDocumentEnd => (Syntax, "text follows `...`: put it on the next line"),
        Cause::MissingDocumentEndBeforeDirective => (Directive, "a `%` directive needs `...` before it"),
        Cause::UndeclaredTagHandle => (Directive, "this tag uses a prefix that no `%TAG` line declares"),
        Cause::InvalidDirectiveTerminator
        | Cause::MissingDirectiveName
        | Cause::InvalidDirectiveName
        | Cause::ExpectedTagDirectiveBang
        | Cause::InvalidTagDirectiveTerminator
        | Cause::DirectiveDisallowed => (Directive, "this `%` directive is malformed: correct it, or remove the line"),
        Cause::DirectiveByteLimitExceeded { .. } | Cause::TooManyReservedDirectiveParams { .. } => {
            (Limit, "this `%` directive is too long to be read")
        }
        Cause::ExpectedTagBang
        | Cause::InvalidGlobalTagCharacter
        | Cause::InvalidTagTerminator
        | Cause::MissingTagUri
        | Cause::UnclosedVerbatimTag
        | Cause::InvalidTagEscape
        | Cause::InvalidTagUtf8LeadingByte
        | Cause::InvalidTagUtf8TrailingByte
        | Cause::InvalidTagUtf8 => (Directive, "this tag is malformed: quote the value if `!` is meant as text"),
        Cause::TooManyComments => (Limit, "too many comment lines in a row to be read"),
        Cause::AnchorCountOverflow => (Limit, "too many anchors to be read"),
        _ => return None,
    })
}
