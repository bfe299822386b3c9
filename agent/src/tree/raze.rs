//! Deletes a directory of which nobody else can move a part, without a rename: in an
//! encrypted one whose key is erased, names are only the kernel's own, and nothing can
//! be renamed. It climbs down and up again, with one directory open at a time.

use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, fstat, openat, unlinkat},
    io::Errno,
};

use super::{Deleted, READ, Tree, kind, kinds, let_write, open_dir};

/// A directory on the way down.
struct Level {
    name: CString,
    /// Which it is, so that the way up is known to lead there.
    device: u64,
    number: u64,
    /// Its directories that are still to be deleted.
    inner: Vec<CString>,
}

impl Tree {
    /// Deletes whatever stands at `name` in the top, and all below it.
    pub fn raze(&self, name: &CStr) -> Deleted {
        let mut done = Deleted::default();
        let result = match kind(self.top(), name) {
            Ok(FileType::Directory) => self.raze_directory(name, &mut done),
            Ok(_file) => {
                done.count(unlinkat(&self.top, name, AtFlags::empty()));
                Ok(())
            }
            Err(why) => Err(why),
        };
        if let Err(why) = result {
            done.count(Err(why));
        }
        done
    }

    fn raze_directory(&self, name: &CStr, done: &mut Deleted) -> Result<(), Errno> {
        let (mut at, level) = enter(self.top(), name, done)?;
        let mut levels = vec![level];
        while let Some(level) = levels.last_mut() {
            if let Some(name) = level.inner.pop() {
                match enter(at.as_fd(), &name, done) {
                    Ok((dir, level)) => {
                        at = dir;
                        levels.push(level);
                    }
                    Err(why) => done.count(Err(why)),
                }
                continue;
            }
            let Some(empty) = levels.pop() else { break };
            if let Some(above) = levels.last() {
                at = climb(at.as_fd(), above)?;
                done.count(unlinkat(&at, &empty.name, AtFlags::REMOVEDIR));
            } else {
                done.count(unlinkat(&self.top, &empty.name, AtFlags::REMOVEDIR));
            }
        }
        Ok(())
    }
}

/// Opens a directory and deletes what is no directory in it.
fn enter(from: BorrowedFd<'_>, name: &CStr, done: &mut Deleted) -> Result<(OwnedFd, Level), Errno> {
    let dir = open_dir(from, name.to_bytes())?;
    let_write(dir.as_fd())?;
    let mut inner = Vec::new();
    for (name, kind) in kinds(dir.as_fd())? {
        if kind == FileType::Directory {
            inner.push(name);
        } else {
            done.count(unlinkat(&dir, &name, AtFlags::empty()));
        }
    }
    let found = fstat(&dir)?;
    let level = Level {
        name: name.to_owned(),
        device: found.st_dev,
        number: found.st_ino,
        inner,
    };
    Ok((dir, level))
}

fn climb(from: BorrowedFd<'_>, to: &Level) -> Result<OwnedFd, Errno> {
    let above = openat(from, "..", READ | OFlags::DIRECTORY, Mode::empty())?;
    let found = fstat(&above)?;
    if (found.st_dev, found.st_ino) == (to.device, to.number) {
        Ok(above)
    } else {
        Err(Errno::XDEV)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn all_below_goes_and_nothing_that_a_link_means() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("gone/1/a/b/c")).unwrap();
        fs::create_dir_all(at("gone/1/d")).unwrap();
        fs::write(at("gone/1/a/b/letter"), "dear bank").unwrap();
        fs::write(at("precious"), "alive").unwrap();
        symlink("../../../precious", at("gone/1/a/link")).unwrap();
        symlink("a", at("gone/1/loop")).unwrap();
        let tree = Tree::open(folder.path(), "gone").unwrap().unwrap();
        let done = tree.raze(c"1");
        assert_eq!((done.gone, done.stuck), (8, 0));
        assert_eq!(fs::read_dir(at("gone")).unwrap().count(), 0);
        assert_eq!(fs::read(at("precious")).unwrap(), b"alive");
        assert_eq!(tree.raze(c"1"), Deleted::default());
    }

    #[test]
    fn a_tree_deeper_than_any_path_is_razed() {
        let folder = tempfile::tempdir().unwrap();
        let mut dir: OwnedFd = fs::File::open(folder.path()).unwrap().into();
        for _level in 0..3000 {
            rustix::fs::mkdirat(&dir, "deeper-and-deeper", Mode::RWXU).unwrap();
            dir = openat(&dir, "deeper-and-deeper", OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        drop(dir);
        let tree = Tree::open(folder.path(), ".").unwrap().unwrap();
        assert_eq!(tree.raze(c"deeper-and-deeper").gone, 3000);
    }
}
