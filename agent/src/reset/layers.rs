//! What loans write, a layer each: `current` is the loan's at work, and what is in
//! `gone` is to be deleted. A layer may be encrypted with a key of its own; then it is
//! gone with its key, and what is left of it says only how much there was and when.

use std::{
    ffi::CString,
    fs::{self, File, Permissions},
    io::{self, ErrorKind},
    os::{
        fd::AsFd as _,
        unix::{
            ffi::OsStringExt as _,
            fs::{MetadataExt as _, PermissionsExt as _, chown},
        },
    },
    path::{Path, PathBuf},
};

use rustix::{fs::FileType, io::Errno};

use super::{loan_key::LoanKey, lower::make_private, snapshots};
use crate::{
    disk::folder::make_all,
    ioctl::{self, KeyId, Removed},
    place::Place,
    tree::{self, Deleted, Tree},
};

/// How often the kernel is asked to forget a key: who is just ending still holds a file.
const TIMES: u32 = 50;

/// The folder of layers.
#[derive(Clone, Debug)]
pub struct Layers {
    folder: PathBuf,
}

/// What a layer is written on the disk as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// As it is.
    Plain,
    /// Encrypted with a key of its own.
    Encrypted,
}

/// What there was of a key, when it was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// No layer was encrypted.
    NoKey,
    /// The key is nowhere, and what it encrypted cannot be read.
    Gone,
}

impl Layers {
    /// The layers of a tablet, whose folder is made if it is not there.
    pub fn of(place: &Place) -> io::Result<Self> {
        let folder = place.layers_dir();
        make_all(&place.proof_dir())?;
        make_private(&folder)?;
        make_private(&folder.join("gone"))?;
        Ok(Self { folder })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn key(&self) -> LoanKey {
        LoanKey::below(self.folder.clone())
    }

    /// Whether a loan has a layer.
    pub fn has_current(&self) -> io::Result<bool> {
        self.at("current").try_exists()
    }

    /// Lets the layer at work be read again after a restart of the tablet.
    pub fn unlock(&self) -> io::Result<()> {
        let Some(id) = key_of(&self.at("current"))? else {
            return Ok(());
        };
        let key = self.key().read()?;
        let key = key.ok_or_else(|| io::Error::other("the layer of the loan has lost its key"))?;
        let found = ioctl::add_key(self.open()?, &key)?;
        if found == id {
            return Ok(());
        }
        ioctl::remove_key(self.open()?, found)?;
        Err(io::Error::other(
            "the key that is kept is not that of the loan's layer",
        ))
    }

    /// Erases the key of the layer at work: from the disk, from the kernel, and then
    /// looks whether anything of the layer can still be read.
    ///
    /// # Errors
    /// Something of the layer is still open, or can still be read.
    pub fn erase_key(&self) -> io::Result<Erased> {
        self.key().erase()?;
        let mut erased = Erased::NoKey;
        for layer in ["current", "new"] {
            let layer = self.at(layer);
            if let Some(id) = key_of(&layer)? {
                self.forget(id)?;
                refuse_readable(&layer)?;
                erased = Erased::Gone;
            }
        }
        Ok(erased)
    }

    fn forget(&self, id: KeyId) -> io::Result<()> {
        // What is not yet written needs the key.
        rustix::fs::syncfs(self.open()?)?;
        for _time in 0..TIMES {
            if ioctl::remove_key(self.open()?, id)? == Removed::FilesBusy {
                continue;
            }
            if ioctl::is_key_absent(self.open()?, id)? {
                return Ok(());
            }
            return Err(io::Error::other("the kernel still knows the loan's key"));
        }
        Err(ErrorKind::ResourceBusy.into())
    }

    /// Moves the layer at work, and what was begun of another, to what is deleted;
    /// whether all of it was encrypted.
    pub fn retire(&self) -> io::Result<Writing> {
        let mut writing = Writing::Encrypted;
        for layer in ["current", "new"] {
            let path = self.at(layer);
            if path.try_exists()? {
                if key_of(&path)?.is_none() {
                    writing = Writing::Plain;
                }
                fs::rename(path, self.free_place()?)?;
            }
        }
        File::open(self.at("gone"))?.sync_all()?;
        self.open()?.sync_all()?;
        Ok(writing)
    }

    /// A name in what is deleted that nothing has.
    pub fn free_place(&self) -> io::Result<PathBuf> {
        for number in 0_u32.. {
            let place = self.at("gone").join(number.to_string());
            if !place.try_exists()? {
                return Ok(place);
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Deletes the subvolumes among what is to be deleted, with every snapshot of them.
    pub fn destroy_gone(&self) -> io::Result<u64> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(self.at("gone"))? {
            numbers.extend(snapshots::number_of(&entry?.path())?);
        }
        if numbers.is_empty() {
            return Ok(0);
        }
        snapshots::destroy(&self.folder, &numbers)
    }

    /// Deletes what is to be deleted; as much as can.
    pub fn clear_gone(&self) -> io::Result<Deleted> {
        let mut deleted = Deleted::default();
        let Some(gone) = Tree::open(&self.folder, "gone")? else {
            return Ok(deleted);
        };
        for entry in fs::read_dir(self.at("gone"))? {
            let name = CString::new(entry?.file_name().into_vec()).map_err(io::Error::other)?;
            deleted.add(gone.raze(&name));
        }
        rustix::fs::fsync(gone.top())?;
        Ok(deleted)
    }

    /// Makes an empty layer, whose top belongs to whom the home belongs; on the disk
    /// when this returns.
    pub fn make(&self, owner: &fs::Metadata, writing: Writing) -> io::Result<()> {
        let fresh = self.at("new");
        make_private(&fresh)?;
        if writing == Writing::Encrypted {
            let id = ioctl::add_key(self.open()?, &self.key().make()?)?;
            ioctl::encrypt_directory(File::open(&fresh)?, id)?;
        }
        let upper = fresh.join("upper");
        make_private(&upper)?;
        make_private(&fresh.join("work"))?;
        chown(&upper, Some(owner.uid()), Some(owner.gid()))?;
        fs::set_permissions(&upper, Permissions::from_mode(0o700))?;
        File::open(&upper)?.sync_all()?;
        File::open(&fresh)?.sync_all()?;
        fs::rename(fresh, self.at("current"))?;
        self.open()?.sync_all()
    }

    fn open(&self) -> io::Result<File> {
        File::open(&self.folder)
    }
}

/// The key of a layer; `None` where there is no layer, or it is not encrypted.
fn key_of(layer: &Path) -> io::Result<Option<KeyId>> {
    let layer = match File::open(layer) {
        Ok(layer) => layer,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    match ioctl::key_of(layer) {
        Err(Errno::OPNOTSUPP | Errno::NOTTY) => Ok(None),
        found => Ok(found?),
    }
}

/// Tries to open the first file of a layer whose key is gone.
fn refuse_readable(layer: &Path) -> io::Result<()> {
    let Some(layer) = Tree::open(layer, ".")? else {
        return Ok(());
    };
    let mut waiting = vec![layer.dir(b"")?];
    while let Some(dir) = waiting.pop() {
        for name in tree::names(dir.as_fd())? {
            match tree::kind(dir.as_fd(), &name)? {
                FileType::Directory => waiting.push(tree::look(dir.as_fd(), &name)?),
                FileType::RegularFile => {
                    return match tree::open_file(dir.as_fd(), &name) {
                        Err(Errno::NOKEY) => Ok(()),
                        Err(why) => Err(why.into()),
                        Ok(_) => Err(io::Error::other(
                            "the loan's layer can be read without its key",
                        )),
                    };
                }
                _other => {}
            }
        }
    }
    Ok(())
}
