//! The program's one source of chance: the kernel's.

use std::io;

/// Fills a place with random bytes.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(io::Error::other)
}

/// `N` random bytes.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut drawn = [0; N];
    fill(&mut drawn)?;
    Ok(drawn)
}

/// A random number.
pub fn number() -> io::Result<u64> {
    bytes().map(u64::from_le_bytes)
}
