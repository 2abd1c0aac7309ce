//! The real binary, run in folders of its own.

mod commands;
mod configuration;
mod exit_codes;
mod fixing;
mod input;
mod streams;
mod support;
