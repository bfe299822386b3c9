//! Reads the whole home again and compares it with the image: every path, kind,
//! mode, attribute and link target, and every file's bytes by their digest. It
//! shares no look at the disk with the steps before it, changes nothing, and
//! trusts neither sizes nor times.

use std::{
    collections::HashSet,
    ffi::CStr,
    fs::File,
    io::sink,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{Advice, FileType, Stat, fadvise, fstat, readlinkat},
    io::Errno,
};
use shared::{
    image::{Entry, EntryKind, Manifest},
    signed::receipt::{FailedStep, Owners},
};

use super::{
    StepFailed,
    contents::{Contents, file_type, join, xattrs},
    crew::{self, Feed},
};
use crate::{
    images::digest_by,
    tree::{self, Tree},
};

/// What was read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Regular files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

struct Verifying<'a> {
    home: &'a Tree,
    contents: Contents<'a>,
    owners: Owners,
    seen: HashSet<&'a str>,
}

/// A file whose bytes are to be read.
struct Opened<'a> {
    file: File,
    entry: &'a Entry,
}

/// Compares the tree with the image.
pub fn verify(home: &Tree, manifest: &Manifest, owners: Owners) -> Result<Read, StepFailed> {
    let verifying = Verifying {
        home,
        contents: Contents::of(manifest),
        owners,
        seen: HashSet::new(),
    };
    let lengths = crew::work(|feed| verifying.walk(feed), read)?;
    Ok(Read {
        files: lengths.len() as u64,
        bytes: lengths.iter().sum(),
    })
}

/// Reads a file from the disk, not from what memory holds of it; its length.
fn read(opened: Opened, buffer: &mut [u8]) -> Result<u64, StepFailed> {
    let Opened { mut file, entry } = opened;
    let EntryKind::File { size_bytes, digest } = entry.kind else {
        return Err(differs(format!("{}: another kind", entry.path)));
    };
    fadvise(&file, 0, None, Advice::DontNeed).map_err(unreadable)?;
    let found = digest_by(buffer, &mut file, &mut sink()).map_err(differs)?;
    if found != (size_bytes, digest) {
        return Err(differs(format!("{}: other bytes", entry.path)));
    }
    Ok(size_bytes)
}

fn differs(what: impl std::fmt::Display) -> StepFailed {
    StepFailed::because(FailedStep::Verify, what)
}

fn unreadable(why: Errno) -> StepFailed {
    differs(format!("something cannot be read again: {why}"))
}

/// Compares mode and attributes of what is opened for it.
fn attributes(
    dir: BorrowedFd<'_>,
    name: &CStr,
    entry: &Entry,
    found: &Stat,
) -> Result<OwnedFd, StepFailed> {
    let opened = tree::open_quietly(dir, name).map_err(unreadable)?;
    let right = tree::mode_of(found) == entry.mode
        && tree::xattrs(&opened).map_err(unreadable)? == xattrs(entry);
    right
        .then_some(opened)
        .ok_or_else(|| differs(format!("{}: another mode or attribute", entry.path)))
}

impl<'a> Verifying<'a> {
    /// Compares everything but the bytes of files, which are fed to be read.
    fn walk(mut self, feed: Feed<Opened<'a>>) -> Result<(), StepFailed> {
        self.top()?;
        // Only directories of the image are entered: anything else is a difference
        // before it is entered, so the depth is bounded by the image's.
        let mut waiting = vec![Vec::new()];
        while let Some(path) = waiting.pop() {
            waiting.extend(self.directory(&path, feed)?);
        }
        self.all_seen()
    }

    fn top(&self) -> Result<(), StepFailed> {
        let found = fstat(self.home.top()).map_err(unreadable)?;
        let bare = tree::xattrs(self.home.top())
            .map_err(unreadable)?
            .is_empty();
        (tree::mode_of(&found) == 0o700 && bare)
            .then_some(())
            .ok_or_else(|| differs("the home itself has another mode or attributes"))
    }

    /// Compares what a directory holds; the directories in it.
    fn directory(
        &mut self,
        path: &[u8],
        feed: Feed<Opened<'a>>,
    ) -> Result<Vec<Vec<u8>>, StepFailed> {
        let dir = self.home.look(path).map_err(unreadable)?;
        let mut inner = Vec::new();
        for name in tree::names(dir.as_fd()).map_err(unreadable)? {
            let below = join(path, name.to_bytes());
            let entry = self.contents.at(&below);
            // Its name may be a borrower's own words, so it is not told.
            let entry = entry.ok_or_else(|| differs("a path that the image does not have"))?;
            if let Some(opened) = self.entry(dir.as_fd(), &name, entry)? {
                feed(opened);
            }
            self.seen.insert(entry.path.as_str());
            if entry.kind == EntryKind::Directory {
                inner.push(below);
            }
        }
        Ok(inner)
    }

    /// Compares one thing; a file is opened to be read.
    fn entry(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        entry: &'a Entry,
    ) -> Result<Option<Opened<'a>>, StepFailed> {
        let found = tree::status(dir, name).map_err(unreadable)?;
        let wrong = |what: &str| Err(differs(format!("{}: another {what}", entry.path)));
        if FileType::from_raw_mode(found.st_mode) != file_type(&entry.kind) {
            return wrong("kind");
        }
        let owner_fits = (found.st_uid, found.st_gid) == (entry.uid, entry.gid);
        if self.owners == Owners::Restored && !owner_fits {
            return wrong("owner");
        }
        match &entry.kind {
            EntryKind::Symlink { target } => {
                let found = readlinkat(dir, name, Vec::new()).map_err(unreadable)?;
                if found.to_bytes() != target.as_bytes() {
                    return wrong("target");
                }
                Ok(None)
            }
            EntryKind::Directory => attributes(dir, name, entry, &found).map(|_| None),
            EntryKind::File { .. } => {
                let file = File::from(attributes(dir, name, entry, &found)?);
                let opened = fstat(&file).map_err(unreadable)?;
                // What was looked at must be what is read.
                if opened.st_nlink > 1 || opened.st_ino != found.st_ino {
                    return wrong("name beside this one");
                }
                Ok(Some(Opened { file, entry }))
            }
        }
    }

    fn all_seen(&self) -> Result<(), StepFailed> {
        let mut entries = self.contents.entries().iter();
        match entries.find(|entry| !self.seen.contains(entry.path.as_str())) {
            Some(entry) => Err(differs(format!("{} is not there", entry.path))),
            None => Ok(()),
        }
    }
}
