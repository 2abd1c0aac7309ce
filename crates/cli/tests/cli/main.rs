//! The real binary, run in folders of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod build;
mod commands;
mod configuration;
mod diff;
mod exit_codes;
mod fixing;
mod input;
mod matrix;
mod questions;
mod streams;
mod support;
mod what_if;
