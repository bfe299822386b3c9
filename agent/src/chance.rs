//! The program's one source of chance: the kernel's.

use std::io;

/// `N` random bytes.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut drawn = [0; N];
    getrandom::fill(&mut drawn).map_err(io::Error::other)?;
    Ok(drawn)
}

/// A random number.
pub fn number() -> io::Result<u64> {
    bytes().map(u64::from_le_bytes)
}
