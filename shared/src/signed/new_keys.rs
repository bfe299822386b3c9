//! A tablet's own keys, and how they change: a reset whose order asks for it makes new
//! ones, and its receipt names them. The receipt is signed with the proof key of before
//! and with the new one; the new link key signs a paper of its own, which travels inside.
//! So nobody can name a key that they do not hold, and no key of before signs anything
//! that counts once the receipt was taken.

use serde::{Deserialize, Serialize};

use super::{Document, Envelope, SignedError};
use crate::{
    ids::{OrderId, TabletId},
    keys::PublicKey,
    tablet::TabletKeys,
};

/// What `run` hands to `reset` for the receipt: the link key with which it goes on,
/// signed with that key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLinkKey {
    /// This tablet.
    pub tablet: TabletId,
    /// The order that asked for it.
    pub order: OrderId,
    /// The key.
    pub key: PublicKey,
}

impl Document for NewLinkKey {
    const TYPE: &'static str = "application/vnd.tablet-library.new-link-key.v1+json";
}

/// The keys with which a tablet goes on, as its receipt names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKeys {
    /// A [`NewLinkKey`].
    pub link: Envelope,
    /// The proof key; it signs the receipt, too.
    pub proof: PublicKey,
}

/// The link key that a tablet offers for this order.
///
/// # Errors
/// Not signed with the key that it names, or for another tablet or order.
pub fn offered_link_key(
    offer: &Envelope,
    tablet: TabletId,
    order: OrderId,
) -> Result<PublicKey, SignedError> {
    let offered: NewLinkKey = offer.open_own(|it: &NewLinkKey| it.key)?;
    ((offered.tablet, offered.order) == (tablet, order))
        .then_some(offered.key)
        .ok_or(SignedError::BadPayload)
}

impl NewKeys {
    /// The keys that a receipt of this tablet, for this order, in this envelope names.
    ///
    /// # Errors
    /// One of them signed nothing of it.
    pub fn checked(
        &self,
        receipt: &Envelope,
        tablet: TabletId,
        order: OrderId,
    ) -> Result<TabletKeys, SignedError> {
        let link = offered_link_key(&self.link, tablet, order)?;
        receipt
            .is_signed_by(&self.proof)
            .then_some(TabletKeys {
                link,
                proof: self.proof,
            })
            .ok_or(SignedError::BadSignature)
    }
}
