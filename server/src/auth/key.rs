//! An operator's key for programs: it says `TLKEY` and 32 base-32 characters (160
//! random bits), is shown once, and is kept only as its digest. Everything that
//! stands in a request's header is hashed and looked up alike, so an unknown key
//! costs what a known one does.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use shared::digest::Digest;

const PREFIX: &str = "TLKEY";
const SCHEME: &str = "Bearer ";

/// What one key says.
pub struct OperatorKey([u8; 20]);

impl OperatorKey {
    /// A key of these 20 random bytes.
    pub const fn new(secret: [u8; 20]) -> Self {
        Self(secret)
    }

    /// What its holder is shown, once.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE32_NOPAD.encode(&self.0))
    }

    /// By this the server knows it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }
}

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorKey(..)")
    }
}

/// The digest of the key that stands in an `Authorization` header; of what is no
/// key, if there is none.
pub fn claimed(header: Option<&str>) -> Digest {
    let said = header.unwrap_or_default();
    let key = said.strip_prefix(SCHEME).unwrap_or_default();
    Digest::of(key.as_bytes())
}

/// The digest of the key that somebody typed.
pub fn typed(text: &str) -> Digest {
    Digest::of(text.trim().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_the_header_that_carries_it_and_by_no_other() {
        let key = OperatorKey::new([9; 20]);
        let text = key.text();
        assert!(text.starts_with("TLKEY") && text.len() == 37, "{text}");
        assert_eq!(claimed(Some(&format!("Bearer {text}"))), key.digest());
        for other in [
            text.clone(),
            format!("Basic {text}"),
            format!("Bearer {text} "),
        ] {
            assert_ne!(claimed(Some(&other)), key.digest(), "{other}");
        }
        assert_ne!(claimed(None), key.digest());
        assert_eq!(format!("{key:?}"), "OperatorKey(..)");
    }
}
