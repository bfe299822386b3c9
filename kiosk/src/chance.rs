//! The kiosk's only source of chance: the kernel's.

use std::io;

/// `N` random bytes.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut drawn = [0; N];
    getrandom::fill(&mut drawn).map_err(io::Error::other)?;
    Ok(drawn)
}
