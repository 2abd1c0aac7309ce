//! Findings rendered: full text, concise, JSON, SARIF, GitHub annotations.
