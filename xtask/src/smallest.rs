//! What makes a program that ships smaller, beyond what its profile can say. Each flag is
//! here for bytes that were measured, and for a program whose panics abort.

use crate::workspace;

/// The compiler's flags for a program that is built for `host`.
pub fn flags(host: &str) -> Vec<String> {
    // Nothing is unwound, and of a curve's ways to count one is enough.
    let mut flags = vec![
        "-Cforce-unwind-tables=no".to_owned(),
        "--cfg=curve25519_dalek_backend=\"serial\"".to_owned(),
    ];
    if host.starts_with("x86_64-") {
        flags.extend(linking());
    }
    flags
}

/// What Rust's own linker can do; elsewhere the system's links, which cannot do all of it.
fn linking() -> Vec<String> {
    let discard = workspace::root().join("xtask/src/discard-unwinding.ld");
    let words = [
        // Addresses that the loader fills in, packed; glibc reads that since 2.36.
        "-z,pack-relative-relocs".to_owned(),
        // Functions with the same code are one.
        "--icf=all".to_owned(),
        "--no-eh-frame-hdr".to_owned(),
        format!("-T,{}", discard.display()),
    ];
    words.map(|word| format!("-Clink-arg=-Wl,{word}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rusts_own_linker_is_asked_for_what_it_alone_can_do() {
        let elsewhere = flags("aarch64-unknown-linux-gnu");
        assert!(!elsewhere.iter().any(|flag| flag.contains("link-arg")));
        let here = flags("x86_64-unknown-linux-gnu");
        assert!(here.starts_with(&elsewhere) && here.len() > elsewhere.len());
    }
}
