//! The server's only source of chance: the kernel's.

/// `N` random bytes.
///
/// # Panics
/// Where the kernel has none to give: nothing of ours may go on then.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}
