//! The four functions that a host calls.
//!
//! The host asks for a buffer with `rf_alloc`, writes its input there, calls `rf_call`, reads the answer, and frees both
//! with `rf_free`. A call never keeps its input and never traps because of it.

#![allow(
    unsafe_code,
    reason = "a function is exported under its name only with `#[unsafe(no_mangle)]`; it promises that no other function of \
              the module has that name, which the linker would refuse. There is no unsafe block"
)]

use std::cell::RefCell;

use crate::{ABI, Memory, Module};

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory::new()) };
    static MODULE: RefCell<Module> = RefCell::new(Module::new());
}

/// The version of this interface.
#[unsafe(no_mangle)]
extern "C" fn rf_abi() -> u32 {
    ABI
}

/// A buffer of `len` bytes; 0 where there is no room.
#[unsafe(no_mangle)]
extern "C" fn rf_alloc(len: u32) -> u32 {
    MEMORY.with_borrow_mut(|memory| memory.alloc(len))
}

/// Gives a buffer back, or an answer. The module knows its length; `len` is there for hosts that account for memory.
#[unsafe(no_mangle)]
extern "C" fn rf_free(ptr: u32, _len: u32) {
    MEMORY.with_borrow_mut(|memory| memory.free(ptr));
}

/// Does what `op` asks for with the `len` bytes at `ptr`. The answer is at the upper 32 bits, as long as the lower 32 say.
#[unsafe(no_mangle)]
extern "C" fn rf_call(op: u32, ptr: u32, len: u32) -> u64 {
    let answer = MEMORY.with_borrow(|memory| {
        let input = memory.read(ptr, len);
        MODULE.with_borrow_mut(|module| module.call_with(op, input))
    });
    let len = answer.len() as u64;
    let ptr = MEMORY.with_borrow_mut(|memory| memory.keep(answer));
    u64::from(ptr) << 32 | len
}
