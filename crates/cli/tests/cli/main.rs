//! The real binary, run in folders of its own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set up has failed, or says what it skips"
)]

#[path = "../common/schema.rs"]
mod schema;
#[path = "../common/shop.rs"]
mod shop;

mod build;
mod builds;
mod commands;
mod configuration;
mod diff;
mod exit_codes;
mod fixing;
mod input;
mod matrix;
mod questions;
mod releases;
mod roots;
mod streams;
mod support;
mod what_if;
