//! What follows from the log: rows that equal its replay, so that they can be
//! dropped and rebuilt from it (R12).

mod custody;
mod hold;
mod loan;
mod tablet;
mod wipe;

use rusqlite::{Transaction, TransactionBehavior};
use shared::event::Recorded;

use super::{Fault, Store};

/// Every table that follows from the log.
pub(super) const TABLES: [&str; 16] = [
    "venue",
    "operator",
    "operator_venue",
    "kiosk",
    "image",
    "tablet",
    "loan",
    "dispute",
    "kiosk_series",
    "hold",
    "transfer",
    "transfer_tablet",
    "trip",
    "stocktake",
    "wipe",
    "wipe_stop",
];

impl Store {
    /// Drops every row that follows from the log and makes it anew.
    pub fn rebuild_projections(&mut self) -> Result<(), Fault> {
        let connection = &self.read.connection;
        let all = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        for table in TABLES {
            all.execute(&format!("DELETE FROM {table}"), [])?;
        }
        self.read.replay(|recorded| self.project(recorded))?;
        all.execute("DELETE FROM rebuild_due", [])?;
        Ok(all.commit()?)
    }

    /// The same, where a change of the tables asks for it.
    pub(super) fn rebuild_if_due(&mut self) -> Result<(), Fault> {
        let due = self
            .read
            .connection
            .prepare("SELECT 1 FROM rebuild_due")?
            .exists([])?;
        if due {
            self.rebuild_projections()?;
        }
        Ok(())
    }

    /// Lets everything that follows from this fact follow.
    pub(super) fn project(&self, recorded: &Recorded) -> Result<(), Fault> {
        self.project_setup(recorded)?;
        self.project_loan(recorded)?;
        self.project_dispute(recorded)?;
        self.project_hold(recorded)?;
        self.project_custody(recorded)?;
        self.project_wipe(recorded)?;
        self.project_tablet(recorded)
    }
}
