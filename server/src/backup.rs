//! A backup: one file, a line that says what it is, a line that says of what and
//! when, then the whole database, sealed (XChaCha20-Poly1305 in a STREAM, so that no
//! piece can be altered, moved, left out or cut off). The keys that the library lives
//! by are not in it: whoever finds one has nothing.

mod header;
mod key;
mod sealed;

use std::io;

pub use header::{Header, Keys};
pub use key::BackupKey;
pub use sealed::{Backup, seal};

/// Why a backup cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk failed.
    #[error("reading or writing failed")]
    Io(#[from] io::Error),
    /// It does not begin as a backup does.
    #[error("this is no backup of a tablet library")]
    NotABackup,
    /// A later program made it.
    #[error("a later version of this program made this backup (form {0})")]
    LaterForm(String),
    /// Its second line cannot be read.
    #[error("the backup's second line was altered: {0}")]
    Header(#[from] serde_json::Error),
    /// It was sealed with another backup key.
    #[error("the backup was sealed with another backup key")]
    OtherBackupKey,
    /// The data key is another library's.
    #[error("data.key is not the one that this library lived by")]
    OtherDataKey,
    /// The server's key is another's.
    #[error("server.key is not the one that this library's tablets know, or an older copy of it")]
    OtherServerKey,
    /// A piece does not fit its seal.
    #[error("the backup was altered or cut off: piece {piece} does not fit its seal")]
    Damaged {
        /// Which, from 1.
        piece: u64,
    },
}

#[cfg(test)]
mod tests;
