//! The server's memory: the log, what follows from it, and the people. The only
//! files that name the database are this one and those below it; everybody else
//! sees verbs of the domain.
//!
//! Several programs may write to one database, each in its own transaction: what a
//! decision reads is read inside the transaction that stores what follows.

mod audit;
mod backup;
mod body;
mod codes;
mod column;
mod connection;
mod counts;
mod custody;
mod desk;
mod disputes;
mod fault;
mod fleet;
mod holds;
mod keeping;
mod keyed;
mod known;
mod listing;
mod log;
mod managed;
mod names;
mod operator_keys;
mod people;
mod projection;
mod proofs;
mod queue;
mod readers;
mod rights;
mod row;
mod rows;
mod setup;
mod tablets;
mod telemetry;
mod whole;
mod wipes;
mod work;

use std::path::Path;

use rusqlite::Connection;
use shared::{keys::PublicKey, policy::Policy};

pub use audit::{Audit, AuditError};
pub use backup::Holdings;
pub use codes::{Code, CodeError, CodeFor, LastCall};
pub use connection::SCHEMA;
pub use counts::Counts;
pub use desk::DeskTablet;
pub use disputes::DisputeRow;
pub use fault::{DatabaseError, Fault};
pub use fleet::{FleetRow, VouchedBy};
pub use keeping::{Doubt, Restored};
pub use listing::{Listed, Listing};
pub use managed::{Issued, ManagedReset};
pub use operator_keys::KeptKey;
pub use people::{Borrower, OperatorView, ShortName};
pub use projection::TABLES as PROJECTIONS;
pub use proofs::{ProofRow, StoredProof};
pub use queue::Queue;
pub use readers::Readers;
pub use rows::TabletRows;
pub use setup::KioskView;
pub use telemetry::{Forgetting, Last, LastHeartbeat, Reading, Rollup};
pub use work::{Accepted, Answer, Fresh, KioskSeries, Work};

/// What the store must be told.
#[derive(Clone)]
pub struct Settings {
    /// The council's policy.
    pub policy: Policy,
    /// Keys what must not be computed from a stolen database. Kept beside it and
    /// never in it.
    pub data_key: [u8; 32],
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settings(policy {})", self.policy.version)
    }
}

/// Reads what is stored.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    settings: Settings,
}

impl Reader {
    /// Opens the database at `path` for reading; a [`Store`] made it before.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, Fault> {
        let connection = connection::open_to_read(path)?;
        Ok(Self {
            connection,
            settings,
        })
    }

    /// What the store was told.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The policy that is decided by.
    pub const fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// What `read` sees is of one moment, whatever is written meanwhile.
    pub fn at_once<T>(&self, read: impl FnOnce(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if !self.connection.is_autocommit() {
            return read(self);
        }
        let moment = self.connection.unchecked_transaction()?;
        let seen = read(self)?;
        moment.commit()?;
        Ok(seen)
    }
}

/// Reads and writes what is stored.
#[derive(Debug)]
pub struct Store {
    read: Reader,
}

impl Store {
    /// Opens the database at `path`, makes it where there is none, and refuses to
    /// go on where it would not keep what it acknowledges (R5).
    pub fn open(path: &Path, settings: Settings) -> Result<Self, Fault> {
        let connection = connection::open(path)?;
        let read = Reader {
            connection,
            settings,
        };
        let mut store = Self { read };
        store.rebuild_if_read_otherwise()?;
        Ok(store)
    }

    /// Closes the database, with all that it holds in its one file.
    pub fn close(self) -> Result<(), Fault> {
        let connection = self.read.connection;
        let all = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy: bool = connection.query_row(all, [], |row| row.get(0))?;
        if is_busy {
            return Err(Fault::NotWhole("somebody else still reads it".to_owned()));
        }
        connection.close().map_err(|(_, why)| why.into())
    }

    /// The same store, which is told this from now on.
    #[must_use]
    pub fn deciding_by(mut self, settings: Settings) -> Self {
        self.read.settings = settings;
        self
    }

    /// Believes whoever signs with this key of a tablet whose agent cannot sign. Readers
    /// beside this store decide nothing, and need not know.
    pub const fn believe_vouchers_of(&mut self, key: PublicKey) {
        self.read.settings.policy.voucher_key = Some(key);
    }

    /// Everything that can be asked.
    pub const fn read(&self) -> &Reader {
        &self.read
    }
}

#[cfg(test)]
pub(crate) mod tests;
