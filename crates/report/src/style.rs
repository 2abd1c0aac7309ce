//! What the caller knows of the place that text goes to.

/// How text for people is written. Other formats do not ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Whether to write ANSI colours.
    pub colour: bool,
    /// The columns to wrap help and notes at; 0 does not wrap. Source lines are never wrapped.
    pub width: usize,
}

/// The narrowest column that prose is wrapped to: below it, wrapping hurts more than it helps.
const NARROWEST: usize = 40;

impl Style {
    /// `text` with a line break wherever the next word would pass the width less `indent`.
    pub(crate) fn wrap(self, text: &str, indent: usize) -> String {
        if self.width == 0 {
            return text.to_owned();
        }
        let width = self.width.saturating_sub(indent).max(NARROWEST);
        let mut out = String::with_capacity(text.len());
        let mut column = 0;
        for word in text.split(' ') {
            let len = word.chars().count();
            if column > 0 {
                let fits = column + 1 + len <= width;
                out.push(if fits { ' ' } else { '\n' });
                column = if fits { column + 1 } else { 0 };
            }
            out.push_str(word);
            column += len;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_between_words() {
        let style = Style { colour: false, width: 44 };
        let text = "allow port 53 over UDP and TCP to the pods of `kube-dns`";
        assert_eq!(style.wrap(text, 4), "allow port 53 over UDP and TCP to the\npods of `kube-dns`");
        assert_eq!(Style::default().wrap(text, 4), text);
    }
}
