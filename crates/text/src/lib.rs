//! Files, byte spans, line and column positions, and text edits.
