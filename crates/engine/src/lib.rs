//! Verdicts: who may talk to whom, and which entries decide it.
