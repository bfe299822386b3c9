//! Reads the whole home again and compares it with the image: every path, kind,
//! mode, attribute and link target, and every file's bytes by their digest. It
//! shares no look at the disk with the steps before it, changes nothing, and
//! trusts neither sizes nor times.

use std::{
    cmp::Reverse,
    collections::HashSet,
    ffi::CStr,
    fs::File,
    io::{ErrorKind, Seek as _, sink},
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use planted::planted;
use rustix::{
    fs::{Advice, FileType, OFlags, Stat, fadvise, fcntl_getfl, fcntl_setfl, fstat, readlinkat},
    io::Errno,
};
use shared::{
    digest::Digest,
    image::{Entry, EntryKind, Manifest},
    signed::receipt::{FailedStep, Owners},
    time::Moment,
};

use super::{
    StepFailed,
    contents::{Contents, file_type, join, xattrs},
};
use crate::{
    clock,
    crew::{self, Buffer},
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

struct Verifying<'t, 'a> {
    home: &'t Tree,
    contents: Contents<'a>,
    owners: Owners,
}

/// What all files were read for.
#[derive(Debug)]
pub struct Compared<'a> {
    /// When that began: whatever is changed from then on may not be what was read.
    pub from: Moment,
    /// Those that are the image's.
    pub read: Read,
    /// Those with other bytes, which are the image's in all else.
    pub wrong: Vec<&'a Entry>,
}

impl Compared<'_> {
    /// What was read, where nothing differs.
    pub fn nothing_wrong(&self) -> Result<Read, StepFailed> {
        match self.wrong.first() {
            None => Ok(self.read),
            Some(entry) => Err(differs(format!("{}: other bytes", entry.path))),
        }
    }
}

/// Compares the tree with the image.
pub fn verify(home: &Tree, manifest: &Manifest, owners: Owners) -> Result<Read, StepFailed> {
    compare(home, manifest, owners)?.nothing_wrong()
}

/// Compares the tree with the image, and tells which files have other bytes.
///
/// # Errors
/// Anything else than the bytes of a file differs.
pub fn compare<'a>(
    home: &Tree,
    manifest: &'a Manifest,
    owners: Owners,
) -> Result<Compared<'a>, StepFailed> {
    let mut compared = Compared {
        from: clock::change(),
        read: Read::default(),
        wrong: Vec::new(),
    };
    if planted!(SkipVerify) {
        return Ok(compared);
    }
    let verifying = Verifying {
        home,
        contents: Contents::of(manifest),
        owners,
    };
    verifying.walk()?;
    let read = |(entry, size_bytes, digest): &Listed<'a>, buffer: &mut Buffer| {
        let found = verifying.read(entry, *size_bytes, buffer)?;
        Ok::<_, StepFailed>((*entry, *size_bytes, found == (*size_bytes, *digest)))
    };
    for (entry, size_bytes, is_right) in crew::work(&verifying.files(), Buffer::default, read)? {
        if is_right {
            compared.read.files += 1;
            compared.read.bytes += size_bytes;
        } else {
            compared.wrong.push(entry);
        }
    }
    Ok(compared)
}

/// A file of the image that is there, and what its bytes are to be.
type Listed<'a> = (&'a Entry, u64, Digest);

/// Files that take long are told apart by this.
const LONG_BYTES: u64 = 8 << 20;

fn differs(what: impl std::fmt::Display) -> StepFailed {
    StepFailed::because(FailedStep::Verify, what)
}

fn unreadable(why: Errno) -> StepFailed {
    differs(format!("something cannot be read again: {why}"))
}

fn another(what: &str, entry: &Entry) -> StepFailed {
    differs(format!("{}: another {what}", entry.path))
}

/// Length and digest of what a disk holds of a file, not of what memory does.
fn digest_on_disk(
    file: &mut File,
    size_bytes: u64,
    buffer: &mut Buffer,
) -> Result<(u64, Digest), StepFailed> {
    let buffer = buffer.for_bytes(size_bytes);
    let found = match past_memory(file) {
        Ok(()) => digest_by(buffer, file, &mut sink()),
        Err(why) => Err(why.into()),
    };
    match found {
        // Some file systems read in no other way than through memory.
        Err(why) if why.kind() == ErrorKind::InvalidInput => {
            without_memory(file).map_err(unreadable)?;
            digest_by(buffer, file, &mut sink()).map_err(differs)
        }
        found => found.map_err(differs),
    }
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

fn top(dir: &OwnedFd, found: &Stat) -> Result<(), StepFailed> {
    let is_bare = tree::xattrs(dir).map_err(unreadable)?.is_empty();
    (tree::mode_of(found) == 0o700 && is_bare)
        .then_some(())
        .ok_or_else(|| differs("the home itself has another mode or attributes"))
}

impl<'a> Verifying<'_, 'a> {
    /// Compares everything but what only an open file tells.
    fn walk(&self) -> Result<(), StepFailed> {
        // Only directories of the image are entered: anything else is a difference
        // before it is entered, so the depth is bounded by the image's.
        let mut waiting = vec![None];
        let mut seen = HashSet::new();
        while let Some(directory) = waiting.pop() {
            for entry in self.directory(directory)? {
                seen.insert(entry.path.as_str());
                if entry.kind == EntryKind::Directory {
                    waiting.push(Some(entry));
                }
            }
        }
        let mut entries = self.contents.entries().iter();
        match entries.find(|entry| !seen.contains(entry.path.as_str())) {
            Some(entry) => Err(differs(format!("{} is not there", entry.path))),
            None => Ok(()),
        }
    }

    /// All files, in the order in which they are best read: the image's, in which they were
    /// written, but the longest first, so that nobody begins with one when the others are
    /// done.
    fn files(&self) -> Vec<Listed<'a>> {
        let listed = |entry: &'a Entry| match entry.kind {
            EntryKind::File { size_bytes, digest } => Some((entry, size_bytes, digest)),
            EntryKind::Directory | EntryKind::Symlink { .. } => None,
        };
        let entries = self.contents.entries().iter();
        let mut files: Vec<_> = entries.filter_map(listed).collect();
        files.sort_by_key(|(_, size_bytes, _)| Reverse(size_bytes / LONG_BYTES));
        files
    }

    /// Compares a directory, or the tree's top, and what it holds; the image's entries of
    /// that.
    fn directory(&self, at: Option<&Entry>) -> Result<Vec<&'a Entry>, StepFailed> {
        let path = at.map_or(b"".as_slice(), |entry| entry.path.as_str().as_bytes());
        let dir = self.home.look(path).map_err(unreadable)?;
        let status = fstat(&dir).map_err(unreadable)?;
        match at {
            Some(entry) => self.attributes(&dir, &status, entry)?,
            None => top(&dir, &status)?,
        }
        let mut found = Vec::new();
        for (name, kind) in tree::kinds(dir.as_fd()).map_err(unreadable)? {
            let entry = self.contents.at(&join(path, name.to_bytes()));
            // Its name may be a borrower's own words, so it is not told.
            let entry = entry.ok_or_else(|| differs("a path that the image does not have"))?;
            // A device is not opened, for that alone may have it do something.
            if kind != file_type(&entry.kind) {
                return Err(another("kind", entry));
            }
            if let EntryKind::Symlink { target } = &entry.kind {
                self.link(dir.as_fd(), &name, target, entry)?;
            }
            found.push(entry);
        }
        Ok(found)
    }

    fn link(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        target: &str,
        entry: &Entry,
    ) -> Result<(), StepFailed> {
        self.owner(&tree::status(dir, name).map_err(unreadable)?, entry)?;
        let found = readlinkat(dir, name, Vec::new()).map_err(unreadable)?;
        (found.to_bytes() == target.as_bytes())
            .then_some(())
            .ok_or_else(|| another("target", entry))
    }

    /// Compares all but the bytes of a file; their length and digest.
    fn read(
        &self,
        entry: &Entry,
        size_bytes: u64,
        buffer: &mut Buffer,
    ) -> Result<(u64, Digest), StepFailed> {
        let path = entry.path.as_str().as_bytes();
        let opened = self.home.read(path).map_err(unreadable)?;
        let found = fstat(&opened).map_err(unreadable)?;
        // What was looked at must be what is read.
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Err(another("kind", entry));
        }
        if found.st_nlink > 1 {
            return Err(another("name beside this one", entry));
        }
        self.attributes(&opened, &found, entry)?;
        digest_on_disk(&mut File::from(opened), size_bytes, buffer)
    }

    fn attributes(&self, opened: &OwnedFd, found: &Stat, entry: &Entry) -> Result<(), StepFailed> {
        self.owner(found, entry)?;
        let is_right = tree::mode_of(found) == entry.mode
            && tree::xattrs(opened).map_err(unreadable)? == xattrs(entry);
        is_right
            .then_some(())
            .ok_or_else(|| another("mode or attribute", entry))
    }

    fn owner(&self, found: &Stat, entry: &Entry) -> Result<(), StepFailed> {
        let fits = (found.st_uid, found.st_gid) == (entry.uid, entry.gid);
        (self.owners == Owners::Mapped || fits)
            .then_some(())
            .ok_or_else(|| another("owner", entry))
    }
}
