//! What follows from the log: rows that equal its replay, so that they can be
//! dropped and rebuilt from it (R12).

mod loan;
mod tablet;

use rusqlite::{Transaction, TransactionBehavior};
use shared::event::Recorded;

use super::{Fault, Store};

/// Every table that follows from the log.
pub(super) const TABLES: [&str; 8] = [
    "venue",
    "operator",
    "operator_venue",
    "kiosk",
    "image",
    "tablet",
    "loan",
    "dispute",
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
        Ok(all.commit()?)
    }

    /// Lets everything that follows from this fact follow.
    pub(super) fn project(&self, recorded: &Recorded) -> Result<(), Fault> {
        self.project_setup(recorded)?;
        self.project_loan(recorded)?;
        self.project_dispute(recorded)?;
        self.project_tablet(recorded)
    }
}
