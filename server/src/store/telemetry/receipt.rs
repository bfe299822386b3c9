//! Receipts, byte for byte as they came, because the log holds only their digests.

use rusqlite::{OptionalExtension, params};
use shared::{
    command::{Action, Command},
    digest::Digest,
    event::Origin,
};

use crate::store::{Answer, Fault, Reader, Store, row::refusal_text};

impl Store {
    /// Keeps the receipt of a reset that was recorded.
    pub(in crate::store) fn note_receipt(&self, command: &Command) -> Result<(), Fault> {
        let Action::RecordReset(it) = &command.action else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached("INSERT OR IGNORE INTO receipt VALUES (?1, ?2, ?3)")?
            .execute(params![
                Digest::of(&it.receipt).to_string(),
                it.tablet.to_string(),
                it.receipt,
            ])?;
        Ok(())
    }
}

impl Store {
    /// Keeps why a tablet's own receipt was refused, while an order waits for its proof.
    pub(in crate::store) fn note_refused_receipt(
        &self,
        command: &Command,
        answer: &Answer,
    ) -> Result<(), Fault> {
        let (Action::RecordReset(it), Origin::Tablet(_), Err(refusal)) =
            (&command.action, command.origin, answer)
        else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached(
                "INSERT OR REPLACE INTO refused_receipt
                 SELECT tablet, reset_order, ?2 FROM tablet
                 WHERE tablet = ?1 AND reset = 'ordered'",
            )?
            .execute(params![it.tablet.to_string(), refusal_text(*refusal)])?;
        Ok(())
    }
}

impl Reader {
    /// The receipt of this digest, byte for byte as it came.
    pub fn receipt(&self, digest: Digest) -> Result<Option<Vec<u8>>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT envelope FROM receipt WHERE digest = ?1")?;
        let found = statement.query_row([digest.to_string()], |row| row.get(0));
        Ok(found.optional()?)
    }
}
