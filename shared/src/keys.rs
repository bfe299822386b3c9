//! Ed25519 keys (RFC 8032) and their short names.

use std::{fmt, str::FromStr};

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};

use crate::digest::Digest;

/// A public key, written in base 64. One that comes from outside is checked to be a point
/// of the curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// The text or bytes are not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an Ed25519 public key")]
pub struct NotAKey;

impl PublicKey {
    /// The key of these 32 bytes. Keys of small order, with which one signature
    /// fits many messages, are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, NotAKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| NotAKey)?;
        (!key.is_weak()).then_some(Self(*bytes)).ok_or(NotAKey)
    }

    /// The key that this text wrote, checked then and not now: that costs as much as a
    /// quarter of a signature. What is no key verifies nothing.
    pub fn stored(text: &str) -> Result<Self, NotAKey> {
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| NotAKey)?;
        bytes.try_into().map(Self).map_err(|_| NotAKey)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a one-time code carries, so that whoever is enrolled knows this key
    /// from an impostor's.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(self.as_bytes())
    }

    /// The key's short name, a hint only.
    pub fn id(&self) -> KeyId {
        let fingerprint = self.fingerprint();
        let (first, _) = fingerprint
            .as_bytes()
            .split_first_chunk()
            .expect("it has 32 bytes");
        KeyId(*first)
    }

    /// Whether `signature` is this key's over `message` (RFC 8032, without its cofactor).
    /// Keys of small order, which alone would make one fit many messages, are no keys here.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (
            VerifyingKey::from_bytes(&self.0),
            Signature::from_slice(signature),
        ) else {
            return false;
        };
        !key.is_weak() && key.verify(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| NotAKey)?;
        Self::from_bytes(&bytes.try_into().map_err(|_| NotAKey)?)
    }
}

/// A public key's short name: the first 8 bytes of its fingerprint, in hexadecimal. It
/// tells keys apart and proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

/// The text is not a key's short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a key's short name")]
pub struct NotAKeyId;

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, NotAKeyId> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotAKeyId)?;
        bytes.try_into().map(Self).map_err(|_| NotAKeyId)
    }
}

/// A secret key. Never printed; its bytes are cleared when it is dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of this seed, which the caller drew at random.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, to be stored where only its owner can read it.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The key that everybody may know.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// A signature over `message`: 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_own_key_and_message_alone() {
        let key = SecretKey::from_seed(&[1; 32]);
        let other = SecretKey::from_seed(&[2; 32]);
        let signature = key.sign(b"hello");
        assert!(key.public().verifies(b"hello", &signature));
        assert!(!key.public().verifies(b"hellO", &signature));
        assert!(!other.public().verifies(b"hello", &signature));
        assert!(!key.public().verifies(b"hello", &signature[..63]));
    }

    #[test]
    fn a_short_name_is_read_as_it_is_written() {
        let id = SecretKey::from_seed(&[1; 32]).public().id();
        assert_eq!(id.to_string().parse(), Ok(id));
        for other in ["", "00", "0123456789abcdeg", "0123456789abcdef00"] {
            assert_eq!(other.parse::<KeyId>(), Err(NotAKeyId), "{other}");
        }
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(PublicKey::from_bytes(&neutral), Err(NotAKey));
        let stored = PublicKey::stored(&BASE64.encode(&neutral)).expect("32 bytes");
        // With the neutral point as key and as R, and 0 as S, any message would fit.
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!stored.verifies(b"hello", &signature));
    }

    #[test]
    fn a_stored_key_is_the_one_that_was_written_and_what_is_none_verifies_nothing() {
        let key = SecretKey::from_seed(&[1; 32]);
        let stored = PublicKey::stored(&key.public().to_string());
        assert_eq!(stored, Ok(key.public()));
        assert_eq!(PublicKey::stored("AAAA"), Err(NotAKey));
        let no_point = PublicKey::stored(&BASE64.encode(&[2; 32])).expect("32 bytes");
        assert_eq!(PublicKey::from_bytes(&[2; 32]), Err(NotAKey));
        assert!(!no_point.verifies(b"hello", &key.sign(b"hello")));
    }

    #[test]
    fn a_secret_key_is_never_printed() {
        let key = SecretKey::from_seed(&[1; 32]);
        assert_eq!(
            format!("{key:?}"),
            format!("SecretKey({})", key.public().id())
        );
    }
}
