//! The real binary, run in folders of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod commands;
mod configuration;
mod exit_codes;
mod fixing;
mod input;
mod questions;
mod roots;
mod streams;
mod support;
