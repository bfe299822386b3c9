//! What an image holds, as the steps of a reset look it up: by the bytes of a
//! path, since a borrower's names need not be text.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::CString,
};

use rustix::fs::FileType;
use shared::{
    image::{Entry, EntryKind, Manifest},
    signed::receipt::FailedStep,
};

use super::StepFailed;

/// An image's entries by path.
#[derive(Debug)]
pub struct Contents<'a> {
    manifest: &'a Manifest,
    by_path: HashMap<&'a [u8], &'a Entry>,
}

impl<'a> Contents<'a> {
    /// The contents of an image.
    pub fn of(manifest: &'a Manifest) -> Self {
        let entries = manifest.entries().iter();
        let by_path = entries
            .map(|entry| (entry.path.as_str().as_bytes(), entry))
            .collect();
        Self { manifest, by_path }
    }

    /// Every entry, parents before children.
    pub fn entries(&self) -> &'a [Entry] {
        self.manifest.entries()
    }

    /// What stands at a path.
    pub fn at(&self, path: &[u8]) -> Option<&'a Entry> {
        self.by_path.get(path).copied()
    }

    /// The paths of all directories, parents before children; the first is the
    /// tree's top.
    pub fn directories(&self) -> Vec<&'a [u8]> {
        let entries = self.entries().iter();
        let listed = entries.filter(|entry| entry.kind == EntryKind::Directory);
        let listed = listed.map(|entry| entry.path.as_str().as_bytes());
        std::iter::once(b"".as_slice()).chain(listed).collect()
    }
}

/// A path of the tree from its directory's path and its own name.
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    if dir.is_empty() {
        return name.to_vec();
    }
    [dir, b"/", name].concat()
}

/// An entry's directory and its own name.
pub fn split(entry: &Entry) -> (&[u8], CString) {
    let path = entry.path.as_str();
    let parent = entry.path.parent().unwrap_or("");
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = CString::new(name).expect("a path of an image holds no NUL");
    (parent.as_bytes(), name)
}

/// What the file system calls an entry's kind.
pub const fn file_type(kind: &EntryKind) -> FileType {
    match kind {
        EntryKind::File { .. } => FileType::RegularFile,
        EntryKind::Directory => FileType::Directory,
        EntryKind::Symlink { .. } => FileType::Symlink,
    }
}

/// An entry's attributes as bytes.
pub fn xattrs(entry: &Entry) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let named = entry.xattrs.iter();
    named
        .map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes()))
        .collect()
}

/// Refuses an image with attributes that a reset neither sets nor checks.
pub fn check_xattrs(manifest: &Manifest) -> Result<(), StepFailed> {
    let names = manifest
        .entries()
        .iter()
        .flat_map(|entry| entry.xattrs.keys());
    let other = names.filter(|name| !name.starts_with("user.")).count();
    if other == 0 {
        return Ok(());
    }
    let why = format!("{other} attributes of the image are not of the user. space");
    Err(StepFailed::because(FailedStep::Image, why))
}
