//! What follows from the log: rows that equal its replay, so that they can be
//! dropped and rebuilt from it (R12).

mod custody;
mod failed;
mod hold;
mod loan;
mod proof;
mod standing;
mod tablet;
mod wipe;

use rusqlite::{Connection, Transaction, TransactionBehavior, types::ValueRef};
use sha2::{Digest as _, Sha256};
use shared::{digest::Digest, event::Recorded};

use super::{Fault, Store};

/// Every table that follows from the log.
pub const TABLES: [&str; 20] = [
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
    "proof",
    "failed_try",
    "standing",
    "fleet_count",
];

/// Grows whenever this program makes other rows of the log than the one before.
const READING: i64 = 8;

impl Store {
    /// Drops every row that follows from the log and makes it anew.
    pub fn rebuild_projections(&mut self) -> Result<(), Fault> {
        let connection = &self.read.connection;
        let all = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        self.make_anew(&|_| {})?;
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

    /// The first table whose rows are not what follows from the log; none where all
    /// are. Makes them anew to see, and changes nothing. Tells how many entries were
    /// read.
    pub fn find_other_than_replayed(
        &mut self,
        tell: &dyn Fn(u64),
    ) -> Result<Option<&'static str>, Fault> {
        let connection = &self.read.connection;
        let all = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let before = TABLES.map(|table| digest(connection, table));
        self.make_anew(tell)?;
        let mut other = None;
        for (table, before) in TABLES.into_iter().zip(before) {
            if before? != digest(connection, table)? {
                other = other.or(Some(table));
            }
        }
        all.rollback()?;
        Ok(other)
    }

    fn make_anew(&self, tell: &dyn Fn(u64)) -> Result<(), Fault> {
        for table in TABLES {
            let connection = &self.read.connection;
            connection.execute(&format!("DELETE FROM {table}"), [])?;
        }
        self.read.replay(|recorded| {
            self.project(recorded)?;
            tell(recorded.server_seq);
            Ok(())
        })
    }

    /// Lets everything that follows from this fact follow.
    pub(super) fn project(&self, recorded: &Recorded) -> Result<(), Fault> {
        self.project_setup(recorded)?;
        self.project_loan(recorded)?;
        self.project_dispute(recorded)?;
        self.project_hold(recorded)?;
        self.project_custody(recorded)?;
        self.project_wipe(recorded)?;
        self.project_proof(recorded)?;
        self.project_failed(recorded)?;
        self.project_tablet(recorded)?;
        self.project_standing(recorded)
    }
}

/// The digest of every row of a table, in an order of their own.
fn digest(connection: &Connection, table: &str) -> Result<Digest, Fault> {
    let columns = connection
        .prepare(&format!("SELECT * FROM {table}"))?
        .column_count();
    let order: Vec<String> = (1..=columns).map(|column| column.to_string()).collect();
    let all = format!("SELECT * FROM {table} ORDER BY {}", order.join(", "));
    let mut statement = connection.prepare(&all)?;
    let (mut rows, mut hash) = (statement.query([])?, Sha256::new());
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let (kind, bytes) = written(row.get_ref(column)?);
            hash.update([kind]);
            hash.update(u64::try_from(bytes.len()).expect("a length").to_be_bytes());
            hash.update(bytes);
        }
    }
    Ok(Digest::from_bytes(hash.finalize().into()))
}

fn written(value: ValueRef<'_>) -> (u8, std::borrow::Cow<'_, [u8]>) {
    match value {
        ValueRef::Null => (0, [].as_slice().into()),
        ValueRef::Integer(number) => (1, number.to_be_bytes().to_vec().into()),
        ValueRef::Real(number) => (2, number.to_be_bytes().to_vec().into()),
        ValueRef::Text(text) => (3, text.into()),
        ValueRef::Blob(bytes) => (4, bytes.into()),
    }
}
