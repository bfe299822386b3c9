//! What was done to a disk, in order, and what a power cut leaves of its files.

use std::collections::BTreeMap;

/// A file, whatever name it has: each one that is made is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub(super) usize);

/// One operation on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A file was made under this name.
    Create {
        /// Its name.
        name: String,
        /// The file.
        file: FileId,
    },
    /// The name is gone.
    Delete {
        /// It.
        name: String,
    },
    /// Bytes were written.
    Write {
        /// Into this file.
        file: FileId,
        /// From this place on.
        at: usize,
        /// These.
        bytes: Vec<u8>,
    },
    /// The file was cut or grown.
    Truncate {
        /// The file.
        file: FileId,
        /// To this length.
        length: usize,
    },
    /// What was written to the file so far stands from here on.
    Sync {
        /// The file.
        file: FileId,
    },
    /// A sync failed. What was written so far may stand or not, and no later sync
    /// takes care of it: the system holds it for written.
    SyncFailed {
        /// The file.
        file: FileId,
    },
    /// Which names there are stands from here on.
    SyncFolder,
}

/// The files of a disk, by name: before anything was done, or after a power cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains(pub BTreeMap<String, Vec<u8>>);

/// Changes a file's bytes as this operation does.
pub(super) fn change(content: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Write { at, bytes, .. } => put(content, *at, bytes),
        Op::Truncate { length, .. } => content.resize(*length, 0),
        Op::Create { .. }
        | Op::Delete { .. }
        | Op::Sync { .. }
        | Op::SyncFailed { .. }
        | Op::SyncFolder => {}
    }
}

/// Writes these bytes at this place; a hole before it reads as zeros.
pub(super) fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}
