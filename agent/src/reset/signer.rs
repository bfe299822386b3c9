//! The keys of a receipt: the one by which the server knows this tablet, as the order
//! names it; and, where the order asks for new ones, those with which the tablet goes on.

use anyhow::{Context as _, Result};
use shared::{
    ids::OrderId,
    keys::SecretKey,
    signed::{
        Envelope,
        new_keys::{NewKeys, offered_link_key},
    },
};

use super::{Reset, ResetError, journal::Work};
use crate::{
    disk::{Disk, folder::Folder},
    orders::{Begun, NEW_LINK_KEY, NotHeld},
};

/// The keys with which the tablet goes on.
pub(super) struct Next {
    /// As the receipt names them.
    pub(super) named: NewKeys,
    /// Signs the receipt, too.
    pub(super) proof: SecretKey,
}

impl<J: Disk, R: Disk> Reset<J, R> {
    /// The key that the order names: no other is believed by the server.
    pub(super) fn signer(&mut self, begun: &Begun) -> Result<SecretKey, ResetError> {
        let known = begun.proof_key().ok_or(ResetError::NotAReset)?;
        let key = self.keys.of(&known).map_err(ResetError::Key)?;
        Ok(key.ok_or(NotHeld::OtherProofKey)?)
    }

    /// The new keys, where they are asked for and the reset was proven. Where there can be
    /// none, the proof holds all the same, and the server asks again with the next order.
    pub(super) fn next_keys(&mut self, work: &Work) -> Option<Next> {
        if !work.begun.asks_for_new_keys() || work.failed.is_some() {
            return None;
        }
        let made = self.make_next_keys(work.begun.order);
        made.inspect_err(|why| eprintln!("reset: no new keys: {why:#}"))
            .ok()
    }

    fn make_next_keys(&mut self, order: OrderId) -> Result<Next> {
        let left = Folder::to_look_at(&self.place.link_dir()).read(NEW_LINK_KEY)?;
        let link = Envelope::from_json(&left.context("`run` offered no link key")?)?;
        offered_link_key(&link, self.identity.tablet, order)
            .context("what `run` offered is no link key for this order")?;
        let proof = self.keys.next_or_new()?;
        let named = NewKeys {
            link,
            proof: proof.public(),
        };
        Ok(Next { named, proof })
    }
}
