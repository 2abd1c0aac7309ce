//! Our word for the lowest severity in the renderer's header.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::WriteStyle;

/// Passes everything on, but says `info` where the renderer says `note`: one word for one thing in every format.
pub(crate) struct Words<'w> {
    out: &'w mut dyn WriteStyle,
    in_header: bool,
}

impl<'w> Words<'w> {
    pub(crate) fn new(out: &'w mut dyn WriteStyle) -> Self {
        Self { out, in_header: false }
    }
}

impl Write for Words<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.in_header) && bytes == b"note" {
            self.out.write_all(b"info")?;
            return Ok(bytes.len());
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl WriteStyle for Words<'_> {
    fn set_header(&mut self, severity: Severity) -> io::Result<()> {
        self.in_header = severity == Severity::Note;
        self.out.set_header(severity)
    }

    fn set_header_message(&mut self) -> io::Result<()> {
        self.out.set_header_message()
    }

    fn set_line_number(&mut self) -> io::Result<()> {
        self.out.set_line_number()
    }

    fn set_note_bullet(&mut self) -> io::Result<()> {
        self.out.set_note_bullet()
    }

    fn set_source_border(&mut self) -> io::Result<()> {
        self.out.set_source_border()
    }

    fn set_label(&mut self, severity: Severity, style: LabelStyle) -> io::Result<()> {
        self.out.set_label(severity, style)
    }

    fn reset(&mut self) -> io::Result<()> {
        self.out.reset()
    }
}
