//! The rows of proofs: each with the key that was to be checked by at that moment.

use rusqlite::params;
use shared::{
    event::{Event, Recorded},
    tablet::ProofKind,
};

use crate::store::{Fault, Store};

impl Store {
    /// To be called while the tablet's row is as the fact found it.
    pub(super) fn project_proof(&self, recorded: &Recorded) -> Result<(), Fault> {
        let Event::ResetVerified {
            tablet,
            kind,
            receipt,
            ..
        } = &recorded.event
        else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let key = match kind {
            ProofKind::TabletProven => {
                let keys = self.read.tablet_keys(*tablet)?;
                Some(keys.ok_or(Fault::Orphan { seq })?.proof.to_string())
            }
            ProofKind::ManagerReported | ProofKind::PersonConfirmed => None,
        };
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO proof VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                receipt.to_string(),
                tablet.to_string(),
                seq,
                kind.name(),
                key,
                recorded.recorded_at.as_ms(),
            ])?;
        Ok(())
    }
}
