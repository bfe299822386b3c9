//! Signed documents: the envelope of DSSE v1, and what stands inside.
//!
//! The signature covers DSSE's pre-authentication encoding of type and payload
//! (<https://github.com/secure-systems-lab/dsse>). A reader verifies first, then
//! parses exactly those bytes, and stores them as they came. Each payload type is
//! a frozen format: a change is a new type (`order.v2`), never an edit.

pub mod order;
pub mod new_keys;
pub mod receipt;
pub mod chain;
pub mod verdict;
pub mod seal;
pub mod request;
pub mod presence;
pub mod keyring;

use planted::planted;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    codec,
    keys::{PublicKey, SecretKey},
};

/// A payload that travels signed.
pub trait Document: Serialize + DeserializeOwned {
    /// The payload's type, with its version.
    const TYPE: &'static str;
}

/// Payload type of a presence code: the tablet's own screen shows it for 30 s.
/// Named here because tags, orders and kiosks must never be taken for one.
pub const PRESENCE_TYPE: &str = "application/vnd.tablet-library.presence.v1";

/// A signed document as it travels and is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    payload_type: String,
    #[serde(with = "codec::base64")]
    payload: Vec<u8>,
    signatures: Vec<SignatureLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureLine {
    keyid: String,
    #[serde(with = "codec::base64")]
    sig: Vec<u8>,
}

/// Why a signed document is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum SignedError {
    /// The bytes are no envelope.
    #[error("this is not a signed document")]
    NotAnEnvelope,
    /// A document of another kind.
    #[error("this is a signed document of another kind")]
    WrongType,
    /// No signature of the expected key fits these bytes.
    #[error("the signature does not fit")]
    BadSignature,
    /// Signed, but not of the form that its type says.
    #[error("the signed content is not of the form that its type says")]
    BadPayload,
}

/// Most signatures that one envelope may carry (R16).
const SIGNATURES_MAX: usize = 4;

impl Envelope {
    /// Signs `document` with `key`.
    pub fn sign<D: Document>(document: &D, key: &SecretKey) -> Self {
        let payload = serde_json::to_vec(document).expect("documents have text keys only");
        let unsigned = Self {
            payload_type: D::TYPE.to_owned(),
            payload,
            signatures: Vec::new(),
        };
        unsigned.countersign(key)
    }

    /// The same document, signed with this key too.
    #[must_use]
    pub fn countersign(mut self, key: &SecretKey) -> Self {
        let sig = key
            .sign(&pre_authentication(&self.payload_type, &self.payload))
            .to_vec();
        let keyid = key.public().id().to_string();
        self.signatures.push(SignatureLine { keyid, sig });
        self
    }

    /// Reads an envelope; nothing of its payload is looked at.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SignedError> {
        let envelope: Self =
            serde_json::from_slice(bytes).map_err(|_| SignedError::NotAnEnvelope)?;
        (envelope.signatures.len() <= SIGNATURES_MAX)
            .then_some(envelope)
            .ok_or(SignedError::NotAnEnvelope)
    }

    /// The envelope's bytes, as it is sent and stored.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an envelope has text keys only")
    }

    /// Verifies, then parses.
    pub fn open<D: Document>(&self, key: &PublicKey) -> Result<D, SignedError> {
        if self.payload_type != D::TYPE {
            return Err(SignedError::WrongType);
        }
        if !self.is_signed_by(key) {
            return Err(SignedError::BadSignature);
        }
        serde_json::from_slice(&self.payload).map_err(|_| SignedError::BadPayload)
    }

    /// Reads a document that names the key with which it is signed itself.
    pub fn open_own<D: Document>(
        &self,
        key: impl FnOnce(&D) -> PublicKey,
    ) -> Result<D, SignedError> {
        let document = serde_json::from_slice(&self.payload);
        let document = document.map_err(|_| SignedError::BadPayload)?;
        self.open(&key(&document))
    }

    /// Whether one of its signatures is this key's, whatever it says.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let message = pre_authentication(&self.payload_type, &self.payload);
        let fits = |line: &SignatureLine| key.verifies(&message, &line.sig);
        self.signatures.iter().any(fits) || planted!(SkipSignature)
    }
}

/// DSSE's pre-authentication encoding: no two pairs of type and payload share it.
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note(String);

    impl Document for Note {
        const TYPE: &'static str = "http://example.com/HelloWorld";
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct OtherNote(String);

    impl Document for OtherNote {
        const TYPE: &'static str = "other";
    }

    fn key() -> SecretKey {
        SecretKey::from_seed(&[5; 32])
    }

    #[test]
    fn the_encoding_is_the_one_of_the_dsse_protocol() {
        let encoded = pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            encoded,
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn a_document_is_read_back_with_its_own_key_and_type_alone() {
        let envelope = Envelope::sign(&Note("hi".into()), &key());
        let travelled = Envelope::from_json(&envelope.to_json()).expect("an envelope");
        assert_eq!(travelled.open(&key().public()), Ok(Note("hi".into())));
        let other = SecretKey::from_seed(&[6; 32]).public();
        assert_eq!(
            travelled.open::<Note>(&other),
            Err(SignedError::BadSignature)
        );
        let wrong = travelled.open::<OtherNote>(&key().public());
        assert_eq!(wrong, Err(SignedError::WrongType));
    }

    #[test]
    fn a_document_with_any_one_byte_altered_is_refused() {
        let json = Envelope::sign(&Note("hi".into()), &key()).to_json();
        let original = Envelope::from_json(&json).expect("an envelope");
        for at in 0..json.len() {
            for bit in 0..8 {
                let mut altered = json.clone();
                altered[at] ^= 1 << bit;
                let opened = Envelope::from_json(&altered)
                    .and_then(|envelope| envelope.open::<Note>(&key().public()));
                // A key's short name is only a hint, so a change there is harmless.
                let harmless = opened == Ok(Note("hi".into()))
                    && Envelope::from_json(&altered).is_ok_and(|e| e.payload == original.payload);
                assert!(opened.is_err() || harmless, "byte {at}, bit {bit}");
            }
        }
    }
}
