//! What is broken: the disk, the database, a row that cannot be read. An expected
//! "no" is never one of these; it is a `Refusal`.

use shared::{refusal::Refusal, wire::v1::event::EventError};

/// Something is broken, and nothing of what was asked was done.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database said so.
    #[error("the database failed")]
    Database(#[source] DatabaseError),
    /// The folder or file cannot be made or opened.
    #[error("{path} cannot be opened")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the database's tables cannot be brought up to date")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database would not promise to keep what it acknowledges (R5).
    #[error("{setting} is `{found}` where only `{wanted}` keeps what was acknowledged")]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// As it was asked for.
        wanted: &'static str,
        /// As it was read back.
        found: String,
    },
    /// The database itself is damaged.
    #[error("the database is damaged: {0}")]
    NotWhole(String),
    /// An entry of the log cannot be read.
    #[error("entry {seq} of the log cannot be read")]
    Entry {
        /// Its place.
        seq: u64,
        /// Why.
        source: EventError,
    },
    /// The log tells of something that was never made.
    #[error("entry {seq} of the log speaks of something that no entry before it made")]
    Orphan {
        /// Its place.
        seq: u64,
    },
}

/// What the database said. Opaque, so that no SQL reaches a caller.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DatabaseError(rusqlite::Error);

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(DatabaseError(error))
    }
}

impl Fault {
    /// The refusal that a constraint of the tables stands for, by its name.
    pub(super) fn as_refusal(&self) -> Option<Refusal> {
        let Self::Database(DatabaseError(rusqlite::Error::SqliteFailure(code, Some(message)))) =
            self
        else {
            return None;
        };
        if code.code != rusqlite::ErrorCode::ConstraintViolation {
            return None;
        }
        match message.strip_prefix("UNIQUE constraint failed: ")? {
            "loan.tablet" => Some(Refusal::TabletOnLoan),
            "tablet.number" | "tablet.tag" => Some(Refusal::NumberTaken),
            "tablet.serial" => Some(Refusal::SerialTaken),
            "loan.loan" | "operator.badge" => Some(Refusal::AlreadyThere),
            _ => None,
        }
    }
}
