//! Keyed digests: of what is so guessable that a plain digest would tell it.

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

/// HMAC-SHA-256.
pub(super) type Mac = Hmac<Sha256>;

/// A keyed digest that nothing was said to yet.
pub(super) fn mac(key: &[u8; 32]) -> Mac {
    Mac::new_from_slice(key).expect("HMAC takes keys of any length")
}
