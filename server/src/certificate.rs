//! A certificate of one reset: drawn from the signed receipt as it is stored, and
//! checked anew whenever it is drawn. What does not hold is said, not left out.

#[cfg(test)]
mod tests;
pub mod words;

use shared::{
    digest::Digest,
    keys::PublicKey,
    signed::{
        Envelope, SignedError,
        chain::{self, Break, Link},
        receipt::{Outcome, Receipt},
    },
    tablet::{ProofKind, Tablet},
};

use crate::store::{ProofRow, StoredProof};

/// A certificate, checked a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The tablet, as it is today.
    pub tablet: Tablet,
    /// What the log holds.
    pub row: ProofRow,
    /// What was signed, and with which key; or why nothing of it is believed.
    pub signed: Result<Signed, Broken>,
    /// Where the receipts by the same signer are no chain.
    pub breaks: Vec<Break>,
    /// The digests of the receipts that have a certificate of their own.
    pub known: Vec<Digest>,
}

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The receipt.
    pub receipt: Receipt,
    /// The key that it was checked with.
    pub key: PublicKey,
}

/// Why a receipt certifies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its bytes are gone.
    Gone,
    /// Its bytes are not those whose digest the log holds.
    Altered,
    /// The signature does not fit.
    NotSigned(SignedError),
    /// It is of another tablet, of another kind, or tells of no reset that was done.
    OfSomethingElse,
}

impl Certificate {
    /// Checks what is stored of a proof. `server_keys` are those that this server
    /// signs or once signed with.
    pub fn of(stored: StoredProof, server_keys: &[PublicKey]) -> Self {
        let signed = signed(&stored, signers(&stored, server_keys));
        Self {
            breaks: chain::breaks(&links(&stored, chain_signers(&stored, server_keys))),
            known: stored.chain.iter().map(|(digest, _)| *digest).collect(),
            tablet: stored.tablet,
            row: stored.row,
            signed,
        }
    }
}

/// Whose signature is expected: the tablet's at that moment, or this server's for
/// what no agent signs.
fn signers<'a>(stored: &'a StoredProof, server_keys: &'a [PublicKey]) -> &'a [PublicKey] {
    match stored.row.kind {
        ProofKind::TabletProven => stored.row.key.as_slice(),
        ProofKind::ManagerReported | ProofKind::PersonConfirmed => server_keys,
    }
}

/// Whose signatures the receipts of one chain have: a tablet's goes on under its new keys.
fn chain_signers<'a>(stored: &'a StoredProof, server_keys: &'a [PublicKey]) -> &'a [PublicKey] {
    match stored.row.kind {
        ProofKind::TabletProven => &stored.keys,
        ProofKind::ManagerReported | ProofKind::PersonConfirmed => server_keys,
    }
}

fn signed(stored: &StoredProof, signers: &[PublicKey]) -> Result<Signed, Broken> {
    let bytes = stored.receipt.as_ref().ok_or(Broken::Gone)?;
    if Digest::of(bytes) != stored.row.receipt {
        return Err(Broken::Altered);
    }
    let (receipt, key) = open(bytes, signers).map_err(Broken::NotSigned)?;
    let of_this = receipt.tablet == stored.row.tablet
        && receipt.kind == stored.row.kind
        && receipt.outcome == Outcome::Verified;
    let signed = Signed { receipt, key };
    of_this.then_some(signed).ok_or(Broken::OfSomethingElse)
}

fn open(bytes: &[u8], signers: &[PublicKey]) -> Result<(Receipt, PublicKey), SignedError> {
    let envelope = Envelope::from_json(bytes)?;
    let mut why = SignedError::BadSignature;
    for key in signers {
        match envelope.open(key) {
            Ok(receipt) => return Ok((receipt, *key)),
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// The places that the receipts by the same signer claim.
fn links(stored: &StoredProof, signers: &[PublicKey]) -> Vec<Link> {
    let links = stored.chain.iter().filter_map(|(digest, bytes)| {
        let is_whole = Digest::of(bytes) == *digest;
        let (receipt, _) = is_whole.then(|| open(bytes, signers).ok()).flatten()?;
        Some(Link::of(&receipt, *digest))
    });
    links.collect()
}
