//! The two lines with which a backup begins, plain to read: they hold no secret, and
//! nothing after them opens where one of their bytes was altered.

use std::io::{BufRead, Read, Write};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use shared::{digest::Digest, head::Head, signed::Envelope, time::Moment};

use super::{BackupError, BackupKey};
use crate::server_keys::ServerKeys;

/// The first line: what it is, and the form of what follows.
const MAGIC: &str = "tablet-library-backup";
const FORM: &str = "2";
/// Most bytes of both lines together (R16).
const LINES_MAX: u64 = 256 << 10;

pub(super) const NONCE_BYTES: usize = 19;

/// The keys that a library lives by, all of them kept apart from its backups.
#[derive(Clone)]
pub struct Keys {
    /// Seals backups.
    pub backup: BackupKey,
    /// Keys what must not be computed from a stolen database.
    pub data: [u8; 32],
    /// Tablets know the server by them.
    pub server: ServerKeys,
}

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// When it was made.
    pub made_at: Moment,
    /// Whether it is of a library or of a demo.
    pub kind: String,
    /// The version of the database's tables.
    pub schema: u32,
    /// The end of the log.
    pub head: Head,
    /// Every keyring by which tablets knew the server: with them and the recovery key
    /// the library is brought back where the server's keys were lost.
    pub keyrings: Vec<Envelope>,
    /// Shows whether a data key is the one that the library lived by.
    data_key_check: Digest,
    /// Shows whether a backup key is the one that seals it.
    backup_key_check: Digest,
    nonce: String,
}

impl Header {
    /// The header of a backup that is sealed with these keys; `nonce` was drawn for it.
    pub fn new(
        (made_at, kind): (Moment, &str),
        schema: u32,
        head: Head,
        keys: &Keys,
        nonce: [u8; NONCE_BYTES],
    ) -> Self {
        Self {
            made_at,
            kind: kind.to_owned(),
            schema,
            head,
            keyrings: keys.server.keyrings().to_vec(),
            data_key_check: check("data", &keys.data),
            backup_key_check: check("backup", keys.backup.as_bytes()),
            nonce: HEXLOWER.encode(&nonce),
        }
    }

    /// Whether these are the keys of the library that was backed up.
    pub fn check(&self, keys: &Keys) -> Result<(), BackupError> {
        if self.backup_key_check != check("backup", keys.backup.as_bytes()) {
            return Err(BackupError::OtherBackupKey);
        }
        if self.data_key_check != check("data", &keys.data) {
            return Err(BackupError::OtherDataKey);
        }
        if !self.is_known_by(&keys.server) {
            return Err(BackupError::OtherServerKey);
        }
        Ok(())
    }

    /// Whether tablets knew the server by these keys when the backup was made, or have
    /// gone on to them since.
    pub fn is_known_by(&self, server: &ServerKeys) -> bool {
        let newest = self.keyrings.last();
        newest.is_some_and(|newest| server.keyrings().contains(newest))
    }

    /// Reads both lines and leaves `from` behind them.
    pub(super) fn read(from: &mut impl BufRead) -> Result<(Self, Digest), BackupError> {
        let mut lines = from.take(LINES_MAX);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        lines.read_until(b'\n', &mut first)?;
        let words = std::str::from_utf8(&first).map_err(|_| BackupError::NotABackup)?;
        let form = words
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.strip_prefix(' ')?.strip_suffix('\n'))
            .ok_or(BackupError::NotABackup)?;
        if form != FORM {
            return Err(BackupError::LaterForm(form.to_owned()));
        }
        lines.read_until(b'\n', &mut second)?;
        let header = serde_json::from_slice(&second)?;
        Ok((header, Digest::of_parts(&[&first, &second])))
    }

    /// Writes both lines; their digest goes into every seal.
    pub(super) fn write(&self, to: &mut impl Write) -> Result<Digest, BackupError> {
        let first = format!("{MAGIC} {FORM}\n");
        let second = format!("{}\n", serde_json::to_string(self)?);
        to.write_all(first.as_bytes())?;
        to.write_all(second.as_bytes())?;
        Ok(Digest::of_parts(&[first.as_bytes(), second.as_bytes()]))
    }

    pub(super) fn nonce(&self) -> Result<[u8; NONCE_BYTES], BackupError> {
        let nonce = HEXLOWER.decode(self.nonce.as_bytes()).ok();
        let nonce = nonce.and_then(|bytes| bytes.try_into().ok());
        nonce.ok_or(BackupError::NotABackup)
    }
}

/// Shows a key to be the same without telling it: it has 256 random bits.
fn check(which: &str, key: &[u8; 32]) -> Digest {
    Digest::of_parts(&[b"tablet-library backup: ", which.as_bytes(), b" key ", key])
}
