//! Deletes from the home whatever is not of the image: other paths, other kinds
//! of things, and files that have a second name elsewhere, since a change to one
//! would be a change to the other.

use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd as _, BorrowedFd},
};

use rustix::{
    fs::{FileType, syncfs},
    io::Errno,
};
use shared::{image::Manifest, signed::receipt::FailedStep};

use super::{
    StepFailed,
    contents::{Contents, file_type, join},
};
use crate::tree::{self, Deleted, Tree};

/// Wipes the tree; how many paths it deleted. As much goes as can, before a
/// failure is told.
pub fn wipe(home: &Tree, manifest: &Manifest) -> Result<u64, StepFailed> {
    let contents = Contents::of(manifest);
    let mut deleted = Deleted::default();
    let mut waiting = Vec::new();
    for path in contents.directories() {
        match wipe_directory(home, &contents, path, &mut waiting) {
            Ok(more) => deleted.add(more),
            // Its parent's turn has deleted what stood in its place.
            Err(Errno::NOENT) => {}
            Err(why) => deleted.add(stuck(why)),
        }
    }
    deleted.add(home.empty(waiting));
    syncfs(home.top()).map_err(|why| StepFailed::because(FailedStep::Wipe, why))?;
    match deleted.why {
        None => Ok(deleted.gone),
        Some(why) => {
            let why = format!("{} paths could not be deleted: {why}", deleted.stuck);
            Err(StepFailed::because(FailedStep::Wipe, why))
        }
    }
}

const fn stuck(why: Errno) -> Deleted {
    Deleted {
        gone: 0,
        stuck: 1,
        why: Some(why),
    }
}

fn wipe_directory(
    home: &Tree,
    contents: &Contents,
    path: &[u8],
    waiting: &mut Vec<CString>,
) -> Result<Deleted, Errno> {
    let dir = home.dir(path)?;
    let mut deleted = Deleted::default();
    for name in tree::names(dir.as_fd())? {
        if !stays(dir.as_fd(), contents, path, &name)? {
            deleted.add(home.begin_to_delete(dir.as_fd(), &name, waiting));
        }
    }
    Ok(deleted)
}

fn stays(
    dir: BorrowedFd<'_>,
    contents: &Contents,
    path: &[u8],
    name: &CStr,
) -> Result<bool, Errno> {
    let Some(entry) = contents.at(&join(path, name.to_bytes())) else {
        return Ok(false);
    };
    let found = tree::status(dir, name)?;
    let kind = FileType::from_raw_mode(found.st_mode);
    let second_name = kind == FileType::RegularFile && found.st_nlink > 1;
    Ok(kind == file_type(&entry.kind) && !second_name)
}
