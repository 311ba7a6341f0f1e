//! Bytes that do not compress, and are the same each time.

use std::io::{self, Write};

/// A 64-bit xorshift; `size` is rounded down to a multiple of 8.
pub(super) fn write(to: &mut impl Write, seed: u64, size: u64) -> io::Result<()> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..size / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        to.write_all(&state.to_le_bytes())?;
    }
    Ok(())
}
