//! The rows of tries that failed: of each tablet the last.

use rusqlite::params;
use shared::event::{Event, Recorded};

use crate::store::{Fault, Store, names::Named};

impl Store {
    pub(super) fn project_failed(&self, recorded: &Recorded) -> Result<(), Fault> {
        let Event::ResetFailed {
            tablet, order, why, ..
        } = &recorded.event
        else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO failed_try VALUES (?1, ?2, ?3)")?
            .execute(params![tablet.to_string(), order.to_string(), why.name()])?;
        Ok(())
    }
}
