//! The bytes that module and host share, by their address.
//!
//! A host sees the module's memory as one array and names bytes by their index in it. Every buffer it may touch is kept
//! here under that number, so that a number from the host finds a buffer of ours or none: no pointer is ever made from one.

use std::collections::BTreeMap;

/// The buffers handed out and not yet freed.
#[derive(Debug, Default)]
pub struct Memory {
    buffers: BTreeMap<u32, Box<[u8]>>,
}

impl Memory {
    /// No buffer.
    pub const fn new() -> Self {
        Self { buffers: BTreeMap::new() }
    }

    /// A buffer of `len` bytes, all zero, for the host to write into; 0 where there is no room for it.
    pub fn alloc(&mut self, len: u32) -> u32 {
        let mut bytes = Vec::new();
        // One byte at least, so that each has an address of its own.
        let size = (len as usize).max(1);
        if bytes.try_reserve_exact(size).is_err() {
            return 0;
        }
        bytes.resize(size, 0);
        self.keep(bytes)
    }

    /// Keeps bytes for the host to read, and gives their address.
    pub fn keep(&mut self, bytes: Vec<u8>) -> u32 {
        let mut bytes = bytes.into_boxed_slice();
        // The cast exposes the address: from here on the host may read and write there.
        let address = bytes.as_mut_ptr() as usize as u32;
        self.buffers.insert(address, bytes);
        address
    }

    /// Forgets a buffer. A number that is none is ignored.
    pub fn free(&mut self, address: u32) {
        self.buffers.remove(&address);
    }

    /// The first `len` bytes of a buffer, as the host left them; none where they are not in one.
    pub fn read(&self, address: u32, len: u32) -> Option<&[u8]> {
        if len == 0 {
            return Some(&[]);
        }
        self.buffers.get(&address)?.get(..len as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_handed_out_can_be_read() {
        let mut memory = Memory::new();
        let (a, b) = (memory.alloc(4), memory.alloc(0));
        assert_ne!(a, b);
        assert_eq!(memory.read(a, 4), Some(&[0; 4][..]));
        assert_eq!(memory.read(a, 5), None, "past the end");
        assert_eq!(memory.read(a.wrapping_add(1), 1), None, "inside of a buffer is none");
        assert_eq!(memory.read(7, 0), Some(&[][..]), "nothing is nowhere");
        memory.free(a);
        memory.free(a);
        assert_eq!(memory.read(a, 1), None);
        let answer = memory.keep(b"{}".to_vec());
        assert_eq!(memory.read(answer, 2), Some(&b"{}"[..]));
    }
}
