//! Whom this tablet believes: the keyring that it pinned when it was enrolled, and those
//! that followed. Each role keeps its own copy of them. Where the server's key changes,
//! what the tablet holds already was signed with the one before: `reset` looks at it
//! while that key still counts, and notes which papers those are.

#[cfg(test)]
pub(crate) mod tests;

use std::io;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::{
    digest::Digest,
    ids::TabletId,
    keys::{KeyId, PublicKey},
    signed::{
        Document, Envelope, SignedError,
        keyring::{KEYRINGS_MAX, Keyring},
        order::{Order, Task},
    },
};

use crate::{
    disk::{Disk, replace, replace_in_reserve},
    identity::Identity,
    orders::{Handed, LOAN, LOCK, ORDER, VERDICT},
};

/// Where a role keeps the keyrings that followed the pinned one, as they were signed.
pub const KEYRINGS: &str = "keyrings.json";
/// Where `reset` keeps which papers were signed with a key of before.
pub const PAPERS: &str = "papers.json";

/// Where `reset` tells `run` how far it is: the one file of its own that `run` may read.
pub const TAKEN_UP: &str = "taken-up.json";

/// Whom this tablet believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    keyring: Keyring,
    papers: Vec<Paper>,
}

/// A paper that was signed with a key of before, and looked at while that key counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    digest: Digest,
    key: PublicKey,
}

/// Why it is not known whom the tablet believes.
#[derive(Debug, thiserror::Error)]
pub enum NotKnown {
    /// The disk says no.
    #[error("{0} cannot be read")]
    Unreadable(&'static str, #[source] io::Error),
    /// It is not what was written.
    #[error("{0} is damaged")]
    Damaged(&'static str),
    /// The disk takes no more.
    #[error("{0} cannot be kept")]
    Unkept(&'static str, #[source] io::Error),
}

/// What `reset` writes here, for which room is to be taken before a borrower fills the
/// disk.
pub const WRITTEN_BY_RESET: [&str; 3] = [KEYRINGS, PAPERS, LOCK];

impl Trust {
    /// What a role that pinned `keyring` keeps in its folder.
    pub fn load(disk: &impl Disk, pinned: &Keyring) -> Result<Self, NotKnown> {
        let followed: Vec<Envelope> = list(disk, KEYRINGS)?;
        let (keyring, led) = pinned.follow_all(&followed);
        if led.len() != followed.len() {
            return Err(NotKnown::Damaged(KEYRINGS));
        }
        let papers = list(disk, PAPERS)?;
        Ok(Self { keyring, papers })
    }

    /// This keyring, and no paper of before.
    pub const fn in_keyring(keyring: Keyring) -> Self {
        let papers = Vec::new();
        Self { keyring, papers }
    }

    /// The keyring in use.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Verifies, then parses: what is signed with the key in use, or is a paper of before.
    pub fn open<D: Document>(&self, envelope: &Envelope) -> Result<D, SignedError> {
        envelope.open(&self.signer(envelope).unwrap_or(self.keyring.current))
    }

    fn signer(&self, envelope: &Envelope) -> Option<PublicKey> {
        let digest = Digest::of(&envelope.to_json());
        let papers = self.papers.iter().filter(|it| it.digest == digest);
        let mut keys = std::iter::once(self.keyring.current).chain(papers.map(|it| it.key));
        keys.find(|key| envelope.is_signed_by(key))
    }
}

/// Keeps keyrings that followed, behind those that are there. What cannot be read is
/// begun anew: the server sends all of them again.
pub fn keep(disk: &mut impl Disk, pinned: &Keyring, led: &[Envelope]) -> Result<(), NotKnown> {
    let all = [followed(disk, pinned)?.as_slice(), led].concat();
    if all.len() > KEYRINGS_MAX {
        let why = io::Error::other("too many keys followed the pinned one");
        return Err(NotKnown::Unkept(KEYRINGS, why));
    }
    save(disk, KEYRINGS, &all)
}

/// The keyrings that followed the pinned one, as far as they lead.
fn followed(disk: &impl Disk, pinned: &Keyring) -> Result<Vec<Envelope>, NotKnown> {
    let kept: Vec<Envelope> = readable(disk, KEYRINGS)?;
    Ok(pinned.follow_all(&kept).1)
}

/// The keyring of `run`, from what it kept and as far as that leads.
pub fn keyring(disk: &impl Disk, pinned: &Keyring) -> Result<Keyring, NotKnown> {
    Ok(pinned.follow_all(&followed(disk, pinned)?).0)
}

/// `reset` takes up what `run` left in its folder and what only grows: keyrings that
/// followed, and the word on whether the tablet is lost. Whoever takes over `run` can
/// keep it from coming here, and can take back nothing that came.
pub fn take_up(
    left: &impl Disk,
    own: &mut impl Disk,
    identity: &Identity,
) -> Result<Trust, NotKnown> {
    let keyring = keyring(own, &identity.keyring)?;
    let papers = readable(own, PAPERS)?;
    let mut trust = Trust { keyring, papers };
    let offered: Vec<Envelope> = readable(left, KEYRINGS)?;
    let (keyring, led) = trust.keyring.follow_all(&offered);
    if !led.is_empty() {
        trust.papers = papers_signed(&trust, left, own)?;
        save(own, PAPERS, &trust.papers)?;
        kill_point::reached("agent:papers-kept");
        keep(own, &identity.keyring, &led)?;
        kill_point::reached("agent:keyrings-taken-up");
        trust.keyring = keyring;
    }
    take_up_lock(left, own, &trust, identity.tablet)?;
    Ok(trust)
}

/// How far `reset` is: what `run` keeps beyond that is still to be taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenUp {
    /// The key of the server that it believes.
    pub believes: KeyId,
    /// The number of the last word on whether the tablet is lost, if there was one.
    pub lock: Option<u64>,
}

impl TakenUp {
    /// What `reset` told; before it told anything, and where that
    /// cannot be understood, the keys that were pinned.
    pub fn told(disk: &impl Disk, pinned: &Keyring) -> Result<Self, NotKnown> {
        let none = Self {
            believes: pinned.current.id(),
            lock: None,
        };
        Ok(read(disk, TAKEN_UP)?.unwrap_or(none))
    }

    /// Whether there is something that `reset` has not taken up.
    pub fn is_behind(&self, kept: &Self) -> bool {
        self.believes != kept.believes || self.lock < kept.lock
    }
}

/// `reset` tells `run` how far it is, if that was not told yet.
pub fn tell(
    own: &impl Disk,
    told: &mut impl Disk,
    trust: &Trust,
    identity: &Identity,
) -> Result<(), NotKnown> {
    let lock = read(own, LOCK)?.and_then(|kept| word_on_lock(trust, &kept, identity.tablet));
    let taken_up = TakenUp {
        believes: trust.keyring.current.id(),
        lock: lock.map(|it| it.counter),
    };
    if TakenUp::told(told, &identity.keyring)? == taken_up {
        return Ok(());
    }
    let json = serde_json::to_vec(&taken_up).expect("it has text keys only");
    replace(told, TAKEN_UP, &json).map_err(|why| NotKnown::Unkept(TAKEN_UP, why))
}

/// The papers here that somebody believed signed, each with its key.
fn papers_signed(trust: &Trust, left: &impl Disk, own: &impl Disk) -> Result<Vec<Paper>, NotKnown> {
    let handed = read::<Handed>(left, ORDER)?.map(|handed| handed.order);
    let (verdict, loan) = (read(left, VERDICT)?, read(left, LOAN)?);
    let (lock, kept_lock) = (read(left, LOCK)?, read(own, LOCK)?);
    let found = [handed, verdict, loan, lock, kept_lock];
    let papers = found.iter().flatten().filter_map(|envelope| {
        Some(Paper {
            digest: Digest::of(&envelope.to_json()),
            key: trust.signer(envelope)?,
        })
    });
    Ok(papers.collect())
}

fn take_up_lock(
    left: &impl Disk,
    own: &mut impl Disk,
    trust: &Trust,
    tablet: TabletId,
) -> Result<(), NotKnown> {
    let Some(envelope) = read(left, LOCK)? else {
        return Ok(());
    };
    let Some(counter) = word_on_lock(trust, &envelope, tablet).map(|it| it.counter) else {
        return Ok(());
    };
    let kept = read(own, LOCK)?.and_then(|kept| word_on_lock(trust, &kept, tablet));
    if kept.is_none_or(|kept| kept.counter < counter) {
        let written = replace_in_reserve(own, LOCK, &envelope.to_json());
        written.map_err(|why| NotKnown::Unkept(LOCK, why))?;
        kill_point::reached("agent:lock-taken-up");
    }
    Ok(())
}

/// The server's word on whether this tablet is lost, if that is what it is.
pub fn word_on_lock(trust: &Trust, envelope: &Envelope, tablet: TabletId) -> Option<Order> {
    let order: Order = trust.open(envelope).ok()?;
    match order.task {
        Task::Lock { .. } | Task::Unlock => (order.tablet == tablet).then_some(order),
        Task::Reset { .. } | Task::BeginLoan { .. } => None,
    }
}

fn save<T: Serialize>(
    disk: &mut impl Disk,
    name: &'static str,
    list: &[T],
) -> Result<(), NotKnown> {
    let json = serde_json::to_vec(list).expect("it has text keys only");
    replace_in_reserve(disk, name, &json).map_err(|why| NotKnown::Unkept(name, why))
}

fn list<T: DeserializeOwned>(disk: &impl Disk, name: &'static str) -> Result<Vec<T>, NotKnown> {
    let unreadable = |why| NotKnown::Unreadable(name, why);
    let Some(bytes) = disk.read(name).map_err(unreadable)? else {
        return Ok(Vec::new());
    };
    serde_json::from_slice(&bytes).map_err(|_| NotKnown::Damaged(name))
}

/// A list that is nothing where it cannot be understood.
fn readable<T: DeserializeOwned>(disk: &impl Disk, name: &'static str) -> Result<Vec<T>, NotKnown> {
    match list(disk, name) {
        Err(NotKnown::Damaged(_)) => Ok(Vec::new()),
        read => read,
    }
}

/// A paper; none where it cannot be understood, which then proves nothing.
fn read<T: DeserializeOwned>(disk: &impl Disk, name: &'static str) -> Result<Option<T>, NotKnown> {
    let bytes = disk.read(name);
    let bytes = bytes.map_err(|why| NotKnown::Unreadable(name, why))?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
