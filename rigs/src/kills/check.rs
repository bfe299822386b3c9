//! What must hold after any kill.

use std::collections::{BTreeMap, BTreeSet};

use agent::{
    disk::{Disk as _, folder::Folder},
    gate::Open,
    reset::receipt::is_file_name,
};
use anyhow::{Context, Result, ensure};
use shared::{
    digest::Digest,
    keys::PublicKey,
    signed::{
        Envelope,
        receipt::{Outcome, Receipt},
    },
};

use super::{library::Library, tablet::Tablet};

/// Receipts that were seen: none may go or change, and each names the one before.
#[derive(Debug, Default)]
pub struct Seen {
    receipts: BTreeMap<String, Vec<u8>>,
    verified: usize,
    /// The key that the tablet was enrolled with.
    first_key: Option<PublicKey>,
}

impl Seen {
    /// Looks at all that are kept.
    pub fn look(&mut self, tablet: &Tablet) -> Result<()> {
        let kept = Folder::to_look_at(&tablet.place()?.receipts_dir());
        let mut now = BTreeMap::new();
        for name in kept.names()?.into_iter().filter(|it| is_file_name(it)) {
            let bytes = kept.read(&name)?.with_context(|| format!("{name} went"))?;
            now.insert(name, bytes);
        }
        for (name, bytes) in &self.receipts {
            ensure!(
                now.get(name) == Some(bytes),
                "receipt {name} is lost or altered"
            );
        }
        let first_key = match self.first_key {
            Some(key) => key,
            None => *self.first_key.insert(tablet.proof_key()?),
        };
        self.verified = chain(first_key, now.values())?;
        self.receipts = now;
        Ok(())
    }

    /// Receipts that say verified.
    pub const fn verified(&self) -> usize {
        self.verified
    }
}

/// How many receipts of the chain say verified; each answers an order of its own, and is
/// signed by the key of before or by one that it named.
fn chain<'a>(first_key: PublicKey, all: impl Iterator<Item = &'a Vec<u8>>) -> Result<usize> {
    let mut keys = vec![first_key];
    let (mut previous, mut orders, mut verified) = (None, BTreeSet::new(), 0);
    for (at, bytes) in all.enumerate() {
        let envelope = Envelope::from_json(bytes)?;
        let mut opened = keys.iter().map(|key| envelope.open::<Receipt>(key));
        let receipt = opened.find_map(Result::ok);
        let receipt = receipt.with_context(|| format!("receipt {} is not signed", at + 1))?;
        keys.extend(receipt.new_keys.as_ref().map(|named| named.proof));
        ensure!(
            receipt.seq == at as u64 + 1,
            "receipt {} is missing",
            at + 1
        );
        ensure!(
            receipt.previous == previous,
            "receipt {} breaks the chain",
            at + 1
        );
        ensure!(
            orders.insert(receipt.order),
            "{} was answered twice",
            receipt.order
        );
        verified += usize::from(receipt.outcome == Outcome::Verified);
        previous = Some(Digest::of(bytes));
    }
    Ok(verified)
}

/// A gate that is open because the tablet is ready is right: the server took the proof,
/// and the home is the image.
pub fn open_only_if_right(tablet: &Tablet, library: &Library) -> Result<()> {
    if tablet.gate()? != Some(Open::Ready) {
        return Ok(());
    }
    // A loan of which the tablet has not heard is still of a clean tablet.
    let word = library.desk.word()?;
    ensure!(
        ["ready", "on-loan", "resetting"].contains(&word.as_str()),
        "the gate is open, and the server says {word}"
    );
    if word != "resetting" {
        tablet.require_clean().context("the gate is open")?;
    }
    Ok(())
}
