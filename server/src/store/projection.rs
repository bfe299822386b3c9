//! What follows from the log: rows that equal its replay, so that they can be
//! dropped and rebuilt from it (R12).

mod custody;
mod hold;
mod loan;
mod standing;
mod tablet;
mod wipe;

use rusqlite::{Transaction, TransactionBehavior};
use shared::event::Recorded;

use super::{Fault, Store};

/// Every table that follows from the log.
pub const TABLES: [&str; 18] = [
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
    "standing",
    "fleet_count",
];

/// Grows whenever this program makes other rows of the log than the one before.
const READING: i64 = 3;

impl Store {
    /// Drops every row that follows from the log and makes it anew.
    pub fn rebuild_projections(&mut self) -> Result<(), Fault> {
        let connection = &self.read.connection;
        let all = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        for table in TABLES {
            all.execute(&format!("DELETE FROM {table}"), [])?;
        }
        self.read.replay(|recorded| self.project(recorded))?;
        all.pragma_update(None, "user_version", READING)?;
        Ok(all.commit()?)
    }

    /// The same, where an earlier program read the log in another way: what a
    /// changed table cannot know of its own past, the log does.
    pub(super) fn rebuild_if_read_otherwise(&mut self) -> Result<(), Fault> {
        let read: i64 = self
            .read
            .connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if read != READING {
            self.roll_up_what_is_raw()?;
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
        self.project_tablet(recorded)?;
        self.project_standing(recorded)
    }
}
