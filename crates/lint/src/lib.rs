//! The session that every front end drives: put, drop, configure, lint.
