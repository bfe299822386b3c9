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
mod series;

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use fault::Fault;
pub use heads::Heads;
pub use identity::{Enrolling, Identity};
pub use outbox::{FACTS_WAITING_MAX, Fact};
pub use rows::Applied;

/// No kiosk makes so many calls. Whatever it is told, it goes no further, so that
/// numbers never run out.
const CALLS_MAX: u64 = 1 << 48;

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
        self.next_call_after(0)
    }

    /// The same, after a number that the server says was used: a kiosk that was
    /// restored from an old copy has forgotten it.
    pub fn next_call_after(&mut self, used: u64) -> Result<u64, Fault> {
        // A lone statement that gives back a row does not say whether its end failed.
        let count = self.begin()?;
        let step = "UPDATE position SET last_call = max(last_call, ?1) + 1 RETURNING last_call";
        let used = signed("position.last_call", used.min(CALLS_MAX))?;
        let call: i64 = count.query_row(step, [used], |row| row.get(0))?;
        count.commit()?;
        unsigned("position.last_call", call)
    }

    fn begin(&mut self) -> Result<Transaction<'_>, Fault> {
        let now = TransactionBehavior::Immediate;
        Ok(self.connection.transaction_with_behavior(now)?)
    }
}

fn unsigned(what: &'static str, number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Damaged(what))
}

fn series_number(series: i64) -> Result<u32, Fault> {
    u32::try_from(series).map_err(|_| Fault::Damaged("position.series"))
}

/// `SQLite` counts to 2^63; no series of ours comes near.
fn signed(what: &'static str, number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::Damaged(what))
}
