//! The kiosk's disk: who it is, its own series of facts, the rows it was sent.
//! What a verb here returned from is on the disk (R5). This file and those under
//! it are the only ones of the kiosk that name rusqlite. Relies on `mirror` and
//! on the drafts of `flow`.

mod connection;
mod fault;
mod heads;
pub mod identity;
pub mod outbox;
mod rows;

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use fault::Fault;
pub use heads::Heads;
pub use identity::{Enrolling, Identity};
pub use outbox::{FACTS_WAITING_MAX, Fact};
pub use rows::Applied;

/// The kiosk's database, open. One program at a time has it.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    _lock: File,
}

impl Store {
    /// Opens the kiosk's folder, or makes it.
    ///
    /// # Errors
    /// Where it cannot be made durable, is another program's, or was written by a
    /// later version: nothing was changed then.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        connection::make_private(folder)?;
        let lock = connection::lock(folder)?;
        let connection = connection::open(&folder.join("kiosk.db"))?;
        Ok(Self {
            connection,
            _lock: lock,
        })
    }

    /// The number of the next stamped request. No number is given twice, whatever
    /// happens to the program.
    pub fn next_call(&mut self) -> Result<u64, Fault> {
        // A lone statement that gives back a row does not say whether its end failed.
        let count = self.begin()?;
        let step = "UPDATE position SET last_call = last_call + 1 RETURNING last_call";
        let call: i64 = count.query_row(step, [], |row| row.get(0))?;
        count.commit()?;
        unsigned("position.last_call", call)
    }

    /// Passes over so many numbers, which this kiosk may have used before its disk was
    /// set back.
    pub fn pass_over_calls(&mut self, many: u32) -> Result<(), Fault> {
        let step = "UPDATE position SET last_call = last_call + ?1";
        self.connection.execute(step, [many])?;
        Ok(())
    }

    fn begin(&mut self) -> Result<Transaction<'_>, Fault> {
        let now = TransactionBehavior::Immediate;
        Ok(self.connection.transaction_with_behavior(now)?)
    }
}

fn unsigned(what: &'static str, number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Damaged(what))
}

/// `SQLite` counts to 2^63; no series of ours comes near.
fn signed(what: &'static str, number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::Damaged(what))
}
