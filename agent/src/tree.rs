//! A directory tree that is touched from within only: every path is opened from
//! the tree's top, never through a symbolic link and never across a mount, so
//! that whatever a borrower left cannot make the reset reach outside.

mod raze;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ffi::{CStr, CString},
    io,
    os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd},
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use rustix::{
    fs::{
        AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, ResolveFlags, Stat, chmod, fchmod,
        fgetxattr, flistxattr, flistxattr_query, fstat, fsync, ftruncate, mkdirat, openat2,
        renameat_with, statat, unlinkat,
    },
    io::Errno,
    process::geteuid,
};

use crate::crew;

/// Never out of the tree, never through a link, never across a mount.
const WITHIN: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_XDEV);

const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Names under which deleted directories wait at the tree's top to be emptied.
const GONE: &str = ".reset-gone-";
/// How many of them are emptied before what was in them: not all of one depth wait at
/// the top, however many there are.
const AT_ONCE: usize = 64;

/// A tree, by its open top.
#[derive(Debug)]
pub struct Tree {
    top: OwnedFd,
    /// Under which number the next deleted directory waits.
    next_gone: AtomicU32,
}

/// What a deletion did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Paths that are gone.
    pub gone: u64,
    /// Paths that would not go, with the last reason.
    pub stuck: u64,
    /// The last reason.
    pub why: Option<Errno>,
}

impl Deleted {
    /// Adds what another deletion did.
    pub fn add(&mut self, other: Self) {
        self.gone += other.gone;
        self.stuck += other.stuck;
        self.why = other.why.or(self.why);
    }

    fn count(&mut self, result: Result<(), Errno>) {
        match result {
            Ok(()) => self.gone += 1,
            Err(Errno::NOENT) => {}
            Err(why) => {
                self.stuck += 1;
                self.why = Some(why);
            }
        }
    }
}

impl Tree {
    /// The tree at `relative` below `root`; `None` where nothing is. A mount on
    /// the way is taken, for homes often are one; a link is not.
    pub fn open(root: &Path, relative: &str) -> io::Result<Option<Self>> {
        let root = rustix::fs::open(root, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        let flags = READ | OFlags::DIRECTORY;
        match openat2(&root, relative, flags, Mode::empty(), resolve) {
            Ok(top) => Ok(Some(Self::at(top))),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::ACCESS) => {
                let path = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let shut = openat2(&root, relative, path, Mode::empty(), resolve)?;
                unlock(&shut)?;
                let top = openat2(&root, relative, flags, Mode::empty(), resolve)?;
                Ok(Some(Self::at(top)))
            }
            Err(error) => Err(error.into()),
        }
    }

    const fn at(top: OwnedFd) -> Self {
        Self {
            top,
            next_gone: AtomicU32::new(0),
        }
    }

    /// Makes the directory at `relative` below `root`, if nothing is there.
    pub fn make(root: &Path, relative: &str) -> io::Result<()> {
        let (parent, name) = relative.rsplit_once('/').unwrap_or((".", relative));
        let Some(parent) = Self::open(root, parent)? else {
            return Err(Errno::NOENT.into());
        };
        match mkdirat(&parent.top, name, Mode::RWXU) {
            Ok(()) => Ok(fsync(&parent.top)?),
            Err(Errno::EXIST) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    /// The open top.
    pub fn top(&self) -> BorrowedFd<'_> {
        self.top.as_fd()
    }

    /// Opens a directory of the tree; the empty path is its top. One that its
    /// owner may not enter is opened to them.
    pub fn dir(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        open_dir(self.top(), path)
    }

    /// Opens a directory of the tree to read it, and changes nothing.
    pub fn look(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        open_to_look(self.top(), path)
    }

    /// Opens a file of the tree to read it, without leaving the time of it behind, where
    /// that is allowed. A directory or a link on the way must be one of the tree.
    pub fn read(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let open = |flags| openat2(self.top(), path, flags, Mode::empty(), WITHIN);
        match open(READ | OFlags::NOATIME) {
            Err(Errno::PERM) => open(READ),
            result => result,
        }
    }

    /// Deletes whatever stands at `name` in `dir`. A directory is moved to the
    /// top and emptied there, so that no depth of nesting needs a deep stack, a
    /// long path or many open files.
    pub fn delete(&self, dir: BorrowedFd<'_>, name: &CStr) -> Deleted {
        let mut waiting = Vec::new();
        let mut done = self.begin_to_delete(dir, name, &mut waiting);
        done.add(self.empty(waiting));
        done
    }

    /// As `delete`, of which only `empty` is left to do for those that wait.
    pub fn begin_to_delete(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        waiting: &mut Vec<CString>,
    ) -> Deleted {
        let mut done = Deleted::default();
        if let Err(why) = let_write(dir) {
            done.count(Err(why));
        }
        self.delete_one(dir, name, waiting, &mut done);
        done
    }

    /// Empties and deletes directories that wait at the top, several at once.
    pub fn empty(&self, mut waiting: Vec<CString>) -> Deleted {
        let mut done = Deleted::default();
        while !waiting.is_empty() {
            let next = waiting.split_off(waiting.len().saturating_sub(AT_ONCE));
            let emptied: Result<_, Infallible> = crew::work(
                &next,
                || (),
                |name, ()| {
                    let mut inner = Vec::new();
                    Ok((self.empty_one(name, &mut inner), inner))
                },
            );
            let Ok(emptied) = emptied;
            for (deleted, inner) in emptied {
                done.add(deleted);
                waiting.extend(inner);
            }
        }
        done
    }

    fn empty_one(&self, name: &CStr, waiting: &mut Vec<CString>) -> Deleted {
        let mut done = Deleted::default();
        match self.empty_dir(name, waiting, &mut done) {
            Ok(()) => done.count(unlinkat(&self.top, name, AtFlags::REMOVEDIR)),
            Err(why) => done.count(Err(why)),
        }
        done
    }

    fn empty_dir(
        &self,
        name: &CStr,
        waiting: &mut Vec<CString>,
        done: &mut Deleted,
    ) -> Result<(), Errno> {
        let dir = open_dir(self.top(), name.to_bytes())?;
        let_write(dir.as_fd())?;
        for (child, kind) in kinds(dir.as_fd())? {
            self.delete_known(dir.as_fd(), &child, kind, waiting, done);
        }
        Ok(())
    }

    fn delete_one(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        waiting: &mut Vec<CString>,
        done: &mut Deleted,
    ) {
        match kind(dir, name) {
            Ok(kind) => self.delete_known(dir, name, kind, waiting, done),
            Err(why) => done.count(Err(why)),
        }
    }

    fn delete_known(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        kind: FileType,
        waiting: &mut Vec<CString>,
        done: &mut Deleted,
    ) {
        if kind != FileType::Directory {
            done.count(unlinkat(dir, name, AtFlags::empty()));
            return;
        }
        match unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::ACCESS) => match self.to_top(dir, name) {
                Ok(moved) => waiting.push(moved),
                Err(why) => done.count(Err(why)),
            },
            result => done.count(result),
        }
    }

    /// Moves a directory to the tree's top, under a name that nothing has.
    fn to_top(&self, dir: BorrowedFd<'_>, name: &CStr) -> Result<CString, Errno> {
        // Only a directory that its owner may change can be moved.
        let_write(open_dir(dir, name.to_bytes())?.as_fd())?;
        let_write(self.top())?;
        loop {
            let number = self.next_gone.fetch_add(1, Ordering::Relaxed);
            let moved = CString::new(format!("{GONE}{number}")).map_err(|_| Errno::INVAL)?;
            match renameat_with(dir, name, &self.top, &moved, RenameFlags::NOREPLACE) {
                // One that a deletion which was cut off left behind.
                Err(Errno::EXIST) => {}
                result => return result.map(|()| moved),
            }
        }
    }

    /// Makes a directory that is not there.
    pub fn make_dir(&self, parent: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
        let_write(parent)?;
        mkdirat(parent, name, Mode::RWXU)
    }
}

/// Opens a directory at `name` in `dir` to read it, and changes nothing.
pub fn look(dir: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    open_to_look(dir, name.to_bytes())
}

fn open_to_look(from: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = READ | OFlags::DIRECTORY;
    openat2(from, path, flags, Mode::empty(), WITHIN)
}

/// Whether this is the name of a directory whose deletion was cut off.
pub fn was_being_deleted(name: &CStr) -> bool {
    name.to_bytes().starts_with(GONE.as_bytes())
}

/// Takes the bytes out of a regular file, durably; whether it had any.
pub fn empty_file(dir: BorrowedFd<'_>, name: &CStr) -> Result<bool, Errno> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat2(dir, name, flags, Mode::empty(), WITHIN)?;
    if fstat(&file)?.st_size == 0 {
        return Ok(false);
    }
    ftruncate(&file, 0)?;
    fsync(&file)?;
    Ok(true)
}

/// Opens a file of any kind for reading, within `dir`.
pub fn open_file(dir: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    openat2(dir, name, READ, Mode::empty(), WITHIN)
}

/// Creates a file that is not there, within `dir`, readable by its owner alone.
pub fn create_file(dir: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat2(dir, name, flags, Mode::RUSR | Mode::WUSR, WITHIN)
}

fn open_dir(from: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = READ | OFlags::DIRECTORY;
    let dir = match openat2(from, path, flags, Mode::empty(), WITHIN) {
        Err(Errno::ACCESS) => {
            let path_only = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let shut = openat2(from, path, path_only, Mode::empty(), WITHIN)?;
            unlock(&shut)?;
            openat2(from, path, flags, Mode::empty(), WITHIN)?
        }
        result => result?,
    };
    allow(dir.as_fd(), Mode::RUSR | Mode::XUSR)?;
    Ok(dir)
}

/// Lets the owner change what a directory holds, if its mode does not.
pub fn let_write(dir: BorrowedFd<'_>) -> Result<(), Errno> {
    allow(dir, Mode::RWXU)
}

/// Root may do anything with a directory as it is.
fn allow(dir: BorrowedFd<'_>, wanted: Mode) -> Result<(), Errno> {
    let mode = Mode::from_raw_mode(fstat(dir)?.st_mode);
    if mode.contains(wanted) || geteuid().is_root() {
        return Ok(());
    }
    fchmod(dir, Mode::RWXU)
}

/// Lets the owner into a directory that is open by its path alone.
fn unlock(shut: &OwnedFd) -> Result<(), Errno> {
    chmod(format!("/proc/self/fd/{}", shut.as_raw_fd()), Mode::RWXU)
}

/// What kind of thing stands at `name`, itself and not what it points to.
pub fn kind(dir: BorrowedFd<'_>, name: &CStr) -> Result<FileType, Errno> {
    status(dir, name).map(|it| FileType::from_raw_mode(it.st_mode))
}

/// What the disk says of `name`, itself and not what it points to.
pub fn status(dir: BorrowedFd<'_>, name: &CStr) -> Result<Stat, Errno> {
    statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// The names in a directory, without `.` and `..`.
pub fn names(dir: BorrowedFd<'_>) -> Result<Vec<CString>, Errno> {
    let entries = entries(dir)?.into_iter();
    Ok(entries.map(|(name, _)| name).collect())
}

/// The names in a directory, each with what kind of thing it is; a directory tells that
/// of most by itself.
pub fn kinds(dir: BorrowedFd<'_>) -> Result<Vec<(CString, FileType)>, Errno> {
    let mut kinds = entries(dir)?;
    for (name, found) in &mut kinds {
        if *found == FileType::Unknown {
            *found = kind(dir, name)?;
        }
    }
    Ok(kinds)
}

fn entries(dir: BorrowedFd<'_>) -> Result<Vec<(CString, FileType)>, Errno> {
    let mut entries = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            entries.push((entry.file_name().to_owned(), entry.file_type()));
        }
    }
    Ok(entries)
}

/// Permission bits, at most `0o7777`.
pub fn mode_of(stat: &Stat) -> u32 {
    stat.st_mode & 0o7777
}

/// The extended attributes that a person or their programs can have left: those
/// of the `user.` space, access lists and capabilities. Others are the system's.
pub fn xattrs(file: impl AsFd) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Errno> {
    let length = match flistxattr_query(&file) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP) => 0,
        Err(error) => return Err(error),
    };
    let mut list = vec![0; length];
    if length > 0 {
        let length = flistxattr(&file, list.as_mut_slice())?;
        list.truncate(length);
    }
    let names = list.split(|byte| *byte == 0).filter(|name| is_left(name));
    names
        .map(|name| Ok((name.to_vec(), xattr(&file, name)?)))
        .collect()
}

fn is_left(name: &[u8]) -> bool {
    [
        b"user.".as_slice(),
        b"system.posix_acl_",
        b"security.capability",
    ]
    .iter()
    .any(|space| name.starts_with(space))
}

fn xattr(file: &impl AsFd, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; 64 * 1024];
    let length = fgetxattr(file, name, value.as_mut_slice())?;
    value.truncate(length);
    Ok(value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs;

    use super::*;

    #[test]
    fn more_directories_than_are_emptied_at_once_go_with_what_a_cut_left_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let count = AT_ONCE as u64 * 3;
        let put = |below: String| {
            fs::create_dir_all(home.join(&below)).unwrap();
            fs::write(home.join(below).join("letter"), "dear bank").unwrap();
        };
        (0..count).for_each(|number| put(format!("loan/{number}/inner")));
        (0..3).for_each(|number| put(format!("{GONE}{number}/inner")));
        let tree = Tree::open(folder.path(), "home").unwrap().unwrap();
        let mut deleted = Deleted::default();
        let mut waiting = Vec::new();
        for name in names(tree.top()).unwrap() {
            deleted.add(tree.begin_to_delete(tree.top(), &name, &mut waiting));
        }
        deleted.add(tree.empty(waiting));
        let expected = Deleted {
            gone: 1 + (count + 3) * 3,
            ..Deleted::default()
        };
        assert_eq!(deleted, expected);
        assert_eq!(fs::read_dir(home).unwrap().count(), 0);
    }
}
