//! Reads the whole home again and compares it with the image: every path, kind,
//! mode, attribute and link target, and every file's bytes by their digest. It
//! shares no look at the disk with the steps before it, changes nothing, and
//! trusts neither sizes nor times.

use std::{
    collections::HashSet,
    ffi::CStr,
    fs::File,
    io::{ErrorKind, Seek as _, sink},
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{Advice, FileType, OFlags, Stat, fadvise, fcntl_getfl, fcntl_setfl, fstat, readlinkat},
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

impl std::ops::Add for Read {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
        }
    }
}

struct Verifying<'t, 'a> {
    home: &'t Tree,
    contents: Contents<'a>,
    owners: Owners,
    seen: HashSet<&'a str>,
}

/// A file whose bytes are to be read.
struct Opened<'a> {
    file: File,
    entry: &'a Entry,
}

/// What all files were read for.
#[derive(Debug)]
pub struct Compared<'a> {
    /// Those that are the image's.
    pub read: Read,
    /// Those with other bytes, which are the image's in all else.
    pub wrong: Vec<&'a Entry>,
}

/// Compares the tree with the image.
pub fn verify(home: &Tree, manifest: &Manifest, owners: Owners) -> Result<Read, StepFailed> {
    let compared = compare(home, manifest, owners, |_| true)?;
    match compared.wrong.first() {
        None => Ok(compared.read),
        Some(entry) => Err(differs(format!("{}: other bytes", entry.path))),
    }
}

/// Compares the tree with the image, and reads the bytes of those files that are asked
/// for.
///
/// # Errors
/// Anything else than the bytes of a file differs.
pub fn compare<'a>(
    home: &Tree,
    manifest: &'a Manifest,
    owners: Owners,
    is_read: impl Fn(&Entry) -> bool,
) -> Result<Compared<'a>, StepFailed> {
    let verifying = Verifying {
        home,
        contents: Contents::of(manifest),
        owners,
        seen: HashSet::new(),
    };
    let find = |feed: Feed<Opened<'a>>| {
        verifying.walk(&mut |opened: Opened<'a>| {
            if is_read(opened.entry) {
                feed(opened);
            }
        })
    };
    let mut compared = Compared {
        read: Read::default(),
        wrong: Vec::new(),
    };
    for (entry, right_bytes) in crew::work(find, read)? {
        match right_bytes {
            Some(bytes) => {
                compared.read.files += 1;
                compared.read.bytes += bytes;
            }
            None => compared.wrong.push(entry),
        }
    }
    Ok(compared)
}

/// Reads a file from the disk, not from what memory holds of it; its length, where its
/// bytes are the image's.
fn read<'a>(opened: Opened<'a>, buffer: &mut [u8]) -> Result<(&'a Entry, Option<u64>), StepFailed> {
    let Opened { mut file, entry } = opened;
    let EntryKind::File { size_bytes, digest } = entry.kind else {
        return Err(differs(format!("{}: another kind", entry.path)));
    };
    let found = match past_memory(&file) {
        Ok(()) => digest_by(buffer, &mut file, &mut sink()),
        Err(why) => Err(why.into()),
    };
    let found = match found {
        // Some file systems read in no other way than through memory.
        Err(why) if why.kind() == ErrorKind::InvalidInput => {
            without_memory(&file).map_err(unreadable)?;
            digest_by(buffer, &mut file, &mut sink()).map_err(differs)?
        }
        found => found.map_err(differs)?,
    };
    Ok((entry, (found == (size_bytes, digest)).then_some(size_bytes)))
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

/// Has a file read from the disk straight away.
fn past_memory(file: &File) -> Result<(), Errno> {
    fcntl_setfl(file, fcntl_getfl(file)? | OFlags::DIRECT)
}

/// Has a file read from its beginning, after memory has forgotten it.
fn without_memory(mut file: &File) -> Result<(), Errno> {
    fcntl_setfl(file, fcntl_getfl(file)? & !OFlags::DIRECT)?;
    fadvise(file, 0, None, Advice::DontNeed)?;
    file.rewind().map_err(|_| Errno::IO)
}

impl<'a> Verifying<'_, 'a> {
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
