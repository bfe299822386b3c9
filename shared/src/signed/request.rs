//! Signed requests: who calls, the how-manyeth call it is, and a signature over
//! method, path, number and body. A number not greater than the last one is a
//! replay and is refused; only reads are not numbered, since to read again what
//! never changes does nothing.

use std::str::FromStr;

use data_encoding::BASE64;

use super::{SignedError, pre_authentication};
use crate::{
    digest::Digest,
    keys::{PublicKey, SecretKey},
};

/// The header that carries a request's stamp.
pub const HEADER: &str = "x-tablet-library";

/// The number of every read (`GET`): reads are not counted.
pub const READ: u64 = 0;

const TYPE: &str = "application/vnd.tablet-library.request.v1";

/// What a signed request says of itself: `CALLER SEQ SIGNATURE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The caller's id: a tablet's or a kiosk's.
    pub caller: String,
    /// Counts the caller's requests; it only grows.
    pub seq: u64,
    signature: Vec<u8>,
}

impl Stamp {
    /// Stamps a request with the caller's key.
    pub fn new(
        caller: &str,
        seq: u64,
        key: &SecretKey,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Self {
        let signature = key.sign(&message(caller, seq, method, path, body)).to_vec();
        Self {
            caller: caller.to_owned(),
            seq,
            signature,
        }
    }

    /// Checks a request against the caller's enrolled key.
    pub fn check(
        &self,
        key: &PublicKey,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<(), SignedError> {
        key.verifies(
            &message(&self.caller, self.seq, method, path, body),
            &self.signature,
        )
        .then_some(())
        .ok_or(SignedError::BadSignature)
    }

    /// The header's value.
    pub fn to_header(&self) -> String {
        format!(
            "{} {} {}",
            self.caller,
            self.seq,
            BASE64.encode(&self.signature)
        )
    }
}

impl FromStr for Stamp {
    type Err = SignedError;

    fn from_str(header: &str) -> Result<Self, SignedError> {
        let mut parts = header.splitn(3, ' ');
        let mut next = || parts.next().ok_or(SignedError::NotAnEnvelope);
        let (caller, seq, signature) = (next()?, next()?, next()?);
        Ok(Self {
            caller: caller.to_owned(),
            seq: seq.parse().map_err(|_| SignedError::NotAnEnvelope)?,
            signature: BASE64
                .decode(signature.as_bytes())
                .map_err(|_| SignedError::NotAnEnvelope)?,
        })
    }
}

fn message(caller: &str, seq: u64, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let text = format!("{caller}\n{seq}\n{method}\n{path}\n{}", Digest::of(body));
    pre_authentication(TYPE, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_for_its_own_request_alone() {
        let key = SecretKey::from_seed(&[3; 32]);
        let stamp = Stamp::new("tb-1", 7, &key, "POST", "/v1/x", b"body");
        let travelled: Stamp = stamp.to_header().parse().expect("a stamp");
        let check =
            |stamp: &Stamp, method, path, body| stamp.check(&key.public(), method, path, body);
        assert_eq!(check(&travelled, "POST", "/v1/x", b"body"), Ok(()));
        assert!(check(&travelled, "GET", "/v1/x", b"body").is_err());
        assert!(check(&travelled, "POST", "/v1/y", b"body").is_err());
        assert!(check(&travelled, "POST", "/v1/x", b"bodY").is_err());
        let replayed = Stamp {
            seq: 8,
            ..travelled
        };
        assert!(check(&replayed, "POST", "/v1/x", b"body").is_err());
    }
}
