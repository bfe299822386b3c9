//! The key of backups.

use std::{fmt, str::FromStr};

use crate::written_key::{Kind, NotWritten};

/// The key of backups, written so that a person can copy it by hand.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupKey([u8; 32]);

impl BackupKey {
    /// The key of these bytes, drawn at random.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as it is written down.
    pub fn text(&self) -> String {
        Kind::Backup.write(&self.0)
    }
}

impl fmt::Debug for BackupKey {
    // Never printed by chance.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupKey")
    }
}

impl FromStr for BackupKey {
    type Err = NotWritten;

    fn from_str(text: &str) -> Result<Self, NotWritten> {
        Kind::Backup.read(text).map(Self)
    }
}
