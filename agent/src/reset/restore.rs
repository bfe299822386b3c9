//! Writes the home as the image says. A file that differs is written anew beside its
//! place and renamed into it; its bytes come from a blob and are digested on the way.
//! All of it is on the disk when the step is over, and before that no record says that
//! it is. Bytes of files that look right need not be read for it: where all of them
//! are read anyway before the receipt, those that differ are written then, and all are
//! read again. To find them before spares that.

use std::{
    collections::HashSet,
    ffi::{CStr, CString},
    fs::File,
    io::sink,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{
        AtFlags, Gid, Mode, Stat, Uid, XattrFlags, chownat, fchmod, fchown, fremovexattr,
        fsetxattr, fstat, readlinkat, renameat, symlinkat, syncfs,
    },
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
    contents::{Contents, split, xattrs},
};
use crate::{
    clock,
    crew::{self, Buffer},
    images::{ImageFault, Images, copy, digest_by},
    tree::{self, Tree},
};

impl From<Errno> for StepFailed {
    fn from(why: Errno) -> Self {
        Self::because(FailedStep::Restore, why)
    }
}

struct Restoring<'a> {
    home: &'a Tree,
    images: &'a Images,
    owners: Owners,
    /// A name in any directory that the image does not use.
    fresh: CString,
}

/// What of a file that is there says that it is the image's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// All but its bytes, which are read later.
    Right,
    /// All but its bytes, and those, too, where it was changed since then. A clock that
    /// was set back deceives this; bytes are read later in any case.
    Unchanged(Moment),
    /// Its bytes, too.
    Same,
}

/// Writes these files anew, whose directories are there.
pub fn rewrite(
    home: &Tree,
    manifest: &Manifest,
    images: &Images,
    owners: Owners,
    files: &[&Entry],
) -> Result<u64, StepFailed> {
    let fresh = unused_name(&Contents::of(manifest));
    let restoring = Restoring {
        home,
        images,
        owners,
        fresh,
    };
    for entry in files {
        restoring.file(entry)?;
    }
    syncfs(home.top())?;
    Ok(files.len() as u64)
}

/// Restores the tree; how many paths it wrote or changed.
pub fn restore(
    home: &Tree,
    manifest: &Manifest,
    images: &Images,
    owners: Owners,
    enough: Looks,
) -> Result<u64, StepFailed> {
    let contents = Contents::of(manifest);
    let fresh = unused_name(&contents);
    let restoring = Restoring {
        home,
        images,
        owners,
        fresh,
    };
    let mut restored = HashSet::new();
    let mut files = Vec::new();
    for entry in contents.entries() {
        match &entry.kind {
            EntryKind::File { .. } => files.push(entry),
            EntryKind::Directory | EntryKind::Symlink { .. } => {
                if restoring.no_file(entry)? {
                    restored.insert(entry.path.as_str());
                }
            }
        }
    }
    for entry in restoring.wrong(&files, enough)? {
        restoring.file(entry)?;
        restored.insert(entry.path.as_str());
    }
    // Children first, so that a directory that nobody may change comes last.
    for entry in contents.entries().iter().rev() {
        if entry.kind == EntryKind::Directory && restoring.directory_attributes(entry)? {
            restored.insert(entry.path.as_str());
        }
    }
    fchmod(home.top(), Mode::RWXU)?;
    clear_xattrs(home.top())?;
    syncfs(home.top())?;
    Ok(restored.len() as u64)
}

fn unused_name(contents: &Contents) -> CString {
    let used = |name: &str| {
        contents
            .entries()
            .iter()
            .any(|it| it.path.as_str().ends_with(name))
    };
    let mut name = ".reset-new".to_owned();
    while used(&name) {
        name.push('-');
    }
    CString::new(name).expect("it holds no NUL")
}

impl Restoring<'_> {
    /// A directory or a link; whether it was written or changed.
    fn no_file(&self, entry: &Entry) -> Result<bool, StepFailed> {
        let (parent, name) = split(entry);
        let dir = self.home.dir(parent)?;
        match &entry.kind {
            EntryKind::Directory => self.directory(dir.as_fd(), &name),
            EntryKind::Symlink { target } => self.link(dir.as_fd(), &name, target, entry),
            EntryKind::File { .. } => Ok(false),
        }
    }

    /// Those of these files that are not the image's.
    fn wrong<'e>(&self, files: &[&'e Entry], enough: Looks) -> Result<Vec<&'e Entry>, StepFailed> {
        let wrong = |entry: &&'e Entry, buffer: &mut Buffer| {
            let is_right = self.file_is_right(entry, enough, buffer)?;
            Ok::<_, StepFailed>((!is_right).then_some(*entry))
        };
        let checked = crew::work(files, Buffer::default, wrong)?;
        Ok(checked.into_iter().flatten().collect())
    }

    fn directory(&self, dir: BorrowedFd<'_>, name: &CStr) -> Result<bool, StepFailed> {
        match tree::kind(dir, name) {
            Ok(_directory) => Ok(false),
            Err(Errno::NOENT) => Ok(self.home.make_dir(dir, name).map(|()| true)?),
            Err(why) => Err(why.into()),
        }
    }

    fn link(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        target: &str,
        entry: &Entry,
    ) -> Result<bool, StepFailed> {
        match readlinkat(dir, name, Vec::new()) {
            Ok(found) if found.to_bytes() == target.as_bytes() => {
                return self.own_link(dir, name, entry);
            }
            Ok(_) | Err(Errno::NOENT) => {}
            Err(why) => return Err(why.into()),
        }
        self.clear_fresh(dir)?;
        symlinkat(target, dir, &self.fresh)?;
        renameat(dir, &self.fresh, dir, name)?;
        self.own_link(dir, name, entry)?;
        Ok(true)
    }

    fn own_link(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        entry: &Entry,
    ) -> Result<bool, StepFailed> {
        let found = tree::status(dir, name)?;
        if self.owner_is_right(&found, entry) {
            return Ok(false);
        }
        let (uid, gid) = owner(entry);
        chownat(dir, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(true)
    }

    /// Whether the file on the disk is the image's. One that cannot be read is not.
    fn file_is_right(
        &self,
        entry: &Entry,
        enough: Looks,
        buffer: &mut Buffer,
    ) -> Result<bool, StepFailed> {
        let EntryKind::File { size_bytes, digest } = entry.kind else {
            return Ok(true);
        };
        let file = match self.home.read(entry.path.as_str().as_bytes()) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::ACCESS) => return Ok(false),
            Err(why) => return Err(why.into()),
        };
        let found = fstat(&file)?;
        let is_right = tree::mode_of(&found) == entry.mode
            && u64::try_from(found.st_size) == Ok(size_bytes)
            && found.st_nlink == 1
            && self.owner_is_right(&found, entry)
            && tree::xattrs(&file)? == xattrs(entry);
        let is_read = match enough {
            Looks::Right => false,
            Looks::Unchanged(since) => clock::changed(&found) >= since,
            Looks::Same => true,
        };
        Ok(is_right && (!is_read || content(file, buffer.for_bytes(size_bytes))? == digest))
    }

    fn owner_is_right(&self, found: &Stat, entry: &Entry) -> bool {
        self.owners == Owners::Mapped || (found.st_uid, found.st_gid) == (entry.uid, entry.gid)
    }

    fn file(&self, entry: &Entry) -> Result<(), StepFailed> {
        let EntryKind::File { size_bytes, digest } = entry.kind else {
            return Ok(());
        };
        let (parent, name) = split(entry);
        let dir = self.home.dir(parent)?;
        let dir = dir.as_fd();
        self.clear_fresh(dir)?;
        let mut file = File::from(tree::create_file(dir, &self.fresh)?);
        self.copy_blob(&mut file, digest, size_bytes)?;
        self.attributes(file.as_fd(), entry)?;
        kill_point::reached("agent:reset-file-written");
        Ok(renameat(dir, &self.fresh, dir, name)?)
    }

    /// A blob that went bad is removed, so that it is fetched again.
    fn copy_blob(&self, to: &mut File, digest: Digest, size_bytes: u64) -> Result<(), StepFailed> {
        let fault = |step, why: String| StepFailed::because(step, why);
        let blob = self.images.open_blob(digest);
        let blob = blob.map_err(|why| fault(FailedStep::Image, why.to_string()))?;
        match copy(blob, to, digest, size_bytes) {
            Ok(()) => Ok(()),
            Err(ImageFault::Disk(why)) => Err(fault(FailedStep::Restore, why.to_string())),
            Err(bad) => {
                let removed = self.images.remove_blob(digest);
                let removed = removed.map_err(|why| fault(FailedStep::Image, why.to_string()));
                removed.and(Err(fault(FailedStep::Image, bad.to_string())))
            }
        }
    }

    /// Attributes before the mode: a mode may forbid to change them.
    fn attributes(&self, file: BorrowedFd<'_>, entry: &Entry) -> Result<(), StepFailed> {
        let wanted = xattrs(entry);
        let found = tree::xattrs(file)?;
        for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
            fremovexattr(file, name.as_slice())?;
        }
        for (name, value) in wanted
            .iter()
            .filter(|(name, value)| found.get(*name) != Some(value))
        {
            fsetxattr(file, name.as_slice(), value, XattrFlags::empty())?;
        }
        if self.owners == Owners::Restored {
            let (uid, gid) = owner(entry);
            fchown(file, uid, gid)?;
        }
        Ok(fchmod(file, Mode::from_raw_mode(entry.mode))?)
    }

    fn directory_attributes(&self, entry: &Entry) -> Result<bool, StepFailed> {
        let dir = self.home.dir(entry.path.as_str().as_bytes())?;
        let found = fstat(&dir)?;
        let is_right = tree::mode_of(&found) == entry.mode
            && self.owner_is_right(&found, entry)
            && tree::xattrs(&dir)? == xattrs(entry);
        if !is_right {
            self.attributes(dir.as_fd(), entry)?;
        }
        Ok(!is_right)
    }

    /// Removes what an interrupted step left under the fresh name.
    fn clear_fresh(&self, dir: BorrowedFd<'_>) -> Result<(), StepFailed> {
        tree::let_write(dir)?;
        match self.home.delete(dir, &self.fresh).why {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    }
}

fn clear_xattrs(dir: BorrowedFd<'_>) -> Result<(), StepFailed> {
    for name in tree::xattrs(dir)?.keys() {
        fremovexattr(dir, name.as_slice())?;
    }
    Ok(())
}

fn content(file: OwnedFd, buffer: &mut [u8]) -> Result<Digest, StepFailed> {
    let read = digest_by(buffer, &mut File::from(file), &mut sink());
    let (_length, digest) = read.map_err(|why| StepFailed::because(FailedStep::Restore, why))?;
    Ok(digest)
}

fn owner(entry: &Entry) -> (Option<Uid>, Option<Gid>) {
    (
        Some(Uid::from_raw(entry.uid)),
        Some(Gid::from_raw(entry.gid)),
    )
}
