//! The keys by which tablets know this server, and how they change. The secret halves of
//! the one in use and of the one that comes after it stay on the server; the recovery
//! key stays only until somebody has written it down.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use shared::{
    keys::{KeyId, PublicKey, SecretKey},
    signed::{Document, Envelope, keyring::Keyring},
};

/// Most keyrings that one answer carries: a tablet that needs more asks again.
const AT_ONCE: usize = 16;

/// The keys of a server.
#[derive(Clone, Debug)]
pub struct ServerKeys {
    current: SecretKey,
    next: SecretKey,
    /// Gone from here once it was written down.
    recovery: Option<SecretKey>,
    /// Every keyring there ever was, as tablets are told of it; the newest is last.
    keyrings: Vec<Envelope>,
}

/// The keys as a file holds them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    current: String,
    next: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recovery: Option<String>,
    keyrings: Vec<Envelope>,
}

/// The bytes are not a server's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these are not a server's keys")]
pub struct NotServerKeys;

/// The recovery key is another's, or was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the recovery key that this library's tablets know")]
pub struct OtherRecoveryKey;

impl ServerKeys {
    /// The keys of a server that begins; `draw` gives random bytes.
    pub fn begin(mut draw: impl FnMut() -> [u8; 32]) -> Self {
        Self::begin_with(&draw(), draw)
    }

    /// The same, around a key that is in use already: there was one alone before.
    pub fn begin_with(current: &[u8; 32], mut draw: impl FnMut() -> [u8; 32]) -> Self {
        let current = SecretKey::from_seed(current);
        let [next, recovery] = [(); 2].map(|()| SecretKey::from_seed(&draw()));
        let keyrings = vec![keyring(&current, &next, recovery.public()).begin(&current)];
        Self {
            current,
            next,
            recovery: Some(recovery),
            keyrings,
        }
    }

    /// The key that was pinned ahead comes into use; `next` is the one after it.
    #[must_use]
    pub fn rotate(mut self, next: [u8; 32]) -> Self {
        let (before, next) = (self.current, SecretKey::from_seed(&next));
        let recovery = newest(&self.keyrings).recovery;
        let following = keyring(&self.next, &next, recovery);
        self.keyrings.push(following.hand_over(&before, &self.next));
        Self {
            current: self.next,
            next,
            ..self
        }
    }

    /// All keys anew, by the recovery key: whoever has the ones of before gains nothing.
    /// `keyrings` are those of before.
    pub fn recover(
        mut keyrings: Vec<Envelope>,
        recovery: &SecretKey,
        mut draw: impl FnMut() -> [u8; 32],
    ) -> Result<Self, OtherRecoveryKey> {
        let known = keyrings.last().and_then(says).ok_or(OtherRecoveryKey)?;
        if known.recovery != recovery.public() {
            return Err(OtherRecoveryKey);
        }
        let [current, next, another] = [(); 3].map(|()| SecretKey::from_seed(&draw()));
        let following = keyring(&current, &next, another.public());
        keyrings.push(following.hand_over(recovery, &current));
        Ok(Self {
            current,
            next,
            recovery: Some(another),
            keyrings,
        })
    }

    /// Signs a document with the key in use.
    pub fn sign<D: Document>(&self, document: &D) -> Envelope {
        Envelope::sign(document, &self.current)
    }

    /// The key in use, as everybody may know it.
    pub fn public(&self) -> PublicKey {
        self.current.public()
    }

    /// The keyring that a tablet pins, signed by the key in use.
    pub fn keyring(&self) -> &Envelope {
        self.keyrings.last().expect("there is one from the first")
    }

    /// Every keyring there ever was.
    pub fn keyrings(&self) -> &[Envelope] {
        &self.keyrings
    }

    /// Every key that was ever in use, the newest last.
    pub fn ever(&self) -> Vec<PublicKey> {
        let keyrings = self.keyrings.iter().filter_map(says);
        keyrings.map(|keyring| keyring.current).collect()
    }

    /// The keyrings since the one that a tablet believes; none where that is the newest.
    /// One that believes a key which was never ours was led astray by a thief of ours:
    /// the newest are what may bring it back.
    pub fn since(&self, believes: KeyId) -> &[Envelope] {
        let ever = self.ever();
        match ever.iter().rposition(|key| key.id() == believes) {
            Some(at) => {
                let following = &self.keyrings[at + 1..];
                &following[..following.len().min(AT_ONCE)]
            }
            None => &self.keyrings[self.keyrings.len().saturating_sub(AT_ONCE)..],
        }
    }

    /// The recovery key, until it was written down.
    pub const fn recovery(&self) -> Option<&SecretKey> {
        self.recovery.as_ref()
    }

    /// It was written down, and is not kept here any more.
    #[must_use]
    pub fn written_down(self) -> Self {
        Self {
            recovery: None,
            ..self
        }
    }

    /// The keys as a file holds them, for its owner alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |key: &SecretKey| BASE64.encode(&key.seed());
        let kept = Kept {
            current: text(&self.current),
            next: text(&self.next),
            recovery: self.recovery.as_ref().map(text),
            keyrings: self.keyrings.clone(),
        };
        let mut bytes = serde_json::to_vec_pretty(&kept).expect("it has text keys only");
        bytes.push(b'\n');
        bytes
    }

    /// Reads the keys, and makes sure that they belong together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotServerKeys> {
        let kept: Kept = serde_json::from_slice(bytes).map_err(|_| NotServerKeys)?;
        let (current, next) = (secret(&kept.current)?, secret(&kept.next)?);
        let recovery = kept.recovery.as_deref().map(secret).transpose()?;
        let newest: Keyring = kept
            .keyrings
            .last()
            .and_then(|newest| newest.open(&current.public()).ok())
            .ok_or(NotServerKeys)?;
        let same_recovery = recovery
            .as_ref()
            .is_none_or(|key| key.public() == newest.recovery);
        let belong = newest.current == current.public() && newest.next == next.public();
        (belong && same_recovery && kept.keyrings.iter().all(|it| says(it).is_some()))
            .then_some(Self {
                current,
                next,
                recovery,
                keyrings: kept.keyrings,
            })
            .ok_or(NotServerKeys)
    }
}

fn keyring(current: &SecretKey, next: &SecretKey, recovery: PublicKey) -> Keyring {
    Keyring {
        current: current.public(),
        next: next.public(),
        recovery,
    }
}

fn newest(keyrings: &[Envelope]) -> Keyring {
    let newest = keyrings.last().and_then(says);
    newest.expect("there is one from the first, and it was read")
}

/// What a keyring of our own says: each is signed by its own key in use.
fn says(envelope: &Envelope) -> Option<Keyring> {
    envelope.open_own(|keyring: &Keyring| keyring.current).ok()
}

fn secret(text: &str) -> Result<SecretKey, NotServerKeys> {
    let seed = BASE64.decode(text.as_bytes()).map_err(|_| NotServerKeys)?;
    let seed = seed.try_into().map_err(|_| NotServerKeys)?;
    Ok(SecretKey::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws other bytes each time.
    fn draw() -> impl FnMut() -> [u8; 32] {
        let mut drawn = 0;
        move || {
            drawn += 1;
            [drawn; 32]
        }
    }

    fn begun() -> ServerKeys {
        ServerKeys::begin(draw())
    }

    fn pinned(keys: &ServerKeys) -> Keyring {
        keys.keyring().open(&keys.public()).expect("its own")
    }

    fn recovered(keys: &ServerKeys, recovery: &SecretKey) -> ServerKeys {
        let mut draw = draw();
        let other = move || draw().map(|byte| byte + 100);
        ServerKeys::recover(keys.keyrings().to_vec(), recovery, other).expect("the right key")
    }

    #[test]
    fn a_tablet_follows_every_change_from_whatever_it_believes() {
        let first = begun();
        let recovery = first.recovery().expect("not written down").clone();
        let second = first.clone().rotate([50; 32]);
        let third = second.clone().rotate([51; 32]);
        let fourth = recovered(&third, &recovery);
        for before in [&first, &second, &third] {
            let pinned = pinned(before);
            let since = fourth.since(pinned.current.id());
            let (found, _) = pinned.follow_all(since);
            assert_eq!(found.current, fourth.public());
        }
        assert_eq!(fourth.since(fourth.public().id()), &[]);
        let ever = [&first, &second, &third, &fourth].map(ServerKeys::public);
        assert_eq!(fourth.ever(), ever);
    }

    #[test]
    fn a_tablet_that_a_thief_of_both_keys_led_astray_comes_back_by_the_recovery_key() {
        let keys = begun();
        let recovery = keys.recovery().expect("not written down").clone();
        let thief = keys.clone().rotate([66; 32]).rotate([67; 32]);
        let astray = pinned(&thief);
        let recovered = recovered(&keys, &recovery);
        let (found, _) = astray.follow_all(recovered.since(astray.current.id()));
        assert_eq!(found.current, recovered.public());
        assert_eq!(
            astray.follow_all(keys.since(astray.current.id())).0,
            astray,
            "without it, it does not"
        );
    }

    #[test]
    fn many_changes_are_told_in_parts() {
        let mut keys = begun();
        let mut believed = pinned(&keys);
        for change in 0..40 {
            keys = keys.rotate([100 + change; 32]);
        }
        let mut asked = 0;
        while believed.current != keys.public() {
            let since = keys.since(believed.current.id());
            assert!(!since.is_empty() && since.len() <= AT_ONCE);
            believed = believed.follow_all(since).0;
            asked += 1;
        }
        assert_eq!(asked, 3);
    }

    #[test]
    fn another_recovery_key_and_one_that_was_used_recover_nothing() {
        let keys = begun();
        let recovery = keys.recovery().expect("not written down").clone();
        let other = SecretKey::from_seed(&[77; 32]);
        let tried = |keys: &ServerKeys, key| {
            ServerKeys::recover(keys.keyrings().to_vec(), key, draw()).map(drop)
        };
        assert_eq!(tried(&keys, &other), Err(OtherRecoveryKey));
        let recovered = recovered(&keys, &recovery);
        assert_eq!(tried(&recovered, &recovery), Err(OtherRecoveryKey));
    }

    #[test]
    fn keys_are_read_as_they_were_kept_and_only_if_they_belong_together() {
        let keys = begun().rotate([50; 32]);
        let bytes = keys.to_bytes();
        let read = ServerKeys::from_bytes(&bytes).expect("its own");
        assert_eq!(read.to_bytes(), bytes);
        let kept = keys.written_down().to_bytes();
        let read = ServerKeys::from_bytes(&kept).expect("its own");
        assert!(read.recovery().is_none());
        let text = String::from_utf8(bytes).expect("text");
        let other = BASE64.encode(&[99; 32]);
        for key in ["current", "next", "recovery"] {
            let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            json[key] = other.clone().into();
            let altered = ServerKeys::from_bytes(json.to_string().as_bytes());
            assert_eq!(altered.map(drop), Err(NotServerKeys), "{key}");
        }
        let raw = ServerKeys::from_bytes(&[7; 32]).map(drop);
        assert_eq!(raw, Err(NotServerKeys));
    }
}
