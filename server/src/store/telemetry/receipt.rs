//! Receipts, byte for byte as they came, because the log holds only their digests.

use rusqlite::{OptionalExtension, params};
use shared::{
    command::{Action, Command},
    digest::Digest,
};

use crate::store::{Fault, Reader, Store};

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
