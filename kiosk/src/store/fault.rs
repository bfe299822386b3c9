//! What can be broken about a kiosk's disk.

use std::path::PathBuf;

use super::FACTS_WAITING_MAX;

/// Something broken.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database said no.
    #[error("the kiosk's database")]
    Database(#[from] rusqlite::Error),
    /// A file or folder could not be made or opened.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It would not keep what it acknowledges (R5).
    #[error("the kiosk's database is not durable: {setting} is {found}, not {wanted}")]
    NotDurable {
        /// The setting that was read back.
        setting: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// A later program wrote it.
    #[error("format {found} of the kiosk's database is later than this program knows ({known})")]
    LaterFormat {
        /// The database's format.
        found: i64,
        /// The last format that this program knows.
        known: i64,
    },
    /// Another program has it open.
    #[error("another program uses {}", .0.display())]
    InUse(PathBuf),
    /// Something in it cannot be read.
    #[error("the kiosk's database is damaged: {0}")]
    Damaged(&'static str),
    /// No more facts can wait for the server (R16).
    #[error("{FACTS_WAITING_MAX} facts wait for the server; no more are taken")]
    Full,
    /// The kiosk has an identity.
    #[error("this kiosk is enrolled already")]
    Enrolled,
}
