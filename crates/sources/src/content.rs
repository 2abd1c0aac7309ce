//! The bytes of a file: text, or the reason why not.

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Text to be read.
    Text(String),
    /// Nothing that can be read. It becomes the finding `unreadable-document`.
    Refused {
        /// As much of the text as can be shown, so that a place in it can be named. Often empty.
        text: String,
        /// The byte of `text` where the fault begins.
        at: u32,
        /// The fact and what to do, lower case, no full stop.
        reason: String,
    },
}

impl Content {
    /// The text of `bytes`, if they are UTF-8.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        if matches!(bytes.as_slice(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
            return Self::refused("the file is UTF-16: save it as UTF-8");
        }
        String::from_utf8(bytes).map_or_else(|error| Self::not_utf8(&error), Self::Text)
    }

    /// A file of which nothing can be shown.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { text: String::new(), at: 0, reason: reason.into() }
    }

    /// A file of `bytes` bytes where at most `limit` are read.
    pub fn too_large(bytes: u64, limit: u64) -> Self {
        Self::refused(format!(
            "the file has {bytes} bytes, more than the {limit} that are read: split it, or ignore it"
        ))
    }

    fn not_utf8(error: &std::string::FromUtf8Error) -> Self {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let byte = bytes.get(at).copied().unwrap_or_default();
        Self::Refused {
            // What is before the fault stays as it is, so that line and column are right.
            text: String::from_utf8_lossy(bytes).into_owned(),
            at: at as u32,
            reason: format!("the byte 0x{byte:02x} is not UTF-8: save the file as UTF-8"),
        }
    }
}

/// Whether a path is that of a Markdown file, whose fenced blocks are read.
pub fn is_markdown(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.eq_ignore_ascii_case("md") || ending.eq_ignore_ascii_case("markdown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text() {
        assert_eq!(Content::from_bytes("ä: 1\n".into()), Content::Text("ä: 1\n".into()));
        assert_eq!(Content::from_bytes(Vec::new()), Content::Text(String::new()));
    }

    #[test]
    fn bytes_that_are_no_text_say_where() {
        let Content::Refused { text, at, reason } = Content::from_bytes(b"a: 1\nb: \xe4\n".to_vec()) else {
            panic!("Latin-1 is not UTF-8");
        };
        assert_eq!((text.as_str(), at), ("a: 1\nb: \u{fffd}\n", 8));
        assert_eq!(reason, "the byte 0xe4 is not UTF-8: save the file as UTF-8");
    }

    #[test]
    fn utf16_is_named() {
        let Content::Refused { reason, .. } = Content::from_bytes(vec![0xFF, 0xFE, b'a', 0]) else {
            panic!("UTF-16 is not UTF-8");
        };
        assert!(reason.contains("UTF-16"), "{reason}");
    }

    #[test]
    fn markdown_is_known_by_its_ending() {
        assert!(is_markdown("docs/A.MD") && is_markdown("b.markdown"));
        assert!(!is_markdown("md") && !is_markdown("a.md.yaml") && !is_markdown("<stdin>"));
    }
}
