//! A presence code: the tablet's own screen shows it for 30 seconds, signed by its
//! link key. A sticker can be photographed; this cannot be used again a minute
//! later, so whoever shows it has the tablet there (R19).
//!
//! It is a text of capitals and digits for a QR code in alphanumeric mode
//! (ISO/IEC 18004): `TLHERE` and, in the base 32 of tags, the tablet's id
//! (16 bytes), the time in seconds since 1970 (8 bytes, big-endian) and an Ed25519
//! signature over DSSE's pre-authentication encoding of the bytes before it.

use std::{fmt, str::FromStr};

use planted::planted;

use super::{PRESENCE_TYPE, SignedError, pre_authentication};
use crate::{
    codec,
    digest::BASE32,
    ids::TabletId,
    keys::{PublicKey, SecretKey},
    time::Moment,
};

/// How long a tablet's screen shows one code, in milliseconds.
pub const SHOWN_MS: i64 = 30_000;
/// How far from the code's time it is still taken, in milliseconds: as long as it
/// is shown, and as much again for two clocks that differ and hands that are slow.
pub const TAKEN_MS: i64 = 60_000;

const PREFIX: &str = "TLHERE";
const SAID_BYTES: usize = 24;
const SIGNATURE_BYTES: usize = 64;
const SECOND_MS: i64 = 1000;

/// A code as it was scanned; nothing of it is believed before it is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PresenceCode {
    tablet: TabletId,
    seconds: u64,
    signature: [u8; SIGNATURE_BYTES],
}

impl PresenceCode {
    /// The code that this tablet shows at this time.
    pub fn sign(tablet: TabletId, at: Moment, key: &SecretKey) -> Self {
        let seconds = u64::try_from(at.as_ms() / SECOND_MS).expect("no time before 1970");
        let signature = key.sign(&message(&said(tablet, seconds)));
        Self {
            tablet,
            seconds,
            signature,
        }
    }

    /// The tablet that it speaks of.
    pub const fn tablet(&self) -> TabletId {
        self.tablet
    }

    /// Checks that this tablet showed it about `now`.
    ///
    /// # Errors
    /// It is another tablet's, another key's, or of another time.
    pub fn check(&self, tablet: TabletId, key: &PublicKey, now: Moment) -> Result<(), SignedError> {
        if self.tablet != tablet {
            return Err(SignedError::WrongType);
        }
        let said = said(self.tablet, self.seconds);
        if !key.verifies(&message(&said), &self.signature) {
            return Err(SignedError::BadSignature);
        }
        let shown = i64::try_from(self.seconds).map_err(|_| SignedError::BadPayload)?;
        let apart = now.as_ms().abs_diff(shown.saturating_mul(SECOND_MS));
        (apart <= TAKEN_MS.unsigned_abs() || planted!(StaleCode))
            .then_some(())
            .ok_or(SignedError::BadPayload)
    }
}

fn said(tablet: TabletId, seconds: u64) -> [u8; SAID_BYTES] {
    let mut said = [0; SAID_BYTES];
    said[..16].copy_from_slice(tablet.as_bytes());
    said[16..].copy_from_slice(&seconds.to_be_bytes());
    said
}

fn message(said: &[u8]) -> Vec<u8> {
    pre_authentication(PRESENCE_TYPE, said)
}

codec::as_text!(PresenceCode);

impl fmt::Display for PresenceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = said(self.tablet, self.seconds).to_vec();
        bytes.extend(self.signature);
        write!(f, "{PREFIX}{}", BASE32.encode(&bytes))
    }
}

impl fmt::Debug for PresenceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresenceCode({} at {} s)", self.tablet, self.seconds)
    }
}

impl FromStr for PresenceCode {
    type Err = SignedError;

    fn from_str(text: &str) -> Result<Self, SignedError> {
        let code = text.strip_prefix(PREFIX).ok_or(SignedError::WrongType)?;
        let bytes = BASE32
            .decode(code.as_bytes())
            .map_err(|_| SignedError::NotAnEnvelope)?;
        let (said, signature) = bytes
            .split_at_checked(SAID_BYTES)
            .ok_or(SignedError::NotAnEnvelope)?;
        let (tablet, seconds) = said.split_at(16);
        Ok(Self {
            tablet: TabletId::from_bytes(tablet.try_into().expect("16 bytes")),
            seconds: u64::from_be_bytes(seconds.try_into().expect("8 bytes")),
            signature: signature
                .try_into()
                .map_err(|_| SignedError::NotAnEnvelope)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLET: TabletId = TabletId::from_bytes([7; 16]);

    fn key() -> SecretKey {
        SecretKey::from_seed(&[3; 32])
    }

    fn at(text: &str) -> Moment {
        text.parse().expect("a test's own instant")
    }

    #[test]
    fn r19_a_code_is_taken_while_it_is_shown_and_refused_a_minute_later() {
        let shown = at("2026-12-12T16:31:00Z");
        let code = PresenceCode::sign(TABLET, shown, &key());
        let scanned: PresenceCode = code.to_string().parse().expect("a code");
        let check = |now: Moment| scanned.check(TABLET, &key().public(), now);
        assert_eq!(check(shown), Ok(()));
        assert_eq!(check(shown.plus_ms(60_000)), Ok(()));
        assert_eq!(check(shown.plus_ms(60_001)), Err(SignedError::BadPayload));
        assert_eq!(check(shown.plus_ms(-60_001)), Err(SignedError::BadPayload));
    }

    #[test]
    fn r19_a_code_of_another_tablet_or_key_is_refused() {
        let now = at("2026-12-12T16:31:00Z");
        let code = PresenceCode::sign(TABLET, now, &key());
        let other = TabletId::from_bytes([8; 16]);
        assert!(code.check(other, &key().public(), now).is_err());
        let forged = PresenceCode::sign(TABLET, now, &SecretKey::from_seed(&[4; 32]));
        let refused = forged.check(TABLET, &key().public(), now);
        assert_eq!(refused, Err(SignedError::BadSignature));
    }

    #[test]
    fn a_code_fits_an_alphanumeric_qr_code_and_any_damage_to_it_is_seen() {
        let now = at("2026-12-12T16:31:00Z");
        let text = PresenceCode::sign(TABLET, now, &key()).to_string();
        assert!(text.len() <= 154, "version 7, medium: {}", text.len());
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
        for at in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).expect("ASCII");
            let taken = altered
                .parse::<PresenceCode>()
                .is_ok_and(|code| code.check(TABLET, &key().public(), now).is_ok());
            assert!(!taken, "character {at} was altered");
        }
        assert!("TLHERE".parse::<PresenceCode>().is_err());
        assert!(format!("{text}AAAAAAAA").parse::<PresenceCode>().is_err());
    }
}
