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
        self.verified = chain(tablet, now.values())?;
        self.receipts = now;
        Ok(())
    }

    /// Receipts that say verified.
    pub const fn verified(&self) -> usize {
        self.verified
    }
}

/// How many receipts of the chain say verified; each answers an order of its own.
fn chain<'a>(tablet: &Tablet, all: impl Iterator<Item = &'a Vec<u8>>) -> Result<usize> {
    let key = tablet.identity()?.proof_key;
    let (mut previous, mut orders, mut verified) = (None, BTreeSet::new(), 0);
    for (at, bytes) in all.enumerate() {
        let receipt: Receipt = Envelope::from_json(bytes)?.open(&key)?;
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
