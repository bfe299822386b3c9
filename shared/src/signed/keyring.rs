//! The keys by which a server is known. A tablet pins all three when it is enrolled,
//! and goes on to others only as the keys that it pinned say: the key in use hands over
//! to the one that was pinned ahead, so whoever steals it alone gains no other; the
//! recovery key, which is kept on paper and never on the server, replaces them all.
//!
//! Every keyring is signed by the key in use before, or by the recovery key, and by its
//! own key in use: nobody hands over to a key that they do not have.

use serde::{Deserialize, Serialize};

use super::{Document, Envelope, SignedError};
use crate::keys::{PublicKey, SecretKey};

/// Most keyrings that are read at once, and that a tablet keeps (R16): one a year lasts
/// longer than any tablet.
pub const KEYRINGS_MAX: usize = 64;

/// The keys by which a server is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyring {
    /// Signs orders, seals and verdicts.
    pub current: PublicKey,
    /// Signs them after `current`.
    pub next: PublicKey,
    /// Replaces all three, once.
    pub recovery: PublicKey,
}

impl Document for Keyring {
    const TYPE: &'static str = "application/vnd.tablet-library.keyring.v1+json";
}

/// Why a keyring is not gone on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFollowed {
    /// Signed by none of the keys that may, or not by its own.
    #[error("{0}")]
    NotSigned(#[from] SignedError),
    /// The key in use hands over to the one that was pinned ahead, and to no other.
    #[error("it hands over to a key that was not pinned ahead")]
    NotPinnedAhead,
    /// The recovery key is replaced by the recovery key alone; and by another, so that
    /// nobody can do the same once more.
    #[error("it says another recovery key, or the same one after it was used")]
    Recovery,
}

impl Keyring {
    /// The first of a server, signed by its key in use.
    pub fn begin(&self, current: &SecretKey) -> Envelope {
        Envelope::sign(self, current)
    }

    /// This keyring, as one that follows: `before` is the key that was in use, or the
    /// recovery key; `current` is its own.
    pub fn hand_over(&self, before: &SecretKey, current: &SecretKey) -> Envelope {
        Envelope::sign(self, before).countersign(current)
    }

    /// The keyring that follows this one by what `following` says.
    pub fn follow(&self, following: &Envelope) -> Result<Self, NotFollowed> {
        if let Ok(found) = following.open::<Self>(&self.recovery) {
            following.open::<Self>(&found.current)?;
            let replaces = found.recovery != self.recovery;
            return replaces.then_some(found).ok_or(NotFollowed::Recovery);
        }
        let found: Self = following.open(&self.current)?;
        following.open::<Self>(&found.current)?;
        if found.recovery != self.recovery {
            return Err(NotFollowed::Recovery);
        }
        (found.current == self.next)
            .then_some(found)
            .ok_or(NotFollowed::NotPinnedAhead)
    }

    /// As far as these lead, with those that led there, in their order. What does not
    /// follow is passed over: after a recovery nobody needs what lies between.
    pub fn follow_all(&self, following: &[Envelope]) -> (Self, Vec<Envelope>) {
        let mut keyring = *self;
        let mut led = Vec::new();
        for envelope in following.iter().take(KEYRINGS_MAX) {
            if let Ok(found) = keyring.follow(envelope) {
                keyring = found;
                led.push(envelope.clone());
            }
        }
        (keyring, led)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn keyring(current: u8, next: u8, recovery: u8) -> Keyring {
        Keyring {
            current: key(current).public(),
            next: key(next).public(),
            recovery: key(recovery).public(),
        }
    }

    const BAD: Result<Keyring, NotFollowed> =
        Err(NotFollowed::NotSigned(SignedError::BadSignature));

    #[test]
    fn the_key_in_use_hands_over_to_the_one_that_was_pinned_ahead() {
        let following = keyring(2, 3, 9);
        let envelope = following.hand_over(&key(1), &key(2));
        assert_eq!(keyring(1, 2, 9).follow(&envelope), Ok(following));
        // And is no word of any other keyring's, nor twice one of this.
        let twice = keyring(2, 3, 9).follow(&envelope);
        assert_eq!(twice, Err(NotFollowed::NotPinnedAhead));
        assert_eq!(keyring(4, 2, 9).follow(&envelope), BAD);
    }

    #[test]
    fn whoever_has_the_key_in_use_alone_can_hand_over_to_nobody() {
        let pinned = keyring(1, 2, 9);
        let own = keyring(7, 8, 9).hand_over(&key(1), &key(7));
        assert_eq!(pinned.follow(&own), Err(NotFollowed::NotPinnedAhead));
        // Nor name what comes after the one that was pinned ahead, without that one.
        let ahead = keyring(2, 7, 9).hand_over(&key(1), &key(7));
        assert_eq!(pinned.follow(&ahead), BAD);
        let alone = Envelope::sign(&keyring(2, 7, 9), &key(1));
        assert_eq!(pinned.follow(&alone), BAD);
    }

    #[test]
    fn the_recovery_key_replaces_all_three_and_only_once() {
        let pinned = keyring(1, 2, 9);
        let recovered = keyring(4, 5, 8);
        let envelope = recovered.hand_over(&key(9), &key(4));
        assert_eq!(pinned.follow(&envelope), Ok(recovered));
        let twice = recovered.follow(&envelope);
        assert_eq!(twice, Err(NotFollowed::NotPinnedAhead));
        let same = keyring(4, 5, 9).hand_over(&key(9), &key(4));
        assert_eq!(pinned.follow(&same), Err(NotFollowed::Recovery));
        let not_theirs = Envelope::sign(&recovered, &key(9));
        assert_eq!(pinned.follow(&not_theirs), BAD);
    }

    #[test]
    fn the_key_in_use_never_replaces_the_recovery_key() {
        let other = keyring(2, 3, 7).hand_over(&key(1), &key(2));
        let followed = keyring(1, 2, 9).follow(&other);
        assert_eq!(followed, Err(NotFollowed::Recovery));
    }

    #[test]
    fn a_tablet_that_was_away_goes_on_through_all_that_lies_between() {
        let chain = [
            keyring(1, 2, 9).begin(&key(1)),
            keyring(2, 3, 9).hand_over(&key(1), &key(2)),
            keyring(3, 4, 9).hand_over(&key(2), &key(3)),
            keyring(6, 7, 8).hand_over(&key(9), &key(6)),
            keyring(7, 5, 8).hand_over(&key(6), &key(7)),
        ];
        let (found, led) = keyring(1, 2, 9).follow_all(&chain);
        assert_eq!((found, led.as_slice()), (keyring(7, 5, 8), &chain[1..]));
        // One that a thief led astray comes back by the recovery key.
        let astray = keyring(3, 66, 9);
        let (found, led) = astray.follow_all(&chain);
        assert_eq!((found, led.as_slice()), (keyring(7, 5, 8), &chain[3..]));
        let nothing = keyring(1, 2, 9).follow_all(&chain[..1]);
        assert_eq!(nothing, (keyring(1, 2, 9), Vec::new()));
    }

    #[test]
    fn a_keyring_with_any_altered_byte_leads_nowhere_else() {
        let following = keyring(2, 3, 9);
        let json = following.hand_over(&key(1), &key(2)).to_json();
        for at in 0..json.len() {
            let mut altered = json.clone();
            altered[at] ^= 1;
            if let Ok(envelope) = Envelope::from_json(&altered) {
                let followed = keyring(1, 2, 9).follow(&envelope);
                assert!(followed.is_err() || followed == Ok(following), "byte {at}");
            }
        }
    }
}
