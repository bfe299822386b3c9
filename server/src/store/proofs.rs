//! Proofs and the receipts that they rest on: what a certificate is drawn from.

use rusqlite::{OptionalExtension, Row};
use shared::{
    digest::Digest,
    ids::TabletId,
    keys::PublicKey,
    signed::{Envelope, chain::Link, receipt::Receipt},
    tablet::{ProofKind, Tablet},
    time::Moment,
};

use super::{
    Fault, Reader,
    names::named,
    row::{moment, text, text_option},
};

/// A reset that was taken as done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofRow {
    /// The digest of its receipt, as the log holds it.
    pub receipt: Digest,
    /// Whose reset it was.
    pub tablet: TabletId,
    /// Who vouches.
    pub kind: ProofKind,
    /// The tablet's key at that moment; none where no agent proved.
    pub key: Option<PublicKey>,
    /// When the server took it.
    pub proven_at: Moment,
}

/// A proof with all that is stored about it, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProof {
    /// The proof.
    pub row: ProofRow,
    /// The tablet, as it is today.
    pub tablet: Tablet,
    /// The receipt's bytes; none where they are gone.
    pub receipt: Option<Vec<u8>>,
    /// Every key with which the tablet itself proved a reset.
    pub keys: Vec<PublicKey>,
    /// Every receipt of the tablet that was taken, with the digest it is kept under.
    pub chain: Vec<(Digest, Vec<u8>)>,
}

impl Reader {
    /// The proof of this receipt, with all that is stored about it.
    pub fn proof(&self, receipt: Digest) -> Result<Option<StoredProof>, Fault> {
        self.at_once(|read| {
            let mut statement = read
                .connection
                .prepare_cached("SELECT * FROM proof WHERE receipt = ?1")?;
            let row = statement.query_row([receipt.to_string()], proof_row);
            let Some(row) = row.optional()? else {
                return Ok(None);
            };
            let Some(tablet) = read.tablet(row.tablet)? else {
                return Ok(None);
            };
            Ok(Some(StoredProof {
                receipt: read.receipt(receipt)?,
                keys: read.proof_keys_of(tablet.id)?,
                chain: read.receipts_of(tablet.id)?,
                tablet,
                row,
            }))
        })
    }

    /// Every proof of this tablet, the newest first.
    pub fn proofs_of(&self, tablet: TabletId) -> Result<Vec<ProofRow>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM proof WHERE tablet = ?1 ORDER BY seq DESC")?;
        let rows = statement.query_map([tablet.to_string()], proof_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last receipt about this tablet that this server signed itself.
    pub fn last_vouched(
        &self,
        tablet: TabletId,
        server_keys: &[PublicKey],
    ) -> Result<Option<Link>, Fault> {
        let links = self.receipts_of(tablet)?;
        let links = links.iter().filter_map(|(digest, bytes)| {
            let envelope = Envelope::from_json(bytes).ok()?;
            let mut opened = server_keys.iter().map(|key| envelope.open::<Receipt>(key));
            let receipt = opened.find_map(Result::ok)?;
            Some(Link::of(&receipt, *digest))
        });
        Ok(links.max())
    }

    fn proof_keys_of(&self, tablet: TabletId) -> Result<Vec<PublicKey>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT key FROM proof WHERE tablet = ?1 AND key IS NOT NULL",
        )?;
        let rows = statement.query_map([tablet.to_string()], |row| text(row, "key"))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn receipts_of(&self, tablet: TabletId) -> Result<Vec<(Digest, Vec<u8>)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT digest, envelope FROM receipt WHERE tablet = ?1")?;
        let rows = statement.query_map([tablet.to_string()], |row| {
            Ok((text(row, "digest")?, row.get("envelope")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn proof_row(row: &Row<'_>) -> rusqlite::Result<ProofRow> {
    Ok(ProofRow {
        receipt: text(row, "receipt")?,
        tablet: text(row, "tablet")?,
        kind: named(row, "kind")?,
        key: text_option(row, "key")?,
        proven_at: moment(row, "proven_at")?,
    })
}
